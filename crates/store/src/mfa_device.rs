//! Virtual MFA devices. Their seeds leave the store for one purpose only: to check a code.

use keystead_types::{AccountId, MfaDeviceArn, Timestamp, UniqueId, limits};

use crate::{
    PutTags, Reader, StoreError, TagRecord, Tx,
    account::{count, number, optional_time},
    engine::Row,
    page::Scan,
    statements,
    tag::TagRules,
};

/// A virtual MFA device as it is stored, without its seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaDeviceRecord {
    /// Its ARN, which is its serial number.
    pub serial: MfaDeviceArn,
    /// When it was made.
    pub created_at: Timestamp,
    /// Whose it is, and since when; `None` until somebody has enabled it.
    pub assignment: Option<MfaAssignment>,
    /// The latest time step whose code was accepted: neither that one nor an earlier one is again.
    pub last_step: i64,
    /// How many time steps its clock is ahead of the server's, as seen last.
    pub drift_steps: i64,
    /// Wrong codes since `failures_since`.
    pub failure_count: u32,
    /// When the first of them came.
    pub failures_since: Timestamp,
    /// Tags that it has.
    pub tag_count: u32,
}

/// Whose an MFA device is in its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaDeviceOwner {
    /// The root user's.
    Root,
    /// An IAM user's.
    User(UniqueId),
}

/// Whose an MFA device is, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaAssignment {
    /// Whose.
    pub owner: MfaDeviceOwner,
    /// Since when.
    pub enabled_at: Timestamp,
}

/// Which MFA devices are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaDeviceFilter {
    /// All.
    Any,
    /// Those that are some user's, or root's.
    Assigned,
    /// Those that are nobody's.
    Unassigned,
}

/// A page of MFA devices, by serial number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MfaDevicePage {
    /// The devices; none when all that were looked at are filtered out.
    pub devices: Vec<MfaDeviceRecord>,
    /// Where the next page starts, if there may be more.
    pub next: Option<String>,
}

/// Answer of [`Tx::insert_mfa_device`]. Anything but `Created` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertMfaDevice {
    /// It is stored.
    Created,
    /// Another device has this serial number.
    SerialTaken,
    /// The account has as many devices as it may have users: this number.
    QuotaReached(u32),
}

/// Answer of [`Tx::delete_mfa_device`]. Anything but `Deleted` wrote nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeleteMfaDevice {
    /// It is gone, with its tags.
    Deleted,
    /// It is still some user's, or root's.
    InUse,
    /// There is no such device.
    NoDevice,
}

impl MfaDeviceRecord {
    /// Whether so many wrong codes came lately that codes are not looked at.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.failure_count >= limits::MFA_FAILURES_MAX && self.remembers_failures(now)
    }

    /// Whether the wrong codes that were counted still count. After a clock was set back they do not: a device
    /// would be locked until that time comes again.
    pub(crate) fn remembers_failures(&self, now: Timestamp) -> bool {
        self.failure_count > 0
            && (0..limits::MFA_FAILURES_SECONDS).contains(&(now.seconds() - self.failures_since.seconds()))
    }
}

impl Reader<'_> {
    /// The MFA device with this serial number.
    pub fn mfa_device(&self, serial: &MfaDeviceArn) -> Result<Option<MfaDeviceRecord>, StoreError> {
        let text = serial.to_string();
        let parameters = [number(serial.account).into(), text.as_str().into()];
        self.query_one(statements::MFA_DEVICE, &parameters, record)
    }

    /// The MFA devices of a user or of root, by serial number; at most [`limits::MFA_DEVICES_PER_USER`].
    pub fn mfa_devices_of(
        &self,
        account: AccountId,
        owner: MfaDeviceOwner,
    ) -> Result<Vec<MfaDeviceRecord>, StoreError> {
        let parameters = [number(account).into(), owner.column().into()];
        self.query_all(statements::MFA_DEVICES_OF, &parameters, record)
    }

    /// Up to `limit` MFA devices of an account, by serial number, after the position `after` (a page's `next`,
    /// or `""`). Bounded as [`Reader::users_page`] is.
    pub fn mfa_devices_page(
        &self,
        account: AccountId,
        filter: MfaDeviceFilter,
        after: &str,
        limit: u32,
    ) -> Result<MfaDevicePage, StoreError> {
        let scan = Scan {
            statement: statements::MFA_DEVICES_AFTER,
            parameters: &[number(account).into(), after.into()],
            limit,
            filtered: filter != MfaDeviceFilter::Any,
        };
        let read = |row: &dyn Row| Ok((row.text(0)?.to_owned(), record(row)?));
        let (devices, next) = self.scan(&scan, read, |device: &MfaDeviceRecord| match filter {
            MfaDeviceFilter::Any => true,
            MfaDeviceFilter::Assigned => device.assignment.is_some(),
            MfaDeviceFilter::Unassigned => device.assignment.is_none(),
        })?;
        Ok(MfaDevicePage { devices, next })
    }

    /// The tags of an MFA device, ordered by key; at most [`limits::TAGS_PER_MFA_DEVICE`].
    pub fn mfa_device_tags(&self, serial: &MfaDeviceArn) -> Result<Vec<TagRecord>, StoreError> {
        self.tags_of(serial.account, &serial.to_string())
    }
}

