//! What somebody should look after: keys and users that an index holds ready, so that nobody else is read.

use std::ops::ControlFlow;

use keystead_types::{AccessKeyId, AccountId, Timestamp};

use crate::{
    AccessKeyPage, AccessKeyRecord, Reader, StoreError, UserPage, UserRecord, access_key::record,
    account::number, engine::Row, page::Scan, statements, user::user_record,
};

/// Which active keys are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActiveKeys {
    /// All.
    Any,
    /// Those that nothing was signed with, as far as that has been written down.
    NeverUsed,
}

impl ActiveKeys {
    /// The values that the keys' mark of use can have.
    fn used(self) -> &'static [bool] {
        match self {
            Self::Any => &[false, true],
            Self::NeverUsed => &[false],
        }
    }
}

impl Reader<'_> {
    /// Up to `limit` active keys of users and root that were made before a moment, oldest first, after the position
    /// `after` (a page's `next`, or `""`). A position that no page gave starts from the beginning.
    pub fn active_keys_page(
        &self,
        account: AccountId,
        wanted: ActiveKeys,
        made_before: Timestamp,
        after: &str,
        limit: u32,
    ) -> Result<AccessKeyPage, StoreError> {
        let (after, after_id) = after.split_once('.').unwrap_or_default();
        let after: i64 = after.parse().unwrap_or(i64::MIN);
        let mut access_keys = Vec::new();
        for used in wanted.used() {
            let parameters = [
                number(account).into(),
                (*used).into(),
                made_before.seconds().into(),
                after.into(),
                after_id.into(),
                // One row more than is returned tells whether anything follows.
                (i64::from(limit) + 1).into(),
            ];
            access_keys.extend(self.query_all(statements::ACTIVE_ACCESS_KEYS_AFTER, &parameters, record)?);
        }
        access_keys.sort_unstable_by(|one, other| position(one).cmp(&position(other)));
        let more = access_keys.len() > limit as usize;
        access_keys.truncate(limit as usize);
        let last = access_keys.last().filter(|_| more);
        let next = last.map(|key| format!("{}.{}", key.created_at.seconds(), key.id));
        Ok(AccessKeyPage { access_keys, next })
    }

    /// The ids of up to `limit` such keys, with nothing read but an index.
    pub fn active_key_ids(
        &self,
        account: AccountId,
        wanted: ActiveKeys,
        made_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<AccessKeyId>, StoreError> {
        let mut ids = Vec::new();
        for used in wanted.used() {
            let parameters = [
                number(account).into(),
                (*used).into(),
                made_before.seconds().into(),
                i64::from(limit).into(),
            ];
            let id = |row: &dyn Row| {
                let id: Result<AccessKeyId, _> = row.text(0)?.parse();
                id.map_err(|_| StoreError::unreadable("iam_access_key", "id"))
            };
            ids.extend(self.query_all(statements::ACTIVE_ACCESS_KEY_IDS, &parameters, id)?);
        }
        ids.truncate(limit as usize);
        Ok(ids)
    }

    /// How many users have a password and no MFA device, counted no further than to `limit`.
    pub fn count_users_without_mfa(&self, account: AccountId, limit: u32) -> Result<u32, StoreError> {
        let parameters = [number(account).into(), i64::from(limit).into()];
        let mut count = 0;
        self.query(statements::USERS_WITHOUT_MFA, &parameters, |_| {
            count += 1;
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(count)
    }

    /// Up to `limit` users with a password and without MFA device, by folded name, after the position `after` (a
    /// page's `next`, or `""`).
    pub fn users_without_mfa_page(
        &self,
        account: AccountId,
        after: &str,
        limit: u32,
    ) -> Result<UserPage, StoreError> {
        let scan = Scan {
            statement: statements::USERS_WITHOUT_MFA_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: false,
        };
        let read = |row: &dyn Row| {
            let user = user_record(row)?;
            Ok((user.name.folded(), user))
        };
        let (users, next) = self.scan(&scan, read, |_: &UserRecord| true)?;
        Ok(UserPage { users, next })
    }
}

fn position(key: &AccessKeyRecord) -> (i64, &str) {
    (key.created_at.seconds(), key.id.as_str())
}
