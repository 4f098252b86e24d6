//! The one thread that writes, and its group commit.
//!
//! All commands that wait are carried out in one transaction, with one sync, and answered after its
//! commit. A command that refuses before it has written leaves the others alone. One that fails or
//! panics after it has written takes the transaction with it; then each command has one of its
//! own. If the database itself fails, all are answered "unavailable", and the next commands try anew.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread::JoinHandle,
};

use keystead_types::limits;
use tokio::sync::oneshot;

use crate::{
    Change, Reader, Revision, StoreError, Tx, WriteError,
    engine::Sqlite,
    readiness::Readiness,
    sealing::Keyring,
    statistics::{Counters, add},
    tx::Batch,
};

/// Called on the writer's thread with what a transaction changed, after its commit and before any of its
/// commands is answered.
pub type OnCommit = Box<dyn Fn(&[Change]) + Send>;

/// What the writer and those who hand it commands share.
#[derive(Clone, Default)]
pub(crate) struct Listeners(Arc<Mutex<Vec<OnCommit>>>);

/// What the writer's thread is handed.
pub(crate) enum Job {
    /// Work that may join others in a transaction.
    Write(Box<dyn Command>),
    /// Work with the connection itself, between transactions.
    Alone(Alone),
}

/// Work with the writer's own connection.
type Alone = Box<dyn FnOnce(&mut Sqlite, &Keyring, &Listeners) + Send>;

/// A command whose types are known to itself only.
pub(crate) trait Command: Send {
    /// Carries it out; the outcome stays within, and replaces that of an earlier attempt.
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran;

    /// Answers it: with its outcome, once that is committed at this revision, or with a failure.
    fn answer(self: Box<Self>, committed: Result<Revision, StoreError>);
}

/// How an attempt went.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ran {
    Done,
    Refused,
}

/// The sending end of the writer's queue.
#[derive(Clone)]
pub(crate) struct Queue(SyncSender<Job>);

struct Writer {
    database: Sqlite,
    keyring: Arc<Keyring>,
    listeners: Listeners,
    counters: Arc<Counters>,
    readiness: Arc<Readiness>,
}

/// A command under way: the command itself, and the revision after it, or why it failed alone.
struct Attempt {
    command: Box<dyn Command>,
    outcome: Result<Revision, StoreError>,
}

/// What became of a transaction.
enum Together {
    /// It is on the disk, or had nothing to put there.
    Committed(Vec<Change>),
    /// One command spoilt it; none of it is stored.
    Spoilt,
    /// The database failed; none of it is stored.
    Failed(StoreError),
}

/// Starts the writer's thread. It ends when the last [`Queue`] is gone and what waits is done.
pub(crate) fn start(
    database: Sqlite,
    keyring: Arc<Keyring>,
    listeners: Listeners,
    counters: Arc<Counters>,
    readiness: Arc<Readiness>,
) -> Result<(Queue, JoinHandle<()>), StoreError> {
    let (sender, receiver) = sync_channel(limits::WRITE_QUEUE_MAX);
    let mut writer = Writer {
        database,
        keyring,
        listeners,
        counters,
        readiness,
    };
    let thread = std::thread::Builder::new()
        .name("store-writer".to_owned())
        .spawn(move || writer.serve(&receiver))
        .map_err(|error| StoreError::unavailable(format!("no thread for the writer: {error}")))?;
    Ok((Queue(sender), thread))
}

impl Queue {
    /// Hands over a job without waiting; a full queue, or a writer that has ended, is an error.
    pub(crate) fn send(&self, job: Job) -> Result<(), StoreError> {
        self.0.try_send(job).map_err(|error| {
            StoreError::unavailable(match error {
                TrySendError::Full(_) => "too many writes wait",
                TrySendError::Disconnected(_) => "the writer has ended",
            })
        })
    }
}

impl Listeners {
    /// Adds one, for all later commits.
    pub(crate) fn add(&self, listener: OnCommit) {
        self.lock().push(listener);
    }

