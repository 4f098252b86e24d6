//! Which managed policies are attached to which users, groups and roles.

use keystead_store::{AttachPolicy, AttachedPolicyRecord, PolicyRecord, Reader, Tx};
use keystead_types::{AccountId, PolicyArn, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AttachGroupPolicy, AttachGroupPolicyRequest, AttachRolePolicy, AttachRolePolicyRequest,
        AttachUserPolicy, AttachUserPolicyRequest, AttachedPolicy, DetachGroupPolicy,
        DetachGroupPolicyRequest, DetachRolePolicy, DetachRolePolicyRequest, DetachUserPolicy,
        DetachUserPolicyRequest, ListAttachedGroupPolicies, ListAttachedGroupPoliciesRequest,
        ListAttachedGroupPoliciesResponse, ListAttachedRolePolicies, ListAttachedRolePoliciesRequest,
        ListAttachedRolePoliciesResponse, ListAttachedUserPolicies, ListAttachedUserPoliciesRequest,
        ListAttachedUserPoliciesResponse,
    },
};

use super::{
    page::{Page, PageRequest},
    policy_holder::{HolderKind, PolicyHolder},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// Attaching and detaching are done to the user, group or role; the policy is a condition key.
macro_rules! done_with_policy {
    ($($operation:ident($request:ident) $kind:ident $name:ident $act:ident;)*) => {$(
        impl Implemented for $operation {
            type Object = PolicyHolder;

            fn find(
                reader: &Reader<'_>,
                input: &$request,
                caller: &Principal,
            ) -> Result<(Target, PolicyHolder), Refusal> {
                let (target, holder) = PolicyHolder::$kind(reader, &input.$name, caller)?;
                Ok((target.with_policy_arn(&input.policy_arn), holder))
            }
        }

        impl Change for $operation {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                holder: PolicyHolder,
                input: &$request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                $act(tx, &holder, &input.policy_arn)
            }
        }
    )*};
}

done_with_policy! {
    AttachGroupPolicy(AttachGroupPolicyRequest) group group_name attach;
    AttachRolePolicy(AttachRolePolicyRequest) role role_name attach;
    AttachUserPolicy(AttachUserPolicyRequest) user user_name attach;
    DetachGroupPolicy(DetachGroupPolicyRequest) group group_name detach;
    DetachRolePolicy(DetachRolePolicyRequest) role role_name detach;
    DetachUserPolicy(DetachUserPolicyRequest) user user_name detach;
}

macro_rules! lists {
    ($($operation:ident($request:ident) -> $response:ident $kind:ident $name:ident;)*) => {$(
        impl Implemented for $operation {
            type Object = PolicyHolder;

            fn find(
                reader: &Reader<'_>,
                input: &$request,
                caller: &Principal,
            ) -> Result<(Target, PolicyHolder), Refusal> {
                PolicyHolder::$kind(reader, &input.$name, caller)
            }
        }

        impl Read for $operation {
            fn read(
                reader: &Reader<'_>,
                holder: PolicyHolder,
                input: &$request,
                scene: &Scene,
            ) -> Result<$response, Refusal> {
                let path_prefix = input.path_prefix.as_deref().unwrap_or("/");
                let filters = [holder.name.as_str(), path_prefix];
                let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
                let (attached, next) = list(reader, &holder, path_prefix, &page)?;
                let Page { marker, is_truncated } = page.end(next);
                Ok($response {
                    attached_policies: Some(attached),
                    is_truncated,
                    marker,
                })
            }
        }
    )*};
}

lists! {
    ListAttachedGroupPolicies(ListAttachedGroupPoliciesRequest) -> ListAttachedGroupPoliciesResponse group group_name;
    ListAttachedRolePolicies(ListAttachedRolePoliciesRequest) -> ListAttachedRolePoliciesResponse role role_name;
    ListAttachedUserPolicies(ListAttachedUserPoliciesRequest) -> ListAttachedUserPoliciesResponse user user_name;
}

fn attach(tx: &mut Tx<'_>, holder: &PolicyHolder, arn: &str) -> Result<(), Refusal> {
    let id = holder.changeable_id()?;
    let not_attachable = || ApiError::policy_not_attachable(arn);
    let policy = find_policy(tx, holder.account, arn)?.ok_or_else(not_attachable)?;
    Err(match tx.attach_policy(holder.account, id, policy.id)? {
        AttachPolicy::Attached | AttachPolicy::AlreadyAttached => return Ok(()),
        AttachPolicy::QuotaReached(quota) => {
            let name = match holder.kind {
                HolderKind::User => "PoliciesPerUser",
                HolderKind::Group => "PoliciesPerGroup",
                HolderKind::Role => "PoliciesPerRole",
            };
            ApiError::quota_exceeded(name, quota.into())
        }
        AttachPolicy::NoOwner => holder.missing(),
        AttachPolicy::NoPolicy => not_attachable(),
    }
    .into())
}

fn detach(tx: &mut Tx<'_>, holder: &PolicyHolder, arn: &str) -> Result<(), Refusal> {
    let id = holder.changeable_id()?;
    let detached = match find_policy(tx, holder.account, arn)? {
        Some(policy) => tx.detach_policy(holder.account, id, policy.id)?,
        None => false,
    };
    if detached {
        Ok(())
    } else {
        Err(ApiError::no_such_policy(arn).into())
    }
}

fn list(
    reader: &Reader<'_>,
    holder: &PolicyHolder,
    path_prefix: &str,
    page: &PageRequest<'_>,
) -> Result<(Vec<AttachedPolicy>, Option<String>), Refusal> {
    let mut attached = reader.attached_policies(holder.account, holder.id()?)?;
    attached.retain(|policy| policy.arn.path.as_str().starts_with(path_prefix));
    // By name rather than in the order of attaching: one that is detached between two pages moves no other.
    attached.sort_by_cached_key(position);
    let (attached, next) = page.cut(attached.into_iter().map(|policy| (position(&policy), policy)));
    Ok((attached.iter().map(shape).collect(), next))
}

/// Unique among the policies that can be attached in an account: names are, but AWS has its own.
fn position(policy: &AttachedPolicyRecord) -> String {
    format!("{}/{}", policy.arn.name.folded(), policy.arn.owner)
}

pub(super) fn shape(policy: &AttachedPolicyRecord) -> AttachedPolicy {
    AttachedPolicy {
        policy_name: Some(policy.arn.name.to_string()),
        policy_arn: Some(policy.arn.to_string()),
    }
}

/// The policy that a request names.
fn find_policy(reader: &Reader<'_>, account: AccountId, arn: &str) -> Result<Option<PolicyRecord>, Refusal> {
    let parsed: PolicyArn = arn.parse().map_err(|_| ApiError::unfit_arn(arn))?;
    Ok(reader.policy_by_arn(account, &parsed)?)
}
