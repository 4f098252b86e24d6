use std::{fmt, path::PathBuf, sync::Arc};

/// The store could not do what it was asked. The text is for the operator and holds no value of any record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// The disk is full or fails, too much waits, or the store has stopped: worth trying again.
    Unavailable(Arc<str>),
    /// A statement or a piece of work failed by a defect of Keystead.
    Failed(Arc<str>),
    /// A stored record does not read as what it should be. It is kept as it is.
    Unreadable(Arc<str>),
    /// A sealed record does not open with the key that it names. It is kept as it is.
    Sealed(Arc<str>),
}

/// Why a write did not happen. Nothing of it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError<E> {
    /// The work itself refused, with its own reason.
    Refused(E),
    /// The store could not write; the caller is answered 503.
    Unavailable(StoreError),
}

/// Why a data directory could not be opened, made or restored. Each text says what to do about it.
#[derive(Debug)]
pub enum OpenError {
    /// A file or directory could not be read or written.
    Io {
        /// What was tried, such as `create`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Another process holds the directory.
    Locked {
        /// The directory.
        directory: PathBuf,
        /// The process, when its number could be read.
        process: Option<u32>,
    },
    /// The database was written by a newer Keystead.
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The newest version that this binary knows.
        known: i64,
    },
    /// The file is a database of something else.
    Foreign(PathBuf),
    /// The database is sealed and its master key is not where it should be.
    MasterKeyMissing {
        /// Where the key was expected.
        expected: PathBuf,
        /// The id of the key that the database is sealed with.
        wanted: String,
    },
    /// The master key that was given is not the one that the database is sealed with.
    MasterKeyWrong {
        /// Where the key came from.
        origin: String,
        /// Its id.
        found: String,
        /// The id of the key that the database is sealed with.
        wanted: String,
    },
    /// The data directory is another user's, or others can write to it.
    DirectoryShared {
        /// The directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// Its owner's number.
        owner: u32,
    },
    /// Others than the owner can read the master key's file.
    MasterKeyExposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The text is no master key.
    MasterKeyMalformed {
        /// Where it came from.
        origin: String,
    },
    /// The master key is not kept by the store, so the store cannot exchange it.
    MasterKeyGiven {
        /// Where it came from.
        origin: String,
    },
    /// A data key does not open, although the master key is the right one.
    DataKeyDamaged(i64),
    /// The database itself failed.
    Store(StoreError),
}

impl StoreError {
    pub(crate) fn unavailable(detail: impl Into<Arc<str>>) -> Self {
        Self::Unavailable(detail.into())
    }

    pub(crate) fn failed(detail: impl Into<Arc<str>>) -> Self {
        Self::Failed(detail.into())
    }

    pub(crate) fn unreadable(table: &str, column: &str) -> Self {
        Self::Unreadable(format!("a record of {table} has an unreadable {column}").into())
    }
}

impl OpenError {
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }
}

impl WriteError<StoreError> {
    /// Why, where refusing and failing come to the same.
    pub fn into_store_error(self) -> StoreError {
        match self {
            Self::Refused(error) | Self::Unavailable(error) => error,
        }
    }
}

impl<E> From<StoreError> for WriteError<E> {
    fn from(error: StoreError) -> Self {
        Self::Unavailable(error)
    }
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(detail) => write!(f, "the store is unavailable: {detail}"),
            Self::Failed(detail) => write!(f, "the store failed: {detail}"),
            Self::Unreadable(detail) => write!(f, "{detail}"),
            Self::Sealed(detail) => write!(f, "{detail}"),
        }
    }
}

impl<E: fmt::Display> fmt::Display for WriteError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Unavailable(error) => error.fmt(f),
        }
    }
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { action, path, source } => write!(f, "cannot {action} {}: {source}", path.display()),
            Self::Locked {
                directory,
                process: Some(process),
            } => write!(
                f,
                "{} is in use by process {process}; one process owns a data directory",
                directory.display()
            ),
            Self::Locked {
                directory,
                process: None,
            } => write!(
                f,
                "{} is in use by another process; one process owns a data directory",
                directory.display()
            ),
            Self::NewerSchema { path, found, known } => write!(
                f,
                "{} has schema version {found}, and this binary knows versions up to {known}; run the newer \
                 Keystead that wrote it, or restore a backup from before",
                path.display()
            ),
            Self::Foreign(path) => write!(f, "{} is not a database of Keystead", path.display()),
            Self::MasterKeyMissing { expected, wanted } => write!(
                f,
                "the master key is missing: expected in {}, with id {wanted}; put that key back, no other opens \
                 the secrets of this database",
                expected.display()
            ),
            Self::MasterKeyWrong {
                origin,
                found,
                wanted,
            } => write!(
                f,
                "the master key from {origin} has id {found}, and the database is sealed with {wanted}"
            ),
            Self::DirectoryShared { path, mode, owner } => write!(
                f,
                "{} belongs to user {owner} and has mode {mode:04o}: a data directory must belong to the user that \
                 Keystead runs as, and nobody else may write to it (`chmod 700 {}`)",
                path.display(),
                path.display()
            ),
            Self::MasterKeyExposed { path, mode } => write!(
                f,
                "{} has mode {mode:04o}: others than its owner can reach the master key; run `chmod 600 {}`, and \
                 rotate the key if anyone could have read it",
                path.display(),
                path.display()
            ),
            Self::MasterKeyMalformed { origin } => write!(
                f,
                "{origin} holds no master key: expected 32 bytes in base64, after an optional header line"
            ),
            Self::MasterKeyGiven { origin } => write!(
                f,
                "the master key comes from {origin}; to exchange it, start with a new key there and the present \
                 one in KEYSTEAD_PREVIOUS_MASTER_KEY"
            ),
            Self::DataKeyDamaged(id) => write!(
                f,
                "data key {id} does not open with the right master key: the database is damaged; restore a backup"
            ),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoreError {}
impl<E: fmt::Debug + fmt::Display> std::error::Error for WriteError<E> {}
impl std::error::Error for OpenError {}
