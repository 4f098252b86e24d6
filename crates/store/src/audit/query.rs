//! The audit events of an account, latest first, page by page: those of changes and those of reads and refusals as one.

use std::{cmp::Reverse, fmt, ops::ControlFlow, str::FromStr};

use keystead_types::{AccessKeyId, AccountId, Timestamp, UserName, limits};
use serde::Deserialize;

use super::{AuditEvent, intersection};
use crate::{
    Reader, Store, StoreError,
    account::number,
    engine::{OnRow, Row, Value},
    feed::SHARD,
    schema::Database,
    statements,
};

/// Which audit events are wanted. All that is given must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditQuery {
    /// The account that the calls were about.
    pub account: AccountId,
    /// Not before this moment.
    pub from: Timestamp,
    /// Before this moment.
    pub until: Timestamp,
    /// Earlier than this event in the order of pages: a page's `next`.
    pub after: Option<AuditPosition>,
    /// Arrived after these.
    pub arrived_after: Option<AuditEnd>,
    /// Calls with this key.
    pub access_key: Option<AccessKeyId>,
    /// Calls of this caller.
    pub caller: Option<AuditCaller>,
    /// Calls of this operation.
    pub operation: Option<String>,
    /// Calls that ended so.
    pub outcome: Option<AuditOutcome>,
    /// At most so many; more than [`limits::AUDIT_PAGE_RECORDS_MAX`] count as that.
    pub limit: usize,
}

/// Whose calls are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuditCaller {
    /// Those of a user's unique id, of a role's session (`AROA…:NAME`), or of root (the account's id).
    Id(String),
    /// Those of users who were called so, whoever has the name now. No index knows names.
    Name(UserName),
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AuditOutcome {
    /// It did what was asked.
    Success,
    /// The policies did not let the caller do it.
    Denied,
    /// It failed for another reason; also who could not prove to be somebody.
    Failed,
}

/// The place of an event among all, in the order of time. Events that come later do not move it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditPosition {
    time: i64,
    database: u8,
    sequence: i64,
}

/// How far events had arrived at some moment. Records come in after the calls that they are of, some of them later
/// than others: what has arrived since can stand anywhere among the latest events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditEnd {
    /// The last sequence number of each database, by rank.
    sequences: [i64; 2],
}

/// A text is no [`AuditPosition`], or no [`AuditEnd`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPosition;

/// An audit event as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Where it stands among the others.
    pub position: AuditPosition,
    /// The key that signed the call; empty when there was none.
    pub access_key: String,
    /// The caller: a user's unique id, or root's account id; empty when that was not established.
    pub principal: String,
    /// The operation.
    pub operation: String,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// The record, as JSON in CloudTrail's shape.
    pub record: String,
}

/// A second and a sequence number: where an event is in one of the databases.
pub(super) type Place = (i64, i64);

/// An index of the events.
pub(super) struct Index<'a> {
    /// Reads events by it, latest first.
    events: &'static str,
    /// Reads where these are, and nothing else.
    pub(super) places: &'static str,
    /// What it is searched for.
    pub(super) value: Value<'a>,
}

/// A page of audit events, latest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// The events.
    pub records: Vec<AuditRecord>,
    /// Where the next page starts, if there may be more: a page can be short, or empty, and still have one.
    pub next: Option<AuditPosition>,
    /// How far events had arrived.
    pub end: AuditEnd,
}

impl Store {
    /// The audit events of an account, of changes, reads and refusals. Looks at no more than
    /// [`limits::AUDIT_PAGE_RECORDS_SCANNED_MAX`] of them in each database.
    pub async fn audit_events(&self, query: AuditQuery) -> Result<AuditPage, StoreError> {
        let of_changes = query.clone();
        let changes = self.read(move |reader| reader.audit_events(&of_changes)).await?;
        let limit = query.limit();
        let others = self.audit_log().events(query).await?;
        Ok(AuditPage::merged([changes, others], limit))
    }
}

