//! Audit events in the shape of CloudTrail's records, and the table that holds them.
//!
//! The event of a change is written by [`Tx::audit`], in the change's own transaction; those of
//! reads and refusals by [`AuditLog`](AuditLog).

mod elements;
mod intersection;
mod log;
mod query;
mod record;
mod user_identity;

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

pub use elements::AuditElements;
pub use log::{AuditLog, Call};
pub use query::{
    AuditCaller, AuditEnd, AuditOutcome, AuditPage, AuditPosition, AuditQuery, AuditRecord, InvalidPosition,
};

use keystead_types::{
    AccessKeyId, AccountId, Principal, RequestId, SECONDS_PER_DAY, Session, Timestamp, limits,
};

use crate::{
    StoreError, Tx, account::number, engine::Engine, feed::SHARD, retention::STEP_RECORDS, statements,
};

/// What a row takes beside its record: its other columns, and its place in four indexes, in bytes.
const ROW_BYTES: i64 = 280;

/// One call, as it is recorded. Members that AWS's model marks sensitive do not belong in it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEvent {
    /// When the call came.
    pub time: Timestamp,
    /// This event's own id.
    pub event_id: RequestId,
    /// The id that the call was answered with.
    pub request_id: RequestId,
    /// The account that the call was about.
    pub account: AccountId,
    /// Who called; `None` when that was not established.
    pub principal: Option<Arc<Principal>>,
    /// What its session token carries; `None` for a long-term key.
    pub session: Option<Arc<Session>>,
    /// The key that signed the call, or claims to have.
    pub access_key: Option<AccessKeyId>,
    /// The service, such as `iam.amazonaws.com`.
    pub event_source: Cow<'static, str>,
    /// The operation, such as `CreateUser`.
    pub operation: Cow<'static, str>,
    /// The region that the call was signed for.
    pub region: Cow<'static, str>,
    /// The client's address.
    pub source_address: Cow<'static, str>,
    /// The client's name for itself.
    pub user_agent: Cow<'static, str>,
    /// The error that the call was answered with: code and message. `None` when it succeeded.
    pub error: Option<(Cow<'static, str>, Cow<'static, str>)>,
    /// What was asked.
    pub request_parameters: Option<AuditElements>,
    /// What was answered; `None` for reads.
    pub response_elements: Option<AuditElements>,
    /// Whether the operation changes nothing.
    pub read_only: bool,
}

/// How many events the table holds, and where the next one goes.
///
/// Events are numbered, so that those of a second lie side by side on the disk; their own ids are
/// random and would scatter them.
#[derive(Clone, Copy)]
pub(crate) struct Tail {
    last_sequence: i64,
    events: i64,
    bytes: i64,
}

impl Tx<'_> {
    /// Records the call that this transaction carries out.
    pub fn audit(&mut self, event: &AuditEvent) -> Result<(), StoreError> {
        self.with_audit_tail(|engine, tail| tail.append(engine, event, 1))
    }

    /// One step of the retention of the events of changes; tells whether more may be left to remove.
    pub(crate) fn remove_old_audit_events(
        &mut self,
        now: Timestamp,
        bytes_max: u64,
    ) -> Result<bool, StoreError> {
        self.with_audit_tail(|engine, tail| tail.remove_old(engine, now, bytes_max))
    }

    /// Writes where the audit events end, as it is: the least that the database can be asked to write.
    pub(crate) fn write_again(&mut self) -> Result<(), StoreError> {
        self.with_audit_tail(|_, _| Ok(()))
    }

    fn with_audit_tail<T>(
        &mut self,
        work: impl FnOnce(&dyn Engine, &mut Tail) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let known = self.batch.audit_tail;
        let (tail, value) = self.with_engine(|engine| {
            let mut tail = known.map_or_else(|| Tail::read(engine), Ok)?;
            let value = work(engine, &mut tail)?;
            Ok((tail, value))
        })?;
        self.batch.audit_tail = Some(tail);
        Ok(value)
    }
}

