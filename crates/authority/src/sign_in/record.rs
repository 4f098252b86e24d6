//! Audit records of sign-ins, as CloudTrail has them: `ConsoleLogin` of `signin.amazonaws.com`.

use std::{borrow::Cow, sync::Arc};

use keystead_store::{AuditElements, AuditEvent, Call, ConsoleSessionRecord, Store};
use keystead_types::{AccountId, Principal, Random, RequestId};
use serde_json::{Value as Json, json};

use crate::Context;

const EVENT_SOURCE: &str = "signin.amazonaws.com";
const OPERATION: &str = "ConsoleLogin";
/// CloudTrail's region for IAM, and for sign-ins without another.
const REGION: &str = "us-east-1";

/// The event of somebody who is signed in.
pub(super) fn signed_in(
    principal: &Arc<Principal>,
    session: &ConsoleSessionRecord,
    context: &Context,
    random: &dyn Random,
) -> AuditEvent {
    let mfa = if session.mfa_at.is_some() { "Yes" } else { "No" };
    AuditEvent {
        request_parameters: AuditElements::new(json!({ "MFAUsed": mfa }).to_string()),
        response_elements: AuditElements::new(json!({ "ConsoleLogin": "Success" }).to_string()),
        ..event(OPERATION, principal, context, random)
    }
}

/// The event of a session that was ended before its time; CloudTrail has none of these.
pub(super) fn ended(
    operation: &'static str,
    principal: &Arc<Principal>,
    asked: Option<&Json>,
    context: &Context,
    random: &dyn Random,
) -> AuditEvent {
    AuditEvent {
        request_parameters: asked.and_then(|asked| AuditElements::new(asked.to_string())),
        ..event(operation, principal, context, random)
    }
}

/// Records a failure. Who it was is said only where the password was right: what was typed as a name may be a
/// password. Without an account there is nowhere to record it.
pub(super) fn failed(
    store: &Store,
    random: &dyn Random,
    account: Option<AccountId>,
    principal: Option<&Arc<Principal>>,
    context: &Context,
) {
    let Some(account) = account else { return };
    let answered = AuditElements::new(json!({ "ConsoleLogin": "Failure" }).to_string());
    let call = Call {
        time: context.now,
        request_id: RequestId::generate(random),
        account,
        principal,
        session: None,
        access_key: None,
        event_source: EVENT_SOURCE,
        operation: OPERATION,
        region: REGION,
        source: context.source,
        user_agent: &context.user_agent,
        error: Some(("Failed authentication", "Failed authentication")),
        response_elements: answered.as_ref(),
        read_only: false,
    };
    store.audit_log().record(&call, || None);
}

/// What is alike in all of them.
fn event(
    operation: &'static str,
    principal: &Arc<Principal>,
    context: &Context,
    random: &dyn Random,
) -> AuditEvent {
    AuditEvent {
        time: context.now,
        event_id: RequestId::generate(random),
        request_id: context.request_id,
        account: principal.account,
        principal: Some(Arc::clone(principal)),
        session: None,
        access_key: None,
        event_source: Cow::Borrowed(EVENT_SOURCE),
        operation: Cow::Borrowed(operation),
        region: Cow::Borrowed(REGION),
        source_address: Cow::Owned(context.source.to_string()),
        user_agent: Cow::Owned(context.user_agent.to_string()),
        error: None,
        request_parameters: None,
        response_elements: None,
        read_only: false,
    }
}
