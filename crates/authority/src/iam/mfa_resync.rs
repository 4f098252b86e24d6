//! Bringing a device's clock in line with the server's again.

use keystead_store::{CheckMfaCode, MfaDeviceRecord, Reader, Tx};
use keystead_types::Principal;
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{ResyncMFADevice, ResyncMFADeviceRequest},
};

use super::{mfa_device::serial_of, owner::Owner};
use crate::{
    operation::{Change, Implemented, Refusal, Scene},
    permission::Target,
    totp,
};

impl Implemented for ResyncMFADevice {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &ResyncMFADeviceRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find_for_mfa(reader, Some(&input.user_name), caller)
    }
}

impl Change for ResyncMFADevice {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &ResyncMFADeviceRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let owner = owner.mfa_device_owner()?;
        let serial = serial_of(&input.serial_number, scene.caller.account)?;
        let now = scene.context.now;
        let codes = (&*input.authentication_code1, &*input.authentication_code2);
        let verify = |device: &MfaDeviceRecord, seed: &[u8]| totp::two_codes(device, seed, now, codes);
        match tx.check_mfa_code(&serial, owner, now, verify)? {
            CheckMfaCode::Accepted => Ok(()),
            CheckMfaCode::WrongCode => Err(Refusal::Kept(ApiError::mfa_codes_not_valid())),
            CheckMfaCode::Locked => Err(ApiError::too_many_mfa_codes().into()),
            CheckMfaCode::NoDevice => Err(ApiError::no_such_mfa_device(&input.serial_number).into()),
        }
    }
}