impl Tail {
    /// Where the table ends now.
    pub(crate) fn read(engine: &dyn Engine) -> Result<Self, StoreError> {
        let mut tail = None;
        engine.query(statements::AUDIT_SIZE, &[SHARD.into()], &mut |row| {
            tail = Some(Self {
                last_sequence: row.integer(0)?,
                events: row.integer(1)?,
                bytes: row.integer(2)?,
            });
            Ok(ControlFlow::Break(()))
        })?;
        tail.ok_or_else(|| StoreError::failed("the audit events have no count"))
    }

    /// Writes down where the table ends, once for all that a transaction did to it.
    pub(crate) fn write(self, engine: &dyn Engine) -> Result<(), StoreError> {
        let parameters = [
            self.last_sequence.into(),
            self.events.into(),
            self.bytes.into(),
            SHARD.into(),
        ];
        engine.execute(statements::SET_AUDIT_SIZE, &parameters).map(drop)
    }

    /// Adds an event that stands for `count` calls.
    pub(crate) fn append(
        &mut self,
        engine: &dyn Engine,
        event: &AuditEvent,
        count: u64,
    ) -> Result<(), StoreError> {
        self.last_sequence += 1;
        self.events += 1;
        self.bytes += insert(engine, event, count, self.last_sequence)?;
        Ok(())
    }

    /// One step of the retention: removes, up to [`STEP_RECORDS`], the oldest events that are older
    /// than [`limits::AUDIT_RETENTION_DAYS`], and whatever their age those beyond `bytes_max` in all.
    /// Tells whether more may be left to remove.
    pub(crate) fn remove_old(
        &mut self,
        engine: &dyn Engine,
        now: Timestamp,
        bytes_max: u64,
    ) -> Result<bool, StoreError> {
        let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
        let keep_from = now.seconds() - limits::AUDIT_RETENTION_DAYS * SECONDS_PER_DAY;
        let (mut last, mut removed) = (None, 0);
        let step = i64::from(STEP_RECORDS);
        engine.query(statements::OLDEST_AUDIT_EVENTS, &[step.into()], &mut |row| {
            let time = row.integer(0)?;
            if time >= keep_from && self.bytes <= bytes_max {
                return Ok(ControlFlow::Break(()));
            }
            removed += 1;
            self.bytes -= row.integer(2)?;
            last = Some((time, row.integer(1)?));
            Ok(ControlFlow::Continue(()))
        })?;
        if let Some((time, sequence)) = last {
            engine.execute(statements::DELETE_AUDIT_EVENTS, &[time.into(), sequence.into()])?;
        }
        self.events -= removed;
        Ok(removed == step)
    }

    /// Removes all events.
    pub(crate) fn remove_all(self, engine: &dyn Engine) -> Result<Self, StoreError> {
        engine.execute(
            statements::DELETE_AUDIT_EVENTS,
            &[i64::MAX.into(), i64::MAX.into()],
        )?;
        Ok(Self {
            events: 0,
            bytes: 0,
            ..self
        })
    }
}

/// Inserts an event's row; tells what it counts towards the size that is kept, in bytes.
fn insert(engine: &dyn Engine, event: &AuditEvent, count: u64, sequence: i64) -> Result<i64, StoreError> {
    let principal = event.principal.as_ref().map(|principal| principal.user_id());
    let record = event.json(count);
    let bytes = record.len() as i64 + ROW_BYTES;
    let parameters = [
        event.time.seconds().into(),
        sequence.into(),
        number(event.account).into(),
        event.access_key.as_ref().map_or("", AccessKeyId::as_str).into(),
        principal.as_deref().unwrap_or_default().into(),
        event.operation.as_ref().into(),
        bytes.into(),
        record.as_str().into(),
        AuditOutcome::of(event).column().into(),
    ];
    engine.execute(statements::INSERT_AUDIT_EVENT, &parameters)?;
    Ok(bytes)
}
