//! The threads that read, each with a connection of its own.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use keystead_types::limits;
use tokio::sync::oneshot;

use crate::{Reader, StoreError, engine::Sqlite, sealing::Keyring};

/// Connections that read.
const READERS: usize = 4;

type Job = Box<dyn FnOnce(&Sqlite, &Keyring) + Send>;

/// The sending end of the readers' queue.
pub(crate) struct Readers(SyncSender<Job>);

impl Readers {
    /// Starts the threads. They end when this is dropped and what waits is done.
    pub(crate) fn start(
        path: &Path,
        keyring: &Arc<Keyring>,
    ) -> Result<(Self, Vec<JoinHandle<()>>), StoreError> {
        let (sender, receiver) = sync_channel::<Job>(limits::READ_QUEUE_MAX);
        let receiver = Arc::new(Mutex::new(receiver));
        let mut threads = Vec::with_capacity(READERS);
        for number in 0..READERS {
            let database = Sqlite::open_for_reading(path)?;
            let (receiver, keyring) = (Arc::clone(&receiver), Arc::clone(keyring));
            let thread = std::thread::Builder::new()
                .name(format!("store-reader-{number}"))
                .spawn(move || serve(&database, &keyring, &receiver))
                .map_err(|error| StoreError::unavailable(format!("no thread for a reader: {error}")))?;
            threads.push(thread);
        }
        Ok((Self(sender), threads))
    }

    /// Hands over work without waiting; a full queue is an error.
    pub(crate) fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Reader<'_>) -> T + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job = move |database: &Sqlite, keyring: &Keyring| {
            let _ = reply.send(snapshot(database, keyring, work));
        };
        self.0.try_send(Box::new(job)).map_err(|error| {
            StoreError::unavailable(match error {
                TrySendError::Full(_) => "too many reads wait",
                TrySendError::Disconnected(_) => "the readers have ended",
            })
        })?;
        Ok(answer)
    }
}

fn serve(database: &Sqlite, keyring: &Keyring, jobs: &Mutex<Receiver<Job>>) {
    loop {
        // The lock is held while waiting: the others wait for it instead of for a job.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(database, keyring),
            Err(_) => return,
        }
    }
}

fn snapshot<T>(
    database: &Sqlite,
    keyring: &Keyring,
    work: impl FnOnce(&Reader<'_>) -> T,
) -> Result<T, StoreError> {
    database.begin_read()?;
    let result = catch_unwind(AssertUnwindSafe(|| {
        Reader::new(database, keyring).map(|reader| work(&reader))
    }));
    // Nothing was written; rolling back ends the snapshot even where a commit could fail.
    let ended = database.roll_back();
    let value = result.unwrap_or_else(|_| Err(StoreError::failed("a read panicked")))?;
    ended.map(|()| value)
}
