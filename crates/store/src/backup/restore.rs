use std::{path::Path, sync::Arc};

use keystead_types::Random;

use super::{BackupError, Leftovers, container::Backup};
use crate::{
    MasterKey, OpenError,
    data_dir::{self, DataDirectory, sync_directory},
    engine::Sqlite,
    schema::Database,
    sealing::{Keyring, sealed_data_keys},
};

/// Restores a backup into a directory that holds no data, and makes it if need be. Blocks.
///
/// `key` must be the master key that was in use when the backup was made; `key_file` says whether to
/// keep it in the directory, as a server that is not handed its key expects. Nothing is in place before
/// everything has been checked.
pub fn restore(
    file: &Path,
    directory: &Path,
    key: &MasterKey,
    key_file: bool,
    random: Arc<dyn Random>,
) -> Result<(), BackupError> {
    let backup = Backup::open(file)?;
    let keyring = open_data_keys(&backup, file, key, random)?;

    let mut leftovers = Leftovers::default();
    if !directory.exists() {
        leftovers.directory = Some(directory.to_owned());
    } else {
        // Before the lock, so that nothing is added to a directory of something else.
        refuse_data(directory)?;
    }
    let owned = DataDirectory::lock(directory)?;
    // Again, since another process may have put data there before we had the lock.
    refuse_data(directory)?;
    leftovers.add(data_dir::lock_file(directory));
    let (main, audit) = (
        data_dir::main_database(directory),
        data_dir::audit_database(directory),
    );
    let key_path = data_dir::master_key(directory);

    let part = |path: &Path| path.with_extension("db.restoring");
    let (main_part, audit_part) = (leftovers.add(part(&main)), leftovers.add(part(&audit)));
    for stale in [&main_part, &audit_part] {
        // A restore that was killed may have left these.
        let _ = std::fs::remove_file(stale);
    }
    backup.unpack([&main_part, &audit_part], &keyring.backup_key()?)?;
    for (which, path) in [(Database::Main, &main_part), (Database::Audit, &audit_part)] {
        check(which, path, file)?;
    }

    // The main database comes last: whatever it refers to is there when it appears.
    if key_file {
        leftovers.add(key_path.clone());
        key.write_file(&key_path)?;
    }
    for (from, to) in [(&audit_part, &audit), (&main_part, &main)] {
        leftovers.add(to.clone());
        std::fs::rename(from, to).map_err(OpenError::io("rename", from))?;
    }
    sync_directory(directory)?;
    leftovers.keep();
    drop(owned);
    Ok(())
}

/// Refuses a directory that holds anything but its lock and what a killed restore left behind.
fn refuse_data(directory: &Path) -> Result<(), BackupError> {
    let failed = || OpenError::io("list", directory);
    for entry in std::fs::read_dir(directory).map_err(failed())? {
        let path = entry.map_err(failed())?.path();
        let unfinished = path.extension().is_some_and(|extension| extension == "restoring");
        if path != data_dir::lock_file(directory) && !unfinished {
            return Err(BackupError::NotEmpty(directory.to_owned()));
        }
    }
    Ok(())
}

fn open_data_keys(
    backup: &Backup<'_>,
    file: &Path,
    key: &MasterKey,
    random: Arc<dyn Random>,
) -> Result<Keyring, BackupError> {
    let wanted = backup.data_keys.first().map(|row| row.master_key.clone());
    let wanted = wanted.ok_or_else(|| BackupError::NotABackup(file.to_owned()))?;
    if wanted != key.id() {
        return Err(OpenError::MasterKeyWrong {
            origin: "the restore command".to_owned(),
            found: key.id(),
            wanted,
        }
        .into());
    }
    Ok(Keyring::open_all(&backup.data_keys, key, random)?)
}

fn check(which: Database, path: &Path, file: &Path) -> Result<(), BackupError> {
    let database = Sqlite::open_for_copying(path)?;
    which.check(&database, path)?;
    let damaged = |reason| BackupError::Damaged {
        path: file.to_owned(),
        reason,
    };
    if !database.is_sound()? {
        return Err(damaged("a database in it is corrupt"));
    }
    if which == Database::Main && sealed_data_keys(&database)?.is_empty() {
        return Err(damaged("its database has no data key"));
    }
    Ok(())
}
