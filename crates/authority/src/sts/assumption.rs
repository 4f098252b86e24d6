//! Whether a caller may become a session of a role, and what session that is: the one place that knows, for every
//! way into it.
//!
//! The role's trust policy must allow it, with all of its conditions. Within the account it suffices when it names
//! the caller itself; where it names the account, and for callers of other accounts always, the caller's own
//! policies must allow it too, with its boundary and session policies. Passing tags, or having tags to pass on,
//! takes `sts:TagSession` in the same way; having a source identity, passed or inherited, `sts:SetSourceIdentity`.

use keystead_store::{Reader, RoleRecord};
use keystead_types::{
    Identity, Principal, RoleArn, RoleIdentity, RoleSessionIdentity, RoleSessionName, Session,
    SourceIdentity, limits,
};
use keystead_verifier::{Action, Decided, Denied, Resource, TrustPolicy};
use keystead_wire::{
    ApiError, Operate,
    sts::{Credentials, PolicyDescriptorType, Tag},
};

use super::{
    Issuing,
    credentials::{self, ancestors, expires_at, issued_at},
    session_policies::SessionPolicies,
    session_tags::{inherited, session_tags},
};
use crate::{
    operation::Refusal,
    permission::{Tagged, Target, allow, row},
};

const TAG_SESSION: Action = Action::new("sts:TagSession");
const SET_SOURCE_IDENTITY: Action = Action::new("sts:SetSourceIdentity");

/// What is asked for.
pub(super) struct Assumption<'a> {
    pub(super) role_arn: &'a str,
    pub(super) session: &'a str,
    pub(super) external_id: Option<&'a str>,
    pub(super) seconds: Option<i32>,
    pub(super) policy: Option<&'a str>,
    pub(super) policy_arns: Option<&'a [PolicyDescriptorType]>,
    pub(super) tags: Option<&'a [Tag]>,
    pub(super) transitive_tag_keys: Option<&'a [String]>,
    pub(super) source_identity: Option<&'a str>,
}

/// What came of it.
pub(super) struct Assumed {
    pub(super) principal: Principal,
    pub(super) credentials: Credentials,
    /// In percent; `None` where nothing was passed that takes room.
    pub(super) packed_policy_size: Option<i32>,
    pub(super) source_identity: Option<SourceIdentity>,
}

/// Decides whether the caller may assume the role, and makes the session's credentials. `O` is the operation by
/// which it does.
pub(super) fn assume<O: Operate>(
    reader: &Reader<'_>,
    asked: &Assumption<'_>,
    request: &Issuing<'_>,
) -> Result<(Assumed, Vec<Decided>), Refusal> {
    if request.permissions.principal().identity == Identity::Root {
        return Err(ApiError::not_assumed_by_root().into());
    }
    let name: RoleSessionName = asked
        .session
        .parse()
        .map_err(|_| ApiError::unfit_name("roleSessionName"))?;
    let parent = request.caller.session().map(|session| &**session);
    let tags = session_tags(asked.tags, asked.transitive_tag_keys, parent)?;
    let source_identity = source_identity(asked, parent)?;
    let role = find_role(reader, asked.role_arn)?;
    let target = target(asked, role.as_ref(), parent, source_identity.as_ref())?;
    let Some(role) = role else {
        let row = row(O::OPERATION);
        let action = row.map(|row| row.action);
        let action =
            action.ok_or_else(|| ApiError::service_failure(format!("{} has no row", O::OPERATION)))?;
        // In the words in which somebody is refused whom an existing role does not trust.
        return Err(Denied::unasked(request.permissions, action, &target.resource).into());
    };
    let proof = allow::<O>(
        reader,
        request.caller,
        request.permissions,
        &request.circumstances(),
        &target,
    )?;
    let seconds = seconds(asked.seconds, &role, request)?;
    let policies = SessionPolicies::of(reader, role.account, asked.policy, asked.policy_arns)?;
    let takes_room = !policies.is_empty() || !tags.is_empty();
    let revoked_until = [role.sessions_not_before, request.permissions.not_before()];
    let issued_at = issued_at(request.now(), revoked_until);
    let session = Session {
        issued_at,
        expires_at: expires_at(request, seconds),
        mfa_at: request.mfa_at(),
        source_identity,
        tags,
        policy: policies.policy,
        policy_ids: policies.policy_ids,
        ancestors: ancestors(request, issued_at)?,
    };
    let principal = Principal {
        account: role.account,
        identity: Identity::RoleSession(RoleSessionIdentity {
            role: RoleIdentity {
                id: role.id,
                name: role.name,
                path: role.path,
            },
            session: name,
        }),
    };
    let (credentials, percent) = credentials::issue(request, &principal, &session)?;
    let assumed = Assumed {
        principal,
        credentials,
        packed_policy_size: takes_room.then_some(percent),
        source_identity: session.source_identity,
    };
    Ok((assumed, proof.into_decisions()))
}

