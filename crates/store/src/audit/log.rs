//! Audit records of reads and refusals: collected in memory, written in batches to a database of
//! their own, by a thread of their own.

use std::{
    borrow::Cow,
    hash::BuildHasher,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use keystead_types::{
    AccessKeyId, AccountId, Principal, Random, RequestId, Session, Timestamp, limits, shortened,
};
use tokio::sync::oneshot;

use super::{AuditElements, AuditEvent, AuditPage, AuditQuery, Tail};
use crate::{
    StoreError,
    engine::{Engine, Sqlite},
    schema::Database,
    statistics::{Counters, add},
    store::received,
};

/// How long a record waits at most before it is written. Half of what may be lost.
const FLUSH_INTERVAL: Duration = Duration::from_millis(500);
/// Seconds by which a call's time may be behind that of another before it means that the clock was set
/// back: more than a request takes.
const CLOCK_SET_BACK_SECONDS: i64 = 300;

/// A read or a refusal. Borrowed, since most calls under load are only counted.
pub struct Call<'a> {
    /// When it came.
    pub time: Timestamp,
    /// The id that it was answered with.
    pub request_id: RequestId,
    /// The account that it was about.
    pub account: AccountId,
    /// Who called; `None` when that was not established.
    pub principal: Option<&'a Arc<Principal>>,
    /// What its session token carries; `None` for a long-term key.
    pub session: Option<&'a Arc<Session>>,
    /// The key that signed it, or claims to have.
    pub access_key: Option<AccessKeyId>,
    /// The service, such as `iam.amazonaws.com`.
    pub event_source: &'static str,
    /// The operation.
    pub operation: &'a str,
    /// The region that it was signed for.
    pub region: &'a str,
    /// The client's address.
    pub source: IpAddr,
    /// The client's name for itself.
    pub user_agent: &'a str,
    /// The error that it was answered with: code and message.
    pub error: Option<(&'a str, &'a str)>,
    /// What was answered, where that is worth a record although the store was not changed.
    pub response_elements: Option<&'a AuditElements>,
    /// Whether the operation changes nothing.
    pub read_only: bool,
}

/// The audit records of reads and refusals.
///
/// In each second, the first [`limits::AUDIT_SINGLE_RECORDS_PER_SECOND`] calls have a record each;
/// of the others, those with the same principal, key, operation, source and outcome share one, with
/// their number. What does not fit any more is counted as dropped.
///
/// Calls of proven callers and calls of others have budgets of their own: who floods the server
/// without a valid signature cannot crowd out what somebody with one does. Of others, the access key
/// that they claim does not tell calls apart, since they can claim any.
pub struct AuditLog {
    waiting: Arc<Mutex<Waiting>>,
    hasher: FixedState,
    counters: Arc<Counters>,
    thread: Mutex<Option<(SyncSender<Request>, JoinHandle<()>)>>,
}

/// What the log's thread is asked for.
type Request = Box<dyn FnOnce(&mut Writer) + Send>;

#[derive(Default)]
struct Waiting {
    /// The latest second in which a call came, and what was kept of it.
    second: i64,
    spent: [Spent; Class::COUNT],
    records: Records,
}

/// What was kept of the present second's calls of one class.
#[derive(Clone, Copy, Default)]
struct Spent {
    singles: u32,
    merged: u32,
}

/// Whether the caller was established.
#[derive(Clone, Copy)]
enum Class {
    Proven,
    Unproven,
}

#[derive(Default)]
struct Records {
    singles: Vec<AuditEvent>,
    merged: HashTable<Merged>,
    /// What they take, by class.
    bytes: [usize; Class::COUNT],
}

struct Merged {
    hash: u64,
    source: IpAddr,
    event: AuditEvent,
    count: u64,
}

struct Writer {
    database: Sqlite,
    waiting: Arc<Mutex<Waiting>>,
    unwritten: Vec<(AuditEvent, u64)>,
    random: Arc<dyn Random>,
    counters: Arc<Counters>,
}

impl AuditLog {
    pub(crate) fn start(
        database: Sqlite,
        random: Arc<dyn Random>,
        counters: Arc<Counters>,
    ) -> Result<Self, StoreError> {
        let (sender, requests) = sync_channel(limits::AUDIT_QUEUE_MAX);
        let waiting = Arc::new(Mutex::new(Waiting::default()));
        let mut seed = [0; 8];
        random.fill(&mut seed);
        let mut writer = Writer {
            database,
            waiting: Arc::clone(&waiting),
            unwritten: Vec::new(),
            random,
            counters: Arc::clone(&counters),
        };
        let thread = std::thread::Builder::new()
            .name("store-audit".to_owned())
            .spawn(move || writer.serve(&requests))
            .map_err(|error| StoreError::unavailable(format!("no thread for the audit log: {error}")))?;
        Ok(Self {
            waiting,
            hasher: FixedState::with_seed(u64::from_le_bytes(seed)),
            counters,
            thread: Mutex::new(Some((sender, thread))),
        })
    }

