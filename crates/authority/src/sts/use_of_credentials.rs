//! What temporary credentials are good for, whatever policies say.
//!
//! | credentials of | IAM | STS |
//! |---|---|---|
//! | a role | all | not GetSessionToken, not GetFederationToken |
//! | GetSessionToken | with a one-time code only | AssumeRole and GetCallerIdentity |
//! | GetFederationToken | none | GetCallerIdentity |
//! | the console | all | not GetSessionToken, not GetFederationToken |
//!
//! Source: AWS's documentation of STS, "Comparing AWS STS credentials".

use keystead_types::Identity;
use keystead_verifier::Authenticated;
use keystead_wire::{ApiError, Operation, Service};

/// Checks that the caller's credentials may be used for an operation.
pub(crate) fn may_call(operation: &Operation, caller: &Authenticated) -> Result<(), ApiError> {
    let Some(session) = caller.session() else {
        return Ok(());
    };
    if caller.is_console() {
        let makes_more = matches!(operation.name, "GetSessionToken" | "GetFederationToken");
        return match operation.service == Service::Sts && makes_more {
            true => Err(ApiError::not_with_session_credentials(operation.name)),
            false => Ok(()),
        };
    }
    let is_fit = match (&caller.principal().identity, operation.service) {
        (Identity::RoleSession(_), Service::Iam) => true,
        (Identity::RoleSession(_), Service::Sts) => {
            !matches!(operation.name, "GetSessionToken" | "GetFederationToken")
        }
        (Identity::Root | Identity::User(_), Service::Iam) => session.mfa_at.is_some(),
        (Identity::Root | Identity::User(_), Service::Sts) => {
            matches!(operation.name, "AssumeRole" | "GetCallerIdentity")
        }
        (Identity::FederatedUser(_), Service::Iam) => false,
        (Identity::FederatedUser(_), Service::Sts) => operation.name == "GetCallerIdentity",
    };
    match (is_fit, operation.service) {
        (true, _) => Ok(()),
        (false, Service::Iam) => Err(ApiError::session_token_unfit()),
        (false, Service::Sts) => Err(ApiError::not_with_session_credentials(operation.name)),
    }
}
