//! Audit events in the shape of CloudTrail's records, and the table that holds them.
//!
//! The event of a change is written by [`Tx::audit`], in the change's own transaction; those of
//! reads and refusals by [`AuditLog`](crate::AuditLog).

use std::{borrow::Cow, ops::ControlFlow, sync::Arc};

use keystead_types::{AccessKeyId, AccountId, Identity, Principal, RequestId, Timestamp, limits};
use serde::Serialize;
use serde_json::Value as Json;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, number},
    engine::{Engine, Row, Value},
    feed::SHARD,
    statements,
};

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

impl AuditEvent {
    /// The event as JSON. `count` is the number of calls that it stands for.
    pub(crate) fn json(&self, count: u64) -> String {
        let record = Record::new(self, count);
        // A structure of strings, flags and JSON always serialises.
        serde_json::to_string(&record).unwrap_or_default()
    }
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

impl Reader<'_> {
    /// Events of changes. Those of reads and refusals are in the [`AuditLog`](crate::AuditLog).
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

/// Removes up to `step` of the oldest events that are older than [`limits::AUDIT_RETENTION_DAYS`],
/// or, if all together exceed `bytes_max`, of the oldest whatever their age. The counts that this
/// changes are returned, negative, for [`grow`].
pub(crate) fn remove_old(
    engine: &dyn Engine,
    now: Timestamp,
    bytes_max: u64,
    step: u32,
) -> Result<(i64, i64), StoreError> {
    let mut size = (0, 0);
    engine.query(statements::AUDIT_SIZE, &[SHARD.into()], &mut |row| {
        size = (row.integer(0)?, row.integer(1)?);
        Ok(ControlFlow::Break(()))
    })?;
    let bytes_max = i64::try_from(bytes_max).unwrap_or(i64::MAX);
    let keep_from = now.seconds() - limits::AUDIT_RETENTION_DAYS * keystead_types::SECONDS_PER_DAY;
    let (mut events, mut bytes, mut last) = (0, 0, None);
    engine.query(
        statements::OLDEST_AUDIT_EVENTS,
        &[i64::from(step).into()],
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
        self.record.len() as i64
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

type OnRow<'a> = &'a mut dyn FnMut(&dyn Row) -> Result<ControlFlow<()>, StoreError>;

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

/// CloudTrail's record, version 1.11. Members that do not apply are absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    event_version: &'static str,
    user_identity: UserIdentity<'a>,
    event_time: String,
    event_source: &'a str,
    event_name: &'a str,
    aws_region: &'a str,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: &'a str,
    user_agent: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_message: Option<&'a str>,
    request_parameters: &'a Option<Json>,
    response_elements: &'a Option<Json>,
    #[serde(rename = "requestID")]
    request_id: String,
    #[serde(rename = "eventID")]
    event_id: String,
    read_only: bool,
    event_type: &'static str,
    management_event: bool,
    recipient_account_id: String,
    event_category: &'static str,
    /// Keystead's own: calls that this record stands for, when they are more than one.
    #[serde(skip_serializing_if = "is_one")]
    count: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct UserIdentity<'a> {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    account_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    access_key_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
}

impl<'a> Record<'a> {
    fn new(event: &'a AuditEvent, count: u64) -> Self {
        let error = event.error.as_ref();
        Self {
            event_version: "1.11",
            user_identity: UserIdentity::new(event),
            event_time: event.time.to_string(),
            event_source: &event.event_source,
            event_name: &event.operation,
            aws_region: &event.region,
            source_ip_address: &event.source_address,
            user_agent: shortened(&event.user_agent),
            error_code: error.map(|(code, _)| code.as_ref()),
            error_message: error.map(|(_, message)| message.as_ref()),
            request_parameters: &event.request_parameters,
            response_elements: &event.response_elements,
            request_id: event.request_id.to_string(),
            event_id: event.event_id.to_string(),
            read_only: event.read_only,
            event_type: "AwsApiCall",
            management_event: true,
            recipient_account_id: event.account.to_string(),
            event_category: "Management",
            count,
        }
    }
}

impl<'a> UserIdentity<'a> {
    fn new(event: &'a AuditEvent) -> Self {
        let principal = event.principal.as_deref();
        Self {
            r#type: match principal.map(|principal| &principal.identity) {
                Some(Identity::Root) => "Root",
                Some(Identity::User(_)) => "IAMUser",
                None => "Unknown",
            },
            principal_id: principal.map(Principal::user_id),
            arn: principal.map(Principal::arn),
            account_id: principal.map(|principal| principal.account.to_string()),
            access_key_id: event.access_key.as_ref().map(AccessKeyId::as_str),
            user_name: principal.and_then(Principal::user).map(|user| user.name.as_str()),
        }
    }
}

/// A user agent, cut to what is kept, between characters.
pub(crate) fn shortened(user_agent: &str) -> &str {
    let end = user_agent.floor_char_boundary(limits::USER_AGENT_BYTES_MAX);
    user_agent.get(..end).unwrap_or_default()
}

fn is_one(count: &u64) -> bool {
    *count == 1
}
