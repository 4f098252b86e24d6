//! Making a passkey an MFA device of a user.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use keystead_store::{InsertPasskey, PasskeyRecord, Reader, Tx, WriteError};
use keystead_types::{MfaDeviceName, PasskeyArn, Principal, Timestamp, UniqueId, limits};
use keystead_verifier::{Allowed, Authenticated};
use keystead_wire::{ApiError, EnablePasskey, EnablePasskeyRequest, Operate};
use uuid::Uuid;
use webauthn_rs::prelude::{Passkey, RegisterPublicKeyCredential};

use super::{AskedOfBrowser, PasskeySite, Question, browsers_answer, credential, to_text};
use crate::{
    Asked, Authority, Context, Performed,
    iam::{name::parse_name, owner::Owner},
    operation::{Implemented, Refusal, Scene},
    permission::{Target, allow},
    sts::may_call,
};

/// How long the id of a passkey is. Source: Web Authentication, level 3.
const CREDENTIAL_ID_BYTES: std::ops::RangeInclusive<usize> = 1..=1023;

/// Registers passkeys.
pub struct Passkeys<'a> {
    authority: &'a Authority,
    site: Option<&'a PasskeySite>,
}

/// What was to be registered, as it was asked.
struct Asking {
    /// As it is stored.
    text: String,
    user: String,
    user_name: String,
    serial: PasskeyArn,
    origin: String,
    passkey: Passkey,
}

impl Authority {
    /// Registers passkeys at a site; where there are none, that is what is answered.
    pub fn passkeys<'a>(&'a self, site: Option<&'a PasskeySite>) -> Passkeys<'a> {
        Passkeys {
            authority: self,
            site,
        }
    }
}

impl Passkeys<'_> {
    /// Begins: gives the options, as JSON, that a browser makes a passkey for a user with. The caller's session
    /// remembers what it was asked.
    ///
    /// # Errors
    ///
    /// As for `EnableMFADevice`; `ValidationError` for a name that is none; `InvalidInput` without a site.
    pub async fn begin(
        &self,
        user: &str,
        name: &str,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<String, ApiError> {
        may_call(EnablePasskey::OPERATION, caller)?;
        let site = self.site.cloned().ok_or_else(ApiError::no_passkeys_here)?;
        let name: MfaDeviceName = parse_name(name, "deviceName")?;
        let input = asked.is(EnablePasskeyRequest {
            user_name: user.to_owned(),
            serial_number: String::new(),
        });
        let permissions = self.authority.verifier.permissions(caller).await?;
        let scene = self
            .authority
            .scene(caller, Arc::clone(permissions.principal()), context);
        let (now, session, caller) = (context.now, caller.access_key_id(), caller.clone());
        let read = self.authority.store().read(move |reader| -> Result<_, Refusal> {
            let (target, owner) = EnablePasskey::find(reader, &input, &scene.caller)?;
            let circumstances = scene.context.circumstances();
            let proof = allow::<EnablePasskey>(reader, &caller, &permissions, &circumstances, &target)?;
            let (options, question) = make(reader, &owner, &name, &site, &scene)?;
            Ok((
                options,
                site.asks(question, now).to_text()?,
                proof.into_decisions(),
            ))
        });
        let (options, question, decisions) = read.await.map_err(|refusal| asked.refused(refusal))?;
        asked.decided(decisions);
        let remembered = self.authority.store().write(move |tx| -> Result<(), Refusal> {
            match tx.set_passkey_asked(session, Some(&question))? {
                true => Ok(()),
                false => Err(ApiError::passkey_not_valid().into()),
            }
        });
        match remembered.await {
            Ok(_) => Ok(options),
            Err(WriteError::Refused(refusal)) => Err(refusal.into()),
            Err(WriteError::Unavailable(error)) => Err(Refusal::Store(error).into()),
        }
    }

    /// Registers the passkey that a browser made for a user, by its answer to what [`Passkeys::begin`] gave, in JSON.
    ///
    /// # Errors
    ///
    /// As for `EnableMFADevice`; `InvalidAuthenticationCode` for what is no answer, or comes too late.
    pub async fn register(
        &self,
        user: &str,
        answer: &str,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<()>, ApiError> {
        may_call(EnablePasskey::OPERATION, caller)?;
        let site = self.site.cloned().ok_or_else(ApiError::no_passkeys_here)?;
        let answer = browsers_answer(answer).ok_or_else(ApiError::passkey_not_valid)?;
        let (now, session) = (context.now, caller.access_key_id());
        let read = self.authority.store().read(move |reader| -> Result<_, Refusal> {
            let text = reader.passkey_asked(session)?;
            Ok(text.and_then(|text| Asking::answered(text, &answer, &site, now)))
        });
        let asking = read.await?.filter(|asking| asking.user_name == user);
        let asking = asking.ok_or_else(ApiError::passkey_not_valid)?;
        let input = asked.is(EnablePasskeyRequest {
            user_name: asking.user_name.clone(),
            serial_number: asking.serial.to_string(),
        });
        self.authority
            .change_by::<EnablePasskey>(
                input,
                caller,
                context,
                asked,
                move |tx, proof, owner, _, scene| store(tx, proof, &owner, &asking, scene),
            )
            .await
    }
}

impl Implemented for EnablePasskey {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &EnablePasskeyRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        let (target, owner) = Owner::find(reader, Some(&input.user_name), caller)?;
        // AWS's words for the two steps.
        let step = match input.serial_number.is_empty() {
            true => "Create",
            false => "Activate",
        };
        Ok((target.with_register_security_key(step), owner))
    }
}

