use keystead_types::{AccountId, Timestamp, limits};
use keystead_verifier::Subject;

use crate::{Reader, StoreError, Tx, engine::Row, statements};

/// An account as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// Its alias, unique among all accounts.
    pub alias: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Its settings.
    pub settings: AccountSettings,
    /// Users that it has.
    pub user_count: u32,
    /// Access keys that its root user has, of any status.
    pub root_key_count: u32,
    /// Groups that it has.
    pub group_count: u32,
    /// Customer managed policies that it has.
    pub policy_count: u32,
    /// Versions that its customer managed policies have, all together.
    pub policy_version_count: u32,
    /// Roles that it has.
    pub role_count: u32,
    /// Instance profiles that it has.
    pub instance_profile_count: u32,
    /// Virtual MFA devices that it has.
    pub mfa_device_count: u32,
    /// Of these, devices that are some user's.
    pub mfa_device_in_use_count: u32,
    /// Sessions of its root user that were issued before are refused.
    pub root_sessions_not_before: Option<Timestamp>,
    /// When a credential report was last asked for.
    pub credential_report_at: Option<Timestamp>,
}

/// What an administrator may set for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountSettings {
    /// Users that it may have.
    pub users_quota: u32,
    /// Access keys that each of its users, and root, may have.
    pub access_keys_quota: u32,
    /// Which keys count towards that.
    pub access_keys_counted: AccessKeysCounted,
    /// Groups that it may have.
    pub groups_quota: u32,
    /// Customer managed policies that it may have.
    pub policies_quota: u32,
    /// Managed policies that may be attached to each of its users.
    pub attached_policies_quota: u32,
    /// Roles that it may have.
    pub roles_quota: u32,
    /// Instance profiles that it may have.
    pub instance_profiles_quota: u32,
    /// Managed policies that may be attached to each of its roles.
    pub role_attached_policies_quota: u32,
}

/// Which access keys count towards a user's quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKeysCounted {
    /// Keys of any status, as on AWS.
    All,
    /// Active keys only; those of any status are still bounded by
    /// [`limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS`].
    Active,
}

/// Answer of [`Tx::set_account_alias`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetAlias {
    /// It is set.
    Set,
    /// Another account has it.
    Taken,
    /// There is no such account.
    NoAccount,
}

impl Default for AccountSettings {
    /// AWS's values.
    fn default() -> Self {
        Self {
            users_quota: limits::USERS_PER_ACCOUNT,
            access_keys_quota: limits::ACCESS_KEYS_PER_USER,
            access_keys_counted: AccessKeysCounted::All,
            groups_quota: limits::GROUPS_PER_ACCOUNT,
            policies_quota: limits::POLICIES_PER_ACCOUNT,
            attached_policies_quota: limits::ATTACHED_POLICIES_PER_USER,
            roles_quota: limits::ROLES_PER_ACCOUNT,
            instance_profiles_quota: limits::INSTANCE_PROFILES_PER_ACCOUNT,
            role_attached_policies_quota: limits::ATTACHED_POLICIES_PER_ROLE,
        }
    }
}

impl AccessKeysCounted {
    /// The word for it, as in the setting `access-keys-counted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Active => "active",
        }
    }
}

impl std::str::FromStr for AccessKeysCounted {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        match text {
            "all" => Ok(Self::All),
            "active" => Ok(Self::Active),
            _ => Err(StoreError::unreadable("account", "access_keys_counted")),
        }
    }
}

impl Reader<'_> {
    /// The account with this id.
    pub fn account(&self, id: AccountId) -> Result<Option<AccountRecord>, StoreError> {
        self.query_one(statements::ACCOUNT, &[number(id).into()], record)
    }

    /// The account of an alias.
    pub fn account_of_alias(&self, alias: &str) -> Result<Option<AccountId>, StoreError> {
        self.query_one(statements::ACCOUNT_OF_ALIAS, &[alias.into()], |row| {
            account_id(row.integer(0)?, "account")
        })
    }

    /// The account's settings.
    pub(crate) fn settings(&self, id: AccountId) -> Result<AccountSettings, StoreError> {
        Ok(self
            .account(id)?
            .map(|account| account.settings)
            .unwrap_or_default())
    }

    /// Up to `limit` accounts with ids above `after`, by id; all from the first for `None`.
    pub fn accounts_page(
        &self,
        after: Option<AccountId>,
        limit: u32,
    ) -> Result<Vec<AccountRecord>, StoreError> {
        let after = after.map_or(-1, number);
        let parameters = [after.into(), i64::from(limit).into()];
        self.query_all(statements::ACCOUNTS_AFTER, &parameters, record)
    }
}

