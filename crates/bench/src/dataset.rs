//! Stores with many keys, loaded once through the store's own functions and kept for later runs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use keystead_store::{
    AccountSettings, InsertAccessKey, InsertUser, KeyOwner, Location, MasterKeySource, NewAccessKey, NewUser,
    Options, Store, StoreError, Tx, WriteError,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Path as UserPath, Random, SecretAccessKey, Timestamp, UniqueId,
    UniqueIdKind,
};
use sha2::{Digest, Sha256};

use crate::{Context, Result, keystead::Keystead, random::Seeded, requests::Credentials};

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
        let fresh = tempfile::tempdir_in(&context.scratch)?.keep();
        Keystead::on_data(context, &fresh, None, None)?.server.stop()?;
        let name = format!("{keys}-keys-{}", fingerprint(&fresh)?);
        let directory = context.data.join(name);
        if directory.exists() {
            fs::remove_dir_all(&fresh)?;
        } else {
            eprintln!("  loading {keys} keys");
            load(&fresh, keys, SPARE_USERS)?;
            fs::rename(&fresh, &directory)?;
        }
        Ok(Self {
            account: account(&open(&directory)?)?,
            directory,
            keys,
        })
    }

    /// A copy that a measurement may change.
    pub(crate) fn copy(&self, context: &Context, name: &str) -> Result<PathBuf> {
        let target = context.scratch.join(name);
        fs::create_dir(&target)?;
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                fs::copy(entry.path(), target.join(entry.file_name()))?;
            }
        }
        Ok(target)
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

/// Opens a data directory that no server holds.
pub(crate) fn open(directory: &Path) -> Result<Store> {
    let options = Options {
        location: Location::Directory(directory.to_owned()),
        master_key: MasterKeySource::File,
        random: Arc::new(Seeded::new(3)),
    };
    Ok(Store::open(options)?)
}

/// The one account of a store.
pub(crate) fn account(store: &Store) -> Result<AccountId> {
    let accounts = blocking(store.read(|reader| reader.accounts_page(None, 1)))??;
    Ok(accounts.first().ok_or("the store has no account")?.id)
}

/// Waits for the store on this thread.
pub(crate) fn blocking<T>(work: impl Future<Output = T>) -> Result<T> {
    Ok(tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(work))
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
fn key(account: AccountId, number: usize) -> (AccessKeyId, SecretAccessKey) {
    let secret = SecretAccessKey::generate(&Seeded::new(number as u64));
    (AccessKeyId::generate(account, &Scattered(number)), secret)
}

/// Gives each number a word of its own. Of a million ids with 39 random bits two would likely be equal.
struct Scattered(usize);

impl Random for Scattered {
    fn fill(&self, bytes: &mut [u8]) {
        // Odd, so that no two numbers meet, however many of the low bits are used.
        let word = (self.0 as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for (byte, scattered) in bytes.iter_mut().zip(word.to_le_bytes()) {
            *byte = scattered;
        }
    }
}

/// Runs one transaction; false from `work` means that something was not stored.
fn write(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> std::result::Result<bool, StoreError> + Send + 'static,
) -> Result<()> {
    match blocking(store.write(work))? {
        Ok((true, _)) => Ok(()),
        Ok((false, _)) => Err("a key was not stored".into()),
        Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(error.into()),
    }
}

/// Names the schema of a data directory, and how it is loaded.
fn fingerprint(directory: &Path) -> Result<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let database = rusqlite::Connection::open_with_flags(directory.join("keystead.db"), flags)?;
    let mut statement =
        database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
    let mut hash = Sha256::new_with_prefix(LOADER_VERSION.to_le_bytes());
    for sql in statement.query_map([], |row| row.get::<_, String>(0))? {
        hash.update(sql?);
    }
    Ok(HEXLOWER.encode(&hash.finalize()[..6]))
}

#[cfg(test)]
pub(crate) mod tests {
    use keystead_types::AccountId;

    use super::*;

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

    #[test]
    fn another_schema_has_another_name() {
        let directory = tempfile::tempdir().unwrap();
        drop(open(directory.path()).unwrap());
        let before = fingerprint(directory.path()).unwrap();
        assert_eq!(fingerprint(directory.path()).unwrap(), before);
        let database = rusqlite::Connection::open(directory.path().join("keystead.db")).unwrap();
        database.execute_batch("CREATE TABLE more (id INTEGER)").unwrap();
        assert_ne!(fingerprint(directory.path()).unwrap(), before);
    }
}
