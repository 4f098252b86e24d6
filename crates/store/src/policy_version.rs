use keystead_types::{AccountId, PolicyVersion, Timestamp, UniqueId, limits};
use keystead_verifier::Subject;

use crate::{
    PolicyRecord, Reader, StoreError, Tx, account::number, aws_managed, engine::Row,
    policy::version as version_of, statements,
};

/// A version of a managed policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyVersionRecord {
    /// Its number.
    pub version: PolicyVersion,
    /// Its document, as submitted.
    pub document: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Answer of [`Tx::insert_policy_version`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertPolicyVersion {
    /// It is stored, with this number.
    Created(PolicyVersion),
    /// The policy has [`limits::VERSIONS_PER_POLICY`] already.
    TooMany,
    /// The account's policies have as many versions as they may, all together: this number.
    QuotaReached(u32),
    /// The account has no such policy.
    NoPolicy,
}

/// Answer of [`Tx::set_default_policy_version`]. Anything but `Set` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetDefaultPolicyVersion {
    /// It is in force now.
    Set,
    /// It was in force already.
    Unchanged,
    /// The policy has no such version.
    NoVersion,
    /// The account has no such policy.
    NoPolicy,
}

/// Answer of [`Tx::delete_policy_version`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletePolicyVersion {
    /// It is gone; its number is never used again.
    Deleted,
    /// It is in force.
    IsDefault,
    /// The policy has no such version.
    NoVersion,
    /// The account has no such policy.
    NoPolicy,
}

impl Reader<'_> {
    /// One version of a policy of `account` or of AWS.
    pub fn policy_version(
        &self,
        account: AccountId,
        policy: UniqueId,
        version: PolicyVersion,
    ) -> Result<Option<PolicyVersionRecord>, StoreError> {
        if let Some(policy) = aws_managed::by_id(policy) {
            return Ok(policy
                .versions()
                .into_iter()
                .find(|found| found.version == version));
        }
        let parameters = [
            number(account).into(),
            policy.as_str().into(),
            i64::from(version.number()).into(),
        ];
        self.query_one(statements::POLICY_VERSION, &parameters, version_record)
    }

    /// The versions of a policy of `account` or of AWS, newest first; at most [`limits::VERSIONS_PER_POLICY`],
    /// which the count on the policy guards.
    pub fn policy_versions(
        &self,
        account: AccountId,
        policy: UniqueId,
    ) -> Result<Vec<PolicyVersionRecord>, StoreError> {
        if let Some(policy) = aws_managed::by_id(policy) {
            return Ok(policy.versions());
        }
        let parameters = [number(account).into(), policy.as_str().into()];
        self.query_all(statements::POLICY_VERSIONS, &parameters, version_record)
    }
}

impl Tx<'_> {
    /// Adds a version to a policy of the account, in force at once or not. A number is never used again.
    pub fn insert_policy_version(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        document: &str,
        set_as_default: bool,
        now: Timestamp,
    ) -> Result<InsertPolicyVersion, StoreError> {
        let Some(found) = self.customer_policy(account, policy)? else {
            return Ok(InsertPolicyVersion::NoPolicy);
        };
        let next = found.latest_version.number().checked_add(1);
        let next = next.and_then(PolicyVersion::new);
        let Some(next) = next.filter(|_| found.version_count < limits::VERSIONS_PER_POLICY) else {
            return Ok(InsertPolicyVersion::TooMany);
        };
        let versions_max = limits::POLICY_VERSIONS_PER_ACCOUNT;
        let parameters = [number(account).into(), i64::from(versions_max).into()];
        if self.execute(statements::COUNT_POLICY_VERSION, &parameters)? == 0 {
            return Ok(InsertPolicyVersion::QuotaReached(versions_max));
        }
        let default = if set_as_default {
            next
        } else {
            found.default_version
        };
        let parameters = [
            i64::from(next.number()).into(),
            now.seconds().into(),
            i64::from(default.number()).into(),
            number(account).into(),
            policy.as_str().into(),
            i64::from(limits::VERSIONS_PER_POLICY).into(),
        ];
        self.execute_one(statements::ADD_POLICY_VERSION, &parameters)?;
        self.store_policy_version(account, policy, next, document, now)?;
        if set_as_default {
            self.change(Subject::Policy(policy))?;
        }
        Ok(InsertPolicyVersion::Created(next))
    }

    /// Puts a version of a policy of the account in force.
    pub fn set_default_policy_version(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        version: PolicyVersion,
    ) -> Result<SetDefaultPolicyVersion, StoreError> {
        let Some(found) = self.customer_policy(account, policy)? else {
            return Ok(SetDefaultPolicyVersion::NoPolicy);
        };
        if found.default_version == version {
            return Ok(SetDefaultPolicyVersion::Unchanged);
        }
        if self.policy_version(account, policy, version)?.is_none() {
            return Ok(SetDefaultPolicyVersion::NoVersion);
        }
        let parameters = [
            i64::from(version.number()).into(),
            number(account).into(),
            policy.as_str().into(),
        ];
        self.execute_one(statements::SET_DEFAULT_POLICY_VERSION, &parameters)?;
        self.change(Subject::Policy(policy))?;
        Ok(SetDefaultPolicyVersion::Set)
    }

    /// Deletes a version of a policy of the account that is not in force.
    pub fn delete_policy_version(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        version: PolicyVersion,
    ) -> Result<DeletePolicyVersion, StoreError> {
        let Some(PolicyRecord { default_version, .. }) = self.customer_policy(account, policy)? else {
            return Ok(DeletePolicyVersion::NoPolicy);
        };
        if default_version == version {
            return Ok(DeletePolicyVersion::IsDefault);
        }
        if self.policy_version(account, policy, version)?.is_none() {
            return Ok(DeletePolicyVersion::NoVersion);
        }
        let parameters = [
            number(account).into(),
            policy.as_str().into(),
            i64::from(version.number()).into(),
        ];
        self.execute_one(statements::UNCOUNT_VERSION_OF_POLICY, &parameters)?;
        self.execute_one(statements::UNCOUNT_POLICY_VERSION, &[number(account).into()])?;
        self.remove_policy_version(account, policy, version)?;
        Ok(DeletePolicyVersion::Deleted)
    }

    pub(crate) fn store_policy_version(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        version: PolicyVersion,
        document: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let parameters = [
            number(account).into(),
            policy.as_str().into(),
            i64::from(version.number()).into(),
            document.into(),
            now.seconds().into(),
        ];
        self.execute_one(statements::INSERT_POLICY_VERSION, &parameters)
    }

    pub(crate) fn remove_policy_version(
        &mut self,
        account: AccountId,
        policy: UniqueId,
        version: PolicyVersion,
    ) -> Result<(), StoreError> {
        let parameters = [
            number(account).into(),
            policy.as_str().into(),
            i64::from(version.number()).into(),
        ];
        self.execute_one(statements::DELETE_POLICY_VERSION, &parameters)
    }
}

fn version_record(row: &dyn Row) -> Result<PolicyVersionRecord, StoreError> {
    Ok(PolicyVersionRecord {
        version: version_of(row.integer(0)?, "iam_policy_version")?,
        document: row.text(1)?.to_owned(),
        created_at: Timestamp::from_seconds(row.integer(2)?),
    })
}
