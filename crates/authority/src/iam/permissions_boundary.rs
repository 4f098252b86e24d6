//! Permissions boundaries of users: the policy that says how far other policies can go.

use keystead_store::{PolicyRecord, Reader, SetPermissionsBoundary, Tx, UserRecord};
use keystead_types::{AccountId, PolicyArn, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AttachedPermissionsBoundary, DeleteUserPermissionsBoundary, DeleteUserPermissionsBoundaryRequest,
        PutUserPermissionsBoundary, PutUserPermissionsBoundaryRequest,
    },
};

use super::owner::find_user;
use crate::{
    operation::{Change, Implemented, Refusal, Scene},
    permission::Target,
};

impl Implemented for PutUserPermissionsBoundary {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &PutUserPermissionsBoundaryRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, user) = find_user(reader, &input.user_name, caller)?;
        Ok((
            target.with_boundary(Some(input.permissions_boundary.clone())),
            user,
        ))
    }
}

impl Change for PutUserPermissionsBoundary {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &PutUserPermissionsBoundaryRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let policy = find_boundary(tx, user.account, &input.permissions_boundary)?;
        match tx.set_permissions_boundary(user.account, user.id, Some(policy.id))? {
            SetPermissionsBoundary::Set | SetPermissionsBoundary::Unchanged => Ok(()),
            SetPermissionsBoundary::NoOwner => Err(ApiError::no_such_user(&input.user_name).into()),
            SetPermissionsBoundary::NoPolicy => {
                Err(ApiError::boundary_not_attachable(&input.permissions_boundary).into())
            }
        }
    }
}

impl Implemented for DeleteUserPermissionsBoundary {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteUserPermissionsBoundaryRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, user) = find_user(reader, &input.user_name, caller)?;
        let boundary = match &user {
            Some(user) => boundary_arn(reader, user)?,
            None => None,
        };
        Ok((target.with_boundary(boundary), user))
    }
}

impl Change for DeleteUserPermissionsBoundary {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &DeleteUserPermissionsBoundaryRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        // A user without a boundary is left as it is. What AWS answers then is not known.
        tx.set_permissions_boundary(user.account, user.id, None)?;
        Ok(())
    }
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

/// The ARN of the policy that is a user's permissions boundary.
pub(super) fn boundary_arn(reader: &Reader<'_>, user: &UserRecord) -> Result<Option<String>, Refusal> {
    let Some(id) = user.boundary else {
        return Ok(None);
    };
    // Taken for none, a user without a boundary would be seen where a policy asks for one.
    let missing = || ApiError::service_failure(format!("the boundary {id} of {} is no policy", user.id));
    let policy = reader.policy_by_id(user.account, id)?.ok_or_else(missing)?;
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
