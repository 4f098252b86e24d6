use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread::JoinHandle,
};

use keystead_types::{Random, limits};
use tokio::sync::oneshot;

use crate::{
    AuditLog, MasterKeySource, OpenError, Reader, Revision, Statistics, StoreError, Tx, UsageRecord,
    WriteError,
    data_dir::{self, DataDirectory},
    engine::{Durability, Sqlite},
    readers::Readers,
    readiness::Readiness,
    schema::Database,
    sealing::{self, Keyring},
    session_token::SessionKeys,
    statistics::{Counters, add},
    writer::{self, Job, Listeners, OnCommit, Queue, Work},
};

/// Where a store keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// In a directory that this process owns as long as the store is open.
    Directory(PathBuf),
    /// In memory, leaving no file.
    Memory,
}

/// How to open a store.
#[derive(Clone)]
pub struct Options {
    /// Where it is.
    pub location: Location,
    /// Where its master key comes from.
    pub master_key: MasterKeySource,
    /// A cryptographically secure source, for keys and nonces.
    pub random: Arc<dyn Random>,
}

/// The store: a handle that can be cloned. It closes when the last one is dropped, after what was
/// handed to it is done.
#[derive(Clone)]
pub struct Store {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    ends: Mutex<Option<Ends>>,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) session_keys: SessionKeys,
    pub(crate) master_key: MasterKeySource,
    listeners: Listeners,
    audit_log: AuditLog,
    pub(crate) reset_point: Arc<Mutex<Option<Sqlite>>>,
    pub(crate) counters: Arc<Counters>,
    pub(crate) readiness: Arc<Readiness>,
    // The last to go: the directory is ours until all threads have ended.
    pub(crate) directory: Option<DataDirectory>,
}

/// What ends the threads when it is dropped, and the threads.
struct Ends {
    queue: Queue,
    readers: Option<Arc<Readers>>,
    threads: Vec<JoinHandle<()>>,
}

impl Store {
    /// Opens a store, or makes it. Blocks; reads nothing that grows with what is stored.
    pub fn open(options: Options) -> Result<Self, OpenError> {
        let directory = match &options.location {
            Location::Directory(path) => Some(DataDirectory::lock(path)?),
            Location::Memory => None,
        };
        let path = directory.as_ref().map(DataDirectory::path);
        let database = open_database(Database::Main, path)?;
        let keyring = Arc::new(sealing::open_keyring(
            &database,
            &options.master_key,
            path,
            &options.random,
        )?);
        let (listeners, counters) = (Listeners::default(), Arc::new(Counters::default()));
        let (readers, mut threads) = match path {
            Some(path) => {
                let (readers, threads) = Readers::start(&data_dir::main_database(path), &keyring)?;
                (Some(Arc::new(readers)), threads)
            }
            None => (None, Vec::new()),
        };
        let audit_log = AuditLog::start(
            open_database(Database::Audit, path)?,
            Arc::clone(&options.random),
            Arc::clone(&counters),
        )?;
        let readiness = Arc::new(Readiness::default());
        let (queue, thread) = writer::start(
            database,
            Arc::clone(&keyring),
            listeners.clone(),
            Arc::clone(&counters),
            Arc::clone(&readiness),
        )?;
        threads.push(thread);
        let ends = Ends {
            queue,
            readers,
            threads,
        };
        let shared = Shared {
            ends: Mutex::new(Some(ends)),
            keyring,
            session_keys: SessionKeys::default(),
            master_key: options.master_key,
            listeners,
            audit_log,
            reset_point: Arc::default(),
            counters,
            readiness,
            directory,
        };
        Ok(Self {
            shared: Arc::new(shared),
        })
    }

    /// Carries out `work` in a transaction, and answers when that is durable: what `work` returned,
    /// and the revision after it.
    ///
    /// `work` may run more than once, each time from the start; only the last time counts. It should
    /// decide first and write last. If it refuses, or the answer is `Unavailable`, nothing of it is
    /// stored. Dropping the future does not call it back.
    pub async fn write<T, E, F>(&self, work: F) -> Result<(T, Revision), WriteError<E>>
    where
        T: Send + 'static,
        E: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    {
        let (work, answer) = Work::new(work);
        self.send(Job::Write(Box::new(work)))?;
        let gone = |_| {
            Err(WriteError::Unavailable(StoreError::unavailable(
                "the writer has ended",
            )))
        };
        answer.await.unwrap_or_else(gone)
    }

