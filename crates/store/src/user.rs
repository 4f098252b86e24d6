use std::ops::ControlFlow;

use keystead_types::{AccountId, Path, Timestamp, UniqueId, UserName, limits};
use keystead_verifier::Subject;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number},
    engine::Row,
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
    /// Whether it may do everything in its account.
    pub administrator: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// Access keys that it has, of any status.
    pub key_count: u32,
    /// Access keys that it has and that may sign.
    pub active_key_count: u32,
    /// Tags that it has.
    pub tag_count: u32,
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
    /// Whether it may do everything in its account.
    pub administrator: bool,
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
    /// It is gone, with its tags.
    Deleted,
    /// It still has access keys.
    HasAccessKeys,
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
        self.query_one(statements::USER_BY_NAME, &parameters, record)
    }

    /// The user with this unique id.
    pub fn user_by_id(&self, account: AccountId, id: UniqueId) -> Result<Option<UserRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::USER_BY_ID, &parameters, record)
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
        // One row more than can be returned tells whether anything follows.
        let scanned_max = if path_prefix.is_empty() || path_prefix == "/" {
            limit
        } else {
            limits::PAGE_ROWS_SCANNED_MAX
        };
        let parameters = [
            number(account).into(),
            after.into(),
            (i64::from(scanned_max) + 1).into(),
        ];
        let (mut users, mut next, mut scanned) = (Vec::new(), None, 0);
        let mut last_scanned = None;
        self.query(statements::USERS_AFTER, &parameters, |row| {
            if scanned == scanned_max || users.len() == limit as usize {
                next = last_scanned.take();
                return Ok(ControlFlow::Break(()));
            }
            scanned += 1;
            let user = record(row)?;
            last_scanned = Some(user.name.folded());
            if user.path.as_str().starts_with(path_prefix) {
                users.push(user);
            }
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(UserPage { users, next })
    }
}

impl Tx<'_> {
    /// Stores a new user without keys and tags.
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
            user.administrator.into(),
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

    /// Makes a user an administrator, or an ordinary user; `false` when there is no such user.
    pub fn set_user_administrator(
        &mut self,
        account: AccountId,
        id: UniqueId,
        administrator: bool,
    ) -> Result<bool, StoreError> {
        let parameters = [administrator.into(), number(account).into(), id.as_str().into()];
        if self.execute(statements::SET_USER_ADMINISTRATOR, &parameters)? == 0 {
            return Ok(false);
        }
        self.change(Subject::User(id))?;
        Ok(true)
    }

    /// Deletes a user that has no access keys; its unique id is never given out again.
    pub fn delete_user(&mut self, account: AccountId, id: UniqueId) -> Result<DeleteUser, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_USER, &parameters)? == 0 {
            return Ok(match self.user_by_id(account, id)? {
                Some(_) => DeleteUser::HasAccessKeys,
                None => DeleteUser::NoUser,
            });
        }
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.execute_one(statements::UNCOUNT_USER, &[number(account).into()])?;
        self.retire(id.as_str())?;
        self.change(Subject::User(id))?;
        Ok(DeleteUser::Deleted)
    }

    fn user_of_folded_name(&self, account: AccountId, folded: &str) -> Result<Option<String>, StoreError> {
        let parameters = [number(account).into(), folded.into()];
        self.query_one(statements::USER_ID_OF_FOLDED_NAME, &parameters, |row| {
            row.text(0).map(str::to_owned)
        })
    }

    /// Whether the id was given out once and deleted.
    pub(crate) fn is_retired(&self, id: &str) -> Result<bool, StoreError> {
        let found = self.query_one(statements::RETIRED_ID, &[id.into()], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Keeps the id from ever being given out again.
    pub(crate) fn retire(&mut self, id: &str) -> Result<(), StoreError> {
        self.execute_one(statements::RETIRE_ID, &[id.into()])
    }
}

fn record(row: &dyn Row) -> Result<UserRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_user", column);
    Ok(UserRecord {
        account: account_id(row.integer(0)?, "iam_user")?,
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        administrator: row.integer(4)? != 0,
        created_at: Timestamp::from_seconds(row.integer(5)?),
        key_count: count(row.integer(6)?, "iam_user", "key_count")?,
        active_key_count: count(row.integer(7)?, "iam_user", "active_key_count")?,
        tag_count: count(row.integer(8)?, "iam_user", "tag_count")?,
    })
}