    /// Records a call. `parameters` makes what was asked, in CloudTrail's names and without anything
    /// sensitive; it is not run for a call that is only counted. Never waits for the disk.
    pub fn record(&self, call: &Call<'_>, parameters: impl FnOnce() -> Option<AuditElements>) {
        let mut waiting = lock(&self.waiting);
        waiting.advance(call.time);
        let class = call.class();
        if waiting.takes_single(class) {
            waiting.keep_single(class, call.event(parameters()));
            return;
        }
        let hash = self.hasher.hash_one((
            call.telling_access_key(),
            call.operation,
            call.source,
            call.error.map(|(code, _)| code),
        ));
        if let Some(merged) = waiting.records.merged.find_mut(hash, |merged| merged.is(call)) {
            merged.count += 1;
            drop(waiting);
            add(&self.counters.audit_merged, 1);
        } else if waiting.takes_merged(class) {
            let merged = Merged {
                hash,
                source: call.source,
                event: call.event(parameters()),
                count: 1,
            };
            waiting.keep_merged(class, merged);
        } else {
            drop(waiting);
            add(&self.counters.audit_dropped, 1);
        }
    }

    /// Writes down what has been recorded so far.
    pub async fn flush(&self) -> Result<(), StoreError> {
        self.ask(Writer::flush).await
    }

    /// Recorded reads and refusals, those that waited to be written included.
    pub(crate) async fn events(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        self.ask(move |writer| {
            writer.flush()?;
            query.page(Database::Audit, |statement, parameters, row| {
                writer.database.query(statement, parameters, row)
            })
        })
        .await
    }

    /// One step of the retention; tells whether more may be left to remove.
    pub(crate) async fn remove_old(&self, now: Timestamp, bytes_max: u64) -> Result<bool, StoreError> {
        self.ask(move |writer| {
            writer.in_transaction(|database| {
                let mut tail = Tail::read(database)?;
                let more = tail.remove_old(database, now, bytes_max)?;
                tail.write(database)?;
                Ok(more)
            })
        })
        .await
    }

    /// Runs `work` on the log's connection.
    #[cfg(test)]
    pub(crate) async fn with_database<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Sqlite) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.ask(|writer| work(&mut writer.database)).await
    }

    /// Forgets all records, whether they are written or wait to be.
    pub(crate) async fn remove_all(&self) -> Result<(), StoreError> {
        self.ask(|writer| {
            *lock(&writer.waiting) = Waiting::default();
            writer.unwritten.clear();
            writer.in_transaction(|database| Tail::read(database)?.remove_all(database)?.write(database))
        })
        .await
    }

    /// Writes down what waits, and ends the thread. Blocks.
    pub(crate) fn close(&self) {
        if let Some((sender, thread)) = lock(&self.thread).take() {
            drop(sender);
            // A thread that panicked has said so; there is nothing to add.
            let _ = thread.join();
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let request: Request = Box::new(move |writer| {
            let _ = reply.send(work(writer));
        });
        match &*lock(&self.thread) {
            Some((sender, _)) => sender
                .try_send(request)
                .map_err(|_| StoreError::unavailable("the audit log is busy"))?,
            None => return Err(StoreError::unavailable("the audit log has ended")),
        }
        received(answer).await
    }
}

impl Class {
    const COUNT: usize = 2;
}

impl Call<'_> {
    fn class(&self) -> Class {
        match self.principal {
            Some(_) => Class::Proven,
            None => Class::Unproven,
        }
    }

    /// The access key, where it tells one caller from another.
    fn telling_access_key(&self) -> Option<AccessKeyId> {
        self.principal.and(self.access_key)
    }

    fn event(&self, request_parameters: Option<AuditElements>) -> AuditEvent {
        // Cut already here, since it waits in memory.
        let cut = |text, bytes_max| Cow::Owned(shortened(text, bytes_max).to_owned());
        AuditEvent {
            time: self.time,
            // Drawn when it is written: not on the way of a request.
            event_id: self.request_id,
            request_id: self.request_id,
            account: self.account,
            principal: self.principal.cloned(),
            session: self.session.cloned(),
            access_key: self.access_key,
            event_source: self.event_source.into(),
            operation: cut(self.operation, limits::AUDIT_NAME_BYTES_MAX),
            region: cut(self.region, limits::AUDIT_NAME_BYTES_MAX),
            source_address: self.source.to_string().into(),
            user_agent: cut(self.user_agent, limits::USER_AGENT_BYTES_MAX),
            error: self.error.map(|(code, message)| {
                (
                    cut(code, limits::AUDIT_NAME_BYTES_MAX),
                    cut(message, limits::AUDIT_ERROR_MESSAGE_BYTES_MAX),
                )
            }),
            request_parameters,
            response_elements: self.response_elements.cloned(),
            read_only: self.read_only,
        }
    }
}

