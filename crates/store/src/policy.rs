use keystead_types::{
    AccountId, Path, PolicyArn, PolicyName, PolicyOwner, PolicyVersion, Timestamp, UniqueId, limits,
};
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number},
    aws_managed,
    engine::Row,
    statements,
};

/// A managed policy: one of an account, as it is stored, or one of AWS's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyRecord {
    /// Whose it is.
    pub owner: PolicyOwner,
    /// Its unique id; never given to another.
    pub id: UniqueId,
    /// Its name.
    pub name: PolicyName,
    /// Its path.
    pub path: Path,
    /// What it is for, in its maker's words.
    pub description: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its last version was made.
    pub updated_at: Timestamp,
    /// The version that is in force.
    pub default_version: PolicyVersion,
    /// The highest number that a version of it ever had.
    pub latest_version: PolicyVersion,
    /// Versions that it has.
    pub version_count: u32,
    /// Users and groups of the account that asks to which it is attached.
    pub attachment_count: u32,
    /// Users of the account that asks whose permissions boundary it is.
    pub boundary_count: u32,
    /// Tags that it has.
    pub tag_count: u32,
}

/// A customer managed policy to be stored, with its first version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPolicy {
    /// The account that it will belong to.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// Its name.
    pub name: PolicyName,
    /// Its path.
    pub path: Path,
    /// What it is for.
    pub description: Option<String>,
    /// The document of version 1, as submitted.
    pub document: String,
    /// When it is made.
    pub created_at: Timestamp,
}

/// Answer of [`Tx::insert_policy`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertPolicy {
    /// It is stored.
    Created,
    /// Its name, without regard to case, is another policy's of the account.
    NameTaken,
    /// Its unique id is, or was, another's: draw again.
    IdTaken,
    /// The account has as many policies as it may: this number.
    QuotaReached(u32),
    /// The account's policies have as many versions as they may, all together: this number.
    VersionsQuotaReached(u32),
}

/// Answer of [`Tx::delete_policy`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletePolicy {
    /// It is gone, with its default version and its tags.
    Deleted,
    /// It is still attached to a user, group or role, or a permissions boundary.
    InUse,
    /// It still has other versions than the default one.
    HasVersions,
    /// The account has no such policy.
    NoPolicy,
}

impl PolicyRecord {
    /// Its ARN.
    pub fn arn(&self) -> PolicyArn {
        PolicyArn {
            owner: self.owner,
            path: self.path.clone(),
            name: self.name.clone(),
        }
    }
}

impl Reader<'_> {
    /// The policy with exactly this ARN, among those of `account` and AWS's own. The policies of other
    /// accounts are not to be seen.
    pub fn policy_by_arn(
        &self,
        account: AccountId,
        arn: &PolicyArn,
    ) -> Result<Option<PolicyRecord>, StoreError> {
        match arn.owner {
            PolicyOwner::Aws => match aws_managed::by_arn(arn) {
                Some(policy) => self.aws_policy(account, policy).map(Some),
                None => Ok(None),
            },
            PolicyOwner::Account(owner) if owner == account => {
                let folded = arn.name.folded();
                let parameters = [
                    number(account).into(),
                    folded.as_str().into(),
                    arn.name.as_str().into(),
                    arn.path.as_str().into(),
                ];
                self.query_one(statements::POLICY_BY_NAME, &parameters, policy_record)
            }
            PolicyOwner::Account(_) => Ok(None),
        }
    }

    /// The policy with this unique id, among those of `account` and AWS's own.
    pub fn policy_by_id(&self, account: AccountId, id: UniqueId) -> Result<Option<PolicyRecord>, StoreError> {
        match aws_managed::by_id(id) {
            Some(policy) => self.aws_policy(account, policy).map(Some),
            None => self.customer_policy(account, id),
        }
    }

    /// The account's own policy with this unique id.
    pub(crate) fn customer_policy(
        &self,
        account: AccountId,
        id: UniqueId,
    ) -> Result<Option<PolicyRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::POLICY_BY_ID, &parameters, policy_record)
    }
}