impl Asking {
    /// What was asked, if this is a right answer to it.
    fn answered(
        text: String,
        answer: &RegisterPublicKeyCredential,
        site: &PasskeySite,
        now: Timestamp,
    ) -> Option<Self> {
        let question = AskedOfBrowser::of_text(&text, site, now)?;
        let Question::Make {
            user,
            user_name,
            serial,
            state,
        } = question
        else {
            return None;
        };
        let passkey = site.webauthn().finish_passkey_registration(answer, &state).ok()?;
        // Browsers look at no passkey of the user's if the id of one is none.
        if !CREDENTIAL_ID_BYTES.contains(&passkey.cred_id().len()) {
            return None;
        }
        Some(Self {
            text,
            user,
            user_name,
            serial: serial.parse().ok()?,
            origin: site.origin.clone(),
            passkey,
        })
    }
}

/// What a browser is asked to make, and what is remembered of that.
fn make(
    reader: &Reader<'_>,
    owner: &Owner,
    name: &MfaDeviceName,
    site: &PasskeySite,
    scene: &Scene,
) -> Result<(String, Question), Refusal> {
    let user = owner.user()?;
    if user.mfa_device_count >= limits::MFA_DEVICES_PER_USER {
        return Err(
            ApiError::quota_exceeded("MFADevicesPerUser", limits::MFA_DEVICES_PER_USER.into()).into(),
        );
    }
    let too_long = || ApiError::mfa_serial_too_long(limits::MFA_SERIAL_CHARACTERS_MAX);
    let serial = PasskeyArn::generate(user.account, user.name.clone(), name, &*scene.random);
    let serial = serial.map_err(|_| too_long())?.to_string();
    if serial.len() > limits::MFA_SERIAL_CHARACTERS_MAX {
        return Err(too_long().into());
    }
    let present = reader.passkeys_of(user.account, user.id)?;
    let present = present.iter().map(credential).collect::<Result<Vec<_>, _>>()?;
    let present = present.iter().map(|passkey| passkey.cred_id().clone()).collect();
    let user_name = user.name.as_str();
    let (options, state) = site
        .webauthn()
        .start_passkey_registration(handle(user.id), user_name, user_name, Some(present))
        .map_err(|error| ApiError::service_failure(error.to_string()))?;
    let question = Question::Make {
        user: user.id.to_string(),
        user_name: user_name.to_string(),
        serial,
        state,
    };
    Ok((to_text(&options.public_key)?, question))
}

/// What passkeys know a user by. It is always the same, so that an authenticator knows that it is the same user's.
fn handle(user: UniqueId) -> Uuid {
    let mut bytes = [0; 16];
    let id = user.as_str().as_bytes();
    bytes.copy_from_slice(&id[id.len() - 16..]);
    Uuid::from_bytes(bytes)
}

fn store(
    tx: &mut Tx<'_>,
    _: &Allowed<EnablePasskey>,
    owner: &Owner,
    asking: &Asking,
    scene: &Scene,
) -> Result<(), Refusal> {
    let user = owner.user()?;
    let session = scene.console_session.ok_or_else(ApiError::passkey_not_valid)?;
    // Of two answers to one question, one counts; and the user's name may be another user's by now.
    if tx.passkey_asked(session)?.as_ref() != Some(&asking.text) || user.id.as_str() != asking.user {
        return Err(ApiError::passkey_not_valid().into());
    }
    tx.set_passkey_asked(session, None)?;
    let record = PasskeyRecord {
        serial: asking.serial.clone(),
        user: user.id,
        enabled_at: scene.context.now,
        origin: asking.origin.clone(),
        credential: to_text(&asking.passkey)?,
    };
    match tx.insert_passkey(&record, &BASE64URL_NOPAD.encode(asking.passkey.cred_id()))? {
        InsertPasskey::Created => Ok(()),
        InsertPasskey::AlreadyRegistered => Err(ApiError::passkey_in_use().into()),
        InsertPasskey::QuotaReached(quota) => {
            Err(ApiError::quota_exceeded("MFADevicesPerUser", quota.into()).into())
        }
        InsertPasskey::NoUser => Err(ApiError::no_such_user(&asking.user_name).into()),
    }
}
