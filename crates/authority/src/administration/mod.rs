//! What an operator does on the server's own machine, beside the API: settings, root's keys, recovery.

mod accounts;
mod sessions;

use std::{borrow::Cow, fmt, sync::Arc};

use keystead_store::{
    AccessKeyRecord, AccessKeysCounted, AccountRecord, AccountSettings, InsertAccessKey, InsertUser,
    KeyOwner, NewUser, Reader, Store, StoreError, Tx, UserRecord, WriteError,
    aws_managed::ADMINISTRATOR_ACCESS,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, InvalidAccountId, Path, Random, Timestamp, UniqueId,
    UniqueIdKind, UserName, limits,
};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

pub use self::{accounts::CreatedAccount, sessions::Sessions};
use crate::{
    ID_DRAWS_MAX, bootstrap::ADMINISTRATOR, bootstrap::Credential, operator_event::event, sign_in::link,
};

/// Runs an operator's commands over a store. Each change leaves an audit event.
pub struct Administration {
    store: Store,
    random: Arc<dyn Random>,
    /// The account that commands are about; `None` while there is only one.
    account: Option<AccountId>,
}

/// Why a command did nothing, in words for the operator.
#[derive(Debug)]
pub struct AdministrationError(Cow<'static, str>);

/// What a recovery gave.
pub struct Recovered {
    /// The administrator's name.
    pub administrator: UserName,
    /// Its new key.
    pub key: Credential,
    /// The keys that had to make room for it.
    pub deleted: Vec<AccessKeyId>,
    /// The token of a link by which it sets a password for the console.
    pub link: Zeroizing<String>,
}

impl Administration {
    /// An operator's view of the store. Without an account the commands are about the only one.
    pub fn new(store: Store, random: Arc<dyn Random>, account: Option<AccountId>) -> Self {
        Self {
            store,
            random,
            account,
        }
    }

    /// The account.
    pub async fn account(&self) -> Result<AccountRecord, AdministrationError> {
        let wanted = self.account;
        self.store
            .read(move |reader| chosen_account(reader, wanted))
            .await
    }

    /// Sets `NAME=VALUE` settings of the account; all or none.
    pub async fn set_account(
        &self,
        settings: Vec<String>,
        now: Timestamp,
    ) -> Result<AccountRecord, AdministrationError> {
        let (random, wanted) = (Arc::clone(&self.random), self.account);
        self.change(move |tx| {
            let mut account = chosen_account(tx, wanted)?;
            for setting in &settings {
                apply(&mut account.settings, setting)?;
            }
            tx.set_account_settings(account.id, &account.settings)?;
            let asked = json!({ "settings": settings });
            tx.audit(&event(
                "SetAccountSettings",
                account.id,
                asked,
                Json::Null,
                &*random,
                now,
            ))?;
            Ok(account)
        })
        .await
    }

    /// Makes a key of the root user.
    pub async fn create_root_key(&self, now: Timestamp) -> Result<Credential, AdministrationError> {
        let (random, wanted) = (Arc::clone(&self.random), self.account);
        self.change(move |tx| {
            let account = chosen_account(tx, wanted)?;
            let key = insert_key(tx, account.id, KeyOwner::Root, &*random, now)?;
            let done = json!({ "accessKeyId": key.id.as_str() });
            tx.audit(&event(
                "CreateRootKey",
                account.id,
                Json::Null,
                done,
                &*random,
                now,
            ))?;
            Ok(key)
        })
        .await
    }

    /// Root's keys, oldest first.
    pub async fn root_keys(&self) -> Result<Vec<AccessKeyRecord>, AdministrationError> {
        let wanted = self.account;
        self.store
            .read(move |reader| {
                let account = chosen_account(reader, wanted)?;
                Ok(reader
                    .access_keys_page(account.id, KeyOwner::Root, "", limits::PAGE_ENTRIES_MAX)?
                    .access_keys)
            })
            .await
    }

    /// Deletes a key of the root user.
    pub async fn delete_root_key(&self, id: String, now: Timestamp) -> Result<(), AdministrationError> {
        let (random, wanted) = (Arc::clone(&self.random), self.account);
        self.change(move |tx| {
            let account = chosen_account(tx, wanted)?;
            let deleted = match id.parse() {
                Ok(id) => tx.delete_access_key(account.id, KeyOwner::Root, id)?,
                Err(_) => false,
            };
            if !deleted {
                return Err(AdministrationError(format!("root has no access key {id}").into()));
            }
            let asked = json!({ "accessKeyId": id });
            tx.audit(&event(
                "DeleteRootKey",
                account.id,
                asked,
                Json::Null,
                &*random,
                now,
            ))?;
            Ok(())
        })
        .await
    }

    /// Gives an administrator a new key, and makes an administrator if there is none. When there is
    /// no room for the key, the administrator's inactive key goes, or else its oldest.
    pub async fn recover_administrator(&self, now: Timestamp) -> Result<Recovered, AdministrationError> {
        let (random, wanted) = (Arc::clone(&self.random), self.account);
        self.change(move |tx| {
            let account = chosen_account(tx, wanted)?;
            let (id, administrator) = match find_administrator(tx, account.id)? {
                Some(user) => (user.id, user.name),
                None => make_administrator(tx, account.id, &*random, now)?,
            };
            let owner = KeyOwner::User(id);
            let deleted = make_room(tx, &account, owner)?;
            let key = insert_key(tx, account.id, owner, &*random, now)?;
            let link = link::make(tx, account.id, id, &*random, now)?;
            let asked = json!({ "userName": administrator.as_str() });
            let ids: Vec<&str> = deleted.iter().map(AccessKeyId::as_str).collect();
            let done = json!({ "accessKeyId": key.id.as_str(), "deletedAccessKeyIds": ids });
            tx.audit(&event(
                "RecoverAdministrator",
                account.id,
                asked,
                done,
                &*random,
                now,
            ))?;
            Ok(Recovered {
                administrator,
                key,
                deleted,
                link,
            })
        })
        .await
    }

    /// Leaves the audit event of what was done to the store as a whole, such as a backup, under the first
    /// account.
    pub async fn record(
        &self,
        operation: &'static str,
        asked: Json,
        done: Json,
        now: Timestamp,
    ) -> Result<(), AdministrationError> {
        let random = Arc::clone(&self.random);
        self.change(move |tx| {
            let first = tx.accounts_page(None, 1)?.pop();
            let account = first.ok_or(AdministrationError(Cow::Borrowed("there is no account yet")))?;
            tx.audit(&event(
                operation,
                account.id,
                asked.clone(),
                done.clone(),
                &*random,
                now,
            ))?;
            Ok(())
        })
        .await
    }

    async fn change<T: Send + 'static>(
        &self,
        work: impl Fn(&mut Tx<'_>) -> Result<T, AdministrationError> + Send + 'static,
    ) -> Result<T, AdministrationError> {
        match self.store.write(work).await {
            Ok((done, _)) => Ok(done),
            Err(WriteError::Refused(error)) => Err(error),
            Err(WriteError::Unavailable(error)) => Err(error.into()),
        }
    }
}

fn chosen_account(
    reader: &Reader<'_>,
    wanted: Option<AccountId>,
) -> Result<AccountRecord, AdministrationError> {
    if let Some(id) = wanted {
        let found = reader.account(id)?;
        return found.ok_or_else(|| AdministrationError(format!("there is no account {id}").into()));
    }
    let mut accounts = reader.accounts_page(None, 2)?;
    let several = accounts.len() > 1;
    let account = accounts.pop().filter(|_| !several);
    account.ok_or(AdministrationError(Cow::Borrowed(if several {
        "there are several accounts: say with --account which one"
    } else {
        "there is no account yet: start the server once"
    })))
}

fn apply(settings: &mut AccountSettings, setting: &str) -> Result<(), AdministrationError> {
    let unknown = || {
        AdministrationError(
            format!(
                "`{setting}` is no setting; there are access-keys-counted=all|active, access-keys-per-user=1..{}, \
                 attached-policies-per-role=1..{}, attached-policies-per-user=1..{}, groups=1..{GROUPS_MAX}, \
                 instance-profiles=1..{ROLES_MAX}, policies=1..{POLICIES_MAX}, roles=1..{ROLES_MAX}, \
                 users=1..{USERS_MAX}",
                limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS,
                limits::ATTACHED_POLICIES_PER_ROLE_MAX,
                limits::ATTACHED_POLICIES_PER_USER_MAX,
            )
            .into(),
        )
    };
    let number = |text: &str, max: u32| {
        text.parse()
            .ok()
            .filter(|number| (1..=max).contains(number))
            .ok_or_else(unknown)
    };
    match setting.split_once('=') {
        Some(("access-keys-counted", counted)) => {
            settings.access_keys_counted = counted.parse().map_err(|_| unknown())?;
        }
        Some(("access-keys-per-user", keys)) => {
            settings.access_keys_quota = number(keys, limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS)?;
        }
        Some(("attached-policies-per-user", policies)) => {
            settings.attached_policies_quota = number(policies, limits::ATTACHED_POLICIES_PER_USER_MAX)?;
        }
        Some(("attached-policies-per-role", policies)) => {
            settings.role_attached_policies_quota = number(policies, limits::ATTACHED_POLICIES_PER_ROLE_MAX)?;
        }
        Some(("instance-profiles", profiles)) => {
            settings.instance_profiles_quota = number(profiles, ROLES_MAX)?;
        }
        Some(("roles", roles)) => settings.roles_quota = number(roles, ROLES_MAX)?,
        Some(("groups", groups)) => settings.groups_quota = number(groups, GROUPS_MAX)?,
        Some(("policies", policies)) => settings.policies_quota = number(policies, POLICIES_MAX)?,
        Some(("users", users)) => settings.users_quota = number(users, USERS_MAX)?,
        _ => return Err(unknown()),
    }
    Ok(())
}

/// The largest quota of users that can be set.
const USERS_MAX: u32 = 100_000_000;

/// The largest quota of groups that can be set.
const GROUPS_MAX: u32 = 1_000_000;

/// The largest quota of roles, and of instance profiles, that can be set.
const ROLES_MAX: u32 = 1_000_000;

/// The largest quota of customer managed policies that can be set: each has a version at least.
const POLICIES_MAX: u32 = limits::POLICY_VERSIONS_PER_ACCOUNT;

fn find_administrator(reader: &Reader<'_>, account: AccountId) -> Result<Option<UserRecord>, StoreError> {
    let mut after = String::new();
    loop {
        let page = reader.users_page(account, &after, "/", limits::PAGE_ENTRIES_MAX)?;
        for user in page.users {
            if reader.is_attached(account, user.id, ADMINISTRATOR_ACCESS)? {
                return Ok(Some(user));
            }
        }
        match page.next {
            Some(next) => after = next,
            None => return Ok(None),
        }
    }
}

fn make_administrator(
    tx: &mut Tx<'_>,
    account: AccountId,
    random: &dyn Random,
    now: Timestamp,
) -> Result<(UniqueId, UserName), AdministrationError> {
    let names = (1..).map(|n| {
        if n == 1 {
            ADMINISTRATOR.to_owned()
        } else {
            format!("{ADMINISTRATOR}-{n}")
        }
    });
    for name in names.take(100) {
        let name: UserName = name
            .parse()
            .map_err(|_| AdministrationError(Cow::Borrowed("no name")))?;
        let id = UniqueId::generate(UniqueIdKind::User, account, random);
        let user = NewUser {
            account,
            id,
            name: name.clone(),
            path: Path::default(),
            created_at: now,
        };
        match tx.insert_user(&user)? {
            InsertUser::Created => {
                tx.attach_policy(account, id, ADMINISTRATOR_ACCESS)?;
                return Ok((id, name));
            }
            InsertUser::NameTaken | InsertUser::IdTaken => {}
            InsertUser::QuotaReached => {
                return Err(AdministrationError(Cow::Borrowed(
                    "the account has as many users as it may; raise the quota with `account set users=N`",
                )));
            }
        }
    }
    Err(AdministrationError(Cow::Borrowed(
        "no name is left for an administrator",
    )))
}

/// Deletes what stands in the way of one more key: inactive keys first, then the oldest. Only keys
/// that count towards the quota stand in the way.
fn make_room(
    tx: &mut Tx<'_>,
    account: &AccountRecord,
    owner: KeyOwner,
) -> Result<Vec<AccessKeyId>, AdministrationError> {
    let keys = tx.access_keys_page(account.id, owner, "", limits::PAGE_ENTRIES_MAX)?;
    let mut counted = keys.access_keys;
    if account.settings.access_keys_counted == AccessKeysCounted::Active {
        counted.retain(|key| key.status == AccessKeyStatus::Active);
    }
    // Stable, so that of two with the same status the older one goes.
    counted.sort_by_key(|key| key.status == AccessKeyStatus::Active);
    let surplus = (counted.len() + 1).saturating_sub(account.settings.access_keys_quota as usize);
    let deleted: Vec<AccessKeyId> = counted.iter().take(surplus).map(|key| key.id).collect();
    for id in &deleted {
        tx.delete_access_key(account.id, owner, *id)?;
    }
    Ok(deleted)
}

fn insert_key(
    tx: &mut Tx<'_>,
    account: AccountId,
    owner: KeyOwner,
    random: &dyn Random,
    now: Timestamp,
) -> Result<Credential, AdministrationError> {
    for _ in 0..ID_DRAWS_MAX {
        let credential = Credential::generate(account, random);
        match credential.insert(tx, account, owner, now)? {
            InsertAccessKey::Created => return Ok(credential),
            InsertAccessKey::IdTaken => {}
            InsertAccessKey::QuotaReached(quota) => {
                return Err(AdministrationError(
                    format!("there are {quota} access keys already; delete one first").into(),
                ));
            }
            InsertAccessKey::NoOwner => return Err(AdministrationError(Cow::Borrowed("the owner is gone"))),
        }
    }
    Err(AdministrationError(Cow::Borrowed(
        "no unused access key id was drawn",
    )))
}

impl From<InvalidAccountId> for AdministrationError {
    fn from(error: InvalidAccountId) -> Self {
        Self(error.to_string().into())
    }
}

impl From<StoreError> for AdministrationError {
    fn from(error: StoreError) -> Self {
        Self(error.to_string().into())
    }
}

impl fmt::Display for AdministrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AdministrationError {}
