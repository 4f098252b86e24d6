//! The JSON text of an audit event.

use keystead_types::{limits, shortened};
use serde::Serialize;

use super::{AuditElements, AuditEvent, user_identity::UserIdentity};

impl AuditEvent {
    /// The event as JSON. `count` is the number of calls that it stands for.
    pub(crate) fn json(&self, count: u64) -> String {
        let record = Record::new(self, count);
        // A structure of strings, flags and JSON always serialises.
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// What it takes in memory, in bytes, but for the principal, which others hold too.
    pub(super) fn size(&self) -> usize {
        let texts = [
            &self.operation,
            &self.region,
            &self.source_address,
            &self.user_agent,
        ];
        let error = self.error.as_ref();
        let elements = [&self.request_parameters, &self.response_elements];
        size_of::<Self>()
            + texts.into_iter().map(|text| text.len()).sum::<usize>()
            + error.map_or(0, |(code, message)| code.len() + message.len())
            + elements
                .into_iter()
                .flatten()
                .map(|elements| elements.as_str().len())
                .sum::<usize>()
    }
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
    request_parameters: &'a Option<AuditElements>,
    response_elements: &'a Option<AuditElements>,
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

impl<'a> Record<'a> {
    fn new(event: &'a AuditEvent, count: u64) -> Self {
        let error = event.error.as_ref();
        Self {
            event_version: "1.11",
            user_identity: UserIdentity::new(event),
            event_time: event.time.to_string(),
            event_source: &event.event_source,
            event_name: shortened(&event.operation, limits::AUDIT_NAME_BYTES_MAX),
            aws_region: shortened(&event.region, limits::AUDIT_NAME_BYTES_MAX),
            source_ip_address: &event.source_address,
            user_agent: shortened(&event.user_agent, limits::USER_AGENT_BYTES_MAX),
            error_code: error.map(|(code, _)| shortened(code, limits::AUDIT_NAME_BYTES_MAX)),
            error_message: error
                .map(|(_, message)| shortened(message, limits::AUDIT_ERROR_MESSAGE_BYTES_MAX)),
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

fn is_one(count: &u64) -> bool {
    *count == 1
}
