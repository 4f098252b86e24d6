//! The data directory: its files, and the lock that one process holds on it.

use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{ErrorKind, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use rustix::{
    fs::{FlockOperation, OFlags, flock},
    process::geteuid,
};

use crate::OpenError;

/// Whether a directory holds a store already.
pub fn is_data_directory(directory: &Path) -> bool {
    main_database(directory).is_file()
}

/// The database of everything but the records of reads and refusals.
pub(crate) fn main_database(directory: &Path) -> PathBuf {
    directory.join("keystead.db")
}

/// The database of the records of reads and refusals.
pub(crate) fn audit_database(directory: &Path) -> PathBuf {
    directory.join("audit.db")
}

/// The master key's file.
pub(crate) fn master_key(directory: &Path) -> PathBuf {
    directory.join("master.key")
}

/// The next master key's file, while a rotation is under way.
pub(crate) fn next_master_key(directory: &Path) -> PathBuf {
    directory.join("master.key.next")
}

/// The file that the owning process locks; it names that process.
pub(crate) fn lock_file(directory: &Path) -> PathBuf {
    directory.join("lock")
}

/// A data directory that this process owns until it drops this.
pub(crate) struct DataDirectory {
    path: PathBuf,
    // Dropping the file gives the lock back; so does the end of the process, however it ends.
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if need be, for its owner alone, and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, OpenError> {
        create_directory(path)?;
        refuse_shared(path)?;
        let lock_path = lock_file(path);
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(OFlags::NOFOLLOW.bits() as i32)
            .open(&lock_path)
            .map_err(OpenError::io("open", &lock_path))?;
        if let Err(error) = flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            let error = std::io::Error::from(error);
            if error.kind() != ErrorKind::WouldBlock {
                return Err(OpenError::io("lock", lock_path)(error));
            }
            let mut owner = String::new();
            // Only to name the process: a file that cannot be read names none.
            let _ = lock.read_to_string(&mut owner);
            return Err(OpenError::Locked {
                directory: path.to_owned(),
                process: owner.trim().parse().ok(),
            });
        }
        lock.set_len(0)
            .and_then(|()| write!(lock, "{}", std::process::id()))
            .map_err(OpenError::io("write", lock_path))?;
        Ok(Self {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// The directory.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Makes sure that a database file is there, for its owner alone: SQLite itself would let the
/// process's file mask decide, and gives its log files the mode of the database.
pub(crate) fn ensure_private_file(path: &Path) -> Result<(), OpenError> {
    match create_private_file(path) {
        Err(OpenError::Io { source, .. }) if source.kind() == ErrorKind::AlreadyExists => Ok(()),
        other => other.map(drop),
    }
}

/// Makes a file for its owner alone, and opens it for writing. Whatever has that name already, be it
/// a link that leads elsewhere, is an error.
pub(crate) fn create_private_file(path: &Path) -> Result<File, OpenError> {
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(OpenError::io("create", path))?;
    sync_directory(path.parent().unwrap_or(path))?;
    Ok(file)
}

/// Waits until the names in a directory are on the disk.
pub(crate) fn sync_directory(path: &Path) -> Result<(), OpenError> {
    // The directory of a bare file name is the current one.
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    File::open(path)
        .and_then(|directory| directory.sync_all())
        .map_err(OpenError::io("sync", path))
}

/// Refuses a directory that others can write to, or that is another user's: who can put files there
/// decides which key and which database are taken.
fn refuse_shared(path: &Path) -> Result<(), OpenError> {
    let metadata = std::fs::metadata(path).map_err(OpenError::io("examine", path))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o022 != 0 || metadata.uid() != geteuid().as_raw() {
        return Err(OpenError::DirectoryShared {
            path: path.to_owned(),
            mode,
            owner: metadata.uid(),
        });
    }
    Ok(())
}

fn create_directory(path: &Path) -> Result<(), OpenError> {
    if path.is_dir() {
        return Ok(());
    }
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .map_err(OpenError::io("create", path))?;
    match path.parent() {
        Some(parent) => sync_directory(parent),
        None => Ok(()),
    }
}