    /// Tells all of them.
    pub(crate) fn tell(&self, changes: &[Change]) {
        if !changes.is_empty() {
            self.lock().iter().for_each(|listener| listener(changes));
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<OnCommit>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Writer {
    fn serve(&mut self, jobs: &Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let mut next = Some(first);
            let mut commands = Vec::new();
            while let Some(job) = next.take() {
                match job {
                    Job::Write(command) => commands.push(command),
                    Job::Alone(work) => {
                        self.carry_out(std::mem::take(&mut commands));
                        work(&mut self.database, &self.keyring, &self.listeners);
                    }
                }
                if commands.len() < limits::WRITE_BATCH_MAX {
                    next = jobs.try_recv().ok();
                }
            }
            self.carry_out(commands);
        }
    }

    fn carry_out(&self, commands: Vec<Box<dyn Command>>) {
        if commands.is_empty() {
            return;
        }
        let attempts = commands.into_iter().map(|command| Attempt {
            command,
            outcome: Ok(Revision::default()),
        });
        let mut attempts: Vec<_> = attempts.collect();
        match self.together(&mut attempts) {
            Together::Spoilt if attempts.len() > 1 => {
                for attempt in attempts {
                    let mut alone = vec![attempt];
                    let together = self.together(&mut alone);
                    self.answer(alone, together);
                }
            }
            other => self.answer(attempts, other),
        }
    }

    /// Runs the commands in one transaction.
    fn together(&self, attempts: &mut [Attempt]) -> Together {
        match self.run(attempts) {
            Ok(Some(changes)) => {
                self.counters.committed(attempts.len() as u64);
                Together::Committed(changes)
            }
            result => {
                add(&self.counters.rollbacks, 1);
                match result.and(self.database.roll_back()) {
                    Ok(()) => Together::Spoilt,
                    Err(error) => {
                        self.readiness.failed(&error);
                        Together::Failed(error)
                    }
                }
            }
        }
    }

    /// `None` when a command spoilt the transaction.
    fn run(&self, attempts: &mut [Attempt]) -> Result<Option<Vec<Change>>, StoreError> {
        self.database.begin_write()?;
        let mut batch = Batch::begin(&self.database)?;
        let mut batch_wrote = false;
        for attempt in attempts {
            let mut tx = Tx::new(&self.database, &self.keyring, &mut batch);
            let ran = catch_unwind(AssertUnwindSafe(|| attempt.command.run(&mut tx)));
            let (wrote, failure, revision) = (tx.wrote(), tx.failure(), tx.revision());
            let panicked = ran.is_err();
            attempt.outcome = match failure {
                Some(failure @ StoreError::Unavailable(_)) => return Err(failure),
                Some(failure) => Err(failure),
                None if panicked => Err(StoreError::failed("a command panicked")),
                None => Ok(revision),
            };
            let done = ran.is_ok_and(|ran| ran == Ran::Done) && attempt.outcome.is_ok();
            if wrote && !done {
                return Ok(None);
            }
            batch_wrote |= wrote;
        }
        batch.finish(&self.database)?;
        self.database.commit()?;
        if batch_wrote {
            self.readiness.wrote();
        }
        Ok(Some(batch.changes))
    }

    fn answer(&self, attempts: Vec<Attempt>, together: Together) {
        if let Together::Committed(changes) = &together {
            self.listeners.tell(changes);
        }
        for Attempt { command, outcome } in attempts {
            let answer = match &together {
                // A command that spoilt the transaction it was alone in has its own outcome too: its
                // refusal, or why it failed.
                Together::Committed(_) | Together::Spoilt => outcome,
                Together::Failed(error) => Err(error.clone()),
            };
            if answer.is_err() {
                add(&self.counters.unavailable, 1);
            }
            command.answer(answer);
        }
    }
}

/// A closure as a command.
pub(crate) struct Work<T, E, F> {
    work: F,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<(T, Revision), WriteError<E>>>,
}

/// What a command is answered with.
pub(crate) type Reply<T, E> = oneshot::Receiver<Result<(T, Revision), WriteError<E>>>;

impl<T, E, F> Work<T, E, F> {
    /// Makes a command, and what its answer comes through.
    pub(crate) fn new(work: F) -> (Self, Reply<T, E>) {
        let (reply, answer) = oneshot::channel();
        let work = Self {
            work,
            outcome: None,
            reply,
        };
        (work, answer)
    }
}

impl<T, E, F> Command for Work<T, E, F>
where
    T: Send,
    E: Send,
    F: Fn(&mut Tx<'_>) -> Result<T, E> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> Ran {
        self.outcome = None;
        let outcome = (self.work)(tx);
        let ran = if outcome.is_ok() { Ran::Done } else { Ran::Refused };
        self.outcome = Some(outcome);
        ran
    }

    fn answer(self: Box<Self>, committed: Result<Revision, StoreError>) {
        let answer = match (committed, self.outcome) {
            (Ok(revision), Some(Ok(value))) => Ok((value, revision)),
            (Ok(_), Some(Err(refusal))) => Err(WriteError::Refused(refusal)),
            (Ok(_), None) => Err(WriteError::Unavailable(StoreError::failed(
                "a command did not run",
            ))),
            (Err(error), _) => Err(WriteError::Unavailable(error)),
        };
        // Whoever asked may have gone away; the command is carried out all the same.
        let _ = self.reply.send(answer);
    }
}

/// Runs `work` on the connection between transactions, as a snapshot: how a store that has one
/// connection only is read.
pub(crate) fn read_alone<T: Send + 'static>(
    queue: &Queue,
    work: impl FnOnce(&Reader<'_>) -> T + Send + 'static,
) -> Result<oneshot::Receiver<Result<T, StoreError>>, StoreError> {
    let (reply, answer) = oneshot::channel();
    queue.send(Job::Alone(Box::new(move |database, keyring, _| {
        let result = catch_unwind(AssertUnwindSafe(|| {
            Reader::new(database, keyring).map(|reader| work(&reader))
        }));
        let _ = reply.send(result.unwrap_or_else(|_| Err(StoreError::failed("a read panicked"))));
    })))?;
    Ok(answer)
}
