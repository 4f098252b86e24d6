use keystead_types::{AccessKeyId, AccountId, Timestamp, limits};
use keystead_verifier::usage::KeyUsage;

use crate::{Reader, StoreError, Tx, account::number, statements};

/// The most recent use of an access key, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastUseRecord {
    /// When.
    pub at: Timestamp,
    /// The service that was called, by its signing name.
    pub service: String,
    /// The region that the request was signed for.
    pub region: String,
}

/// Requests that a key signed on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DayUseRecord {
    /// Days since 1970-01-01.
    pub day: i64,
    /// Verified requests.
    pub requests: u64,
}

/// Where and for what a key was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceUseRecord {
    /// The service, by its signing name.
    pub service: String,
    /// The region.
    pub region: String,
    /// The client's address.
    pub source_address: String,
    /// The client's name for itself.
    pub user_agent: String,
    /// When it was last seen.
    pub last_used_at: Timestamp,
}

/// Use of one key since the last time, to be merged into what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRecord {
    /// The key.
    pub access_key: AccessKeyId,
    /// Its most recent use.
    pub last: LastUseRecord,
    /// Requests by day, to be added.
    pub days: Vec<DayUseRecord>,
    /// Distinct sources.
    pub sources: Vec<SourceUseRecord>,
}

impl From<&KeyUsage> for UsageRecord {
    fn from(usage: &KeyUsage) -> Self {
        let last = usage.last();
        let days = usage.requests().iter().map(|requests| DayUseRecord {
            day: requests.day,
            requests: requests.count,
        });
        let sources = usage.sources().iter().map(|source| SourceUseRecord {
            service: source.service().to_owned(),
            region: source.region().to_owned(),
            source_address: source.address().to_string(),
            user_agent: source.user_agent().to_owned(),
            last_used_at: source.last_used(),
        });
        Self {
            access_key: usage.access_key_id(),
            last: LastUseRecord {
                at: last.at(),
                service: last.service().to_owned(),
                region: last.region().to_owned(),
            },
            days: days.collect(),
            sources: sources.collect(),
        }
    }
}

impl Reader<'_> {
    /// The most recent use of a key that has been written down.
    pub fn access_key_last_use(
        &self,
        account: AccountId,
        id: AccessKeyId,
    ) -> Result<Option<LastUseRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::USAGE, &parameters, |row| {
            Ok(LastUseRecord {
                at: Timestamp::from_seconds(row.integer(0)?),
                service: row.text(1)?.to_owned(),
                region: row.text(2)?.to_owned(),
            })
        })
    }

    /// Requests of a key by day, oldest first; at most [`limits::USAGE_DAYS_PER_KEY`].
    pub fn access_key_days(
        &self,
        account: AccountId,
        id: AccessKeyId,
    ) -> Result<Vec<DayUseRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_all(statements::USAGE_DAYS, &parameters, |row| {
            Ok(DayUseRecord {
                day: row.integer(0)?,
                requests: row.integer(1)? as u64,
            })
        })
    }

    /// Sources of a key, latest first; at most [`limits::USAGE_SOURCES_PER_KEY`].
    pub fn access_key_sources(
        &self,
        account: AccountId,
        id: AccessKeyId,
    ) -> Result<Vec<SourceUseRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_all(statements::USAGE_SOURCES, &parameters, |row| {
            Ok(SourceUseRecord {
                service: row.text(0)?.to_owned(),
                region: row.text(1)?.to_owned(),
                source_address: row.text(2)?.to_owned(),
                user_agent: row.text(3)?.to_owned(),
                last_used_at: Timestamp::from_seconds(row.integer(4)?),
            })
        })
    }
}