    /// Reads from one snapshot: everything that was answered before the call is in it.
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: FnOnce(&Reader<'_>) -> Result<T, E> + Send + 'static,
    {
        add(&self.shared.counters.reads, 1);
        let answer = match self.shared.readers()? {
            Some(readers) => readers.read(work),
            None => writer::read_alone(&self.shared.queue()?, work),
        };
        received(answer?).await?
    }

    /// Merges what keys were used for into what is stored: all of it, in one transaction, or nothing when
    /// this fails. Requests are added, so whoever has more than [`limits::USAGE_RECORDS_PER_WRITE_MAX`]
    /// must remember which parts were merged. Larger parts are refused, since changes wait meanwhile.
    pub async fn add_usage(&self, records: Vec<UsageRecord>) -> Result<(), StoreError> {
        if records.len() > limits::USAGE_RECORDS_PER_WRITE_MAX {
            return Err(StoreError::failed("too much use for one transaction"));
        }
        let written = self.write(move |tx| tx.add_usage(&records)).await;
        written.map(drop).map_err(WriteError::into_store_error)
    }

    /// The audit records of reads and refusals.
    pub fn audit_log(&self) -> &AuditLog {
        &self.shared.audit_log
    }

    /// Exchanges the master key in the data directory for a new one; returns the new one's id. Backups
    /// made before need the old one.
    pub async fn rotate_master_key(&self) -> Result<String, OpenError> {
        let directory = match (&self.shared.master_key, &self.shared.directory) {
            (MasterKeySource::File, Some(directory)) => directory.path().to_owned(),
            (MasterKeySource::Given { origin, .. }, _) => {
                let origin = origin.clone();
                return Err(OpenError::MasterKeyGiven { origin });
            }
            (MasterKeySource::File, None) => {
                let origin = "nowhere: the store is in memory".to_owned();
                return Err(OpenError::MasterKeyGiven { origin });
            }
        };
        self.alone(move |database, keyring, _| Ok(sealing::rotate(database, keyring, &directory)))
            .await?
    }

    /// Has `listener` told of what each later transaction changes: on the writer's thread, after the
    /// commit and before any of its commands is answered. It must not panic or wait.
    pub fn on_commit(&self, listener: OnCommit) {
        self.shared.listeners.add(listener);
    }

    /// What the store has done so far.
    pub fn statistics(&self) -> Statistics {
        self.shared.counters.read()
    }

    /// Commands and snapshots that wait or are under way are finished, and the files closed. Blocks.
    /// Whoever still holds a handle is answered "unavailable" from now on.
    pub fn close(&self) {
        self.shared.close();
    }

    pub(crate) fn send(&self, job: Job) -> Result<(), StoreError> {
        self.shared.queue()?.send(job)
    }

    /// Runs `work` on the writing connection, between transactions.
    pub(crate) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Sqlite, &Keyring, &Listeners) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.send(Job::Alone(Box::new(move |database, keyring, listeners| {
            let _ = reply.send(work(database, keyring, listeners));
        })))?;
        received(answer).await
    }
}

impl Shared {
    pub(crate) fn queue(&self) -> Result<Queue, StoreError> {
        let ends = self.ends();
        let ends = ends.as_ref().ok_or_else(closed)?;
        Ok(ends.queue.clone())
    }

    fn readers(&self) -> Result<Option<Arc<Readers>>, StoreError> {
        let ends = self.ends();
        let ends = ends.as_ref().ok_or_else(closed)?;
        Ok(ends.readers.clone())
    }

    fn ends(&self) -> std::sync::MutexGuard<'_, Option<Ends>> {
        self.ends.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.audit_log.close();
        let Some(Ends {
            queue,
            readers,
            threads,
        }) = self.ends().take()
        else {
            return;
        };
        drop((queue, readers));
        for thread in threads {
            // The last handle may go within a command; the writer cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                // A thread that panicked has said so; there is nothing to add.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.close();
    }
}

/// Opens one of the databases at this binary's version.
pub(crate) fn open_database(which: Database, directory: Option<&Path>) -> Result<Sqlite, OpenError> {
    let (path, database) = match directory {
        Some(directory) => {
            let (path, durability) = match which {
                Database::Main => (data_dir::main_database(directory), Durability::Full),
                Database::Audit => (data_dir::audit_database(directory), Durability::Process),
            };
            data_dir::ensure_private_file(&path)?;
            let database = Sqlite::open(&path, durability)?;
            (path, database)
        }
        None => (PathBuf::from("memory"), Sqlite::in_memory()?),
    };
    which.migrate(&database, &path)?;
    Ok(database)
}

/// Waits for an answer; none comes when the thread has ended.
pub(crate) async fn received<T>(answer: oneshot::Receiver<Result<T, StoreError>>) -> Result<T, StoreError> {
    answer.await.unwrap_or_else(|_| Err(closed()))
}

fn closed() -> StoreError {
    StoreError::unavailable("the store has ended")
}
