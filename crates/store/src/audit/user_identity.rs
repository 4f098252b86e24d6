//! Who called, in CloudTrail's shape.

use keystead_types::{AccessKeyId, Identity, Principal, Session, arn};
use serde::Serialize;

use super::AuditEvent;

/// CloudTrail's `userIdentity`. Members that do not apply are absent.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserIdentity<'a> {
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
    #[serde(skip_serializing_if = "Option::is_none")]
    session_context: Option<SessionContext<'a>>,
}

/// What temporary credentials came with.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionContext<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    session_issuer: Option<SessionIssuer<'a>>,
    attributes: Attributes,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_identity: Option<&'a str>,
}

/// The role, or the user that made a federated user.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SessionIssuer<'a> {
    r#type: &'static str,
    principal_id: String,
    arn: String,
    account_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attributes {
    creation_date: String,
    // CloudTrail has a text here.
    mfa_authenticated: &'static str,
}

impl<'a> UserIdentity<'a> {
    pub(super) fn new(event: &'a AuditEvent) -> Self {
        let principal = event.principal.as_deref();
        let session = event.session.as_deref();
        Self {
            r#type: match principal.map(|principal| &principal.identity) {
                Some(Identity::Root) => "Root",
                Some(Identity::User(_)) => "IAMUser",
                Some(Identity::RoleSession(_)) => "AssumedRole",
                Some(Identity::FederatedUser(_)) => "FederatedUser",
                None => "Unknown",
            },
            principal_id: principal.map(Principal::user_id),
            arn: principal.map(Principal::arn),
            account_id: principal.map(|principal| principal.account.to_string()),
            access_key_id: event.access_key.as_ref().map(AccessKeyId::as_str),
            user_name: principal.and_then(Principal::user).map(|user| user.name.as_str()),
            session_context: principal
                .zip(session)
                .map(|(principal, session)| SessionContext::new(principal, session)),
        }
    }
}

impl<'a> SessionContext<'a> {
    fn new(principal: &'a Principal, session: &'a Session) -> Self {
        Self {
            session_issuer: SessionIssuer::of(principal),
            attributes: Attributes {
                creation_date: session.issued_at.to_string(),
                mfa_authenticated: if session.mfa_at.is_some() { "true" } else { "false" },
            },
            source_identity: session.source_identity.as_ref().map(|identity| identity.as_str()),
        }
    }
}

impl<'a> SessionIssuer<'a> {
    /// `None` for a user, or root, with a session token of its own.
    fn of(principal: &'a Principal) -> Option<Self> {
        let account = principal.account;
        let (r#type, principal_id, arn, user_name) = match &principal.identity {
            Identity::Root | Identity::User(_) => return None,
            Identity::RoleSession(session) => {
                let role = &session.role;
                let arn = arn::role(account, &role.path, &role.name);
                ("Role", role.id.to_string(), arn, Some(role.name.as_str()))
            }
            Identity::FederatedUser(federated) => match &federated.user {
                Some(user) => {
                    let arn = arn::user(account, &user.path, &user.name);
                    ("IAMUser", user.id.to_string(), arn, Some(user.name.as_str()))
                }
                None => ("Root", account.to_string(), arn::root(account), None),
            },
        };
        Some(Self {
            r#type,
            principal_id,
            arn,
            account_id: account.to_string(),
            user_name,
        })
    }
}