impl Tx<'_> {
    /// Merges use into what is stored. Keys that are gone are passed over. This is no change of
    /// what keys may do: it writes no feed row and no audit event.
    pub fn add_usage(&mut self, records: &[UsageRecord]) -> Result<(), StoreError> {
        for record in records {
            if let Some(key) = self.access_key(record.access_key)? {
                self.add_last_use(key.account, record)?;
                self.add_days(key.account, record)?;
                self.add_sources(key.account, record)?;
            }
        }
        Ok(())
    }

    /// Forgets what a key was used for.
    pub(crate) fn delete_usage(&mut self, account: AccountId, id: AccessKeyId) -> Result<(), StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.execute(statements::DELETE_USAGE, &parameters)?;
        self.execute(statements::DELETE_USAGE_DAYS, &parameters)?;
        self.execute(statements::DELETE_USAGE_SOURCES, &parameters)?;
        Ok(())
    }

    fn add_last_use(&mut self, account: AccountId, record: &UsageRecord) -> Result<(), StoreError> {
        let (account, id) = (number(account), record.access_key.as_str());
        let LastUseRecord { at, service, region } = &record.last;
        let (at, service, region) = (at.seconds(), service.as_str(), region.as_str());
        let parameters = [
            at.into(),
            service.into(),
            region.into(),
            account.into(),
            id.into(),
        ];
        if self.execute(statements::UPDATE_USAGE, &parameters)? == 0 {
            // Either the first use, or a later one is stored, which then stays.
            let parameters = [
                account.into(),
                id.into(),
                at.into(),
                service.into(),
                region.into(),
            ];
            if self.execute(statements::INSERT_USAGE, &parameters)? > 0 {
                self.execute_one(statements::SET_ACCESS_KEY_USED, &[id.into()])?;
            }
        }
        Ok(())
    }

    fn add_days(&mut self, account: AccountId, record: &UsageRecord) -> Result<(), StoreError> {
        let (account, id) = (number(account), record.access_key.as_str());
        for DayUseRecord { day, requests } in record.days.iter().copied() {
            let requests = i64::try_from(requests).unwrap_or(i64::MAX);
            let parameters = [requests.into(), account.into(), id.into(), day.into()];
            if self.execute(statements::UPDATE_USAGE_DAY, &parameters)? > 0 {
                continue;
            }
            let parameters = [account.into(), id.into(), day.into(), requests.into()];
            self.execute_one(statements::INSERT_USAGE_DAY, &parameters)?;
            let oldest_kept = record.last.at.day() - limits::USAGE_DAYS_PER_KEY + 1;
            let parameters = [account.into(), id.into(), oldest_kept.into()];
            self.execute(statements::DELETE_USAGE_DAYS_BEFORE, &parameters)?;
        }
        Ok(())
    }

    fn add_sources(&mut self, account: AccountId, record: &UsageRecord) -> Result<(), StoreError> {
        let mut added = false;
        for source in &record.sources {
            added |= self.add_source(account, record.access_key, source)?;
        }
        if !added {
            return Ok(());
        }
        let sources = self.access_key_sources(account, record.access_key)?;
        for source in sources.iter().skip(limits::USAGE_SOURCES_PER_KEY) {
            let parameters = [
                number(account).into(),
                record.access_key.as_str().into(),
                source.service.as_str().into(),
                source.region.as_str().into(),
                source.source_address.as_str().into(),
                source.user_agent.as_str().into(),
            ];
            self.execute_one(statements::DELETE_USAGE_SOURCE, &parameters)?;
        }
        Ok(())
    }

    /// Notes a source; tells whether it is a new one.
    fn add_source(
        &mut self,
        account: AccountId,
        id: AccessKeyId,
        source: &SourceUseRecord,
    ) -> Result<bool, StoreError> {
        let account = number(account);
        let at = source.last_used_at.seconds();
        let parameters = [
            at.into(),
            account.into(),
            id.as_str().into(),
            source.service.as_str().into(),
            source.region.as_str().into(),
            source.source_address.as_str().into(),
            source.user_agent.as_str().into(),
        ];
        if self.execute(statements::UPDATE_USAGE_SOURCE, &parameters)? > 0 {
            return Ok(false);
        }
        let [at, rest @ ..] = parameters;
        let [account, id, service, region, address, agent] = rest;
        let parameters = [account, id, service, region, address, agent, at];
        self.execute_one(statements::INSERT_USAGE_SOURCE, &parameters)?;
        Ok(true)
    }
}
