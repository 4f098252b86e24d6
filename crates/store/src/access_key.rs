use keystead_types::{AccessKeyId, AccessKeyStatus, AccountId, SecretAccessKey, Timestamp, UniqueId, limits};
use keystead_verifier::Subject;

use crate::{
    AccessKeysCounted, AccountSettings, Reader, StoreError, Tx,
    account::{account_id, number},
    engine::Row,
    statements,
};

/// An access key as it is stored, without its secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccessKeyRecord {
    /// Its id, unique in all accounts.
    pub id: AccessKeyId,
    /// The account that it belongs to.
    pub account: AccountId,
    /// Whose it is there.
    pub owner: KeyOwner,
    /// Whether it may sign.
    pub status: AccessKeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its status was last set; `created_at` until then.
    pub status_changed_at: Timestamp,
}

/// Whose an access key is in its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyOwner {
    /// The root user's.
    Root,
    /// An IAM user's.
    User(UniqueId),
}

/// An access key to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewAccessKey {
    /// Its id.
    pub id: AccessKeyId,
    /// The account that it will belong to.
    pub account: AccountId,
    /// Whose it will be there.
    pub owner: KeyOwner,
    /// Whether it may sign.
    pub status: AccessKeyStatus,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A page of one owner's access keys, oldest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessKeyPage {
    /// The keys.
    pub access_keys: Vec<AccessKeyRecord>,
    /// Where the next page starts, if there is more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_access_key`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertAccessKey {
    /// It is stored.
    Created,
    /// Its id is, or was, another's: draw again.
    IdTaken,
    /// The owner has as many keys as it may: this number.
    QuotaReached(u32),
    /// There is no such account, or no such user in it.
    NoOwner,
}

/// Answer of [`Tx::set_access_key_status`]. Anything but `Set` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetAccessKeyStatus {
    /// It has that status now.
    Set,
    /// It had that status already.
    Unchanged,
    /// The account counts active keys only, and the owner has as many as it may: this number.
    QuotaReached(u32),
    /// The owner has no such key.
    NoKey,
}

impl Reader<'_> {
    /// The key with this id, of whatever account.
    pub fn access_key(&self, id: AccessKeyId) -> Result<Option<AccessKeyRecord>, StoreError> {
        self.query_one(statements::ACCESS_KEY, &[id.as_str().into()], record)
    }

    /// The key's secret, opened. A secret that does not open is an error that names the key.
    pub fn access_key_secret(&self, key: &AccessKeyRecord) -> Result<Option<SecretAccessKey>, StoreError> {
        let opened = self.query_one(statements::ACCESS_KEY_SECRET, &[key.id.as_str().into()], |row| {
            let secret = self
                .keyring
                .open(row.integer(0)?, &context(key.id, key.account), row.blob(1)?)?;
            std::str::from_utf8(&secret)
                .ok()
                .and_then(|secret| SecretAccessKey::import(secret).ok())
                .ok_or_else(|| StoreError::unreadable("iam_access_key", "secret"))
        });
        opened.map_err(|error| match error {
            StoreError::Sealed(detail) => {
                StoreError::Sealed(format!("the secret of access key {}: {detail}", key.id).into())
            }
            other => other,
        })
    }

    /// Up to `limit` keys of an owner, after the position `after` (a page's `next`, or `""`). A
    /// position that no page gave starts from the beginning.
    pub fn access_keys_page(
        &self,
        account: AccountId,
        owner: KeyOwner,
        after: &str,
        limit: u32,
    ) -> Result<AccessKeyPage, StoreError> {
        let after: i64 = after.parse().unwrap_or_default();
        // One row more than is returned tells whether anything follows.
        let parameters = [
            number(account).into(),
            owner.column().into(),
            after.into(),
            (i64::from(limit) + 1).into(),
        ];
        let mut rows = self.query_all(statements::ACCESS_KEYS_AFTER, &parameters, |row| {
            Ok((record(row)?, row.integer(6)?))
        })?;
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|(_, created_revision)| created_revision.to_string());
        let access_keys = rows.into_iter().map(|(key, _)| key).collect();
        Ok(AccessKeyPage { access_keys, next })
    }
}

