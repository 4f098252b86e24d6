use keystead_types::{AccountId, Timestamp, UniqueId, limits};
use keystead_verifier::usage::RoleUse;

use crate::{Reader, Store, StoreError, Tx, WriteError, account::number, statements};

/// The most recent use of a role, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleLastUseRecord {
    /// When a session of it last called.
    pub at: Timestamp,
    /// The region that the request was signed for.
    pub region: String,
}

/// Use of one role since the last time, to be merged into what is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleUsageRecord {
    /// The role's account.
    pub account: AccountId,
    /// The role.
    pub role: UniqueId,
    /// Its most recent use.
    pub last: RoleLastUseRecord,
}

impl From<&RoleUse> for RoleUsageRecord {
    fn from(used: &RoleUse) -> Self {
        Self {
            account: used.account,
            role: used.role,
            last: RoleLastUseRecord {
                at: used.at,
                region: used.region().to_owned(),
            },
        }
    }
}

impl Reader<'_> {
    /// The most recent use of a role that has been written down.
    pub fn role_last_use(
        &self,
        account: AccountId,
        role: UniqueId,
    ) -> Result<Option<RoleLastUseRecord>, StoreError> {
        let parameters = [number(account).into(), role.as_str().into()];
        self.query_one(statements::ROLE_USAGE, &parameters, |row| {
            Ok(RoleLastUseRecord {
                at: Timestamp::from_seconds(row.integer(0)?),
                region: row.text(1)?.to_owned(),
            })
        })
    }
}

impl Tx<'_> {
    /// Merges use into what is stored; the later one stays. Roles that are gone are passed over. As of keys, this
    /// writes no feed row and no audit event.
    pub fn add_role_usage(&mut self, records: &[RoleUsageRecord]) -> Result<(), StoreError> {
        for RoleUsageRecord { account, role, last } in records {
            if self.role_by_id(*account, *role)?.is_none() {
                continue;
            }
            let (account, role) = (number(*account), role.as_str());
            let (at, region) = (last.at.seconds(), last.region.as_str());
            let parameters = [at.into(), region.into(), account.into(), role.into()];
            if self.execute(statements::UPDATE_ROLE_USAGE, &parameters)? == 0 {
                // Either the first use, or a later one is stored.
                let parameters = [account.into(), role.into(), at.into(), region.into()];
                self.execute(statements::INSERT_ROLE_USAGE, &parameters)?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// Merges what roles were used for into what is stored, as [`Store::add_usage`] does for keys; merging twice
    /// changes nothing. No more than [`limits::USAGE_RECORDS_PER_WRITE_MAX`] at once.
    pub async fn add_role_usage(&self, records: Vec<RoleUsageRecord>) -> Result<(), StoreError> {
        if records.len() > limits::USAGE_RECORDS_PER_WRITE_MAX {
            return Err(StoreError::failed("too much use for one transaction"));
        }
        let written = self.write(move |tx| tx.add_role_usage(&records)).await;
        written.map(drop).map_err(WriteError::into_store_error)
    }
}
