//! One-time codes of MFA devices, as far as STS asks for them.

use std::{future::Future, pin::Pin, sync::Arc};

use keystead_store::StoreError;
use keystead_types::{Principal, Timestamp};
use keystead_wire::ApiError;

/// A code that came with a request.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode {
    /// The device's serial number, or its ARN.
    pub serial_number: String,
    /// What it showed: six digits.
    pub code: String,
}

/// What was found about a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeChecked {
    /// It is the device's, and the device is the caller's. It is used up.
    Good,
    /// It is not, or was used before, or too many were wrong.
    Bad,
}

/// Where one-time codes are checked. A code is good once, whatever becomes of the request.
pub trait OneTimeCodes: Send + Sync {
    /// Checks a code of the caller, who has a long-term key or a session token of its own.
    fn check(
        &self,
        caller: Arc<Principal>,
        code: OneTimeCode,
        now: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<CodeChecked, StoreError>> + Send + '_>>;
}

/// Nobody has a device.
pub(crate) struct NoDevices;

impl OneTimeCodes for NoDevices {
    fn check(
        &self,
        _: Arc<Principal>,
        _: OneTimeCode,
        _: Timestamp,
    ) -> Pin<Box<dyn Future<Output = Result<CodeChecked, StoreError>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(CodeChecked::Bad)))
    }
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
}