impl Tx<'_> {
    /// Stores a new device with its seed sealed. It is nobody's yet. There may be as many as the account may
    /// have users, as on AWS.
    pub fn insert_mfa_device(
        &mut self,
        serial: &MfaDeviceArn,
        seed: &[u8],
        now: Timestamp,
    ) -> Result<InsertMfaDevice, StoreError> {
        if self.mfa_device(serial)?.is_some() {
            return Ok(InsertMfaDevice::SerialTaken);
        }
        let account = number(serial.account);
        if self.execute(statements::COUNT_MFA_DEVICE, &[account.into()])? == 0 {
            let settings = self.settings(serial.account)?;
            return Ok(InsertMfaDevice::QuotaReached(settings.users_quota));
        }
        let (data_key, sealed) = self.keyring.seal(&context(serial), seed)?;
        let text = serial.to_string();
        let parameters = [
            account.into(),
            text.as_str().into(),
            data_key.into(),
            sealed.as_slice().into(),
            now.seconds().into(),
        ];
        self.execute_one(statements::INSERT_MFA_DEVICE, &parameters)?;
        Ok(InsertMfaDevice::Created)
    }

    /// Takes a device away from its owner, and forgets its wrong codes; `false` when it is not that owner's.
    /// Sessions that it was used for stay.
    pub fn deactivate_mfa_device(
        &mut self,
        serial: &MfaDeviceArn,
        owner: MfaDeviceOwner,
    ) -> Result<bool, StoreError> {
        let (account, text) = (number(serial.account), serial.to_string());
        let parameters = [account.into(), text.as_str().into(), owner.column().into()];
        if self.execute(statements::UNASSIGN_MFA_DEVICE, &parameters)? == 0 {
            return Ok(false);
        }
        if let MfaDeviceOwner::User(user) = owner {
            let parameters = [account.into(), user.as_str().into()];
            self.execute_one(statements::UNCOUNT_MFA_DEVICE_OF_USER, &parameters)?;
        }
        self.execute_one(
            statements::COUNT_MFA_DEVICE_IN_USE,
            &[(-1).into(), account.into()],
        )?;
        Ok(true)
    }

    /// Deletes a device that is nobody's. Its name may be given again, to a device with another seed.
    pub fn delete_mfa_device(&mut self, serial: &MfaDeviceArn) -> Result<DeleteMfaDevice, StoreError> {
        let (account, text) = (number(serial.account), serial.to_string());
        let parameters = [account.into(), text.as_str().into()];
        if self.execute(statements::DELETE_MFA_DEVICE, &parameters)? == 0 {
            return Ok(match self.mfa_device(serial)? {
                Some(_) => DeleteMfaDevice::InUse,
                None => DeleteMfaDevice::NoDevice,
            });
        }
        self.execute(statements::DELETE_TAGS, &parameters)?;
        self.execute_one(statements::UNCOUNT_MFA_DEVICE, &[account.into()])?;
        Ok(DeleteMfaDevice::Deleted)
    }

    /// Adds tags to a device, and replaces those with the same keys. The keys given must differ from each other.
    pub fn put_mfa_device_tags(
        &mut self,
        serial: &MfaDeviceArn,
        tags: &[TagRecord],
    ) -> Result<PutTags, StoreError> {
        if self.mfa_device(serial)?.is_none() {
            return Ok(PutTags::NoOwner);
        }
        let stored = self.put_tags_of(serial.account, &serial.to_string(), &TAGS, tags)?;
        Ok(if stored {
            PutTags::Stored
        } else {
            PutTags::QuotaReached
        })
    }

    /// Removes the tags with these keys; keys that the device does not have are passed over. `false` when there
    /// is no such device.
    pub fn remove_mfa_device_tags(
        &mut self,
        serial: &MfaDeviceArn,
        keys: &[String],
    ) -> Result<bool, StoreError> {
        if self.mfa_device(serial)?.is_none() {
            return Ok(false);
        }
        self.remove_tags_of(serial.account, &serial.to_string(), &TAGS, keys)?;
        Ok(true)
    }
}

impl MfaDeviceOwner {
    /// The owner as a column: a user's unique id, or nothing for root.
    pub(crate) fn column(&self) -> &str {
        match self {
            Self::Root => "",
            Self::User(id) => id.as_str(),
        }
    }
}

const TAGS: TagRules = TagRules::of_thing(statements::COUNT_MFA_DEVICE_TAGS, limits::TAGS_PER_MFA_DEVICE);

/// What a sealed seed is bound to: moved to another device, it does not open.
pub(crate) fn context(serial: &MfaDeviceArn) -> String {
    format!("mfa-device {serial}")
}

fn record(row: &dyn Row) -> Result<MfaDeviceRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("iam_mfa_device", column);
    let owner = match row.optional_text(2)? {
        None => None,
        Some("") => Some(MfaDeviceOwner::Root),
        Some(user) => {
            let user = user.parse().map_err(|_| unreadable("user_id"))?;
            Some(MfaDeviceOwner::User(user))
        }
    };
    let assignment = match (owner, optional_time(row, 3)?) {
        (Some(owner), Some(enabled_at)) => Some(MfaAssignment { owner, enabled_at }),
        (None, None) => None,
        _ => return Err(unreadable("enabled_at")),
    };
    Ok(MfaDeviceRecord {
        serial: row.text(0)?.parse().map_err(|_| unreadable("arn"))?,
        created_at: Timestamp::from_seconds(row.integer(1)?),
        assignment,
        last_step: row.integer(4)?,
        drift_steps: row.integer(5)?,
        failure_count: count(row.integer(6)?, "iam_mfa_device", "failure_count")?,
        failures_since: Timestamp::from_seconds(row.integer(7)?),
        tag_count: count(row.integer(8)?, "iam_mfa_device", "tag_count")?,
    })
}
