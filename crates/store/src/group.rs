use keystead_types::{AccountId, GroupName, Path, Timestamp, UniqueId};
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number},
    engine::Row,
    page::{Scan, leaves_out},
    statements,
};

/// A group as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its unique id; never given to another.
    pub id: UniqueId,
    /// Its present name.
    pub name: GroupName,
    /// Its present path.
    pub path: Path,
    /// When it was made.
    pub created_at: Timestamp,
    /// Users that are in it.
    pub member_count: u32,
    /// Managed policies attached to it.
    pub attached_policy_count: u32,
    /// Inline policies that it has.
    pub inline_policy_count: u32,
}

/// A group to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewGroup {
    /// The account that it will belong to.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// Its name.
    pub name: GroupName,
    /// Its path.
    pub path: Path,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A page of groups, by folded name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPage {
    /// The groups; none when all that were looked at have another path.
    pub groups: Vec<GroupRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_group`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertGroup {
    /// It is stored.
    Created,
    /// Its name, without regard to case, is another group's.
    NameTaken,
    /// Its unique id is, or was, another's: draw again.
    IdTaken,
    /// The account has as many groups as it may: this number.
    QuotaReached(u32),
}

/// Answer of [`Tx::update_group`]. Anything but `Updated` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateGroup {
    /// It is stored.
    Updated,
    /// The name, without regard to case, is another group's.
    NameTaken,
    /// There is no such group.
    NoGroup,
}

/// Answer of [`Tx::delete_group`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteGroup {
    /// It is gone.
    Deleted,
    /// Users are still in it.
    HasMembers,
    /// Managed policies are still attached to it.
    HasAttachedPolicies,
    /// It still has inline policies.
    HasInlinePolicies,
    /// There is no such group.
    NoGroup,
}

impl Reader<'_> {
    /// The group with exactly this name.
    pub fn group_by_name(
        &self,
        account: AccountId,
        name: &GroupName,
    ) -> Result<Option<GroupRecord>, StoreError> {
        let folded = name.folded();
        let parameters = [
            number(account).into(),
            folded.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::GROUP_BY_NAME, &parameters, group_record)
    }

    /// The group with this unique id.
    pub fn group_by_id(&self, account: AccountId, id: UniqueId) -> Result<Option<GroupRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::GROUP_BY_ID, &parameters, group_record)
    }

    /// Up to `limit` groups with paths that start with `path_prefix`, by folded name, after the
    /// position `after` (a page's `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn groups_page(
        &self,
        account: AccountId,
        after: &str,
        path_prefix: &str,
        limit: u32,
    ) -> Result<GroupPage, StoreError> {
        let scan = Scan {
            statement: statements::GROUPS_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: leaves_out(path_prefix),
        };
        let read = |row: &dyn Row| {
            let group = group_record(row)?;
            Ok((group.name.folded(), group))
        };
        let (groups, next) = self.scan(&scan, read, |group: &GroupRecord| {
            group.path.as_str().starts_with(path_prefix)
        })?;
        Ok(GroupPage { groups, next })
    }
}

impl Tx<'_> {
    /// Stores a new group without members and policies.
    pub fn insert_group(&mut self, group: &NewGroup) -> Result<InsertGroup, StoreError> {
        let folded = group.name.folded();
        if self.group_of_folded_name(group.account, &folded)?.is_some() {
            return Ok(InsertGroup::NameTaken);
        }
        if self.is_retired(group.id.as_str())? || self.group_by_id(group.account, group.id)?.is_some() {
            return Ok(InsertGroup::IdTaken);
        }
        if self.execute(statements::COUNT_GROUP, &[number(group.account).into()])? == 0 {
            let settings = self.settings(group.account)?;
            return Ok(InsertGroup::QuotaReached(settings.groups_quota));
        }
        let parameters = [
            number(group.account).into(),
            group.id.as_str().into(),
            group.name.as_str().into(),
            folded.as_str().into(),
            group.path.as_str().into(),
            group.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_GROUP, &parameters)?;
        Ok(InsertGroup::Created)
    }

    /// Gives a group another name, another path, or both.
    pub fn update_group(
        &mut self,
        account: AccountId,
        id: UniqueId,
        name: &GroupName,
        path: &Path,
    ) -> Result<UpdateGroup, StoreError> {
        let folded = name.folded();
        let holder = self.group_of_folded_name(account, &folded)?;
        if holder.is_some_and(|holder| holder != id.as_str()) {
            return Ok(UpdateGroup::NameTaken);
        }
        let parameters = [
            name.as_str().into(),
            folded.as_str().into(),
            path.as_str().into(),
            number(account).into(),
            id.as_str().into(),
        ];
        if self.execute(statements::UPDATE_GROUP, &parameters)? == 0 {
            return Ok(UpdateGroup::NoGroup);
        }
        self.change(Subject::Group(id))?;
        Ok(UpdateGroup::Updated)
    }

    /// Deletes a group that has no members and no policies, so that nobody's permissions change; its unique
    /// id is never given out again.
    pub fn delete_group(&mut self, account: AccountId, id: UniqueId) -> Result<DeleteGroup, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_GROUP, &parameters)? == 0 {
            return Ok(match self.group_by_id(account, id)? {
                Some(group) if group.member_count > 0 => DeleteGroup::HasMembers,
                Some(group) if group.attached_policy_count > 0 => DeleteGroup::HasAttachedPolicies,
                Some(_) => DeleteGroup::HasInlinePolicies,
                None => DeleteGroup::NoGroup,
            });
        }
        self.execute_one(statements::UNCOUNT_GROUP, &[number(account).into()])?;
        self.retire(id.as_str())?;
        Ok(DeleteGroup::Deleted)
    }

    fn group_of_folded_name(&self, account: AccountId, folded: &str) -> Result<Option<String>, StoreError> {
        let parameters = [number(account).into(), folded.into()];
        self.query_one(statements::GROUP_ID_OF_FOLDED_NAME, &parameters, |row| {
            row.text(0).map(str::to_owned)
        })
    }
}

pub(crate) fn group_record(row: &dyn Row) -> Result<GroupRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_group", column);
    let counted = |column, name| count(row.integer(column)?, "iam_group", name);
    Ok(GroupRecord {
        account: account_id(row.integer(0)?, "iam_group")?,
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        created_at: Timestamp::from_seconds(row.integer(4)?),
        member_count: counted(5, "member_count")?,
        attached_policy_count: counted(6, "attached_policy_count")?,
        inline_policy_count: counted(7, "inline_policy_count")?,
    })
}
