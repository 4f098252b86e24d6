//! Stores with many keys, loaded once through the store's own functions and kept for later runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use keystead_store::{
    AccountSettings, InsertAccessKey, InsertUser, KeyOwner, NewAccessKey, NewUser, StoreError, Tx,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Path as UserPath, Random, SecretAccessKey, Timestamp, UniqueId,
    UniqueIdKind,
};

use crate::{
    Context, Result,
    data_directory::{self, account, open, write},
    random::Seeded,
    requests::Credentials,
};

/// Users without keys that every set has besides: room for the keys that a measurement makes.
pub(crate) const SPARE_USERS: usize = 60_000;
/// Changes when sets are loaded otherwise than before.
const LOADER_VERSION: u32 = 2;
const USERS_PER_TRANSACTION: usize = 5_000;

/// A loaded data directory: so many users with a key each, and [`SPARE_USERS`] without.
pub(crate) struct Dataset {
    pub(crate) directory: PathBuf,
    pub(crate) account: AccountId,
    pub(crate) keys: usize,
}

impl Dataset {
    /// The set with so many keys: a kept one that fits the schema, or a new one.
    pub(crate) fn with_keys(context: &Context, keys: usize) -> Result<Self> {
        let name = format!("{keys}-keys");
        let directory = data_directory::kept(context, &name, LOADER_VERSION, |fresh| {
            eprintln!("  loading {keys} keys");
            load(fresh, keys, SPARE_USERS)
        })?;
        Ok(Self {
            account: account(&open(&directory)?)?,
            directory,
            keys,
        })
    }

    /// A copy that a measurement may change.
    pub(crate) fn copy(&self, context: &Context, name: &str) -> Result<PathBuf> {
        data_directory::copy(&self.directory, context, name)
    }

    /// Bytes on the disk.
    pub(crate) fn bytes(&self) -> Result<u64> {
        let mut bytes = 0;
        for entry in fs::read_dir(&self.directory)? {
            bytes += entry?.metadata()?.len();
        }
        Ok(bytes)
    }

    /// Some of its keys, evenly from all of them.
    pub(crate) fn sample(&self, count: usize) -> impl Iterator<Item = Credentials> {
        let count = count.min(self.keys);
        (0..count).map(move |number| {
            let (id, secret) = key(self.account, number * self.keys / count);
            Credentials {
                access_key_id: id.to_string(),
                secret_access_key: secret.expose().to_owned(),
            }
        })
    }
}

/// The name of a spare user. Each of them can take two keys, so there are twice as many `slot`s.
pub(crate) fn spare_user(slot: usize) -> String {
    format!("spare-{:06}", slot % SPARE_USERS)
}

fn load(directory: &Path, keys: usize, spare_users: usize) -> Result<()> {
    let store = open(directory)?;
    let account = account(&store)?;
    let settings = AccountSettings {
        users_quota: 100_000_000,
        ..AccountSettings::default()
    };
    write(&store, move |tx| {
        tx.set_account_settings(account, &settings).map(|_| true)
    })?;
    for first in (0..keys).step_by(USERS_PER_TRANSACTION) {
        let numbers = first..keys.min(first + USERS_PER_TRANSACTION);
        write(&store, move |tx| {
            numbers.clone().try_fold(true, |stored, number| {
                let owner = insert_user(tx, account, &format!("user-{number:07}"), number)?;
                let (id, secret) = key(account, number);
                let status = AccessKeyStatus::Active;
                let key = NewAccessKey {
                    id,
                    account,
                    owner: KeyOwner::User(owner),
                    status,
                    created_at: loaded_at(),
                };
                Ok(tx.insert_access_key(&key, &secret)? == InsertAccessKey::Created && stored)
            })
        })?;
    }
    for first in (0..spare_users).step_by(USERS_PER_TRANSACTION) {
        let slots = first..spare_users.min(first + USERS_PER_TRANSACTION);
        write(&store, move |tx| {
            slots.clone().try_fold(true, |stored, slot| {
                insert_user(tx, account, &spare_user(slot), keys + slot).map(|_| stored)
            })
        })?;
    }
    Ok(())
}

/// Any fixed moment that is past.
fn loaded_at() -> Timestamp {
    Timestamp::from_seconds(1_767_225_600)
}

fn insert_user(
    tx: &mut Tx<'_>,
    account: AccountId,
    name: &str,
    number: usize,
) -> std::result::Result<UniqueId, StoreError> {
    let id = UniqueId::generate(UniqueIdKind::User, account, &Scattered(number));
    let name = name
        .parse()
        .map_err(|_| StoreError::Failed("the loader made an invalid name".into()))?;
    let user = NewUser {
        account,
        id,
        name,
        path: UserPath::default(),
        created_at: loaded_at(),
    };
    match tx.insert_user(&user)? {
        InsertUser::Created => Ok(id),
        refused => Err(StoreError::Failed(
            format!("a user was not stored: {refused:?}").into(),
        )),
    }
}

/// The key with this number: the same in every run.
pub(crate) fn key(account: AccountId, number: usize) -> (AccessKeyId, SecretAccessKey) {
    let secret = SecretAccessKey::generate(&Seeded::new(number as u64));
    (AccessKeyId::generate(account, &Scattered(number)), secret)
}

/// Gives each number a word of its own. Of a million ids with 39 random bits two would likely be equal.
pub(crate) struct Scattered(pub(crate) usize);

impl Random for Scattered {
    fn fill(&self, bytes: &mut [u8]) {
        // Odd, so that no two numbers meet, however many of the low bits are used.
        let word = (self.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (byte, scattered) in bytes.iter_mut().zip(word.to_le_bytes()) {
            *byte = scattered;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::data_directory::blocking;

    /// A loaded store with an account, as small as may be.
    pub(crate) fn loaded(directory: &Path, keys: usize, spare_users: usize) -> Dataset {
        let account = AccountId::new(123_456_789_012).unwrap();
        let store = open(directory).unwrap();
        let settings = AccountSettings::default();
        write(&store, move |tx| {
            tx.insert_account(account, &settings, loaded_at())
        })
        .unwrap();
        drop(store);
        load(directory, keys, spare_users).unwrap();
        Dataset {
            directory: directory.to_owned(),
            account,
            keys,
        }
    }

    #[test]
    fn what_was_loaded_is_found_again() {
        let directory = tempfile::tempdir().unwrap();
        let dataset = loaded(directory.path(), 30, 3);
        let store = open(directory.path()).unwrap();
        let samples: Vec<_> = dataset.sample(10).collect();
        assert_eq!(samples.len(), 10);
        for Credentials {
            access_key_id,
            secret_access_key,
        } in samples
        {
            let id = access_key_id.parse().unwrap();
            let read = store.read(move |reader| {
                let key = reader
                    .access_key(id)?
                    .ok_or_else(|| StoreError::Failed("no key".into()))?;
                reader.access_key_secret(&key)
            });
            let secret = blocking(read).unwrap().unwrap().unwrap();
            assert_eq!(secret.expose(), secret_access_key);
        }
        assert!(dataset.bytes().unwrap() > 0);
    }

    #[test]
    fn a_million_ids_differ() {
        let account = AccountId::new(123_456_789_012).unwrap();
        let ids = (0..1_000_000).map(|number| AccessKeyId::generate(account, &Scattered(number)));
        assert_eq!(ids.collect::<std::collections::HashSet<_>>().len(), 1_000_000);
    }
}
