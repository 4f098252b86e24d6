//! Codes of MFA devices: each is accepted once, and only so many wrong ones are looked at.
//!
//! A wrong code is counted, so it is a change that must be committed: a command that meets one answers `Ok`.

use keystead_types::{MfaDeviceArn, Timestamp, limits};

use crate::{
    MfaDeviceOwner, MfaDeviceRecord, StoreError, Tx, account::number, mfa_device::context, statements,
};

/// What a code, or the later of two, was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MfaMatch {
    /// The time step that it is of.
    pub step: i64,
    /// How many time steps the device is ahead of the server.
    pub drift_steps: i64,
}

/// Answer of [`Tx::check_mfa_code`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckMfaCode {
    /// It is right. It, and all before it, are used up.
    Accepted,
    /// It is wrong, or used up. That was counted.
    WrongCode,
    /// Too many wrong codes came lately, so it was not looked at. Nothing was written.
    Locked,
    /// The owner has no such device. Nothing was written.
    NoDevice,
}

/// Answer of [`Tx::enable_mfa_device`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnableMfaDevice {
    /// It is the owner's now.
    Enabled,
    /// The codes are wrong. That was counted.
    WrongCode,
    /// Too many wrong codes came lately, so these were not looked at. Nothing was written.
    Locked,
    /// It is somebody's already, this owner's or another's. Nothing was written.
    InUse,
    /// The owner has as many devices as it may: this number. Nothing was written.
    QuotaReached(u32),
    /// There is no such user. Nothing was written.
    NoUser,
    /// There is no such device. Nothing was written.
    NoDevice,
}

impl Tx<'_> {
    /// Checks a code, or two in a row, of an owner's device. `verify` is given the device and its seed, and says
    /// what the code is, or `None` when it is wrong.
    pub fn check_mfa_code(
        &mut self,
        serial: &MfaDeviceArn,
        owner: MfaDeviceOwner,
        now: Timestamp,
        verify: impl Fn(&MfaDeviceRecord, &[u8]) -> Option<MfaMatch>,
    ) -> Result<CheckMfaCode, StoreError> {
        let device = self.mfa_device(serial)?;
        let owned = |device: &MfaDeviceRecord| device.assignment.is_some_and(|held| held.owner == owner);
        let Some(device) = device.filter(owned) else {
            return Ok(CheckMfaCode::NoDevice);
        };
        if device.is_locked(now) {
            return Ok(CheckMfaCode::Locked);
        }
        Ok(if self.take_mfa_code(&device, now, verify)? {
            CheckMfaCode::Accepted
        } else {
            CheckMfaCode::WrongCode
        })
    }

    /// Makes a device an owner's, if the codes are right; `verify` as in [`Tx::check_mfa_code`].
    pub fn enable_mfa_device(
        &mut self,
        serial: &MfaDeviceArn,
        owner: MfaDeviceOwner,
        now: Timestamp,
        verify: impl Fn(&MfaDeviceRecord, &[u8]) -> Option<MfaMatch>,
    ) -> Result<EnableMfaDevice, StoreError> {
        let enabled = match owner {
            MfaDeviceOwner::Root => self.mfa_devices_of(serial.account, owner)?.len(),
            MfaDeviceOwner::User(user) => match self.user_by_id(serial.account, user)? {
                Some(user) => user.mfa_device_count as usize,
                None => return Ok(EnableMfaDevice::NoUser),
            },
        };
        let Some(device) = self.mfa_device(serial)? else {
            return Ok(EnableMfaDevice::NoDevice);
        };
        if device.assignment.is_some() {
            return Ok(EnableMfaDevice::InUse);
        }
        if device.is_locked(now) {
            return Ok(EnableMfaDevice::Locked);
        }
        let quota = limits::MFA_DEVICES_PER_USER;
        if enabled >= quota as usize {
            return Ok(EnableMfaDevice::QuotaReached(quota));
        }
        if !self.take_mfa_code(&device, now, verify)? {
            return Ok(EnableMfaDevice::WrongCode);
        }
        let (account, text) = (number(serial.account), serial.to_string());
        if let MfaDeviceOwner::User(user) = owner {
            let parameters = [account.into(), user.as_str().into(), i64::from(quota).into()];
            self.execute_one(statements::COUNT_MFA_DEVICE_OF_USER, &parameters)?;
        }
        // Every device that is enabled writes this row, so two of root's at once cannot both be its last.
        self.execute_one(statements::COUNT_MFA_DEVICE_IN_USE, &[1.into(), account.into()])?;
        let parameters = [
            owner.column().into(),
            now.seconds().into(),
            account.into(),
            text.as_str().into(),
        ];
        self.execute_one(statements::ASSIGN_MFA_DEVICE, &parameters)?;
        Ok(EnableMfaDevice::Enabled)
    }

    /// Uses a code up, or counts it as wrong.
    fn take_mfa_code(
        &mut self,
        device: &MfaDeviceRecord,
        now: Timestamp,
        verify: impl Fn(&MfaDeviceRecord, &[u8]) -> Option<MfaMatch>,
    ) -> Result<bool, StoreError> {
        let (account, text) = (number(device.serial.account), device.serial.to_string());
        let parameters = [account.into(), text.as_str().into()];
        let seed = self.query_one(statements::MFA_DEVICE_SEED, &parameters, |row| {
            self.keyring
                .open(row.integer(0)?, &context(&device.serial), row.blob(1)?)
        })?;
        let found = seed.and_then(|seed| verify(device, &seed));
        if let Some(MfaMatch { step, drift_steps }) = found {
            let parameters = [
                step.into(),
                drift_steps.into(),
                account.into(),
                text.as_str().into(),
            ];
            if self.execute(statements::USE_MFA_CODE, &parameters)? > 0 {
                return Ok(true);
            }
        }
        let (failures, since) = if device.remembers_failures(now) {
            (i64::from(device.failure_count) + 1, device.failures_since)
        } else {
            (1, now)
        };
        let parameters = [
            failures.into(),
            since.seconds().into(),
            account.into(),
            text.as_str().into(),
            // Of two at once, one starts over: neither goes uncounted.
            i64::from(device.failure_count).into(),
            device.failures_since.seconds().into(),
        ];
        self.execute_one(statements::COUNT_WRONG_MFA_CODE, &parameters)?;
        Ok(false)
    }
}
