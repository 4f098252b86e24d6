//! Audit events in the shape of CloudTrail's records, and the table that holds them.
//!
//! The event of a change is written by [`Tx::audit`], in the change's own transaction; those of
//! reads and refusals by [`AuditLog`](AuditLog).

mod log;
mod record;

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

pub use log::{AuditLog, Call};

use keystead_types::{AccessKeyId, AccountId, Principal, RequestId, SECONDS_PER_DAY, Timestamp, limits};
use serde_json::Value as Json;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, number},
    engine::{Engine, OnRow, Value},
    feed::SHARD,
    statements,
};

/// What a row takes beside its record: its other columns, and its place in three indexes, in bytes.
const ROW_BYTES: i64 = 300;
/// Events that one step of the retention removes.
const RETENTION_STEP: u32 = 1000;

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
    /// What was asked, in CloudTrail's names.
    pub request_parameters: Option<Json>,
    /// What was answered, in CloudTrail's names; `None` for reads.
    pub response_elements: Option<Json>,
    /// Whether the operation changes nothing.
    pub read_only: bool,
}

/// Which audit events are wanted. Latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// Not before this moment.
    pub from: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
    /// What else must hold.
    pub filter: AuditFilter,
    /// At most so many.
    pub limit: usize,
}

/// What events must have in common; each kind has an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditFilter {
    /// Nothing.
    All,
    /// Calls with this key.
    AccessKey(AccountId, AccessKeyId),
    /// Calls of this principal: a user's unique id, or root's account id.
    Principal(AccountId, String),
    /// Calls of this operation.
    Operation(AccountId, String),
}

/// An audit event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// The account that the call was about.
    pub account: AccountId,
    /// The key that signed the call; empty when there was none.
    pub access_key: String,
    /// The caller: a user's unique id, or root's account id; empty when that was not established.
    pub principal: String,
    /// The operation.
    pub operation: String,
    /// The record, as JSON in CloudTrail's shape.
    pub record: String,
}

impl Tx<'_> {
    /// Records the call that this transaction carries out.
    pub fn audit(&mut self, event: &AuditEvent) -> Result<(), StoreError> {
        let columns = Columns::new(event, 1);
        let rows = columns.insert(|statement, parameters| self.execute(statement, parameters))?;
        self.batch.audit_events += rows as i64;
        self.batch.audit_bytes += rows as i64 * columns.bytes();
        Ok(())
    }
}

impl Tx<'_> {
    /// One step of the retention of the events of changes.
    pub(crate) fn remove_old_audit_events(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let (events, bytes) =
            self.with_engine(|engine| remove_old(engine, now, limits::AUDIT_DATABASE_BYTES_MAX))?;
        self.batch.audit_events += events;
        self.batch.audit_bytes += bytes;
        Ok(())
    }
}

impl Reader<'_> {
    /// Events of changes. Those of reads and refusals are in the [`AuditLog`](AuditLog).
    pub fn audit_events(&self, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
        select(query, |statement, parameters, row| {
            self.query(statement, parameters, row)
        })
    }
}

/// Inserts an event outside of a [`Tx`]; tells by how many bytes the table grew.
pub(crate) fn insert(engine: &dyn Engine, event: &AuditEvent, count: u64) -> Result<i64, StoreError> {
    let columns = Columns::new(event, count);
    let rows = columns.insert(|statement, parameters| engine.execute(statement, parameters))?;
    Ok(rows as i64 * columns.bytes())
}

/// Reads events outside of a [`Reader`].
pub(crate) fn events(engine: &dyn Engine, query: &AuditQuery) -> Result<Vec<AuditRecord>, StoreError> {
    select(query, |statement, parameters, row| {
        engine.query(statement, parameters, row)
    })
}