impl Tx<'_> {
    /// Stores a new, empty account; `false` when the id is taken.
    pub fn insert_account(
        &mut self,
        id: AccountId,
        settings: &AccountSettings,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let parameters = [
            number(id).into(),
            now.seconds().into(),
            i64::from(settings.users_quota).into(),
            i64::from(settings.access_keys_quota).into(),
            settings.access_keys_counted.as_str().into(),
            i64::from(settings.groups_quota).into(),
            i64::from(settings.policies_quota).into(),
            i64::from(settings.attached_policies_quota).into(),
            i64::from(settings.roles_quota).into(),
            i64::from(settings.instance_profiles_quota).into(),
            i64::from(settings.role_attached_policies_quota).into(),
        ];
        if self.execute(statements::INSERT_ACCOUNT, &parameters)? == 0 {
            return Ok(false);
        }
        self.change(Subject::Account(id))?;
        Ok(true)
    }

    /// Gives the account an alias, or takes it away.
    pub fn set_account_alias(&mut self, id: AccountId, alias: Option<&str>) -> Result<SetAlias, StoreError> {
        if let Some(alias) = alias {
            let owner = self.query_one(statements::ACCOUNT_OF_ALIAS, &[alias.into()], |row| {
                row.integer(0)
            })?;
            if owner.is_some_and(|owner| owner != number(id)) {
                return Ok(SetAlias::Taken);
            }
        }
        let parameters = [alias.into(), number(id).into()];
        if self.execute(statements::SET_ACCOUNT_ALIAS, &parameters)? == 0 {
            return Ok(SetAlias::NoAccount);
        }
        self.change(Subject::Account(id))?;
        Ok(SetAlias::Set)
    }

    /// Replaces the account's settings; `false` when there is no such account. A quota below what
    /// is there already only keeps more from being made.
    pub fn set_account_settings(
        &mut self,
        id: AccountId,
        settings: &AccountSettings,
    ) -> Result<bool, StoreError> {
        let parameters = [
            i64::from(settings.users_quota).into(),
            i64::from(settings.access_keys_quota).into(),
            settings.access_keys_counted.as_str().into(),
            i64::from(settings.groups_quota).into(),
            i64::from(settings.policies_quota).into(),
            i64::from(settings.attached_policies_quota).into(),
            i64::from(settings.roles_quota).into(),
            i64::from(settings.instance_profiles_quota).into(),
            i64::from(settings.role_attached_policies_quota).into(),
            number(id).into(),
        ];
        if self.execute(statements::SET_ACCOUNT_SETTINGS, &parameters)? == 0 {
            return Ok(false);
        }
        self.change(Subject::Account(id))?;
        Ok(true)
    }
}

/// An account's id as a column; twelve digits fit.
pub(crate) fn number(id: AccountId) -> i64 {
    id.number() as i64
}

/// An account's id out of a column.
pub(crate) fn account_id(number: i64, table: &str) -> Result<AccountId, StoreError> {
    u64::try_from(number)
        .ok()
        .and_then(AccountId::new)
        .ok_or_else(|| StoreError::unreadable(table, "account"))
}

/// A count or quota out of a column.
pub(crate) fn count(number: i64, table: &str, column: &str) -> Result<u32, StoreError> {
    u32::try_from(number).map_err(|_| StoreError::unreadable(table, column))
}

/// A moment out of a column that may be empty.
pub(crate) fn optional_time(row: &dyn Row, column: usize) -> Result<Option<Timestamp>, StoreError> {
    Ok(row.optional_integer(column)?.map(Timestamp::from_seconds))
}

fn record(row: &dyn Row) -> Result<AccountRecord, StoreError> {
    let counted = |column, name| count(row.integer(column)?, "account", name);
    Ok(AccountRecord {
        id: account_id(row.integer(0)?, "account")?,
        alias: row.optional_text(1)?.map(str::to_owned),
        created_at: Timestamp::from_seconds(row.integer(2)?),
        settings: AccountSettings {
            users_quota: counted(3, "users_quota")?,
            access_keys_quota: counted(4, "access_keys_quota")?,
            access_keys_counted: row.text(5)?.parse()?,
            groups_quota: counted(6, "groups_quota")?,
            policies_quota: counted(7, "policies_quota")?,
            attached_policies_quota: counted(8, "attached_policies_quota")?,
            roles_quota: counted(9, "roles_quota")?,
            instance_profiles_quota: counted(10, "instance_profiles_quota")?,
            role_attached_policies_quota: counted(11, "role_attached_policies_quota")?,
        },
        user_count: counted(12, "user_count")?,
        root_key_count: counted(13, "root_key_count")?,
        group_count: counted(14, "group_count")?,
        policy_count: counted(15, "policy_count")?,
        policy_version_count: counted(16, "policy_version_count")?,
        role_count: counted(17, "role_count")?,
        instance_profile_count: counted(18, "instance_profile_count")?,
        mfa_device_count: counted(19, "mfa_device_count")?,
        mfa_device_in_use_count: counted(20, "mfa_device_in_use_count")?,
        root_sessions_not_before: optional_time(row, 21)?,
        credential_report_at: optional_time(row, 22)?,
    })
}
