//! Who may run an operation: from its row of the table, what it is done to and what the request
//! brings, to a decision.

mod keys;
mod table;
mod target;

use std::sync::Arc;

use keystead_store::Reader;
use keystead_verifier::{
    Allowed, Authenticated, Circumstances, Denied, Permissions, Resource, Wanted, decide,
};
use keystead_wire::{ApiError, Operate, Service};

use self::keys::OperationKeys;
pub(crate) use self::{
    table::{Row, row},
    target::{Tagged, Target},
};
use crate::operation::Refusal;

/// The region that IAM is in, wherever a client signs for.
const IAM_REGION: &str = "us-east-1";

/// Decides whether the caller may run the operation on the target.
pub(crate) fn allow<O: Operate>(
    reader: &Reader<'_>,
    caller: &Authenticated,
    permissions: &Arc<Permissions>,
    circumstances: &Circumstances,
    target: &Target,
) -> Result<Allowed<O>, Refusal> {
    let row =
        row(O::OPERATION).ok_or_else(|| ApiError::service_failure(format!("{} has no row", O::OPERATION)))?;
    if target.is_hidden {
        return Err(Denied::unasked(permissions, row.action, &target.resource).into());
    }
    debug_assert!(
        row.fits(&target.resource),
        "{} on {}",
        row.action,
        target.resource.arn()
    );
    let keys = OperationKeys::new(row, &target.facts, resource_tags(reader, permissions, target)?);
    let wanted = |action, resource| Wanted {
        action,
        resource,
        trust: target.trust.as_ref(),
        is_granted: target.is_granted,
        keys: &keys,
        region: match O::OPERATION.service {
            Service::Iam => IAM_REGION,
            Service::Sts => caller.region(),
        },
    };
    let mut others = Vec::new();
    others.extend(target.becomes.as_ref().map(|new| wanted(row.action, new)));
    let tagging = row.with_tags.filter(|_| target.facts.has_request_tags());
    let also = tagging.into_iter().chain(target.also.iter().copied());
    others.extend(also.map(|action| wanted(action, &target.resource)));
    let wanted = wanted(row.action, &target.resource);
    Ok(decide(caller, permissions, circumstances, wanted, &others)?)
}

/// The tags of what the operation is done to, read only if a policy of the caller asks for any.
fn resource_tags(
    reader: &Reader<'_>,
    permissions: &Permissions,
    target: &Target,
) -> Result<Vec<(String, String)>, Refusal> {
    let asked = || {
        let trust = target.trust.as_ref();
        permissions.ask_for_resource_tags() || trust.is_some_and(|trust| trust.asks_for_resource_tags())
    };
    let Some(tagged) = target.facts.tagged.as_ref().filter(|_| asked()) else {
        return Ok(Vec::new());
    };
    // A role can be another account's.
    let account = target
        .resource
        .account()
        .unwrap_or(permissions.principal().account);
    let tags = match tagged {
        Tagged::User(id) | Tagged::Policy(id) | Tagged::Role(id) | Tagged::InstanceProfile(id) => {
            reader.tags(account, *id)?
        }
        Tagged::MfaDevice(serial) => reader.mfa_device_tags(serial)?,
    };
    Ok(tags
        .into_iter()
        .map(|tag| (tag.key.to_ascii_lowercase(), tag.value))
        .collect())
}

impl Row {
    /// Whether the table says that the action is done to things like this one.
    fn fits(&self, resource: &Resource) -> bool {
        self.resources.iter().any(|kind| kind.fits(resource.arn()))
    }
}