impl Reader<'_> {
    /// Events of changes alone.
    pub(crate) fn audit_events(&self, query: &AuditQuery) -> Result<AuditPage, StoreError> {
        query.page(Database::Main, |statement, parameters, row| {
            self.query(statement, parameters, row)
        })
    }
}

impl AuditQuery {
    /// The page of one of the databases. `run` runs a statement on it.
    pub(crate) fn page(
        &self,
        database: Database,
        mut run: impl FnMut(&str, &[Value<'_>], OnRow<'_>) -> Result<(), StoreError>,
    ) -> Result<AuditPage, StoreError> {
        let rank = rank(database);
        let indexes = self.indexes();
        let mut end = AuditEnd::default();
        run(statements::AUDIT_SIZE, &[SHARD.into()], &mut |row| {
            end = AuditEnd::of(rank, row.integer(0)?);
            Ok(ControlFlow::Break(()))
        })?;
        if indexes.len() > 1 && !self.looks_through() {
            return intersection::page(self, rank, end, indexes, &mut run);
        }
        let (from, before) = (self.from.seconds(), self.before(rank));
        let scans: Vec<Index<'_>> = match indexes.into_iter().next() {
            Some(narrowest) => vec![narrowest],
            None => AuditOutcome::ALL.map(Index::of_outcome).into(),
        };
        let rows_max = self.rows_max(scans.len() as u32);
        let mut pages = Vec::new();
        for index in scans {
            let mut scan = Scan::new(self, rank, rows_max, end);
            let parameters = [
                number(self.account).into(),
                index.value,
                from.into(),
                before.0.into(),
                before.1.into(),
                // One row more than can be looked at tells whether anything follows.
                (i64::from(scan.rows_left) + 1).into(),
            ];
            run(index.events, &parameters, &mut |row| scan.look_at(row))?;
            pages.push(scan.page);
        }
        Ok(AuditPage::merged(pages, self.limit()))
    }

    pub(super) fn limit(&self) -> usize {
        self.limit.clamp(1, limits::AUDIT_PAGE_RECORDS_MAX)
    }

    /// An index for each thing that is asked for and that there is one of, the narrowest first.
    fn indexes(&self) -> Vec<Index<'_>> {
        let key = self.access_key.as_ref().map(|key| Index {
            events: statements::AUDIT_EVENTS_OF_ACCESS_KEY,
            places: statements::AUDIT_PLACES_OF_ACCESS_KEY,
            value: key.as_str().into(),
        });
        let caller = match &self.caller {
            Some(AuditCaller::Id(id)) => Some(Index {
                events: statements::AUDIT_EVENTS_OF_PRINCIPAL,
                places: statements::AUDIT_PLACES_OF_PRINCIPAL,
                value: id.as_str().into(),
            }),
            Some(AuditCaller::Name(_)) | None => None,
        };
        let operation = self.operation.as_ref().map(|operation| Index {
            events: statements::AUDIT_EVENTS_OF_OPERATION,
            places: statements::AUDIT_PLACES_OF_OPERATION,
            value: operation.as_str().into(),
        });
        let outcome = self.outcome.map(Index::of_outcome);
        [key, caller, operation, outcome].into_iter().flatten().collect()
    }

    /// Rows of each index that are looked at, at most.
    fn rows_max(&self, indexes: u32) -> u32 {
        match self.looks_through() {
            true => limits::AUDIT_PAGE_RECORDS_SCANNED_MAX / indexes,
            false => u32::try_from(self.limit()).unwrap_or(u32::MAX),
        }
    }

    /// Whether records have to be looked at, of which some are not wanted.
    fn looks_through(&self) -> bool {
        matches!(self.caller, Some(AuditCaller::Name(_))) || self.arrived_after.is_some()
    }

    /// The second and sequence number before which events of a database are wanted.
    pub(super) fn before(&self, database: u8) -> Place {
        let until = (self.until.seconds(), i64::MIN);
        let after = self.after.map(|after| {
            let sequence = match database.cmp(&after.database) {
                std::cmp::Ordering::Less => i64::MAX,
                std::cmp::Ordering::Equal => after.sequence,
                std::cmp::Ordering::Greater => i64::MIN,
            };
            (after.time, sequence)
        });
        after.map_or(until, |after| after.min(until))
    }

    fn wants(&self, row: &dyn Row) -> Result<bool, StoreError> {
        if let Some(key) = &self.access_key
            && row.text(2)? != key.as_str()
        {
            return Ok(false);
        }
        if let Some(AuditCaller::Id(id)) = &self.caller
            && row.text(3)? != id
        {
            return Ok(false);
        }
        if let Some(operation) = &self.operation
            && row.text(4)? != operation
        {
            return Ok(false);
        }
        if let Some(outcome) = self.outcome
            && row.integer(5)? != outcome.column()
        {
            return Ok(false);
        }
        match &self.caller {
            Some(AuditCaller::Name(name)) => Ok(was_called(row.text(6)?, name)),
            _ => Ok(true),
        }
    }
}

