//! What somebody should look after. It says what the credential report says, and is for who may read that.

use keystead_store::{AccessKeyRecord, ActiveKeys, KeyOwner, LastUseRecord};
use keystead_types::{AccessKeyId, AccountId, Path, SECONDS_PER_DAY, Timestamp, UniqueId, UserName};
use keystead_verifier::Authenticated;
use keystead_wire::{
    ApiError,
    iam::{GetCredentialReport, ListAccessKeys},
};

use super::{Last, Overview, Seeing};
use crate::{Asked, Context, iam::owner::user_target, operation::Refusal, permission::Target};

/// Age from which a key is old, in days.
const OLD_DAYS: i64 = 90;
/// Age from which a key should have been used, in days.
const UNUSED_DAYS: i64 = 1;
/// How far things are counted.
const COUNTED_MAX: u32 = 100;

/// How much there is to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attention {
    /// Active keys that are older than 90 days.
    pub old_keys: Count,
    /// Active keys that are older than a day and were never used.
    pub unused_keys: Count,
    /// Users with a password and without MFA device.
    pub users_without_mfa: Count,
    /// Access keys of root, of any status. Root should have none.
    pub root_keys: u32,
}

/// A number that was counted no further than to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Count {
    /// What was counted.
    pub number: u32,
    /// Whether there are more.
    pub more: bool,
}

/// Which keys to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeysToLookAfter {
    /// Those of [`Attention::old_keys`].
    Old,
    /// Those of [`Attention::unused_keys`].
    Unused,
}

/// A page of keys to look after, oldest first.
#[derive(Clone, Debug)]
pub struct KeysToLookAfterPage {
    /// The keys.
    pub keys: Vec<KeyToLookAfter>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// A key to look after.
#[derive(Clone, Debug)]
pub struct KeyToLookAfter {
    /// Whose it is; `None` for root.
    pub user: Option<UserName>,
    /// Its id, which the credential report does not say; for who may run ListAccessKeys on the user.
    pub id: Option<AccessKeyId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its last use.
    pub last_use: Option<LastUseRecord>,
}

/// A page of users to look after, by name.
#[derive(Clone, Debug)]
pub struct UsersToLookAfterPage {
    /// The users.
    pub users: Vec<UserToLookAfter>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// A user with a password and without MFA device.
#[derive(Clone, Debug)]
pub struct UserToLookAfter {
    /// Its name.
    pub name: UserName,
    /// Its path.
    pub path: Path,
    /// Its unique id.
    pub id: UniqueId,
    /// When its password was last used to sign in.
    pub password_last_used_at: Option<Timestamp>,
}

impl Overview<'_> {
    /// How much there is to look after.
    ///
    /// # Errors
    ///
    /// AccessDenied for who may not run GetCredentialReport, or the store's failure.
    pub async fn attention(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Attention, ApiError> {
        self.read::<GetCredentialReport, _>((), caller, context, asked, |seeing, account| {
            // One more than is counted tells whether there are more.
            let users = seeing
                .reader
                .count_users_without_mfa(account.id, COUNTED_MAX + 1)?;
            Ok(Attention {
                old_keys: seeing.count_keys(account.id, KeysToLookAfter::Old)?,
                unused_keys: seeing.count_keys(account.id, KeysToLookAfter::Unused)?,
                users_without_mfa: Count {
                    number: users.min(COUNTED_MAX),
                    more: users > COUNTED_MAX,
                },
                root_keys: account.root_key_count,
            })
        })
        .await
    }

    /// The keys to look after, after the position `after` (a page's `next`, or nothing).
    ///
    /// # Errors
    ///
    /// As for [`Overview::attention`], or a position that no page of this list gave.
    pub async fn keys_to_look_after(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        which: KeysToLookAfter,
        after: &str,
        limit: u32,
    ) -> Result<KeysToLookAfterPage, ApiError> {
        let after = after.to_owned();
        self.read::<GetCredentialReport, _>((), caller, context, asked, move |seeing, account| {
            let list = match which {
                KeysToLookAfter::Old => ["old keys"],
                KeysToLookAfter::Unused => ["unused keys"],
            };
            let page = seeing.page::<GetCredentialReport>(&list, &after, limit)?;
            let (keys, next) = seeing.keys(account.id, which, &page.after, page.entries_max)?;
            let keys = keys.into_iter().map(|key| seeing.key_to_look_after(key));
            Ok(KeysToLookAfterPage {
                keys: keys.collect::<Result<_, _>>()?,
                next: page.end(next).marker,
            })
        })
        .await
    }

    /// The users with a password and without MFA device, after the position `after` (a page's `next`, or nothing).
    ///
    /// # Errors
    ///
    /// As for [`Overview::attention`], or a position that no page of this list gave.
    pub async fn users_to_look_after(
        &self,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        after: &str,
        limit: u32,
    ) -> Result<UsersToLookAfterPage, ApiError> {
        let after = after.to_owned();
        self.read::<GetCredentialReport, _>((), caller, context, asked, move |seeing, account| {
            let page = seeing.page::<GetCredentialReport>(&["users without MFA"], &after, limit)?;
            let found = seeing
                .reader
                .users_without_mfa_page(account.id, &page.after, page.entries_max)?;
            let users = found.users.into_iter().map(|user| UserToLookAfter {
                name: user.name,
                path: user.path,
                id: user.id,
                password_last_used_at: user.password_last_used_at,
            });
            Ok(UsersToLookAfterPage {
                users: users.collect(),
                next: page.end(found.next).marker,
            })
        })
        .await
    }
}

impl Seeing<'_> {
    /// How many keys there are to look after.
    fn count_keys(&self, account: AccountId, which: KeysToLookAfter) -> Result<Count, Refusal> {
        let (wanted, made_before) = self.wanted(which);
        let mut ids = self
            .reader
            .active_key_ids(account, wanted, made_before, COUNTED_MAX + 1)?;
        let more = ids.len() > COUNTED_MAX as usize;
        ids.truncate(COUNTED_MAX as usize);
        ids.retain(|id| self.is_to_be_looked_after(which, *id));
        Ok(Count {
            // No more than COUNTED_MAX.
            number: ids.len() as u32,
            more,
        })
    }

