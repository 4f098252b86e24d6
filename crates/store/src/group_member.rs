use keystead_types::{AccountId, UniqueId, limits};
use keystead_verifier::Subject;

use crate::{
    GroupRecord, Reader, StoreError, Tx, UserPage, account::number, engine::Row, group::group_record,
    page::Scan, statements, user::user_record,
};

/// Answer of [`Tx::add_user_to_group`]. Anything but `Added` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddUserToGroup {
    /// It is in the group now.
    Added,
    /// It was in the group already.
    AlreadyMember,
    /// The user is in as many groups as it may: this number.
    QuotaReached(u32),
    /// There is no such user.
    NoUser,
    /// There is no such group.
    NoGroup,
}

impl Reader<'_> {
    /// Up to `limit` users of a group, in the order in which they were added, after the position `after` (a
    /// page's `next`, or `""`). A position that no page gave starts from the beginning.
    pub fn members_page(
        &self,
        account: AccountId,
        group: UniqueId,
        after: &str,
        limit: u32,
    ) -> Result<UserPage, StoreError> {
        let after: i64 = after.parse().unwrap_or_default();
        let scan = Scan {
            statement: statements::MEMBERS_AFTER,
            parameters: &[number(account).into(), group.as_str().into(), after.into()],
            limit,
            filtered: false,
        };
        let read = |row: &dyn Row| Ok((row.integer(16)?.to_string(), user_record(row)?));
        let (users, next) = self.scan(&scan, read, |_| true)?;
        Ok(UserPage { users, next })
    }

    /// The groups that a user is in, by folded name; at most [`limits::GROUPS_PER_USER`], which the count on
    /// the user guards.
    pub fn groups_of_user(&self, account: AccountId, user: UniqueId) -> Result<Vec<GroupRecord>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_all(statements::GROUPS_OF_USER, &parameters, group_record)
    }

    fn is_member(&self, account: AccountId, group: UniqueId, user: UniqueId) -> Result<bool, StoreError> {
        let parameters = [
            number(account).into(),
            group.as_str().into(),
            user.as_str().into(),
        ];
        let found = self.query_one(statements::MEMBER, &parameters, |_| Ok(()))?;
        Ok(found.is_some())
    }
}

impl Tx<'_> {
    /// Puts a user into a group, if it may be in one more.
    pub fn add_user_to_group(
        &mut self,
        account: AccountId,
        group: UniqueId,
        user: UniqueId,
    ) -> Result<AddUserToGroup, StoreError> {
        if self.is_member(account, group, user)? {
            return Ok(AddUserToGroup::AlreadyMember);
        }
        if self.group_by_id(account, group)?.is_none() {
            return Ok(AddUserToGroup::NoGroup);
        }
        let parameters = [
            number(account).into(),
            user.as_str().into(),
            i64::from(limits::GROUPS_PER_USER).into(),
        ];
        if self.execute(statements::COUNT_MEMBERSHIP, &parameters)? == 0 {
            return Ok(match self.user_by_id(account, user)? {
                Some(_) => AddUserToGroup::QuotaReached(limits::GROUPS_PER_USER),
                None => AddUserToGroup::NoUser,
            });
        }
        self.count_member(account, group, 1)?;
        let parameters = [
            number(account).into(),
            group.as_str().into(),
            user.as_str().into(),
            // The order of joining: the change below has this revision.
            (self.revision().number() as i64 + 1).into(),
        ];
        self.execute_one(statements::INSERT_MEMBER, &parameters)?;
        self.change(Subject::User(user))?;
        Ok(AddUserToGroup::Added)
    }

    /// Takes a user out of a group; `false` when it is not in it.
    pub fn remove_user_from_group(
        &mut self,
        account: AccountId,
        group: UniqueId,
        user: UniqueId,
    ) -> Result<bool, StoreError> {
        let parameters = [
            number(account).into(),
            group.as_str().into(),
            user.as_str().into(),
        ];
        if self.execute(statements::DELETE_MEMBER, &parameters)? == 0 {
            return Ok(false);
        }
        let parameters = [number(account).into(), user.as_str().into()];
        self.execute_one(statements::UNCOUNT_MEMBERSHIP, &parameters)?;
        self.count_member(account, group, -1)?;
        self.change(Subject::User(user))?;
        Ok(true)
    }

    fn count_member(&mut self, account: AccountId, group: UniqueId, added: i64) -> Result<(), StoreError> {
        let parameters = [added.into(), number(account).into(), group.as_str().into()];
        self.execute_one(statements::COUNT_MEMBER, &parameters)
    }
}
