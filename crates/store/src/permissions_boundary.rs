use keystead_types::{AccountId, UniqueId, UniqueIdKind};

use crate::{Reader, StoreError, Tx, account::number, policy_use::PolicyUse, statements};

/// Answer of [`Tx::set_permissions_boundary`]. Anything but `Set` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPermissionsBoundary {
    /// It is set, or taken away.
    Set,
    /// It was so already.
    Unchanged,
    /// There is no such user or role.
    NoOwner,
    /// Neither the account nor AWS has such a policy.
    NoPolicy,
}

impl Tx<'_> {
    /// Makes a policy of the account or of AWS the permissions boundary of a user or role, in place of the one that it
    /// has, or takes that away.
    pub fn set_permissions_boundary(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        policy: Option<UniqueId>,
    ) -> Result<SetPermissionsBoundary, StoreError> {
        let (Some(present), Some(set)) = (self.boundary_of(account, owner)?, statement(owner)) else {
            return Ok(SetPermissionsBoundary::NoOwner);
        };
        if present == policy {
            return Ok(SetPermissionsBoundary::Unchanged);
        }
        if let Some(policy) = policy
            && self.policy_by_id(account, policy)?.is_none()
        {
            return Ok(SetPermissionsBoundary::NoPolicy);
        }
        let column = policy.as_ref().map(UniqueId::as_str);
        let parameters = [column.into(), number(account).into(), owner.as_str().into()];
        self.execute_one(set, &parameters)?;
        if let Some(policy) = policy {
            self.count_use(account, policy, PolicyUse::Boundary, 1)?;
        }
        if let Some(policy) = present {
            self.count_use(account, policy, PolicyUse::Boundary, -1)?;
        }
        self.entity_changed(owner)?;
        Ok(SetPermissionsBoundary::Set)
    }
}

impl Reader<'_> {
    /// The boundary of a user or role, if it has one; `None` when there is no such user or role.
    fn boundary_of(
        &self,
        account: AccountId,
        owner: UniqueId,
    ) -> Result<Option<Option<UniqueId>>, StoreError> {
        Ok(match owner.kind() {
            UniqueIdKind::User => self.user_by_id(account, owner)?.map(|user| user.boundary),
            UniqueIdKind::Role => self.role_by_id(account, owner)?.map(|role| role.boundary),
            UniqueIdKind::Group | UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => None,
        })
    }
}

fn statement(owner: UniqueId) -> Option<&'static str> {
    match owner.kind() {
        UniqueIdKind::User => Some(statements::SET_USER_BOUNDARY),
        UniqueIdKind::Role => Some(statements::SET_ROLE_BOUNDARY),
        UniqueIdKind::Group | UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => None,
    }
}
