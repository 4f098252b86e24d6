//! Bringing a device's clock in line with the server's again.

use keystead_store::{CheckMfaCode, MfaDeviceRecord, Reader, Tx, UserRecord};
use keystead_types::Principal;
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{ResyncMFADevice, ResyncMFADeviceRequest},
};

use super::{mfa_device::serial_of, owner::find_user};
use crate::{
    operation::{Change, Implemented, Refusal, Scene},
    permission::Target,
    totp,
};

impl Implemented for ResyncMFADevice {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &ResyncMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_user(reader, &input.user_name, caller)
    }
}

impl Change for ResyncMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &ResyncMFADeviceRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let serial = serial_of(&input.serial_number, user.account)?;
        let now = scene.context.now;
        let codes = (&*input.authentication_code1, &*input.authentication_code2);
        let verify = |device: &MfaDeviceRecord, seed: &[u8]| totp::two_codes(device, seed, now, codes);
        match tx.check_mfa_code(&serial, user.id, now, verify)? {
            CheckMfaCode::Accepted => Ok(()),
            CheckMfaCode::WrongCode => Err(Refusal::Kept(ApiError::mfa_codes_not_valid())),
            CheckMfaCode::Locked => Err(ApiError::too_many_mfa_codes().into()),
            CheckMfaCode::NoDevice => Err(ApiError::no_such_mfa_device(&input.serial_number).into()),
        }
    }
}
