//! One-time codes of MFA devices, as far as STS asks for them.

use keystead_store::{CheckMfaCode, MfaDeviceOwner, MfaDeviceRecord, Store, StoreError, WriteError};
use keystead_types::{Identity, MfaDeviceArn, Principal, Timestamp};
use keystead_wire::ApiError;

use crate::totp;

/// A code that came with a request.
pub(crate) struct OneTimeCode {
    serial_number: String,
    /// What the device showed: six digits.
    code: String,
}

/// What was found about a code.
pub(crate) enum CodeChecked {
    /// It is the device's, and the device is the caller's. It is used up, whatever becomes of the request.
    Good,
    /// It is wrong, was used before, or came after too many wrong ones.
    WrongCode,
    /// The caller has no such device.
    NoDevice,
}

impl OneTimeCode {
    /// The code of a request, if it came with one: with a serial number, or with neither.
    pub(super) fn of(serial_number: Option<&str>, code: Option<&str>) -> Result<Option<Self>, ApiError> {
        match (serial_number, code) {
            (None, None) => Ok(None),
            (Some(serial_number), Some(code)) => Ok(Some(Self {
                serial_number: serial_number.to_owned(),
                code: code.to_owned(),
            })),
            _ => Err(ApiError::mfa_incomplete()),
        }
    }

    /// Checks the code, and uses it up or counts it as wrong.
    pub(crate) async fn check(
        self,
        store: &Store,
        caller: &Principal,
        now: Timestamp,
    ) -> Result<CodeChecked, StoreError> {
        let serial = self.serial_number.parse().ok();
        let serial = serial.filter(|serial: &MfaDeviceArn| serial.account == caller.account);
        let owner = match &caller.identity {
            Identity::Root => Some(MfaDeviceOwner::Root),
            _ => caller.user().map(|user| MfaDeviceOwner::User(user.id)),
        };
        let (Some(serial), Some(owner)) = (serial, owner) else {
            return Ok(CodeChecked::NoDevice);
        };
        let code = self.code;
        let checked = store.write(move |tx| {
            let verify = |device: &MfaDeviceRecord, seed: &[u8]| totp::one_code(device, seed, now, &code);
            tx.check_mfa_code(&serial, owner, now, verify)
        });
        match checked.await {
            Ok((CheckMfaCode::Accepted, _)) => Ok(CodeChecked::Good),
            Ok((CheckMfaCode::WrongCode | CheckMfaCode::Locked, _)) => Ok(CodeChecked::WrongCode),
            Ok((CheckMfaCode::NoDevice, _)) => Ok(CodeChecked::NoDevice),
            Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(error),
        }
    }
}
