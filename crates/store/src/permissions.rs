//! Everything that decides what a user or role may do, read at once.

use std::borrow::Cow;

use keystead_types::{AccountId, PolicyName, UniqueId};

use crate::{
    AttachedPolicyRecord, GroupRecord, Reader, RoleRecord, StoreError, TagRecord, UserRecord, aws_managed,
    policy_attachment::unreadable,
};

/// What decides what a user may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPermissionsRecord {
    /// The user.
    pub user: UserRecord,
    /// Its tags.
    pub tags: Vec<TagRecord>,
    /// Its groups.
    pub groups: Vec<GroupRecord>,
    /// The policies that apply to it: its own, then those of each of its groups; of each owner inline policies
    /// first. A managed policy that comes in several ways is there as many times.
    pub policies: Vec<AppliedPolicyRecord>,
    /// Its permissions boundary.
    pub boundary: Option<AppliedPolicyRecord>,
}

/// What decides what a role may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolePermissionsRecord {
    /// The role.
    pub role: RoleRecord,
    /// Its tags.
    pub tags: Vec<TagRecord>,
    /// Its policies, inline ones first.
    pub policies: Vec<AppliedPolicyRecord>,
    /// Its permissions boundary.
    pub boundary: Option<AppliedPolicyRecord>,
}

/// A policy that applies, with its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppliedPolicyRecord {
    /// The user, group or role that it is attached to, or that has it inline.
    pub owner: UniqueId,
    /// Which policy it is.
    pub source: AppliedPolicySource,
    /// Its document in force.
    pub document: Cow<'static, str>,
}

/// Which policy applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AppliedPolicySource {
    /// The owner's inline policy of this name.
    Inline(PolicyName),
    /// This managed policy.
    Managed(AttachedPolicyRecord),
}

impl Reader<'_> {
    /// All that decides what a user may do; `None` when there is no such user. A policy that cannot be read is an
    /// error: left out, what it denies would be allowed.
    pub fn user_permissions(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<Option<UserPermissionsRecord>, StoreError> {
        let Some(user) = self.user_by_id(account, user)? else {
            return Ok(None);
        };
        // The counts on the user and on its groups spare the statements that would find nothing.
        let tags = match user.tag_count {
            0 => Vec::new(),
            _ => self.tags(account, user.id)?,
        };
        let groups = match user.group_count {
            0 => Vec::new(),
            _ => self.groups_of_user(account, user.id)?,
        };
        let mut policies = Vec::new();
        let counts = (user.inline_policy_count, user.attached_policy_count);
        self.add_policies_of(account, user.id, counts, &mut policies)?;
        for group in &groups {
            let counts = (group.inline_policy_count, group.attached_policy_count);
            self.add_policies_of(account, group.id, counts, &mut policies)?;
        }
        let boundary = match user.boundary {
            Some(boundary) => Some(self.boundary(account, user.id, boundary)?),
            None => None,
        };
        Ok(Some(UserPermissionsRecord {
            tags,
            groups,
            policies,
            boundary,
            user,
        }))
    }

    /// All that decides what a role may do; `None` when there is no such role. As strict as
    /// [`Reader::user_permissions`].
    pub fn role_permissions(
        &self,
        account: AccountId,
        role: UniqueId,
    ) -> Result<Option<RolePermissionsRecord>, StoreError> {
        let Some(role) = self.role_by_id(account, role)? else {
            return Ok(None);
        };
        let tags = match role.tag_count {
            0 => Vec::new(),
            _ => self.tags(account, role.id)?,
        };
        let mut policies = Vec::new();
        let counts = (role.inline_policy_count, role.attached_policy_count);
        self.add_policies_of(account, role.id, counts, &mut policies)?;
        let boundary = match role.boundary {
            Some(boundary) => Some(self.boundary(account, role.id, boundary)?),
            None => None,
        };
        Ok(Some(RolePermissionsRecord {
            tags,
            policies,
            boundary,
            role,
        }))
    }

    /// The policies that a user, group or role has itself, inline ones first.
    pub fn policies_of(
        &self,
        account: AccountId,
        owner: UniqueId,
    ) -> Result<Vec<AppliedPolicyRecord>, StoreError> {
        let mut policies = Vec::new();
        self.add_policies_of(account, owner, (1, 1), &mut policies)?;
        Ok(policies)
    }

    fn add_policies_of(
        &self,
        account: AccountId,
        owner: UniqueId,
        (inline, attached): (u32, u32),
        policies: &mut Vec<AppliedPolicyRecord>,
    ) -> Result<(), StoreError> {
        if inline > 0 {
            let found = self.inline_policies(account, owner)?;
            policies.extend(found.into_iter().map(|policy| AppliedPolicyRecord {
                owner,
                source: AppliedPolicySource::Inline(policy.name),
                document: Cow::Owned(policy.document),
            }));
        }
        if attached > 0 {
            policies.extend(
                self.attached(account, owner, |policy, document| AppliedPolicyRecord {
                    owner,
                    document: document_of(&policy, document),
                    source: AppliedPolicySource::Managed(policy),
                })?,
            );
        }
        Ok(())
    }

    fn boundary(
        &self,
        account: AccountId,
        owner: UniqueId,
        policy: UniqueId,
    ) -> Result<AppliedPolicyRecord, StoreError> {
        let missing = || unreadable("policy_id");
        let found = self.policy_by_id(account, policy)?.ok_or_else(missing)?;
        let version = self.policy_version(account, policy, found.default_version)?;
        Ok(AppliedPolicyRecord {
            owner,
            source: AppliedPolicySource::Managed(AttachedPolicyRecord {
                id: policy,
                arn: found.arn(),
                version: found.default_version,
            }),
            document: Cow::Owned(version.ok_or_else(missing)?.document),
        })
    }
}

/// AWS's documents are part of the binary: nothing is copied.
fn document_of(policy: &AttachedPolicyRecord, document: &str) -> Cow<'static, str> {
    match aws_managed::by_id(policy.id) {
        Some(policy) => Cow::Borrowed(policy.document),
        None => Cow::Owned(document.to_owned()),
    }
}
