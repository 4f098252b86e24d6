use std::{path::Path, sync::Arc};

use keystead_types::Random;

use super::{Keyring, MasterKey, MasterKeySource, keyring::SealedDataKey};
use crate::{
    OpenError, StoreError,
    data_dir::{self, sync_directory},
    engine::{Engine, Sqlite},
    statements,
};

/// A master key that could be the right one.
struct Candidate {
    key: MasterKey,
    origin: String,
}

/// Opens the data keys of a database, or makes the first one of a new database.
///
/// `directory` is where key files are; without one (in memory) nothing is written.
pub(crate) fn open_keyring(
    database: &Sqlite,
    source: &MasterKeySource,
    directory: Option<&Path>,
    random: &Arc<dyn Random>,
) -> Result<Keyring, OpenError> {
    let rows = sealed_data_keys(database)?;
    let candidates = candidates(source, directory)?;
    let Some(first) = rows.first() else {
        return first_keyring(database, candidates, directory, random);
    };
    let wanted = &first.master_key;
    let Some(chosen) = candidates.iter().find(|one| one.key.id() == *wanted) else {
        return Err(refusal(candidates, directory, wanted));
    };
    let keyring = Keyring::open_all(&rows, &chosen.key, Arc::clone(random))?;
    match source {
        MasterKeySource::File => {
            if let Some(directory) = directory {
                settle_key_files(wanted, directory)?;
            }
        }
        MasterKeySource::Given { key, .. } if key.id() != *wanted => {
            let sealed = keyring.wrapped(key)?;
            in_transaction(database, |engine| store_data_keys(engine, &sealed))?;
        }
        MasterKeySource::Given { .. } => {}
    }
    Ok(keyring)
}

/// Seals the data keys with a new master key and keeps that in `directory`; returns its id.
///
/// The new key's file is on the disk beside the old one before the database names it, and takes the
/// old one's place after that. [`open_keyring`] finds its way from any point between.
pub(crate) fn rotate(database: &Sqlite, keyring: &Keyring, directory: &Path) -> Result<String, OpenError> {
    // A rotation whose last step failed left the valid key in the file that is written next.
    if let Some(row) = sealed_data_keys(database)?.first() {
        settle_key_files(&row.master_key, directory)?;
    }
    let key = MasterKey::generate(keyring.random());
    key.write_file(&data_dir::next_master_key(directory))?;
    let sealed = keyring.wrapped(&key)?;
    in_transaction(database, |engine| store_data_keys(engine, &sealed))?;
    settle_key_files(&key.id(), directory)?;
    Ok(key.id())
}

/// The data keys as their rows hold them.
pub(crate) fn sealed_data_keys(engine: &dyn Engine) -> Result<Vec<SealedDataKey>, StoreError> {
    let mut rows = Vec::new();
    engine.query(statements::DATA_KEYS, &[], &mut |row| {
        rows.push(SealedDataKey {
            id: row.integer(0)?,
            master_key: row.text(1)?.to_owned(),
            sealed: row.blob(2)?.to_vec(),
        });
        Ok(std::ops::ControlFlow::Continue(()))
    })?;
    Ok(rows)
}

/// Stores the first data key of a new database.
pub(crate) fn insert_data_key(engine: &dyn Engine, row: &SealedDataKey) -> Result<(), StoreError> {
    let parameters = [
        row.id.into(),
        row.master_key.as_str().into(),
        row.sealed.as_slice().into(),
    ];
    engine.execute(statements::INSERT_DATA_KEY, &parameters).map(drop)
}

fn candidates(source: &MasterKeySource, directory: Option<&Path>) -> Result<Vec<Candidate>, OpenError> {
    let mut candidates = Vec::new();
    match (source, directory) {
        (MasterKeySource::File, Some(directory)) => {
            for path in [
                data_dir::master_key(directory),
                data_dir::next_master_key(directory),
            ] {
                match MasterKey::read_file(&path) {
                    Ok(Some(key)) => candidates.push(Candidate {
                        key,
                        origin: path.display().to_string(),
                    }),
                    Ok(None) => {}
                    // A rotation that ended while it wrote this file never got as far as the database.
                    Err(OpenError::MasterKeyMalformed { .. }) if !candidates.is_empty() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        (MasterKeySource::File, None) => {}
        (
            MasterKeySource::Given {
                key,
                previous,
                origin,
            },
            _,
        ) => {
            let origin = |key| Candidate {
                key,
                origin: origin.clone(),
            };
            candidates.push(origin(key.clone()));
            candidates.extend(previous.clone().map(origin));
        }
    }
    Ok(candidates)
}

fn first_keyring(
    database: &Sqlite,
    candidates: Vec<Candidate>,
    directory: Option<&Path>,
    random: &Arc<dyn Random>,
) -> Result<Keyring, OpenError> {
    let master = match candidates.into_iter().next() {
        Some(candidate) => candidate.key,
        None => {
            let key = MasterKey::generate(&**random);
            // The file comes first: a database that is sealed with a lost key would be lost too.
            if let Some(directory) = directory {
                key.write_file(&data_dir::master_key(directory))?;
            }
            key
        }
    };
    let (keyring, row) = Keyring::generate(&master, Arc::clone(random))?;
    in_transaction(database, |engine| insert_data_key(engine, &row))?;
    Ok(keyring)
}

fn refusal(candidates: Vec<Candidate>, directory: Option<&Path>, wanted: &str) -> OpenError {
    match candidates.into_iter().next() {
        Some(found) => OpenError::MasterKeyWrong {
            origin: found.origin,
            found: found.key.id(),
            wanted: wanted.to_owned(),
        },
        None => OpenError::MasterKeyMissing {
            expected: directory.map(data_dir::master_key).unwrap_or_default(),
            wanted: wanted.to_owned(),
        },
    }
}

/// Ends a rotation: the key that the database wants becomes `master.key`, and no other stays.
fn settle_key_files(wanted: &str, directory: &Path) -> Result<(), OpenError> {
    let (current, next) = (
        data_dir::master_key(directory),
        data_dir::next_master_key(directory),
    );
    if !next.exists() {
        return Ok(());
    }
    match MasterKey::read_file(&next) {
        Ok(Some(key)) if key.id() == wanted => {
            std::fs::rename(&next, &current).map_err(OpenError::io("rename", &next))?;
        }
        // Only what was read, and is not the key, may go: it could be the only copy of the valid one.
        Ok(_) | Err(OpenError::MasterKeyMalformed { .. }) => {
            std::fs::remove_file(&next).map_err(OpenError::io("remove", &next))?;
        }
        Err(error) => return Err(error),
    }
    sync_directory(directory)
}

pub(crate) fn store_data_keys(engine: &dyn Engine, rows: &[SealedDataKey]) -> Result<(), StoreError> {
    for row in rows {
        let parameters = [
            row.master_key.as_str().into(),
            row.sealed.as_slice().into(),
            row.id.into(),
        ];
        engine.execute(statements::UPDATE_DATA_KEY, &parameters)?;
    }
    Ok(())
}

fn in_transaction(
    database: &Sqlite,
    work: impl FnOnce(&dyn Engine) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    database.begin_write()?;
    let result = work(database).and_then(|()| database.commit());
    if result.is_err() {
        database.roll_back()?;
    }
    result
}
