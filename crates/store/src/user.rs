use std::ops::ControlFlow;

use keystead_types::{AccountId, Path, Timestamp, UniqueId, UserName, limits};
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number, optional_time},
    engine::Row,
    page::{Scan, leaves_out},
    policy_use::PolicyUse,
    statements,
};

/// A user as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its unique id; never given to another.
    pub id: UniqueId,
    /// Its present name.
    pub name: UserName,
    /// Its present path.
    pub path: Path,
    /// When it was made.
    pub created_at: Timestamp,
    /// Access keys that it has, of any status.
    pub key_count: u32,
    /// Access keys that it has and that may sign.
    pub active_key_count: u32,
    /// Tags that it has.
    pub tag_count: u32,
    /// Groups that it is in.
    pub group_count: u32,
    /// Managed policies attached to it.
    pub attached_policy_count: u32,
    /// Inline policies that it has.
    pub inline_policy_count: u32,
    /// The managed policy that is its permissions boundary.
    pub boundary: Option<UniqueId>,
    /// Whether it has a password for the console.
    pub has_login_profile: bool,
    /// MFA devices that are its own.
    pub mfa_device_count: u32,
    /// When its password, or one before it, was last used to sign in.
    pub password_last_used_at: Option<Timestamp>,
    /// Sessions of it that were issued before are refused.
    pub sessions_not_before: Option<Timestamp>,
}

/// A user to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The account that it will belong to.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// Its name.
    pub name: UserName,
    /// Its path.
    pub path: Path,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A page of users, by folded name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserPage {
    /// The users; none when all that were looked at have another path.
    pub users: Vec<UserRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_user`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertUser {
    /// It is stored.
    Created,
    /// Its name, without regard to case, is another user's.
    NameTaken,
    /// Its unique id is, or was, another's: draw again.
    IdTaken,
    /// The account has as many users as it may.
    QuotaReached,
}

/// Answer of [`Tx::update_user`]. Anything but `Updated` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdateUser {
    /// It is stored.
    Updated,
    /// The name, without regard to case, is another user's.
    NameTaken,
    /// There is no such user.
    NoUser,
}

/// Answer of [`Tx::delete_user`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteUser {
    /// It is gone, with its tags and its permissions boundary.
    Deleted,
    /// Managed policies are still attached to it.
    HasAttachedPolicies,
    /// It still has inline policies.
    HasInlinePolicies,
    /// It is still in a group.
    InGroups,
    /// It still has access keys.
    HasAccessKeys,
    /// It still has a login profile.
    HasLoginProfile,
    /// It still has MFA devices.
    HasMfaDevices,
    /// There is no such user.
    NoUser,
}

impl Reader<'_> {
    /// The user with exactly this name.
    pub fn user_by_name(
        &self,
        account: AccountId,
        name: &UserName,
    ) -> Result<Option<UserRecord>, StoreError> {
        let folded = name.folded();
        let parameters = [
            number(account).into(),
            folded.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::USER_BY_NAME, &parameters, user_record)
    }

    /// The user with this unique id.
    pub fn user_by_id(&self, account: AccountId, id: UniqueId) -> Result<Option<UserRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::USER_BY_ID, &parameters, user_record)
    }

    /// Up to `limit` users with paths that start with `path_prefix`, by folded name, after the
    /// position `after` (a page's `next`, or `""`).
    ///
    /// Looks at no more than [`limits::PAGE_ROWS_SCANNED_MAX`] users: a page can be short, or empty,
    /// and still have a `next`.
    pub fn users_page(
        &self,
        account: AccountId,
        after: &str,
        path_prefix: &str,
        limit: u32,
    ) -> Result<UserPage, StoreError> {
        let scan = Scan {
            statement: statements::USERS_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: leaves_out(path_prefix),
        };
        let read = |row: &dyn Row| {
            let user = user_record(row)?;
            Ok((user.name.folded(), user))
        };
        let (users, next) = self.scan(&scan, read, |user: &UserRecord| {
            user.path.as_str().starts_with(path_prefix)
        })?;
        Ok(UserPage { users, next })
    }

    /// Up to `limit` users whose names have `part` in them, without regard to case, by folded name, after the
    /// position `after` (a page's `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn users_named_like(
        &self,
        account: AccountId,
        part: &str,
        after: &str,
        limit: u32,
    ) -> Result<UserPage, StoreError> {
        let part = part.to_ascii_lowercase();
        let (mut names, mut looked_at) = (Vec::new(), 0);
        let (mut end, mut next) = (None, None);
        let parameters = [
            number(account).into(),
            after.into(),
            // One name more than is looked at tells whether anything follows.
            (i64::from(limits::PAGE_ROWS_SCANNED_MAX) + 1).into(),
        ];
        // Names are in an index of their own: passing over a user reads nothing else of it, and copies nothing.
        self.query(statements::USER_NAMES_AFTER, &parameters, |row| {
            if end.is_some() {
                next = end.take();
                return Ok(ControlFlow::Break(()));
            }
            looked_at += 1;
            let name = row.text(0)?;
            if name.contains(&part) {
                names.push(name.to_owned());
            }
            if names.len() == limit as usize || looked_at == limits::PAGE_ROWS_SCANNED_MAX {
                end = Some(name.to_owned());
            }
            Ok(ControlFlow::Continue(()))
        })?;
        let mut users = Vec::with_capacity(names.len());
        for name in names {
            if let Some(id) = self.user_of_folded_name(account, &name)? {
                let id = id.parse().map_err(|_| StoreError::unreadable("iam_user", "id"))?;
                users.extend(self.user_by_id(account, id)?);
            }
        }
        Ok(UserPage { users, next })
    }

    /// Whether the id was given out once and deleted.
    pub fn is_retired(&self, id: &str) -> Result<bool, StoreError> {
        let found = self.query_one(statements::RETIRED_ID, &[id.into()], |_| Ok(()))?;
        Ok(found.is_some())
    }

    fn user_of_folded_name(&self, account: AccountId, folded: &str) -> Result<Option<String>, StoreError> {
        let parameters = [number(account).into(), folded.into()];
        self.query_one(statements::USER_ID_OF_FOLDED_NAME, &parameters, |row| {
            row.text(0).map(str::to_owned)
        })
    }
}