    /// A page of keys to look after, and where the next one starts.
    fn keys(
        &self,
        account: AccountId,
        which: KeysToLookAfter,
        after: &str,
        limit: u32,
    ) -> Result<(Vec<AccessKeyRecord>, Option<String>), Refusal> {
        let (wanted, made_before) = self.wanted(which);
        let mut page = self
            .reader
            .active_keys_page(account, wanted, made_before, after, limit)?;
        page.access_keys
            .retain(|key| self.is_to_be_looked_after(which, key.id));
        Ok((page.access_keys, page.next))
    }

    /// Which keys the store is asked for, and before when they were made.
    fn wanted(&self, which: KeysToLookAfter) -> (ActiveKeys, Timestamp) {
        let (wanted, days) = match which {
            KeysToLookAfter::Old => (ActiveKeys::Any, OLD_DAYS),
            KeysToLookAfter::Unused => (ActiveKeys::NeverUsed, UNUSED_DAYS),
        };
        let made_before = self.scene.context.now.seconds() - days * SECONDS_PER_DAY;
        (wanted, Timestamp::from_seconds(made_before))
    }

    /// Whether a key that the store gave is still one of them by what has not been written down yet.
    fn is_to_be_looked_after(&self, which: KeysToLookAfter, id: AccessKeyId) -> bool {
        match which {
            KeysToLookAfter::Old => true,
            KeysToLookAfter::Unused => self.scene.verifier.usage().peek(id).is_none(),
        }
    }

    fn key_to_look_after(&self, key: AccessKeyRecord) -> Result<KeyToLookAfter, Refusal> {
        let (user, target) = match key.owner {
            KeyOwner::Root => (None, Some(Target::root(key.account))),
            KeyOwner::User(id) => {
                let user = self.reader.user_by_id(key.account, id)?;
                let target = user
                    .as_ref()
                    .map(|user| user_target(user.name.as_str(), Some(user), &self.scene.caller));
                (user, target)
            }
        };
        let sees_id = match &target {
            Some(target) => self.may::<ListAccessKeys>(target)?,
            None => false,
        };
        Ok(KeyToLookAfter {
            id: sees_id.then_some(key.id),
            created_at: key.created_at,
            last_use: match self.last_use(&key)? {
                Last::At(used) => Some(used),
                Last::Hidden | Last::Never => None,
            },
            user: user.map(|user| user.name),
        })
    }
}
