//! The users of an account with their credentials.

use keystead_store::{AccessKeyRecord, KeyOwner, LastUseRecord, UserPage, UserRecord};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, GroupName, Path, Timestamp, UniqueId, UserName, arn, limits,
};
use keystead_verifier::Authenticated;
use keystead_wire::{
    ApiError,
    iam::{
        GetAccessKeyLastUsed, GetLoginProfile, ListAccessKeys, ListGroupsForUser, ListMFADevices, ListUsers,
        ListUsersRequest,
    },
};

use super::{Last, Overview, Seeing};
use crate::{
    Asked, Context,
    iam::{last_use, owner::user_target},
    operation::Refusal,
};

/// A page of users, by name.
#[derive(Clone, Debug)]
pub struct UsersPage {
    /// The users.
    pub users: Vec<UserOverview>,
    /// Where to look further, if there may be more: with a search a page can be short, or empty, and still have this.
    pub next: Option<String>,
}

/// A user, and what the caller may see of its credentials: `None` is what it may not.
#[derive(Clone, Debug)]
pub struct UserOverview {
    /// Its name.
    pub name: UserName,
    /// Its path.
    pub path: Path,
    /// Its unique id.
    pub id: UniqueId,
    /// Its ARN.
    pub arn: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its password was last used to sign in.
    pub password_last_used_at: Option<Timestamp>,
    /// The groups that it is in, by name; for who may run ListGroupsForUser on it.
    pub groups: Option<Vec<GroupName>>,
    /// Its access keys, oldest first; for who may run ListAccessKeys on it.
    pub access_keys: Option<Vec<AccessKeyOverview>>,
    /// How many MFA devices it has; for who may run ListMFADevices on it.
    pub mfa_devices: Option<u32>,
    /// Whether it has a password; for who may run GetLoginProfile on it.
    pub has_password: Option<bool>,
    /// When its password or one of its keys was last used; for who may see the keys and their use.
    pub last_activity: Last<Timestamp>,
}

/// An access key, and what the caller may see of its use.
#[derive(Clone, Debug)]
pub struct AccessKeyOverview {
    /// Its id.
    pub id: AccessKeyId,
    /// Whether it may sign.
    pub status: AccessKeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last use; for who may run GetAccessKeyLastUsed on the user.
    pub last_use: Last<LastUseRecord>,
}

impl Overview<'_> {
    /// Users whose names have `search` in them, without regard to case, after the position `after` (a page's `next`,
    /// or nothing).
    ///
    /// # Errors
    ///
    /// AccessDenied for who may not run ListUsers, a position that no page of this search gave, or the store's failure.
    pub async fn users(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        search: &str,
        after: &str,
        limit: u32,
    ) -> Result<UsersPage, ApiError> {
        let input = ListUsersRequest {
            path_prefix: None,
            marker: None,
            max_items: None,
        };
        let (search, after) = (search.to_owned(), after.to_owned());
        self.read::<ListUsers, _>(input, caller, context, asked, move |seeing, ()| {
            let account = seeing.scene.caller.account;
            let list = ["users with credentials", search.as_str()];
            let page = seeing.page::<ListUsers>(&list, &after, limit)?;
            let (after, limit) = (page.after.as_str(), page.entries_max);
            let UserPage { users, next } = match search.as_str() {
                "" => seeing.reader.users_page(account, after, "", limit)?,
                part => seeing.reader.users_named_like(account, part, after, limit)?,
            };
            let users = users.into_iter().map(|user| seeing.user(user));
            Ok(UsersPage {
                users: users.collect::<Result<_, _>>()?,
                next: page.end(next).marker,
            })
        })
        .await
    }
}

impl Seeing<'_> {
    /// A user, as the caller may see it. Its record spares the statements that would find nothing.
    fn user(&self, user: UserRecord) -> Result<UserOverview, Refusal> {
        let target = user_target(user.name.as_str(), Some(&user), &self.scene.caller);
        let groups = match self.may::<ListGroupsForUser>(&target)? {
            false => None,
            true if user.group_count == 0 => Some(Vec::new()),
            true => {
                let groups = self.reader.groups_of_user(user.account, user.id)?;
                Some(groups.into_iter().map(|group| group.name).collect())
            }
        };
        let sees_use = self.may::<GetAccessKeyLastUsed>(&target)?;
        let access_keys = match self.may::<ListAccessKeys>(&target)? {
            false => None,
            true => Some(self.access_keys(&user, sees_use)?),
        };
        Ok(UserOverview {
            arn: arn::user(user.account, &user.path, &user.name),
            created_at: user.created_at,
            password_last_used_at: user.password_last_used_at,
            groups,
            last_activity: match &access_keys {
                Some(keys) if sees_use => last_activity(user.password_last_used_at, keys),
                _ => Last::Hidden,
            },
            access_keys,
            mfa_devices: self
                .may::<ListMFADevices>(&target)?
                .then_some(user.mfa_device_count),
            has_password: self
                .may::<GetLoginProfile>(&target)?
                .then_some(user.has_login_profile),
            id: user.id,
            name: user.name,
            path: user.path,
        })
    }

    fn access_keys(&self, user: &UserRecord, sees_use: bool) -> Result<Vec<AccessKeyOverview>, Refusal> {
        if user.key_count == 0 {
            return Ok(Vec::new());
        }
        let limit = limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS;
        let owner = KeyOwner::User(user.id);
        let keys = self.reader.access_keys_page(user.account, owner, "", limit)?;
        let with_use = |key: AccessKeyRecord| {
            Ok(AccessKeyOverview {
                id: key.id,
                status: key.status,
                created_at: key.created_at,
                last_use: match sees_use {
                    true => self.last_use(&key)?,
                    false => Last::Hidden,
                },
            })
        };
        keys.access_keys.into_iter().map(with_use).collect()
    }

    /// When a key was last used.
    pub(super) fn last_use(&self, key: &AccessKeyRecord) -> Result<Last<LastUseRecord>, Refusal> {
        let written = self.reader.access_key_last_use(key.account, key.id)?;
        Ok(Last::of(last_use::latest(key.id, written, self.scene)))
    }
}

impl<T> Last<T> {
    pub(super) fn of(known: Option<T>) -> Self {
        known.map_or(Self::Never, Self::At)
    }
}

fn last_activity(password: Option<Timestamp>, keys: &[AccessKeyOverview]) -> Last<Timestamp> {
    let used = keys.iter().filter_map(|key| match &key.last_use {
        Last::At(used) => Some(used.at),
        Last::Hidden | Last::Never => None,
    });
    Last::of(used.chain(password).max())
}
