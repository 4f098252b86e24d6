//! What one access key is used for.

use std::{cmp::Reverse, collections::BTreeMap};

use keystead_store::{DayUseRecord, LastUseRecord, SourceUseRecord, UsageRecord};
use keystead_types::{AccessKeyId, UserName, limits};
use keystead_verifier::Authenticated;
use keystead_wire::{
    ApiError,
    iam::{GetAccessKeyLastUsed, GetAccessKeyLastUsedRequest},
};

use super::{Overview, Seeing};
use crate::{Asked, Context, iam::access_key_last_used::OwnedKey, operation::Refusal};

/// The use of an access key.
#[derive(Clone, Debug)]
pub struct KeyUse {
    /// The key.
    pub id: AccessKeyId,
    /// Whose it is.
    pub user: UserName,
    /// Its most recent use.
    pub last: Option<LastUseRecord>,
    /// Requests by day, oldest first, without the days that had none; of the latest [`limits::USAGE_DAYS_PER_KEY`] days.
    pub days: Vec<DayUseRecord>,
    /// Where and for what it was used, latest first; at most [`limits::USAGE_SOURCES_PER_KEY`].
    pub sources: Vec<SourceUseRecord>,
}

impl Overview<'_> {
    /// What a user's access key is used for, the last request included.
    ///
    /// # Errors
    ///
    /// AccessDenied for who may not run GetAccessKeyLastUsed on the key's user, NoSuchEntity when the key is another
    /// user's, or the store's failure.
    pub async fn key_use(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        user: &str,
        access_key: &str,
    ) -> Result<KeyUse, ApiError> {
        let input = GetAccessKeyLastUsedRequest {
            access_key_id: access_key.to_owned(),
        };
        let (user, id) = (user.to_owned(), access_key.to_owned());
        self.read::<GetAccessKeyLastUsed, _>(input, caller, context, asked, move |seeing, found| {
            let key = found.filter(|found| found.is_of(&user));
            let key = key.ok_or_else(|| ApiError::no_such_access_key(&id))?;
            seeing
                .key_use(key)?
                .ok_or_else(|| ApiError::no_such_access_key(&id).into())
        })
        .await
    }
}

impl OwnedKey {
    fn is_of(&self, name: &str) -> bool {
        self.user.as_ref().is_some_and(|user| user.name.as_str() == name)
    }
}

impl Seeing<'_> {
    /// `None` for a key of root.
    fn key_use(&self, OwnedKey { key, user }: OwnedKey) -> Result<Option<KeyUse>, Refusal> {
        let Some(user) = user else { return Ok(None) };
        let mut last = self.reader.access_key_last_use(key.account, key.id)?;
        let mut days = self.reader.access_key_days(key.account, key.id)?;
        let mut sources = self.reader.access_key_sources(key.account, key.id)?;
        for unwritten in &self.scene.verifier.usage().unwritten(key.id) {
            let unwritten = UsageRecord::from(unwritten);
            // Of two in the same second the last counts, which is not written yet.
            last = last
                .into_iter()
                .chain([unwritten.last])
                .max_by_key(|used| used.at);
            days.extend(unwritten.days);
            sources.extend(unwritten.sources);
        }
        Ok(Some(KeyUse {
            id: key.id,
            user: user.name,
            last,
            days: added_up(days),
            sources: told_apart(sources),
        }))
    }
}

fn added_up(days: Vec<DayUseRecord>) -> Vec<DayUseRecord> {
    let mut requests_of = BTreeMap::<i64, u64>::new();
    for DayUseRecord { day, requests } in days {
        *requests_of.entry(day).or_default() += requests;
    }
    let latest = requests_of.last_key_value().map_or(0, |(day, _)| *day);
    let kept = requests_of.split_off(&(latest - limits::USAGE_DAYS_PER_KEY + 1));
    let day = |(day, requests)| DayUseRecord { day, requests };
    kept.into_iter().map(day).collect()
}

/// Each source once, with the last time that it was seen.
fn told_apart(mut sources: Vec<SourceUseRecord>) -> Vec<SourceUseRecord> {
    sources.sort_by_key(|source| Reverse(source.last_used_at));
    let mut known: Vec<SourceUseRecord> = Vec::new();
    for source in sources {
        let is_same = |other: &SourceUseRecord| {
            other.service == source.service
                && other.region == source.region
                && other.source_address == source.source_address
                && other.user_agent == source.user_agent
        };
        if known.len() < limits::USAGE_SOURCES_PER_KEY && !known.iter().any(is_same) {
            known.push(source);
        }
    }
    known
}