/// One step of the retention: removes, up to [`RETENTION_STEP`], the oldest events that are older than
/// [`limits::AUDIT_RETENTION_DAYS`], and whatever their age those beyond `bytes_max` in all. Returned
/// is by what the counts change, for [`grow`].
pub(crate) fn remove_old(
    engine: &dyn Engine,
    now: Timestamp,
    bytes_max: u64,
) -> Result<(i64, i64), StoreError> {
    let mut size = (0, 0);
    engine.query(statements::AUDIT_SIZE, &[SHARD.into()], &mut |row| {
        size = (row.integer(0)?, row.integer(1)?);
        Ok(ControlFlow::Break(()))
    })?;
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    let keep_from = now.seconds() - limits::AUDIT_RETENTION_DAYS * SECONDS_PER_DAY;
    let (mut events, mut bytes, mut last) = (0, 0, None);
    engine.query(
        statements::OLDEST_AUDIT_EVENTS,
        &[i64::from(RETENTION_STEP).into()],
        &mut |row| {
            let time = row.integer(0)?;
            if time >= keep_from && size.1 - bytes <= bytes_max {
                return Ok(ControlFlow::Break(()));
            }
            events += 1;
            bytes += row.integer(2)?;
            last = Some((time, row.text(1)?.to_owned()));
            Ok(ControlFlow::Continue(()))
        },
    )?;
    if let Some((time, id)) = last {
        engine.execute(
            statements::DELETE_AUDIT_EVENTS,
            &[time.into(), id.as_str().into()],
        )?;
    }
    Ok((-events, -bytes))
}

/// Keeps count of what the table holds.
pub(crate) fn grow(engine: &dyn Engine, events: i64, bytes: i64) -> Result<(), StoreError> {
    if events != 0 {
        engine.execute(
            statements::GROW_AUDIT,
            &[events.into(), bytes.into(), SHARD.into()],
        )?;
    }
    Ok(())
}

/// An event's row.
struct Columns<'a> {
    event: &'a AuditEvent,
    id: String,
    access_key: &'a str,
    principal: String,
    record: String,
}

impl<'a> Columns<'a> {
    fn new(event: &'a AuditEvent, count: u64) -> Self {
        Self {
            event,
            id: event.event_id.to_string(),
            access_key: event.access_key.as_ref().map_or("", AccessKeyId::as_str),
            principal: event
                .principal
                .as_ref()
                .map(|principal| principal.user_id())
                .unwrap_or_default(),
            record: event.json(count),
        }
    }

    /// What the row counts towards the size that is kept.
    fn bytes(&self) -> i64 {
        self.record.len() as i64 + ROW_BYTES
    }

    fn insert(
        &self,
        execute: impl FnOnce(&str, &[Value<'_>]) -> Result<u64, StoreError>,
    ) -> Result<u64, StoreError> {
        let parameters = [
            self.event.time.seconds().into(),
            self.id.as_str().into(),
            number(self.event.account).into(),
            self.access_key.into(),
            self.principal.as_str().into(),
            self.event.operation.as_ref().into(),
            self.bytes().into(),
            self.record.as_str().into(),
        ];
        execute(statements::INSERT_AUDIT_EVENT, &parameters)
    }
}

fn select(
    query: &AuditQuery,
    run: impl FnOnce(&str, &[Value<'_>], OnRow<'_>) -> Result<(), StoreError>,
) -> Result<Vec<AuditRecord>, StoreError> {
    let (from, until) = (query.from.seconds(), query.until.seconds());
    let (statement, account, common) = match &query.filter {
        AuditFilter::All => (statements::AUDIT_EVENTS, None, ""),
        AuditFilter::AccessKey(account, key) => (
            statements::AUDIT_EVENTS_OF_ACCESS_KEY,
            Some(account),
            key.as_str(),
        ),
        AuditFilter::Principal(account, principal) => (
            statements::AUDIT_EVENTS_OF_PRINCIPAL,
            Some(account),
            principal.as_str(),
        ),
        AuditFilter::Operation(account, operation) => (
            statements::AUDIT_EVENTS_OF_OPERATION,
            Some(account),
            operation.as_str(),
        ),
    };
    let mut parameters = Vec::with_capacity(4);
    if let Some(account) = account {
        parameters.extend([Value::from(number(*account)), Value::from(common)]);
    }
    parameters.extend([Value::from(from), Value::from(until)]);
    let mut records = Vec::new();
    run(statement, &parameters, &mut |row| {
        if records.len() == query.limit {
            return Ok(ControlFlow::Break(()));
        }
        records.push(AuditRecord {
            account: account_id(row.integer(0)?, "audit_event")?,
            access_key: row.text(1)?.to_owned(),
            principal: row.text(2)?.to_owned(),
            operation: row.text(3)?.to_owned(),
            record: row.text(4)?.to_owned(),
        });
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(records)
}