impl Waiting {
    /// Begins a new second, if that of this call is later than the last. A call that took long comes
    /// with an earlier time, which gives nobody a second's budget anew.
    fn advance(&mut self, now: Timestamp) {
        let now = now.seconds();
        if now > self.second || now < self.second - CLOCK_SET_BACK_SECONDS {
            self.second = now;
            self.spent = Default::default();
        }
    }

    fn takes_single(&self, class: Class) -> bool {
        let spent = self.spent[class as usize].singles;
        spent < limits::AUDIT_SINGLE_RECORDS_PER_SECOND && self.records.have_room(class)
    }

    fn takes_merged(&self, class: Class) -> bool {
        let spent = self.spent[class as usize].merged;
        spent < limits::AUDIT_MERGED_RECORDS_PER_SECOND && self.records.have_room(class)
    }

    fn keep_single(&mut self, class: Class, event: AuditEvent) {
        self.spent[class as usize].singles += 1;
        self.records.bytes[class as usize] += event.size();
        self.records.singles.push(event);
    }

    fn keep_merged(&mut self, class: Class, merged: Merged) {
        self.spent[class as usize].merged += 1;
        self.records.bytes[class as usize] += merged.event.size();
        self.records
            .merged
            .insert_unique(merged.hash, merged, |merged| merged.hash);
    }
}

impl Records {
    fn have_room(&self, class: Class) -> bool {
        self.bytes[class as usize] < limits::AUDIT_WAITING_BYTES_MAX / Class::COUNT
    }
}

impl Merged {
    fn is(&self, call: &Call<'_>) -> bool {
        let event = &self.event;
        let same_principal = match (&event.principal, call.principal) {
            (Some(known), Some(caller)) => Arc::ptr_eq(known, caller) || known == caller,
            (None, None) => true,
            _ => false,
        };
        same_principal
            && (call.principal.is_none() || event.access_key == call.access_key)
            && event.operation == call.operation
            && self.source == call.source
            && event.error.as_ref().map(|(code, _)| code.as_ref()) == call.error.map(|(code, _)| code)
    }
}

impl Writer {
    fn serve(&mut self, requests: &Receiver<Request>) {
        let mut flush_at = Instant::now() + FLUSH_INTERVAL;
        loop {
            // Requests that come one upon the other do not put the next flush off.
            let wait = flush_at.saturating_duration_since(Instant::now());
            match requests.recv_timeout(wait) {
                Ok(request) => request(self),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return drop(self.flush()),
            }
            if Instant::now() >= flush_at {
                // What could not be written is tried again after the next interval.
                drop(self.flush());
                flush_at = Instant::now() + FLUSH_INTERVAL;
            }
        }
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let records = std::mem::take(&mut lock(&self.waiting).records);
        let merged = records.merged.into_iter();
        let all = records.singles.into_iter().map(|event| (event, 1));
        let all = all.chain(merged.map(|merged| (merged.event, merged.count)));
        let random = Arc::clone(&self.random);
        self.unwritten.extend(all.map(|(mut event, count)| {
            event.event_id = RequestId::generate(&*random);
            (event, count)
        }));
        if self.unwritten.is_empty() {
            return Ok(());
        }
        let unwritten = std::mem::take(&mut self.unwritten);
        let result = self.in_transaction(|database| write(database, &unwritten));
        if result.is_ok() {
            add(&self.counters.audit_records, unwritten.len() as u64);
        } else {
            self.keep(unwritten);
        }
        result
    }

    /// Keeps the latest records for another attempt, as many as there is room for.
    fn keep(&mut self, mut unwritten: Vec<(AuditEvent, u64)>) {
        let mut bytes = 0;
        let fits = |(event, _): &&(AuditEvent, u64)| {
            bytes += event.size();
            bytes <= limits::AUDIT_WAITING_BYTES_MAX
        };
        let kept = unwritten.iter().rev().take_while(fits).count();
        let excess = unwritten.len() - kept;
        let dropped = unwritten.drain(..excess).map(|(_, count)| count).sum();
        add(&self.counters.audit_dropped, dropped);
        self.unwritten = unwritten;
    }

    fn in_transaction<T>(
        &self,
        work: impl FnOnce(&Sqlite) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.database.begin_write()?;
        let result = work(&self.database).and_then(|value| self.database.commit().map(|()| value));
        if result.is_err() {
            self.database.roll_back()?;
        }
        result
    }
}

fn write(database: &Sqlite, records: &[(AuditEvent, u64)]) -> Result<(), StoreError> {
    let mut tail = Tail::read(database)?;
    for (event, count) in records {
        tail.append(database, event, *count)?;
    }
    tail.write(database)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
