//! Permissions boundaries of users and roles: the policy that says how far other policies can go.

use keystead_store::{PolicyRecord, Reader, SetPermissionsBoundary, Tx};
use keystead_types::{AccountId, PolicyArn, Principal, UniqueId};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AttachedPermissionsBoundary, DeleteRolePermissionsBoundary, DeleteRolePermissionsBoundaryRequest,
        DeleteUserPermissionsBoundary, DeleteUserPermissionsBoundaryRequest, PutRolePermissionsBoundary,
        PutRolePermissionsBoundaryRequest, PutUserPermissionsBoundary, PutUserPermissionsBoundaryRequest,
    },
};

use super::policy_holder::PolicyHolder;
use crate::{
    operation::{Change, Implemented, Refusal, Scene},
    permission::Target,
};

/// The two operations of each kind of holder.
macro_rules! operations {
    ($($put:ident($put_request:ident), $delete:ident($delete_request:ident) of $kind:ident($name:ident);)*) => {$(
        impl Implemented for $put {
            type Object = PolicyHolder;

            fn find(
                reader: &Reader<'_>,
                input: &$put_request,
                caller: &Principal,
            ) -> Result<(Target, PolicyHolder), Refusal> {
                let (target, holder) = PolicyHolder::$kind(reader, &input.$name, caller)?;
                Ok((target.with_boundary(Some(input.permissions_boundary.clone())), holder))
            }
        }

        impl Change for $put {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                holder: PolicyHolder,
                input: &$put_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                put(tx, &holder, &input.permissions_boundary)
            }
        }

        impl Implemented for $delete {
            type Object = PolicyHolder;

            fn find(
                reader: &Reader<'_>,
                input: &$delete_request,
                caller: &Principal,
            ) -> Result<(Target, PolicyHolder), Refusal> {
                PolicyHolder::$kind(reader, &input.$name, caller)
            }
        }

        impl Change for $delete {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                holder: PolicyHolder,
                _: &$delete_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                // Who has no boundary is left as it is. What AWS answers then is not known.
                tx.set_permissions_boundary(holder.account, holder.changeable_id()?, None)?;
                Ok(())
            }
        }
    )*};
}

operations! {
    PutRolePermissionsBoundary(PutRolePermissionsBoundaryRequest),
        DeleteRolePermissionsBoundary(DeleteRolePermissionsBoundaryRequest) of role(role_name);
    PutUserPermissionsBoundary(PutUserPermissionsBoundaryRequest),
        DeleteUserPermissionsBoundary(DeleteUserPermissionsBoundaryRequest) of user(user_name);
}

/// The policy that a request names as a permissions boundary.
pub(super) fn find_boundary(
    reader: &Reader<'_>,
    account: AccountId,
    arn: &str,
) -> Result<PolicyRecord, Refusal> {
    let parsed: PolicyArn = arn.parse().map_err(|_| ApiError::invalid_arn(arn))?;
    let policy = reader.policy_by_arn(account, &parsed)?;
    Ok(policy.ok_or_else(|| ApiError::boundary_not_attachable(arn))?)
}

/// The ARN of a policy of the account that is somebody's permissions boundary.
pub(super) fn boundary_arn(
    reader: &Reader<'_>,
    account: AccountId,
    boundary: Option<UniqueId>,
) -> Result<Option<String>, Refusal> {
    let Some(id) = boundary else {
        return Ok(None);
    };
    // Taken for none, somebody without a boundary would be seen where a policy asks for one.
    let missing = || ApiError::service_failure(format!("the permissions boundary {id} is no policy"));
    let policy = reader.policy_by_id(account, id)?.ok_or_else(missing)?;
    Ok(Some(policy.arn().to_string()))
}

/// A permissions boundary as answers show it.
pub(super) fn shape(arn: String) -> AttachedPermissionsBoundary {
    AttachedPermissionsBoundary {
        // AWS's answers say this, though its model has `PermissionsBoundaryPolicy`.
        permissions_boundary_type: Some("Policy".to_owned()),
        permissions_boundary_arn: Some(arn),
    }
}

fn put(tx: &mut Tx<'_>, holder: &PolicyHolder, arn: &str) -> Result<(), Refusal> {
    let id = holder.changeable_id()?;
    let policy = find_boundary(tx, holder.account, arn)?;
    match tx.set_permissions_boundary(holder.account, id, Some(policy.id))? {
        SetPermissionsBoundary::Set | SetPermissionsBoundary::Unchanged => Ok(()),
        SetPermissionsBoundary::NoOwner => Err(holder.missing().into()),
        SetPermissionsBoundary::NoPolicy => Err(ApiError::boundary_not_attachable(arn).into()),
    }
}
