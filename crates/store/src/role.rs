use keystead_types::{AccountId, Path, RoleName, Timestamp, UniqueId};
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number, optional_time},
    engine::Row,
    page::{Scan, leaves_out},
    policy_use::PolicyUse,
    statements,
};

/// A role as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleRecord {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its unique id; never given to another.
    pub id: UniqueId,
    /// Its name, which it keeps.
    pub name: RoleName,
    /// Its path, which it keeps.
    pub path: Path,
    /// What it is for, in its maker's words.
    pub description: Option<String>,
    /// Who may assume it.
    pub trust_policy: TrustPolicy,
    /// How long its sessions may be, in seconds.
    pub session_seconds_max: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// Tags that it has.
    pub tag_count: u32,
    /// Managed policies attached to it.
    pub attached_policy_count: u32,
    /// Inline policies that it has.
    pub inline_policy_count: u32,
    /// Instance profiles that it is in.
    pub instance_profile_count: u32,
    /// The managed policy that is its permissions boundary.
    pub boundary: Option<UniqueId>,
    /// Sessions of it that were issued before are refused.
    pub sessions_not_before: Option<Timestamp>,
}

/// A role's trust policy, in both forms.
///
/// A namesake of a user or role that was deleted must not be trusted in its place, so what is decided by has
/// the unique ids of the principals that it names. The store reads neither.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustPolicy {
    /// The document as submitted.
    pub document: String,
    /// The same with unique ids in place of the ARNs of users and roles of this server.
    pub document_with_ids: String,
}

/// A role to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRole {
    /// The account that it will belong to.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// Its name.
    pub name: RoleName,
    /// Its path.
    pub path: Path,
    /// What it is for.
    pub description: Option<String>,
    /// Who may assume it.
    pub trust_policy: TrustPolicy,
    /// How long its sessions may be, in seconds.
    pub session_seconds_max: u32,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A page of roles, by folded name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolePage {
    /// The roles; none when all that were looked at have another path.
    pub roles: Vec<RoleRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_role`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertRole {
    /// It is stored.
    Created,
    /// Its name, without regard to case, is another role's.
    NameTaken,
    /// Its unique id is, or was, another's: draw again.
    IdTaken,
    /// The account has as many roles as it may: this number.
    QuotaReached(u32),
}

/// Answer of [`Tx::delete_role`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteRole {
    /// It is gone, with its tags, its permissions boundary and what is known of its use.
    Deleted,
    /// Managed policies are still attached to it.
    HasAttachedPolicies,
    /// It still has inline policies.
    HasInlinePolicies,
    /// It is still in an instance profile.
    InInstanceProfiles,
    /// There is no such role.
    NoRole,
}

impl Reader<'_> {
    /// The role with exactly this name.
    pub fn role_by_name(
        &self,
        account: AccountId,
        name: &RoleName,
    ) -> Result<Option<RoleRecord>, StoreError> {
        let folded = name.folded();
        let parameters = [
            number(account).into(),
            folded.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::ROLE_BY_NAME, &parameters, role_record)
    }

    /// The role with this unique id.
    pub fn role_by_id(&self, account: AccountId, id: UniqueId) -> Result<Option<RoleRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::ROLE_BY_ID, &parameters, role_record)
    }

    /// Up to `limit` roles with paths that start with `path_prefix`, by folded name, after the position
    /// `after` (a page's `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn roles_page(
        &self,
        account: AccountId,
        after: &str,
        path_prefix: &str,
        limit: u32,
    ) -> Result<RolePage, StoreError> {
        let scan = Scan {
            statement: statements::ROLES_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: leaves_out(path_prefix),
        };
        let read = |row: &dyn Row| {
            let role = role_record(row)?;
            Ok((role.name.folded(), role))
        };
        let (roles, next) = self.scan(&scan, read, |role: &RoleRecord| {
            role.path.as_str().starts_with(path_prefix)
        })?;
        Ok(RolePage { roles, next })
    }
}

