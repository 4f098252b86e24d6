use keystead_types::{AccountId, InstanceProfileName, Path, Timestamp, UniqueId};

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, count, number},
    engine::Row,
    page::{Scan, leaves_out},
    statements,
};

/// An instance profile as it is stored. What it decides is nothing here, so that no change of it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfileRecord {
    /// The account that it belongs to.
    pub account: AccountId,
    /// Its unique id; never given to another.
    pub id: UniqueId,
    /// Its name, which it keeps.
    pub name: InstanceProfileName,
    /// Its path, which it keeps.
    pub path: Path,
    /// When it was made.
    pub created_at: Timestamp,
    /// The role in it.
    pub role: Option<UniqueId>,
    /// Tags that it has.
    pub tag_count: u32,
}

/// An instance profile to be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInstanceProfile {
    /// The account that it will belong to.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// Its name.
    pub name: InstanceProfileName,
    /// Its path.
    pub path: Path,
    /// When it is made.
    pub created_at: Timestamp,
}

/// A page of instance profiles, by folded name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceProfilePage {
    /// The instance profiles; none when all that were looked at have another path.
    pub instance_profiles: Vec<InstanceProfileRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_instance_profile`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertInstanceProfile {
    /// It is stored.
    Created,
    /// Its name, without regard to case, is another instance profile's.
    NameTaken,
    /// Its unique id is, or was, another's: draw again.
    IdTaken,
    /// The account has as many instance profiles as it may: this number.
    QuotaReached(u32),
}

/// Answer of [`Tx::put_role_into_instance_profile`]. Anything but `Put` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutRoleIntoInstanceProfile {
    /// The role is in it now.
    Put,
    /// There is a role in it, this or another; AWS allows one.
    HasRole,
    /// There is no such instance profile.
    NoInstanceProfile,
    /// There is no such role.
    NoRole,
}

/// Answer of [`Tx::delete_instance_profile`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteInstanceProfile {
    /// It is gone, with its tags.
    Deleted,
    /// A role is still in it.
    HasRole,
    /// There is no such instance profile.
    NoInstanceProfile,
}

impl Reader<'_> {
    /// The instance profile with exactly this name.
    pub fn instance_profile_by_name(
        &self,
        account: AccountId,
        name: &InstanceProfileName,
    ) -> Result<Option<InstanceProfileRecord>, StoreError> {
        let folded = name.folded();
        let parameters = [
            number(account).into(),
            folded.as_str().into(),
            name.as_str().into(),
        ];
        self.query_one(statements::INSTANCE_PROFILE_BY_NAME, &parameters, record)
    }

    /// The instance profile with this unique id.
    pub fn instance_profile_by_id(
        &self,
        account: AccountId,
        id: UniqueId,
    ) -> Result<Option<InstanceProfileRecord>, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        self.query_one(statements::INSTANCE_PROFILE_BY_ID, &parameters, record)
    }

    /// Up to `limit` instance profiles with paths that start with `path_prefix`, by folded name, after the
    /// position `after` (a page's `next`, or `""`). Bounded as [`Reader::users_page`] is.
    pub fn instance_profiles_page(
        &self,
        account: AccountId,
        after: &str,
        path_prefix: &str,
        limit: u32,
    ) -> Result<InstanceProfilePage, StoreError> {
        let scan = Scan {
            statement: statements::INSTANCE_PROFILES_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: leaves_out(path_prefix),
        };
        self.instance_profiles(&scan, path_prefix)
    }

    /// Up to `limit` instance profiles that a role is in, by folded name, after the position `after` (a page's
    /// `next`, or `""`).
    pub fn instance_profiles_of_role_page(
        &self,
        account: AccountId,
        role: UniqueId,
        after: &str,
        limit: u32,
    ) -> Result<InstanceProfilePage, StoreError> {
        let scan = Scan {
            statement: statements::INSTANCE_PROFILES_OF_ROLE_AFTER,
            parameters: &[number(account).into(), role.as_str().into(), after.into()],
            limit,
            filtered: false,
        };
        self.instance_profiles(&scan, "")
    }

    fn instance_profiles(
        &self,
        scan: &Scan<'_>,
        path_prefix: &str,
    ) -> Result<InstanceProfilePage, StoreError> {
        let read = |row: &dyn Row| {
            let profile = record(row)?;
            Ok((profile.name.folded(), profile))
        };
        let (instance_profiles, next) = self.scan(scan, read, |profile: &InstanceProfileRecord| {
            profile.path.as_str().starts_with(path_prefix)
        })?;
        Ok(InstanceProfilePage {
            instance_profiles,
            next,
        })
    }
}

impl Tx<'_> {
    /// Stores a new instance profile without a role.
    pub fn insert_instance_profile(
        &mut self,
        profile: &NewInstanceProfile,
    ) -> Result<InsertInstanceProfile, StoreError> {
        let (account, folded) = (number(profile.account), profile.name.folded());
        let parameters = [account.into(), folded.as_str().into()];
        let holder = self.query_one(
            statements::INSTANCE_PROFILE_ID_OF_FOLDED_NAME,
            &parameters,
            |_| Ok(()),
        )?;
        if holder.is_some() {
            return Ok(InsertInstanceProfile::NameTaken);
        }
        if self.is_retired(profile.id.as_str())?
            || self
                .instance_profile_by_id(profile.account, profile.id)?
                .is_some()
        {
            return Ok(InsertInstanceProfile::IdTaken);
        }
        if self.execute(statements::COUNT_INSTANCE_PROFILE, &[account.into()])? == 0 {
            let settings = self.settings(profile.account)?;
            return Ok(InsertInstanceProfile::QuotaReached(
                settings.instance_profiles_quota,
            ));
        }
        let parameters = [
            account.into(),
            profile.id.as_str().into(),
            profile.name.as_str().into(),
            folded.as_str().into(),
            profile.path.as_str().into(),
            profile.created_at.seconds().into(),
        ];
        self.execute_one(statements::INSERT_INSTANCE_PROFILE, &parameters)?;
        Ok(InsertInstanceProfile::Created)
    }

    /// Puts a role into an instance profile that has none.
    pub fn put_role_into_instance_profile(
        &mut self,
        account: AccountId,
        profile: UniqueId,
        role: UniqueId,
    ) -> Result<PutRoleIntoInstanceProfile, StoreError> {
        let Some(found) = self.instance_profile_by_id(account, profile)? else {
            return Ok(PutRoleIntoInstanceProfile::NoInstanceProfile);
        };
        if found.role.is_some() {
            return Ok(PutRoleIntoInstanceProfile::HasRole);
        }
        let (account, role) = (number(account), role.as_str());
        let parameters = [1.into(), account.into(), role.into()];
        if self.execute(statements::COUNT_INSTANCE_PROFILE_OF_ROLE, &parameters)? == 0 {
            return Ok(PutRoleIntoInstanceProfile::NoRole);
        }
        let parameters = [role.into(), account.into(), profile.as_str().into()];
        self.execute_one(statements::PUT_ROLE_INTO_INSTANCE_PROFILE, &parameters)?;
        Ok(PutRoleIntoInstanceProfile::Put)
    }

    /// Takes a role out of an instance profile; `false` when it is not in it.
    pub fn take_role_out_of_instance_profile(
        &mut self,
        account: AccountId,
        profile: UniqueId,
        role: UniqueId,
    ) -> Result<bool, StoreError> {
        let (account, role) = (number(account), role.as_str());
        let parameters = [account.into(), profile.as_str().into(), role.into()];
        if self.execute(statements::TAKE_ROLE_OUT_OF_INSTANCE_PROFILE, &parameters)? == 0 {
            return Ok(false);
        }
        let parameters = [(-1).into(), account.into(), role.into()];
        self.execute_one(statements::COUNT_INSTANCE_PROFILE_OF_ROLE, &parameters)?;
        Ok(true)
    }

    /// Deletes an instance profile without a role; its unique id is never given out again.
    pub fn delete_instance_profile(
        &mut self,
        account: AccountId,
        id: UniqueId,
    ) -> Result<DeleteInstanceProfile, StoreError> {
        let parameters = [number(account).into(), id.as_str().into()];
        if self.execute(statements::DELETE_INSTANCE_PROFILE, &parameters)? == 0 {
            return Ok(match self.instance_profile_by_id(account, id)? {
                Some(_) => DeleteInstanceProfile::HasRole,
                None => DeleteInstanceProfile::NoInstanceProfile,
            });
        }
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.execute_one(statements::UNCOUNT_INSTANCE_PROFILE, &[number(account).into()])?;
        self.retire(id.as_str())?;
        Ok(DeleteInstanceProfile::Deleted)
    }
}

fn record(row: &dyn Row) -> Result<InstanceProfileRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_instance_profile", column);
    let role = row.optional_text(5)?.map(str::parse).transpose();
    Ok(InstanceProfileRecord {
        account: account_id(row.integer(0)?, "iam_instance_profile")?,
        id: row.text(1)?.parse().map_err(|_| unreadable("id"))?,
        name: row.text(2)?.parse().map_err(|_| unreadable("name"))?,
        path: row.text(3)?.parse().map_err(|_| unreadable("path"))?,
        created_at: Timestamp::from_seconds(row.integer(4)?),
        role: role.map_err(|_| unreadable("role_id"))?,
        tag_count: count(row.integer(6)?, "iam_instance_profile", "tag_count")?,
    })
}