impl AuditPage {
    /// The latest of several pages, as far down as all of them were read.
    fn merged(pages: impl IntoIterator<Item = Self>, limit: usize) -> Self {
        let (mut horizon, mut end) = (None, AuditEnd::default());
        let mut records = Vec::new();
        for page in pages {
            horizon = horizon.max(page.next);
            end = end.max(page.end);
            records.extend(page.records);
        }
        if let Some(horizon) = horizon {
            records.retain(|record| record.position >= horizon);
        }
        records.sort_unstable_by_key(|record| Reverse(record.position));
        let next = match records.len() > limit {
            true => {
                records.truncate(limit);
                records.last().map(|record| record.position)
            }
            false => horizon,
        };
        Self { records, next, end }
    }
}

impl Index<'_> {
    fn of_outcome(outcome: AuditOutcome) -> Self {
        Self {
            events: statements::AUDIT_EVENTS_OF_OUTCOME,
            places: statements::AUDIT_PLACES_OF_OUTCOME,
            value: outcome.column().into(),
        }
    }
}

/// What was found by one index.
struct Scan<'a> {
    query: &'a AuditQuery,
    database: u8,
    rows_left: u32,
    bytes: usize,
    last: Option<AuditPosition>,
    page: AuditPage,
}

impl<'a> Scan<'a> {
    fn new(query: &'a AuditQuery, database: u8, rows_max: u32, end: AuditEnd) -> Self {
        Self {
            query,
            database,
            rows_left: rows_max,
            bytes: 0,
            last: None,
            page: AuditPage {
                records: Vec::new(),
                next: None,
                end,
            },
        }
    }

    fn look_at(&mut self, row: &dyn Row) -> Result<ControlFlow<()>, StoreError> {
        let records = &mut self.page.records;
        let is_full = records.len() == self.query.limit() || self.bytes >= limits::AUDIT_PAGE_BYTES_MAX;
        if self.rows_left == 0 || is_full {
            self.page.next = self.last;
            return Ok(ControlFlow::Break(()));
        }
        self.rows_left -= 1;
        let position = AuditPosition::of(row, self.database)?;
        self.last = Some(position);
        let has_arrived = self.query.arrived_after.is_none_or(|end| position.is_beyond(end));
        if has_arrived && self.query.wants(row)? {
            let record = AuditRecord::of(row, self.database)?;
            self.bytes += record.record.len();
            records.push(record);
        }
        Ok(ControlFlow::Continue(()))
    }
}

