//! Audit events of what an operator does on the server's own machine.

use std::borrow::Cow;

use keystead_store::{AuditElements, AuditEvent};
use keystead_types::{AccountId, Random, RequestId, Timestamp};
use serde_json::Value as Json;

pub(crate) fn event(
    operation: &'static str,
    account: AccountId,
    asked: Json,
    done: Json,
    random: &dyn Random,
    now: Timestamp,
) -> AuditEvent {
    let id = RequestId::generate(random);
    AuditEvent {
        time: now,
        event_id: id,
        request_id: id,
        account,
        principal: None,
        session: None,
        access_key: None,
        event_source: Cow::Borrowed("keystead"),
        operation: Cow::Borrowed(operation),
        region: Cow::Borrowed(""),
        // An operator on the server's own machine, through the admin socket or without a server.
        source_address: Cow::Borrowed("localhost"),
        user_agent: Cow::Borrowed(""),
        error: None,
        request_parameters: elements(&asked),
        response_elements: elements(&done),
        read_only: false,
    }
}

fn elements(json: &Json) -> Option<AuditElements> {
    (!json.is_null()).then(|| AuditElements::new(json.to_string()))?
}
