//! Session tokens of a user, or root, for itself: what a one-time code is asked for.

use keystead_store::Reader;
use keystead_types::{Identity, Session, limits};
use keystead_verifier::Decided;
use keystead_wire::{
    ApiError,
    sts::{GetSessionToken, GetSessionTokenRequest, GetSessionTokenResponse},
};

use super::{
    Issue, Issuing, OneTimeCode,
    credentials::{self, expires_at, issued_at, revoked_until},
};
use crate::operation::Refusal;

impl Issue for GetSessionToken {
    fn one_time_code(input: &GetSessionTokenRequest) -> Result<Option<OneTimeCode>, ApiError> {
        OneTimeCode::of(input.serial_number.as_deref(), input.token_code.as_deref())
    }

    fn bad_code() -> ApiError {
        ApiError::mfa_not_valid()
    }

    /// AWS: no permission is needed, and no policy can forbid it. What comes of it can do nothing that the
    /// caller's own key cannot.
    fn issue(
        reader: &Reader<'_>,
        input: &GetSessionTokenRequest,
        request: &Issuing<'_>,
    ) -> Result<(GetSessionTokenResponse, Vec<Decided>), Refusal> {
        let principal = request.permissions.principal();
        let session = Session {
            issued_at: issued_at(request.now(), [revoked_until(reader, request)?]),
            expires_at: expires_at(request, seconds(&principal.identity, input.duration_seconds)),
            mfa_at: request.mfa_at(),
            source_identity: None,
            tags: Box::default(),
            policy: None,
            policy_ids: Box::default(),
            ancestors: Box::default(),
        };
        let (credentials, _) = credentials::issue(request, principal, &session)?;
        let output = GetSessionTokenResponse {
            credentials: Some(credentials),
            ..Default::default()
        };
        Ok((output, Vec::new()))
    }
}

/// How long credentials that somebody makes for itself, or of itself, hold. AWS: root's an hour at most.
pub(super) fn seconds(maker: &Identity, asked: Option<i32>) -> i64 {
    let asked = asked.map_or(limits::USER_SESSION_SECONDS_DEFAULT, i64::from);
    match maker {
        Identity::Root => asked.min(limits::ROOT_SESSION_SECONDS_MAX),
        Identity::User(_) | Identity::RoleSession(_) | Identity::FederatedUser(_) => asked,
    }
}
