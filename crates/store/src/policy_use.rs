//! What managed policies are used for, counted on the policy. AWS's own have a row for that alone.

use keystead_types::{AccountId, UniqueId};

use crate::{
    PolicyRecord, Reader, StoreError, Tx,
    account::{count, number},
    aws_managed::{self, AwsManagedPolicy},
    statements,
};

/// A way to use a managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyUse {
    /// Attached to a user, group or role, it grants and denies: `PermissionsPolicy`.
    Attachment,
    /// As a permissions boundary of a user or role, it limits: `PermissionsBoundary`.
    Boundary,
}

/// How often an account uses a policy, in each way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct UseCounts {
    pub(crate) attachments: u32,
    pub(crate) boundaries: u32,
}

/// How often an account uses each of AWS's policies.
pub(crate) struct PolicyUses(Vec<(String, UseCounts)>);

impl PolicyUses {
    pub(crate) fn of(&self, policy: UniqueId) -> UseCounts {
        let found = self.0.iter().find(|(id, _)| id == policy.as_str());
        found.map(|(_, counts)| *counts).unwrap_or_default()
    }
}

impl Reader<'_> {
    pub(crate) fn aws_policy(
        &self,
        account: AccountId,
        policy: &AwsManagedPolicy,
    ) -> Result<PolicyRecord, StoreError> {
        policy.record(self.aws_policy_uses(account)?.of(policy.id))
    }

    /// No more rows than AWS's policies.
    pub(crate) fn aws_policy_uses(&self, account: AccountId) -> Result<PolicyUses, StoreError> {
        let rows = self.query_all(statements::AWS_POLICY_USES, &[number(account).into()], |row| {
            let counts = UseCounts {
                attachments: count(row.integer(1)?, "iam_aws_policy_use", "attachment_count")?,
                boundaries: count(row.integer(2)?, "iam_aws_policy_use", "boundary_count")?,
            };
            Ok((row.text(0)?.to_owned(), counts))
        })?;
        Ok(PolicyUses(rows))
    }
}

impl Tx<'_> {
    /// Counts one use more or less of a policy that there is.
    pub(crate) fn count_use(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        usage: PolicyUse,
        added: i64,
    ) -> Result<(), StoreError> {
        let (attachments, boundaries) = match usage {
            PolicyUse::Attachment => (added, 0),
            PolicyUse::Boundary => (0, added),
        };
        let (account, id) = (number(account), policy.as_str());
        let parameters = [attachments.into(), boundaries.into(), account.into(), id.into()];
        if aws_managed::by_id(policy).is_none() {
            return self.execute_one(statements::USE_POLICY, &parameters);
        }
        if added < 0 {
            return self.execute_one(statements::USE_AWS_POLICY, &parameters);
        }
        if self.execute(statements::USE_AWS_POLICY, &parameters)? == 0 {
            let parameters = [account.into(), id.into(), attachments.into(), boundaries.into()];
            self.execute_one(statements::INSERT_AWS_POLICY_USE, &parameters)?;
        }
        Ok(())
    }
}
