//! Data directories that are loaded through the store's own functions and kept for later runs.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use data_encoding::HEXLOWER;
use keystead_store::{Location, MasterKeySource, Options, Store, StoreError, Tx, WriteError};
use keystead_types::AccountId;
use sha2::{Digest, Sha256};

use crate::{Context, Result, keystead::Keystead, random::Seeded};

/// The directory `name`: one that was kept and fits the schema, or a new one with a first start behind it, which
/// `load` fills. Another `loader_version` loads anew.
pub(crate) fn kept(
    context: &Context,
    name: &str,
    loader_version: u32,
    load: impl FnOnce(&Path) -> Result<()>,
) -> Result<PathBuf> {
    let fresh = tempfile::tempdir_in(&context.scratch)?.keep();
    Keystead::on_data(context, &fresh, None, None)?.server.stop()?;
    let name = format!("{name}-{}", fingerprint(&fresh, loader_version)?);
    let directory = context.data.join(name);
    if directory.exists() {
        fs::remove_dir_all(&fresh)?;
    } else {
        load(&fresh)?;
        fs::rename(&fresh, &directory)?;
    }
    Ok(directory)
}

/// A copy of a kept directory that a measurement may change.
pub(crate) fn copy(directory: &Path, context: &Context, name: &str) -> Result<PathBuf> {
    let target = context.scratch.join(name);
    fs::create_dir(&target)?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let copied = target.join(entry.file_name());
            fs::copy(entry.path(), &copied)?;
            // Or else it is written to the disk while something is measured.
            fs::File::open(copied)?.sync_all()?;
        }
    }
    Ok(target)
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

/// Runs one transaction; false from `work` means that something was not stored.
pub(crate) fn write(
    store: &Store,
    work: impl Fn(&mut Tx<'_>) -> std::result::Result<bool, StoreError> + Send + 'static,
) -> Result<()> {
    match blocking(store.write(work))? {
        Ok((true, _)) => Ok(()),
        Ok((false, _)) => Err("something was not stored".into()),
        Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(error.into()),
    }
}

/// Names the schema of a data directory, and how it is loaded.
fn fingerprint(directory: &Path, loader_version: u32) -> Result<String> {
    let mut hash = Sha256::new_with_prefix(loader_version.to_le_bytes());
    for file in ["keystead.db", "audit.db"] {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let database = rusqlite::Connection::open_with_flags(directory.join(file), flags)?;
        let mut statement =
            database.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name")?;
        for sql in statement.query_map([], |row| row.get::<_, String>(0))? {
            hash.update(sql?);
        }
    }
    Ok(HEXLOWER.encode(&hash.finalize()[..6]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_schema_has_another_name() {
        let directory = tempfile::tempdir().unwrap();
        drop(open(directory.path()).unwrap());
        let before = fingerprint(directory.path(), 1).unwrap();
        assert_eq!(fingerprint(directory.path(), 1).unwrap(), before);
        let database = rusqlite::Connection::open(directory.path().join("keystead.db")).unwrap();
        database.execute_batch("CREATE TABLE more (id INTEGER)").unwrap();
        assert_ne!(fingerprint(directory.path(), 1).unwrap(), before);
    }
}