impl Tx<'_> {
    /// Stores a new policy with its first version, which is in force.
    pub fn insert_policy(&mut self, policy: &NewPolicy) -> Result<InsertPolicy, StoreError> {
        let folded = policy.name.folded();
        let account = number(policy.account);
        let holder = self.query_one(
            statements::POLICY_ID_OF_FOLDED_NAME,
            &[account.into(), folded.as_str().into()],
            |_| Ok(()),
        )?;
        if holder.is_some() {
            return Ok(InsertPolicy::NameTaken);
        }
        if self.is_retired(policy.id.as_str())? || self.policy_by_id(policy.account, policy.id)?.is_some() {
            return Ok(InsertPolicy::IdTaken);
        }
        let versions_max = limits::POLICY_VERSIONS_PER_ACCOUNT;
        let parameters = [account.into(), i64::from(versions_max).into()];
        if self.execute(statements::COUNT_POLICY, &parameters)? == 0 {
            let found = self.account(policy.account)?;
            return Ok(match found {
                Some(found) if found.policy_count < found.settings.policies_quota => {
                    InsertPolicy::VersionsQuotaReached(versions_max)
                }
                found => InsertPolicy::QuotaReached(found.map_or(0, |found| found.settings.policies_quota)),
            });
        }
        let parameters = [
            account.into(),
            policy.id.as_str().into(),
            policy.name.as_str().into(),
            folded.as_str().into(),
            policy.path.as_str().into(),
            policy.description.as_deref().into(),
            policy.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_POLICY, &parameters)?;
        self.store_policy_version(
            policy.account,
            policy.id,
            PolicyVersion::FIRST,
            &policy.document,
            policy.created_at,
        )?;
        Ok(InsertPolicy::Created)
    }

    /// Deletes a policy that nothing uses and that has its default version alone; its unique id is never given
    /// out again.
    pub fn delete_policy(&mut self, account: AccountId, id: UniqueId) -> Result<DeletePolicy, StoreError> {
        let Some(policy) = self.customer_policy(account, id)? else {
            return Ok(DeletePolicy::NoPolicy);
        };
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_POLICY, &parameters)? == 0 {
            return Ok(if policy.version_count > 1 && policy.is_unused() {
                DeletePolicy::HasVersions
            } else {
                DeletePolicy::InUse
            });
        }
        self.remove_policy_version(account, id, policy.default_version)?;
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.execute_one(statements::UNCOUNT_POLICY, &[number(account).into()])?;
        self.retire(id.as_str())?;
        self.change(Subject::Policy(id))?;
        Ok(DeletePolicy::Deleted)
    }
}

impl PolicyRecord {
    fn is_unused(&self) -> bool {
        self.attachment_count == 0 && self.boundary_count == 0
    }
}

pub(crate) fn policy_record(row: &dyn Row) -> Result<PolicyRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_policy", column);
    let counted = |column, name| count(row.integer(column)?, "iam_policy", name);
    Ok(PolicyRecord {
        owner: PolicyOwner::Account(account_id(row.integer(0)?, "iam_policy")?),
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        description: row.optional_text(4)?.map(str::to_owned),
        created_at: Timestamp::from_seconds(row.integer(5)?),
        updated_at: Timestamp::from_seconds(row.integer(6)?),
        default_version: version(row.integer(7)?, "iam_policy")?,
        latest_version: version(row.integer(8)?, "iam_policy")?,
        version_count: counted(9, "version_count")?,
        attachment_count: counted(10, "attachment_count")?,
        boundary_count: counted(11, "boundary_count")?,
        tag_count: counted(12, "tag_count")?,
    })
}

/// A version's number out of a column.
pub(crate) fn version(number: i64, table: &str) -> Result<PolicyVersion, StoreError> {
    u32::try_from(number)
        .ok()
        .and_then(PolicyVersion::new)
        .ok_or_else(|| StoreError::unreadable(table, "version"))
}