/// The role of this ARN; `None` where there is none of that account, path and name.
fn find_role(reader: &Reader<'_>, arn: &str) -> Result<Option<RoleRecord>, Refusal> {
    if !is_arn(arn) {
        return Err(ApiError::malformed_role_arn(arn).into());
    }
    let Ok(arn) = arn.parse::<RoleArn>() else {
        return Ok(None);
    };
    let role = reader.role_by_name(arn.account, &arn.name)?;
    Ok(role.filter(|role| role.path == arn.path))
}

/// Six parts, of which AWS wants partition, service and resource to be there.
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        ["arn", partition, service, _, _, resource] => {
            ![partition, service, resource].iter().any(|part| part.is_empty())
        }
        _ => false,
    }
}

/// What the decision is about. Whether there is a role does not show in it, until it is decided.
fn target(
    asked: &Assumption<'_>,
    role: Option<&RoleRecord>,
    parent: Option<&Session>,
    source_identity: Option<&SourceIdentity>,
) -> Result<Target, Refusal> {
    let account = role.map(|role| role.account);
    let resource = Resource::new(account, asked.role_arn).in_confidence();
    let passed = asked.tags.unwrap_or_default().iter();
    let mut target = Target::new(resource)
        .with_session_tags(passed.map(|tag| (&*tag.key, &*tag.value)))
        .with_tags_of(role.map(|role| Tagged::Role(role.id)));
    // With tags passed the operation's row asks for it already.
    let tags_come_along = inherited(parent).next().is_some() && !target.facts.has_request_tags();
    target.also.extend(tags_come_along.then_some(TAG_SESSION));
    target.also.extend(source_identity.map(|_| SET_SOURCE_IDENTITY));
    target.facts.external_id = asked.external_id.map(str::to_owned);
    target.facts.role_session_name = Some(asked.session.to_owned());
    target.facts.source_identity = source_identity.map(ToString::to_string);
    target.facts.transitive_tag_keys = asked.transitive_tag_keys.unwrap_or_default().to_vec();
    if let Some(role) = role {
        let trust = TrustPolicy::new(role.name.as_str(), &role.trust_policy.document_with_ids)?;
        target.trust = Some(trust);
    }
    Ok(target)
}

/// Who stands behind the session: as the caller's own session says, or as is said now. It never changes.
fn source_identity(
    asked: &Assumption<'_>,
    parent: Option<&Session>,
) -> Result<Option<SourceIdentity>, Refusal> {
    let inherited = parent.and_then(|session| session.source_identity.clone());
    let Some(asked) = asked.source_identity else {
        return Ok(inherited);
    };
    let asked: SourceIdentity = asked
        .parse()
        .map_err(|_| ApiError::unfit_name("sourceIdentity"))?;
    match inherited {
        Some(inherited) if inherited != asked => Err(ApiError::source_identity_cannot_change().into()),
        _ => Ok(Some(asked)),
    }
}

/// How long the session shall hold, its parent's end aside.
fn seconds(asked: Option<i32>, role: &RoleRecord, request: &Issuing<'_>) -> Result<i64, ApiError> {
    let is_chained = request.caller.principal().role().is_some();
    let Some(asked) = asked.map(i64::from) else {
        return Ok(limits::ROLE_SESSION_SECONDS_DEFAULT);
    };
    if is_chained && asked > limits::CHAINED_SESSION_SECONDS_MAX {
        return Err(ApiError::chained_session_too_long());
    }
    match asked > i64::from(role.session_seconds_max) {
        true => Err(ApiError::role_session_too_long()),
        false => Ok(asked),
    }
}