impl AuditOutcome {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Success, Self::Denied, Self::Failed];

    pub(super) fn of(event: &AuditEvent) -> Self {
        match &event.error {
            None => Self::Success,
            Some((code, _)) if code == "AccessDenied" => Self::Denied,
            Some(_) => Self::Failed,
        }
    }

    pub(super) fn column(self) -> i64 {
        match self {
            Self::Success => 0,
            Self::Denied => 1,
            Self::Failed => 2,
        }
    }

    fn of_column(column: i64) -> Result<Self, StoreError> {
        let found = Self::ALL.into_iter().find(|outcome| outcome.column() == column);
        found.ok_or_else(|| StoreError::unreadable("audit_event", "outcome"))
    }
}

impl AuditRecord {
    pub(super) fn of(row: &dyn Row, database: u8) -> Result<Self, StoreError> {
        Ok(Self {
            position: AuditPosition::of(row, database)?,
            access_key: row.text(2)?.to_owned(),
            principal: row.text(3)?.to_owned(),
            operation: row.text(4)?.to_owned(),
            outcome: AuditOutcome::of_column(row.integer(5)?)?,
            record: row.text(6)?.to_owned(),
        })
    }
}

impl AuditPosition {
    fn of(row: &dyn Row, database: u8) -> Result<Self, StoreError> {
        Ok(Self::at((row.integer(0)?, row.integer(1)?), database))
    }

    pub(super) fn at((time, sequence): Place, database: u8) -> Self {
        Self {
            time,
            database,
            sequence,
        }
    }

    /// When the call came.
    pub fn time(self) -> Timestamp {
        Timestamp::from_seconds(self.time)
    }

    fn is_beyond(self, end: AuditEnd) -> bool {
        let last = end.sequences.get(usize::from(self.database));
        last.is_none_or(|last| self.sequence > *last)
    }
}

impl AuditEnd {
    /// Of one database.
    fn of(rank: u8, sequence: i64) -> Self {
        let mut end = Self::default();
        if let Some(last) = end.sequences.get_mut(usize::from(rank)) {
            *last = sequence;
        }
        end
    }

    /// The further of two, in each database.
    fn max(self, other: Self) -> Self {
        let [[main, audit], [other_main, other_audit]] = [self.sequences, other.sequences];
        Self {
            sequences: [main.max(other_main), audit.max(other_audit)],
        }
    }
}

impl fmt::Display for AuditPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.time, self.database, self.sequence)
    }
}

impl FromStr for AuditPosition {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let mut parts = text.splitn(3, '.');
        let mut part = || parts.next().ok_or(InvalidPosition);
        Ok(Self {
            time: part()?.parse().map_err(|_| InvalidPosition)?,
            database: part()?.parse().map_err(|_| InvalidPosition)?,
            sequence: part()?.parse().map_err(|_| InvalidPosition)?,
        })
    }
}

impl fmt::Display for AuditEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [main, audit] = self.sequences;
        write!(f, "{main}.{audit}")
    }
}

impl FromStr for AuditEnd {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (main, audit) = text.split_once('.').ok_or(InvalidPosition)?;
        let sequence = |text: &str| text.parse().map_err(|_| InvalidPosition);
        Ok(Self {
            sequences: [sequence(main)?, sequence(audit)?],
        })
    }
}

impl fmt::Display for InvalidPosition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the position of an audit event")
    }
}

impl std::error::Error for InvalidPosition {}

/// Where the events of a database stand among those of the same second.
fn rank(database: Database) -> u8 {
    match database {
        Database::Main => 0,
        Database::Audit => 1,
    }
}

/// Whether the caller of a recorded call was a user of this name.
fn was_called(record: &str, name: &UserName) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Called<'a> {
        #[serde(borrow)]
        user_identity: Identity<'a>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Identity<'a> {
        // A name has no character that JSON escapes.
        user_name: Option<&'a str>,
    }

    // Spares reading most records.
    record.contains(name.as_str())
        && serde_json::from_str(record)
            .is_ok_and(|called: Called<'_>| called.user_identity.user_name == Some(name.as_str()))
}
