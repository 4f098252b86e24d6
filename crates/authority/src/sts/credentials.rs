//! Temporary credentials, made of nothing but randomness and what they carry.

use std::cmp;

use keystead_store::{Reader, StoreError, packed_bytes};
use keystead_types::{
    AccessKeyId, Ancestor, Principal, SecretAccessKey, Session, Timestamp, UniqueId, limits,
};
use keystead_wire::{ApiError, sts::Credentials};

use super::Issuing;
use crate::operation::Refusal;

/// Makes credentials of a session, and says how much of the space for policies and tags it takes, in percent.
pub(super) fn issue(
    request: &Issuing<'_>,
    principal: &Principal,
    session: &Session,
) -> Result<(Credentials, i32), Refusal> {
    let percent = packed_percent(session);
    if percent > 100 {
        return Err(ApiError::packed_policy_too_large(percent).into());
    }
    let random = &*request.scene.random;
    let id = AccessKeyId::generate_temporary(principal.account, random);
    let secret = SecretAccessKey::generate(random);
    let store = request.scene.verifier.directory();
    let token = store.seal_session(id, principal, session, &secret)?;
    let credentials = Credentials {
        access_key_id: id.to_string(),
        secret_access_key: secret.expose().to_owned().into(),
        session_token: token.into(),
        expiration: session.expires_at,
    };
    Ok((credentials, percent))
}

/// `PackedPolicySize`: what the session policies and tags take in the token, of what they may, rounded up.
fn packed_percent(session: &Session) -> i32 {
    let percent = (packed_bytes(session) * 100).div_ceil(limits::SESSION_PACKED_BYTES_MAX);
    i32::try_from(percent).unwrap_or(i32::MAX)
}

/// When credentials count as made: now, but not before the last moment up to which sessions of those who they
/// depend on were revoked. That can be the end of this very second.
pub(super) fn issued_at(
    now: Timestamp,
    revoked_until: impl IntoIterator<Item = Option<Timestamp>>,
) -> Timestamp {
    revoked_until.into_iter().flatten().fold(now, cmp::max)
}

/// Up to which moment sessions of the caller, or of its user or role, were revoked, if they ever were.
pub(super) fn revoked_until(
    reader: &Reader<'_>,
    request: &Issuing<'_>,
) -> Result<Option<Timestamp>, StoreError> {
    let principal = request.permissions.principal();
    match principal.holder() {
        Some(_) => Ok(request.permissions.not_before()),
        None => Ok(reader.root_snapshot(principal.account)?.not_before),
    }
}

/// When credentials end: after so many seconds, and never after those that they were made with.
pub(super) fn expires_at(request: &Issuing<'_>, seconds: i64) -> Timestamp {
    let end = Timestamp::from_seconds(request.now().seconds() + seconds);
    let parent = request.caller.session().map(|session| session.expires_at);
    parent.map_or(end, |parent| cmp::min(parent, end))
}

/// Whoever the caller is, and all that its own session depends on: without them, what is made does not count.
pub(super) fn ancestors(request: &Issuing<'_>, issued_at: Timestamp) -> Result<Box<[Ancestor]>, ApiError> {
    let principal = request.caller.principal();
    let session = request.caller.session();
    let own = principal.holder().map(|id: UniqueId| Ancestor {
        account: principal.account,
        id,
        issued_at: session.map_or(issued_at, |session| session.issued_at),
    });
    let former = session
        .into_iter()
        .flat_map(|session| session.ancestors.iter().copied());
    let mut ancestors: Vec<Ancestor> = Vec::new();
    for ancestor in own.into_iter().chain(former) {
        match ancestors.iter_mut().find(|known| known.id == ancestor.id) {
            // The earlier one is revoked by more.
            Some(known) => known.issued_at = cmp::min(known.issued_at, ancestor.issued_at),
            None => ancestors.push(ancestor),
        }
    }
    if ancestors.len() > limits::SESSION_ANCESTORS_MAX {
        return Err(ApiError::chain_too_long(limits::SESSION_ANCESTORS_MAX));
    }
    Ok(ancestors.into())
}