impl Tx<'_> {
    /// Stores a new user that has nothing yet.
    pub fn insert_user(&mut self, user: &NewUser) -> Result<InsertUser, StoreError> {
        let folded = user.name.folded();
        if self.user_of_folded_name(user.account, &folded)?.is_some() {
            return Ok(InsertUser::NameTaken);
        }
        if self.is_retired(user.id.as_str())? || self.user_by_id(user.account, user.id)?.is_some() {
            return Ok(InsertUser::IdTaken);
        }
        if self.execute(statements::COUNT_USER, &[number(user.account).into()])? == 0 {
            return Ok(InsertUser::QuotaReached);
        }
        let parameters = [
            number(user.account).into(),
            user.id.as_str().into(),
            user.name.as_str().into(),
            folded.as_str().into(),
            user.path.as_str().into(),
            user.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_USER, &parameters)?;
        self.change(Subject::User(user.id))?;
        Ok(InsertUser::Created)
    }

    /// Gives a user another name, another path, or both.
    pub fn update_user(
        &mut self,
        account: AccountId,
        id: UniqueId,
        name: &UserName,
        path: &Path,
    ) -> Result<UpdateUser, StoreError> {
        let folded = name.folded();
        let holder = self.user_of_folded_name(account, &folded)?;
        if holder.is_some_and(|holder| holder != id.as_str()) {
            return Ok(UpdateUser::NameTaken);
        }
        let parameters = [
            name.as_str().into(),
            folded.as_str().into(),
            path.as_str().into(),
            number(account).into(),
            id.as_str().into(),
        ];
        if self.execute(statements::UPDATE_USER, &parameters)? == 0 {
            return Ok(UpdateUser::NoUser);
        }
        self.change(Subject::User(id))?;
        Ok(UpdateUser::Updated)
    }

    /// Deletes a user that has nothing left but tags and a permissions boundary; its unique id is never
    /// given out again.
    pub fn delete_user(&mut self, account: AccountId, id: UniqueId) -> Result<DeleteUser, StoreError> {
        let Some(user) = self.user_by_id(account, id)? else {
            return Ok(DeleteUser::NoUser);
        };
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_USER, &parameters)? == 0 {
            return Ok(if user.attached_policy_count > 0 {
                DeleteUser::HasAttachedPolicies
            } else if user.inline_policy_count > 0 {
                DeleteUser::HasInlinePolicies
            } else if user.group_count > 0 {
                DeleteUser::InGroups
            } else if user.key_count > 0 {
                DeleteUser::HasAccessKeys
            } else if user.has_login_profile {
                DeleteUser::HasLoginProfile
            } else {
                DeleteUser::HasMfaDevices
            });
        }
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.end_console_sessions(account, id, None)?;
        self.delete_console_links(account, id)?;
        if let Some(boundary) = user.boundary {
            self.count_use(account, boundary, PolicyUse::Boundary, -1)?;
        }
        self.execute_one(statements::UNCOUNT_USER, &[number(account).into()])?;
        self.retire(id.as_str())?;
        self.change(Subject::User(id))?;
        Ok(DeleteUser::Deleted)
    }

    /// Keeps the id from ever being given out again.
    pub(crate) fn retire(&mut self, id: &str) -> Result<(), StoreError> {
        self.execute_one(statements::RETIRE_ID, &[id.into()])
    }
}

pub(crate) fn user_record(row: &dyn Row) -> Result<UserRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_user", column);
    let counted = |column, name| count(row.integer(column)?, "iam_user", name);
    let boundary = row.optional_text(11)?.map(str::parse).transpose();
    Ok(UserRecord {
        account: account_id(row.integer(0)?, "iam_user")?,
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        created_at: Timestamp::from_seconds(row.integer(4)?),
        key_count: counted(5, "key_count")?,
        active_key_count: counted(6, "active_key_count")?,
        tag_count: counted(7, "tag_count")?,
        group_count: counted(8, "group_count")?,
        attached_policy_count: counted(9, "attached_policy_count")?,
        inline_policy_count: counted(10, "inline_policy_count")?,
        boundary: boundary.map_err(|_| unreadable("boundary_policy_id"))?,
        has_login_profile: row.integer(12)? > 0,
        mfa_device_count: counted(13, "mfa_device_count")?,
        password_last_used_at: optional_time(row, 14)?,
        sessions_not_before: optional_time(row, 15)?,
    })
}
