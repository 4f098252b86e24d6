//! The code of an MFA device.

use std::sync::Arc;

use keystead_store::{CheckMfaCode, ConsoleSessionState, MfaDeviceOwner, MfaDeviceRecord};
use keystead_types::MfaDeviceArn;
use zeroize::Zeroizing;

use super::{
    Progress, SessionToken, SignIn, SignInRefusal, attempts::Counted, half_done, password::principal, record,
    second_factor_checked,
};
use crate::{Context, totp};

/// What was found about a code, in the transaction that used it up or counted it.
enum Checked {
    Right(ConsoleSessionState),
    Wrong(keystead_types::AccountId, Arc<keystead_types::Principal>),
}

impl SignIn {
    /// Goes on with what an MFA device shows. Without a serial number the user's only device is meant.
    ///
    /// # Errors
    ///
    /// [`SignInRefusal::Incorrect`] for a code that is wrong, was used before, or came after too many wrong ones.
    pub async fn with_code(
        &self,
        token: &str,
        serial: Option<&str>,
        code: &str,
        context: &Context,
    ) -> Result<Progress, SignInRefusal> {
        let now = context.now;
        let counted = vec![Counted::Source(context.source.to_canonical())];
        if !self.attempts.begin(&counted, now) {
            return Err(SignInRefusal::TooMany);
        }
        let (token, new) = (
            Zeroizing::new(token.to_owned()),
            SessionToken::generate(&*self.random),
        );
        let (serial, code) = (serial.map(str::to_owned), code.trim().to_owned());
        let (at, random, next) = (context.clone(), Arc::clone(&self.random), new.clone());
        let checked = self.store().write(move |tx| -> Result<Checked, SignInRefusal> {
            let found = half_done(tx, &token, now)?;
            let (session, user) = found.ok_or(SignInRefusal::Begin)?;
            if session.state != ConsoleSessionState::SecondFactorRequired {
                return Err(SignInRefusal::Begin);
            }
            let devices = tx.mfa_devices_of(user.account, MfaDeviceOwner::User(user.id))?;
            let chosen = chosen(&devices, serial.as_deref());
            let checked = match chosen {
                None => CheckMfaCode::NoDevice,
                Some(serial) => tx.check_mfa_code(
                    serial,
                    MfaDeviceOwner::User(user.id),
                    now,
                    |device: &MfaDeviceRecord, seed: &[u8]| totp::one_code(device, seed, now, &code),
                )?,
            };
            if checked != CheckMfaCode::Accepted {
                return Ok(Checked::Wrong(user.account, principal(&user)));
            }
            let state = second_factor_checked(tx, (&token, &next), session, &user, &at, &*random)?;
            Ok(Checked::Right(state))
        });
        match checked.await.map_err(SignInRefusal::from)?.0 {
            Checked::Right(state) => {
                self.attempts.succeeded(&counted, now);
                Ok(Progress::of(state, new))
            }
            Checked::Wrong(account, user) => {
                record::failed(self.store(), &*self.random, Some(account), Some(&user), context);
                Err(SignInRefusal::Incorrect)
            }
        }
    }
}

/// The device of a serial number, or the only one.
fn chosen<'a>(devices: &'a [MfaDeviceRecord], serial: Option<&str>) -> Option<&'a MfaDeviceArn> {
    match (serial, devices) {
        (Some(serial), devices) => devices
            .iter()
            .map(|device| &device.serial)
            .find(|device| device.to_string() == serial),
        (None, [device]) => Some(&device.serial),
        (None, _) => None,
    }
}
