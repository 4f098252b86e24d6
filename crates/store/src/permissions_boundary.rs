use keystead_types::{AccountId, UniqueId};
use keystead_verifier::Subject;

use crate::{StoreError, Tx, account::number, policy_use::PolicyUse, statements};

/// Answer of [`Tx::set_permissions_boundary`]. Anything but `Set` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetPermissionsBoundary {
    /// It is set, or taken away.
    Set,
    /// It was so already.
    Unchanged,
    /// There is no such user.
    NoUser,
    /// Neither the account nor AWS has such a policy.
    NoPolicy,
}

impl Tx<'_> {
    /// Makes a policy of the account or of AWS a user's permissions boundary, in place of the one that it has,
    /// or takes that away.
    pub fn set_permissions_boundary(
        &mut self,
        account: AccountId,
        user: UniqueId,
        policy: Option<UniqueId>,
    ) -> Result<SetPermissionsBoundary, StoreError> {
        let Some(found) = self.user_by_id(account, user)? else {
            return Ok(SetPermissionsBoundary::NoUser);
        };
        if found.boundary == policy {
            return Ok(SetPermissionsBoundary::Unchanged);
        }
        if let Some(policy) = policy
            && self.policy_by_id(account, policy)?.is_none()
        {
            return Ok(SetPermissionsBoundary::NoPolicy);
        }
        let column = policy.as_ref().map(UniqueId::as_str);
        let parameters = [column.into(), number(account).into(), user.as_str().into()];
        self.execute_one(statements::SET_BOUNDARY, &parameters)?;
        if let Some(policy) = policy {
            self.count_use(account, policy, PolicyUse::Boundary, 1)?;
        }
        if let Some(policy) = found.boundary {
            self.count_use(account, policy, PolicyUse::Boundary, -1)?;
        }
        self.change(Subject::User(user))?;
        Ok(SetPermissionsBoundary::Set)
    }
}
