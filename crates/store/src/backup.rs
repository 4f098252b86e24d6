//! Backups: a consistent copy of both databases in one file, and the way back.
//!
//! A backup holds secrets only as they are sealed in the database, and never the master key or
//! `admin.env`. It is authenticated with a key that only the master key opens: what was torn or changed
//! is not restored.

mod container;
mod restore;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

pub use restore::restore;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use tokio::sync::oneshot;

use crate::{
    OpenError, Store, StoreError,
    data_dir::{self, create_private_file, sync_directory},
    engine::{Engine, Sqlite},
    sealing::{Keyring, SealedDataKey, sealed_data_keys},
};

/// Why a backup was not made or not restored. Nothing of it is left behind.
#[derive(Debug)]
pub enum BackupError {
    /// The store is in memory.
    InMemory,
    /// The file to write exists already.
    Exists(PathBuf),
    /// The file to write would be in the data directory itself.
    InDataDirectory(PathBuf),
    /// The directory to restore into holds data already.
    NotEmpty(PathBuf),
    /// The file is no backup of a kind that this binary reads.
    NotABackup(PathBuf),
    /// The backup is incomplete or was changed.
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A file, a key or the database failed.
    Open(OpenError),
}

/// Files that are removed unless what needed them succeeded.
#[derive(Default)]
struct Leftovers {
    files: Vec<PathBuf>,
    directory: Option<PathBuf>,
}

impl Store {
    /// Writes a backup to `file`, which must not exist, while the store serves on.
    pub async fn backup(&self, file: &Path) -> Result<(), BackupError> {
        let Some(directory) = &self.shared.directory else {
            return Err(BackupError::InMemory);
        };
        self.audit_log().flush().await?;
        let (directory, file) = (directory.path().to_owned(), file.to_owned());
        let keyring = Arc::clone(&self.shared.keyring);
        let (reply, answer) = oneshot::channel();
        std::thread::Builder::new()
            .name("store-backup".to_owned())
            .spawn(move || reply.send(write(&directory, &file, &keyring)))
            .map_err(|error| StoreError::unavailable(format!("no thread for the backup: {error}")))?;
        let ended = |_| Err(StoreError::failed("the backup panicked").into());
        answer.await.unwrap_or_else(ended)
    }
}

fn write(directory: &Path, file: &Path, keyring: &Keyring) -> Result<(), BackupError> {
    let exists = || BackupError::Exists(file.to_owned());
    if file.symlink_metadata().is_ok() {
        return Err(exists());
    }
    let parent = file.parent().and_then(|parent| parent.canonicalize().ok());
    if parent.is_some() && parent == directory.canonicalize().ok() {
        return Err(BackupError::InDataDirectory(file.to_owned()));
    }
    // Names that nobody has seen, so that neither what a killed backup left behind nor a link that
    // someone laid out is in the way.
    let unique = keyring.random_number();
    let beside = |suffix: &str| {
        let mut name = file.as_os_str().to_owned();
        name.push(format!(".{unique:016x}.{suffix}"));
        PathBuf::from(name)
    };
    let (main, audit, partial) = (beside("main"), beside("audit"), beside("partial"));
    let mut leftovers = Leftovers::default();
    let header_keys = copy(&data_dir::main_database(directory), &main, &mut leftovers)?;
    copy(&data_dir::audit_database(directory), &audit, &mut leftovers)?;
    let out = create_private_file(&partial)?;
    leftovers.add(partial.clone());
    container::pack(
        out,
        &partial,
        &header_keys,
        [&main, &audit],
        &keyring.backup_key()?,
    )?;
    // Another file may have appeared meanwhile; it is not replaced either.
    renameat_with(CWD, &partial, CWD, file, RenameFlags::NOREPLACE).map_err(|error| match error {
        rustix::io::Errno::EXIST => exists(),
        other => OpenError::io("create", file)(other.into()).into(),
    })?;
    sync_directory(file.parent().unwrap_or(file))?;
    Ok(())
}

/// Copies a database as it is at one moment, without what was deleted from it, and without the console's sessions and
/// links; returns the data keys that are in the copy.
fn copy(from: &Path, to: &Path, leftovers: &mut Leftovers) -> Result<Vec<SealedDataKey>, BackupError> {
    create_private_file(to)?;
    leftovers.add(to.to_owned());
    let source = Sqlite::open_for_copying(from)?;
    let target = to
        .to_str()
        .ok_or_else(|| StoreError::failed("the backup's path is not valid UTF-8"))?;
    source.execute("VACUUM INTO $1", &[target.into()])?;
    let copy = Sqlite::open_for_copying(to)?;
    if from.file_name() == data_dir::main_database(Path::new("")).file_name() {
        // What was ended or used since must not come back with a restore.
        copy.batch("PRAGMA secure_delete = ON; DELETE FROM console_session; DELETE FROM console_link;")?;
        Ok(sealed_data_keys(&copy)?)
    } else {
        Ok(Vec::new())
    }
}

impl Leftovers {
    fn add(&mut self, path: PathBuf) -> PathBuf {
        self.files.push(path.clone());
        path
    }

    /// Keeps everything after all.
    fn keep(mut self) {
        self.files.clear();
        self.directory = None;
    }
}

impl Drop for Leftovers {
    fn drop(&mut self) {
        for file in &self.files {
            // Most are not there any more, or never were.
            let _ = std::fs::remove_file(file);
        }
        if let Some(directory) = &self.directory {
            let _ = std::fs::remove_dir(directory);
        }
    }
}

impl From<OpenError> for BackupError {
    fn from(error: OpenError) -> Self {
        Self::Open(error)
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        Self::Open(error.into())
    }
}

impl fmt::Display for BackupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InMemory => f.write_str("a store in memory has no backup"),
            Self::Exists(path) => write!(f, "{} exists already; a backup replaces no file", path.display()),
            Self::InDataDirectory(path) => write!(
                f,
                "{} is in the data directory; keep a backup somewhere else",
                path.display()
            ),
            Self::NotEmpty(path) => write!(
                f,
                "{} holds data already; restore into an empty directory",
                path.display()
            ),
            Self::NotABackup(path) => {
                write!(
                    f,
                    "{} is not a backup that this version of Keystead can read",
                    path.display()
                )
            }
            Self::Damaged { path, reason } => {
                write!(f, "{} is damaged and was not restored: {reason}", path.display())
            }
            Self::Open(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for BackupError {}