impl Tx<'_> {
    /// Stores a new key with its secret sealed, if the owner may have one more.
    pub fn insert_access_key(
        &mut self,
        key: &NewAccessKey,
        secret: &SecretAccessKey,
    ) -> Result<InsertAccessKey, StoreError> {
        let Some(account) = self.account(key.account)? else {
            return Ok(InsertAccessKey::NoOwner);
        };
        if self.access_key(key.id)?.is_some() || self.is_retired(key.id.as_str())? {
            return Ok(InsertAccessKey::IdTaken);
        }
        if !self.count_key(key, &account.settings)? {
            let exists = match key.owner {
                KeyOwner::Root => true,
                KeyOwner::User(id) => self.user_by_id(key.account, id)?.is_some(),
            };
            return Ok(if exists {
                InsertAccessKey::QuotaReached(account.settings.access_keys_quota)
            } else {
                InsertAccessKey::NoOwner
            });
        }
        let context = context(key.id, key.account);
        let (data_key, sealed) = self.keyring.seal(&context, secret.expose().as_bytes())?;
        let parameters = [
            key.id.as_str().into(),
            number(key.account).into(),
            key.owner.column().into(),
            key.status.as_str().into(),
            data_key.into(),
            sealed.as_slice().into(),
            // The order of creation: several keys can be made in one second.
            (self.revision().number() as i64 + 1).into(),
            key.created_at.seconds().into(),
            key.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_ACCESS_KEY, &parameters)?;
        self.change(Subject::Key(key.id))?;
        Ok(InsertAccessKey::Created)
    }

    /// Sets the status of an owner's key.
    pub fn set_access_key_status(
        &mut self,
        account: AccountId,
        owner: KeyOwner,
        id: AccessKeyId,
        status: AccessKeyStatus,
        now: Timestamp,
    ) -> Result<SetAccessKeyStatus, StoreError> {
        let Some(key) = self.access_key_of(account, owner, id)? else {
            return Ok(SetAccessKeyStatus::NoKey);
        };
        if key.status == status {
            return Ok(SetAccessKeyStatus::Unchanged);
        }
        let settings = self.settings(account)?;
        let (added, active_max) = match status {
            AccessKeyStatus::Active => (1, quotas(&settings).1),
            AccessKeyStatus::Inactive => (-1, i64::MAX),
        };
        if !self.count_active(account, owner, added, active_max)? {
            return Ok(SetAccessKeyStatus::QuotaReached(settings.access_keys_quota));
        }
        let parameters = [status.as_str().into(), now.seconds().into(), id.as_str().into()];
        self.execute_one(statements::SET_ACCESS_KEY_STATUS, &parameters)?;
        self.change(Subject::Key(id))?;
        Ok(SetAccessKeyStatus::Set)
    }

    /// Deletes an owner's key and what is known of its use; its id is never given out again.
    /// `false` when the owner has no such key.
    pub fn delete_access_key(
        &mut self,
        account: AccountId,
        owner: KeyOwner,
        id: AccessKeyId,
    ) -> Result<bool, StoreError> {
        let Some(key) = self.access_key_of(account, owner, id)? else {
            return Ok(false);
        };
        self.execute_one(statements::DELETE_ACCESS_KEY, &[id.as_str().into()])?;
        self.uncount_key(&key)?;
        self.retire(id.as_str())?;
        self.delete_usage(account, id)?;
        self.change(Subject::Key(id))?;
        Ok(true)
    }

    fn access_key_of(
        &self,
        account: AccountId,
        owner: KeyOwner,
        id: AccessKeyId,
    ) -> Result<Option<AccessKeyRecord>, StoreError> {
        let key = self.access_key(id)?;
        Ok(key.filter(|key| key.account == account && key.owner == owner))
    }

    fn count_key(&mut self, key: &NewAccessKey, settings: &AccountSettings) -> Result<bool, StoreError> {
        let (any_max, active_max) = quotas(settings);
        let active = i64::from(key.status == AccessKeyStatus::Active);
        let account = number(key.account);
        let rows = match &key.owner {
            KeyOwner::User(id) => {
                let id = id.as_str();
                let parameters = [
                    active.into(),
                    account.into(),
                    id.into(),
                    any_max.into(),
                    active_max.into(),
                ];
                self.execute(statements::COUNT_USER_KEY, &parameters)?
            }
            KeyOwner::Root => {
                let parameters = [active.into(), account.into(), any_max.into(), active_max.into()];
                self.execute(statements::COUNT_ROOT_KEY, &parameters)?
            }
        };
        Ok(rows > 0)
    }

    fn uncount_key(&mut self, key: &AccessKeyRecord) -> Result<(), StoreError> {
        let active = i64::from(key.status == AccessKeyStatus::Active);
        let account = number(key.account);
        match &key.owner {
            KeyOwner::User(id) => {
                let parameters = [active.into(), account.into(), id.as_str().into()];
                self.execute_one(statements::UNCOUNT_USER_KEY, &parameters)
            }
            KeyOwner::Root => {
                self.execute_one(statements::UNCOUNT_ROOT_KEY, &[active.into(), account.into()])
            }
        }
    }

    fn count_active(
        &mut self,
        account: AccountId,
        owner: KeyOwner,
        added: i64,
        active_max: i64,
    ) -> Result<bool, StoreError> {
        let account = number(account);
        let rows = match &owner {
            KeyOwner::User(id) => {
                let parameters = [
                    added.into(),
                    account.into(),
                    id.as_str().into(),
                    active_max.into(),
                ];
                self.execute(statements::COUNT_ACTIVE_USER_KEY, &parameters)?
            }
            KeyOwner::Root => {
                let parameters = [added.into(), account.into(), active_max.into()];
                self.execute(statements::COUNT_ACTIVE_ROOT_KEY, &parameters)?
            }
        };
        Ok(rows > 0)
    }
}

impl KeyOwner {
    /// The owner as a column: a user's unique id, or nothing for root.
    fn column(&self) -> &str {
        match self {
            Self::Root => "",
            Self::User(id) => id.as_str(),
        }
    }
}

/// How many keys of any status, and how many active ones, an owner may have.
fn quotas(settings: &AccountSettings) -> (i64, i64) {
    let quota = i64::from(settings.access_keys_quota);
    match settings.access_keys_counted {
        AccessKeysCounted::All => (quota, i64::MAX),
        AccessKeysCounted::Active => (i64::from(limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS), quota),
    }
}

/// What a sealed secret is bound to: moved to another key or account, it does not open.
fn context(id: AccessKeyId, account: AccountId) -> String {
    format!("access-key {account} {id}")
}

pub(crate) fn record(row: &dyn Row) -> Result<AccessKeyRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_access_key", column);
    let owner = match row.text(2)? {
        "" => KeyOwner::Root,
        user => KeyOwner::User(user.parse().map_err(|_| unreadable("user_id"))?),
    };
    Ok(AccessKeyRecord {
        id: row.text(0)?.parse().map_err(|_| unreadable("id"))?,
        account: account_id(row.integer(1)?, "iam_access_key")?,
        owner,
        status: row.text(3)?.parse().map_err(|_| unreadable("status"))?,
        created_at: Timestamp::from_seconds(row.integer(4)?),
        status_changed_at: Timestamp::from_seconds(row.integer(5)?),
    })
}
