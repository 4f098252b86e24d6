//! One event, as pages show it.

use keystead_authority::overview::Event;
use keystead_store::AuditOutcome;
use keystead_types::shortened;

use super::super::{json_text::indented, moment::Moment, path};

/// Bytes of a record, as it stands in a page, up to which a list shows it. A longer one has a page of its own.
const LISTED_RECORD_BYTES: usize = 2_000;
/// Bytes that a quotation mark has more in a page.
const QUOTE_EXTRA_BYTES: usize = 4;
/// Characters of a client's name for itself in a list.
const LISTED_AGENT_CHARACTERS: usize = 120;

/// An event.
pub(in super::super) struct EventRow {
    pub(in super::super) at: Moment,
    pub(in super::super) operation: String,
    pub(in super::super) service: String,
    /// Who called, in words.
    pub(in super::super) caller: String,
    /// The name of the user who called.
    pub(in super::super) user: Option<String>,
    pub(in super::super) access_key: Option<String>,
    pub(in super::super) region: String,
    pub(in super::super) address: String,
    pub(in super::super) agent: String,
    pub(in super::super) outcome: AuditOutcome,
    pub(in super::super) error_code: Option<String>,
    pub(in super::super) error_message: Option<String>,
    pub(in super::super) count: u64,
    pub(in super::super) request_id: String,
    /// The whole record, to be read.
    pub(in super::super) record: String,
    /// The address of the event's own page.
    pub(in super::super) path: String,
}

impl EventRow {
    /// The record, where a list has room for it.
    pub(in super::super) fn listed_record(&self) -> Option<&str> {
        let quotes = self.record.matches('"').count();
        (self.record.len() + quotes * QUOTE_EXTRA_BYTES <= LISTED_RECORD_BYTES).then_some(&self.record)
    }
}

impl From<Event> for EventRow {
    fn from(event: Event) -> Self {
        let caller = event.caller;
        let name = caller.user_name.clone().or(caller.arn).or(caller.principal_id);
        Self {
            path: format!(
                "/console/events/{}?at={}",
                path::segment(&event.id),
                event.time.seconds()
            ),
            at: event.time.into(),
            operation: event.operation,
            service: event.source,
            caller: match (caller.kind.as_str(), name) {
                ("Root", _) => "Root user".to_owned(),
                (_, Some(name)) => name,
                _ => "Not established".to_owned(),
            },
            user: caller.user_name.filter(|_| caller.kind == "IAMUser"),
            access_key: event.access_key,
            region: event.region,
            address: event.address,
            agent: shortened(&event.user_agent, LISTED_AGENT_CHARACTERS).to_string(),
            outcome: event.outcome,
            error_code: event.error_code,
            error_message: event.error_message,
            count: event.count,
            request_id: event.request_id,
            record: indented(&event.record),
        }
    }
}