impl Tx<'_> {
    /// Stores a new role without policies.
    pub fn insert_role(&mut self, role: &NewRole) -> Result<InsertRole, StoreError> {
        let folded = role.name.folded();
        let parameters = [number(role.account).into(), folded.as_str().into()];
        let holder = self.query_one(statements::ROLE_ID_OF_FOLDED_NAME, &parameters, |_| Ok(()))?;
        if holder.is_some() {
            return Ok(InsertRole::NameTaken);
        }
        if self.is_retired(role.id.as_str())? || self.role_by_id(role.account, role.id)?.is_some() {
            return Ok(InsertRole::IdTaken);
        }
        if self.execute(statements::COUNT_ROLE, &[number(role.account).into()])? == 0 {
            return Ok(InsertRole::QuotaReached(self.settings(role.account)?.roles_quota));
        }
        let parameters = [
            number(role.account).into(),
            role.id.as_str().into(),
            role.name.as_str().into(),
            folded.as_str().into(),
            role.path.as_str().into(),
            role.description.as_deref().into(),
            role.trust_policy.document.as_str().into(),
            role.trust_policy.document_with_ids.as_str().into(),
            i64::from(role.session_seconds_max).into(),
            role.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_ROLE, &parameters)?;
        self.change(Subject::Role(role.id))?;
        Ok(InsertRole::Created)
    }

    /// Replaces a role's description and the longest time of its sessions; `false` when there is no such role.
    /// Sessions that there are keep their end.
    pub fn update_role(
        &mut self,
        account: AccountId,
        id: UniqueId,
        description: Option<&str>,
        session_seconds_max: u32,
    ) -> Result<bool, StoreError> {
        let parameters = [
            description.into(),
            i64::from(session_seconds_max).into(),
            number(account).into(),
            id.as_str().into(),
        ];
        self.update_one_role(statements::UPDATE_ROLE, &parameters, id)
    }

    /// Replaces a role's trust policy; `false` when there is no such role.
    pub fn set_trust_policy(
        &mut self,
        account: AccountId,
        id: UniqueId,
        policy: &TrustPolicy,
    ) -> Result<bool, StoreError> {
        let parameters = [
            policy.document.as_str().into(),
            policy.document_with_ids.as_str().into(),
            number(account).into(),
            id.as_str().into(),
        ];
        self.update_one_role(statements::SET_TRUST_POLICY, &parameters, id)
    }

    /// Deletes a role that has nothing left but tags and a permissions boundary; its unique id is never given
    /// out again.
    pub fn delete_role(&mut self, account: AccountId, id: UniqueId) -> Result<DeleteRole, StoreError> {
        let Some(role) = self.role_by_id(account, id)? else {
            return Ok(DeleteRole::NoRole);
        };
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_ROLE, &parameters)? == 0 {
            return Ok(if role.attached_policy_count > 0 {
                DeleteRole::HasAttachedPolicies
            } else if role.inline_policy_count > 0 {
                DeleteRole::HasInlinePolicies
            } else {
                DeleteRole::InInstanceProfiles
            });
        }
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.execute(statements::DELETE_ROLE_USAGE, &parameters)?;
        if let Some(boundary) = role.boundary {
            self.count_use(account, boundary, PolicyUse::Boundary, -1)?;
        }
        self.execute_one(statements::UNCOUNT_ROLE, &[number(account).into()])?;
        self.retire(id.as_str())?;
        self.change(Subject::Role(id))?;
        Ok(DeleteRole::Deleted)
    }

    fn update_one_role(
        &mut self,
        statement: &str,
        parameters: &[crate::engine::Value<'_>],
        id: UniqueId,
    ) -> Result<bool, StoreError> {
        if self.execute(statement, parameters)? == 0 {
            return Ok(false);
        }
        self.change(Subject::Role(id))?;
        Ok(true)
    }
}

fn role_record(row: &dyn Row) -> Result<RoleRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_role", column);
    let counted = |column, name| count(row.integer(column)?, "iam_role", name);
    let boundary = row.optional_text(13)?.map(str::parse).transpose();
    Ok(RoleRecord {
        account: account_id(row.integer(0)?, "iam_role")?,
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        description: row.optional_text(4)?.map(str::to_owned),
        trust_policy: TrustPolicy {
            document: row.text(5)?.to_owned(),
            document_with_ids: row.text(6)?.to_owned(),
        },
        session_seconds_max: counted(7, "session_seconds_max")?,
        created_at: Timestamp::from_seconds(row.integer(8)?),
        tag_count: counted(9, "tag_count")?,
        attached_policy_count: counted(10, "attached_policy_count")?,
        inline_policy_count: counted(11, "inline_policy_count")?,
        instance_profile_count: counted(12, "instance_profile_count")?,
        boundary: boundary.map_err(|_| unreadable("boundary_policy_id"))?,
        sessions_not_before: optional_time(row, 14)?,
    })
}
