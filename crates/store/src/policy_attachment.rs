use keystead_types::{AccountId, PolicyArn, PolicyOwner, PolicyVersion, UniqueId, UniqueIdKind, limits};

use crate::{
    AccountSettings, Reader, StoreError, Tx, account::number, aws_managed, engine::Row, policy::version,
    policy_use::PolicyUse, statements,
};

/// A managed policy that is attached to a user, group or role, or a permissions boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachedPolicyRecord {
    /// Its unique id.
    pub id: UniqueId,
    /// Its ARN.
    pub arn: PolicyArn,
    /// The version that is in force.
    pub version: PolicyVersion,
}

/// Answer of [`Tx::attach_policy`]. Anything but `Attached` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachPolicy {
    /// It is attached now.
    Attached,
    /// It was attached already.
    AlreadyAttached,
    /// As many policies as may be are attached to the owner: this number.
    QuotaReached(u32),
    /// There is no such user, group or role.
    NoOwner,
    /// Neither the account nor AWS has such a policy.
    NoPolicy,
}

impl Reader<'_> {
    /// The managed policies that are attached to a user, group or role, in the order of attaching. There are no more
    /// than the owner's quota, which the count on the owner guards.
    pub fn attached_policies(
        &self,
        account: AccountId,
        owner: UniqueId,
    ) -> Result<Vec<AttachedPolicyRecord>, StoreError> {
        self.attached(account, owner, |policy, _| policy)
    }

    /// Whether a managed policy is attached to a user, group or role itself.
    pub fn is_attached(
        &self,
        account: AccountId,
        owner: UniqueId,
        policy: UniqueId,
    ) -> Result<bool, StoreError> {
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            policy.as_str().into(),
        ];
        let found = self.query_one(statements::ATTACHMENT, &parameters, |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// What `take` makes of each attached policy and its document in force. One that cannot be read is an error:
    /// left out, what it denies would be allowed.
    pub(crate) fn attached<T>(
        &self,
        account: AccountId,
        owner: UniqueId,
        take: impl Fn(AttachedPolicyRecord, &str) -> T,
    ) -> Result<Vec<T>, StoreError> {
        let parameters = [number(account).into(), owner.as_str().into()];
        self.query_all(statements::ATTACHED_POLICIES, &parameters, |row| {
            let id = row.text(0)?.parse().map_err(|_| unreadable("policy_id"))?;
            if let Some(policy) = aws_managed::by_id(id) {
                return Ok(take(policy.attached()?, policy.document));
            }
            let document = row.optional_text(4)?.ok_or_else(|| unreadable("policy_id"))?;
            Ok(take(attached_record(account, id, row)?, document))
        })
    }
}

impl Tx<'_> {
    /// Attaches a policy of the account or of AWS to a user, group or role, if it may have one more.
    pub fn attach_policy(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        policy: UniqueId,
    ) -> Result<AttachPolicy, StoreError> {
        if self.is_attached(account, owner, policy)? {
            return Ok(AttachPolicy::AlreadyAttached);
        }
        let Some(rules) = AttachmentRules::of(owner) else {
            return Ok(AttachPolicy::NoOwner);
        };
        if self.policy_by_id(account, policy)?.is_none() {
            return Ok(AttachPolicy::NoPolicy);
        }
        let quota = (rules.quota)(&self.settings(account)?);
        if !self.count_attachment(account, owner, &rules, 1, quota)? {
            return Ok(if self.has_policies_of_its_own(account, owner)? {
                AttachPolicy::QuotaReached(quota)
            } else {
                AttachPolicy::NoOwner
            });
        }
        self.count_use(account, policy, PolicyUse::Attachment, 1)?;
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            policy.as_str().into(),
            // The order of attaching: the change below has this revision.
            (self.revision().number() as i64 + 1).into(),
        ];
        self.execute_one(statements::INSERT_ATTACHMENT, &parameters)?;
        self.entity_changed(owner)?;
        Ok(AttachPolicy::Attached)
    }

    /// Detaches a policy from a user, group or role; `false` when it is not attached.
    pub fn detach_policy(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        policy: UniqueId,
    ) -> Result<bool, StoreError> {
        let Some(rules) = AttachmentRules::of(owner) else {
            return Ok(false);
        };
        let parameters = [
            number(account).into(),
            owner.as_str().into(),
            policy.as_str().into(),
        ];
        if self.execute(statements::DELETE_ATTACHMENT, &parameters)? == 0 {
            return Ok(false);
        }
        self.count_attachment(account, owner, &rules, -1, u32::MAX)?;
        self.count_use(account, policy, PolicyUse::Attachment, -1)?;
        self.entity_changed(owner)?;
        Ok(true)
    }

    fn count_attachment(
        &mut self,
        account: AccountId,
        owner: UniqueId,
        rules: &AttachmentRules,
        added: i64,
        quota: u32,
    ) -> Result<bool, StoreError> {
        let parameters = [
            added.into(),
            number(account).into(),
            owner.as_str().into(),
            i64::from(quota).into(),
        ];
        Ok(self.execute(rules.count, &parameters)? > 0)
    }
}

impl Reader<'_> {
    /// Whether there is such a user, group or role.
    pub(crate) fn has_policies_of_its_own(
        &self,
        account: AccountId,
        owner: UniqueId,
    ) -> Result<bool, StoreError> {
        Ok(match owner.kind() {
            UniqueIdKind::Group => self.group_by_id(account, owner)?.is_some(),
            UniqueIdKind::User => self.user_by_id(account, owner)?.is_some(),
            UniqueIdKind::Role => self.role_by_id(account, owner)?.is_some(),
            UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => false,
        })
    }
}

/// How attachments to one kind of owners are counted.
struct AttachmentRules {
    count: &'static str,
    quota: fn(&AccountSettings) -> u32,
}

impl AttachmentRules {
    fn of(owner: UniqueId) -> Option<Self> {
        match owner.kind() {
            UniqueIdKind::Group => Some(Self {
                count: statements::COUNT_GROUP_ATTACHMENT,
                quota: |_| limits::ATTACHED_POLICIES_PER_GROUP,
            }),
            UniqueIdKind::User => Some(Self {
                count: statements::COUNT_USER_ATTACHMENT,
                quota: |settings| settings.attached_policies_quota,
            }),
            UniqueIdKind::Role => Some(Self {
                count: statements::COUNT_ROLE_ATTACHMENT,
                quota: |settings| settings.role_attached_policies_quota,
            }),
            UniqueIdKind::Policy | UniqueIdKind::InstanceProfile => None,
        }
    }
}

fn attached_record(
    account: AccountId,
    id: UniqueId,
    row: &dyn Row,
) -> Result<AttachedPolicyRecord, StoreError> {
    Ok(AttachedPolicyRecord {
        id,
        arn: PolicyArn {
            owner: PolicyOwner::Account(account),
            path: row.text(2)?.parse().map_err(|_| unreadable("path"))?,
            name: row.text(1)?.parse().map_err(|_| unreadable("name"))?,
        },
        version: version(row.integer(3)?, "iam_policy")?,
    })
}

/// A use of a policy that is not there, or not what it should be.
pub(crate) fn unreadable(column: &str) -> StoreError {
    StoreError::unreadable("iam_policy_attachment", column)
}
