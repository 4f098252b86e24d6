//! Signing in to the console: a password, a second factor where there is one, and what comes of it.
//!
//! A sign-in that is half done is a session too, in a state in which the verifier does not know it. With every step
//! the session gets another token, so that none that was seen before is worth anything afterwards.

mod attempts;
mod code;
pub(crate) mod link;
mod passkey;
mod password;
mod record;
mod sessions;

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use keystead_store::{
    ConsoleSessionRecord, ConsoleSessionState, MfaDeviceOwner, MfaDeviceRecord, Reader, Store, StoreError,
    Tx, UserRecord, WriteError,
};
use keystead_types::{AccessKeyId, AccountId, Random, RequestId, Timestamp, limits, shortened};
use keystead_verifier::Verifier;
use keystead_wire::ApiError;
use zeroize::Zeroizing;

use self::attempts::Attempts;
pub use self::link::LinkOwner;
pub use self::sessions::ConsoleSession;
use crate::{Context, passwords::Passwords};

/// Bytes of a token.
const TOKEN_BYTES: usize = 32;

/// Signs people in.
pub struct SignIn {
    verifier: Arc<Verifier<Store>>,
    random: Arc<dyn Random>,
    passwords: Passwords,
    attempts: Attempts,
}

/// How far a sign-in has come, with the token that it goes on with.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// The session may be used.
    SignedIn(SessionToken),
    /// A code or a passkey of the user is asked for.
    SecondFactorRequired(SessionToken),
    /// Another password has to be set.
    PasswordRequired(SessionToken),
}

/// The token of a session; whoever has it is its user.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionToken(Zeroizing<String>);

/// Why nobody is signed in.
#[derive(Debug)]
pub enum SignInRefusal {
    /// Something of what was given is wrong; what, is not said.
    Incorrect,
    /// Too many failed lately; nothing was looked at.
    TooMany,
    /// The password has expired, and the account wants an administrator to set another.
    Expired,
    /// The sign-in has to be begun again: its time is up, or it was finished.
    Begin,
    /// The new password is not to be had: why, in the words of the API.
    Password(ApiError),
    /// A fault of the server's.
    Failed(ApiError),
}

/// What a half finished sign-in waits for.
pub struct Pending {
    /// The account.
    pub account: AccountId,
    /// The user's name.
    pub user: String,
    /// How far it has come.
    pub state: ConsoleSessionState,
    /// The serial numbers of the user's MFA devices that show codes.
    pub devices: Vec<String>,
    /// The origins that the user's passkeys work at, one for each.
    pub passkey_origins: Vec<String>,
}

impl SessionToken {
    fn generate(random: &dyn Random) -> Self {
        let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
        random.fill(&mut *bytes);
        Self(Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes)))
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[session token]")
    }
}

impl Progress {
    fn of(state: ConsoleSessionState, token: SessionToken) -> Self {
        match state {
            ConsoleSessionState::SignedIn => Self::SignedIn(token),
            ConsoleSessionState::SecondFactorRequired => Self::SecondFactorRequired(token),
            ConsoleSessionState::PasswordRequired => Self::PasswordRequired(token),
        }
    }

    /// The token that the sign-in goes on with.
    pub fn token(&self) -> &SessionToken {
        match self {
            Self::SignedIn(token) | Self::SecondFactorRequired(token) | Self::PasswordRequired(token) => {
                token
            }
        }
    }
}

impl SignIn {
    pub(crate) fn new(verifier: Arc<Verifier<Store>>, random: Arc<dyn Random>, passwords: Passwords) -> Self {
        Self {
            verifier,
            random,
            passwords,
            attempts: Attempts::default(),
        }
    }

    /// Forgets which sign-ins failed. For a store that went back to an earlier state.
    pub fn clear(&self) {
        self.attempts.clear();
    }

    /// What a half finished sign-in waits for; `None` when there is none of that token.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn pending(&self, token: &str, now: Timestamp) -> Result<Option<Pending>, SignInRefusal> {
        let token = Zeroizing::new(token.to_owned());
        let read = self.store().read(move |reader| -> Result<_, StoreError> {
            let Some((session, user)) = half_done(reader, &token, now)? else {
                return Ok(None);
            };
            let devices = reader.mfa_devices_of(session.account, MfaDeviceOwner::User(session.user))?;
            let passkeys = reader.passkeys_of(session.account, session.user)?;
            Ok(Some(Pending {
                account: session.account,
                user: user.name.to_string(),
                state: session.state,
                devices: devices
                    .iter()
                    .map(|device: &MfaDeviceRecord| device.serial.to_string())
                    .collect(),
                passkey_origins: passkeys.into_iter().map(|passkey| passkey.origin).collect(),
            }))
        });
        Ok(read.await?)
    }

    /// Ends the session of a token, whoever has it.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn sign_out(&self, token: &str, context: &Context) -> Result<(), SignInRefusal> {
        let (token, context) = (Zeroizing::new(token.to_owned()), context.clone());
        let random = Arc::clone(&self.random);
        let ended = self.store().write(move |tx| -> Result<(), StoreError> {
            let Some(session) = tx.console_session(&token)? else {
                return Ok(());
            };
            tx.delete_console_session(&token)?;
            if let Some(user) = tx.user_by_id(session.account, session.user)? {
                let user = password::principal(&user);
                tx.audit(&record::ended("ConsoleLogout", &user, None, &context, &*random))?;
            }
            Ok(())
        });
        ended
            .await
            .map(drop)
            .map_err(|error| error.into_store_error().into())
    }

    fn store(&self) -> &Store {
        self.verifier.directory()
    }

    /// Makes the session of somebody who gave the right password.
    fn begin(
        &self,
        user: &UserRecord,
        state: ConsoleSessionState,
        context: &Context,
    ) -> (SessionToken, ConsoleSessionRecord) {
        let session = ConsoleSessionRecord {
            id: RequestId::generate(&*self.random).to_string(),
            account: user.account,
            user: user.id,
            access_key: AccessKeyId::generate_temporary(user.account, &*self.random),
            state,
            created_at: context.now,
            expires_at: lasting(state, context.now),
            last_seen_at: context.now,
            mfa_at: None,
            source_address: context.source.to_string(),
            user_agent: shortened(&context.user_agent, limits::CONDITION_HEADER_BYTES_MAX).to_owned(),
        };
        (SessionToken::generate(&*self.random), session)
    }
}

/// Until when a session in a state lasts that came to it now.
fn lasting(state: ConsoleSessionState, now: Timestamp) -> Timestamp {
    let seconds = match state {
        ConsoleSessionState::SignedIn => limits::CONSOLE_SESSION_SECONDS,
        ConsoleSessionState::SecondFactorRequired | ConsoleSessionState::PasswordRequired => {
            limits::SIGN_IN_SECONDS
        }
    };
    Timestamp::from_seconds(now.seconds() + seconds)
}

/// A sign-in that is not finished, and its user.
fn half_done(
    reader: &Reader<'_>,
    token: &str,
    now: Timestamp,
) -> Result<Option<(ConsoleSessionRecord, UserRecord)>, StoreError> {
    let found = reader.console_session(token)?;
    let found = found.filter(|found| found.state != ConsoleSessionState::SignedIn && now < found.expires_at);
    let Some(session) = found else {
        return Ok(None);
    };
    let user = reader.user_by_id(session.account, session.user)?;
    // Whose sessions were revoked meanwhile has to begin again.
    let user = user.filter(|user| {
        user.sessions_not_before
            .is_none_or(|not_before| session.created_at >= not_before)
    });
    Ok(user.map(|user| (session, user)))
}

/// Whether the user has to set another password before anything else.
fn must_change(reader: &Reader<'_>, user: &UserRecord, now: Timestamp) -> Result<bool, StoreError> {
    let Some(profile) = reader.login_profile(user.account, user.id)? else {
        return Ok(false);
    };
    Ok(profile.password_reset_required || password::is_expired(reader, user, &profile, now)?)
}

/// Takes a sign-in on whose second factor was right, from the first token of `tokens` to the second.
fn second_factor_checked(
    tx: &mut Tx<'_>,
    (token, next): (&str, &SessionToken),
    session: ConsoleSessionRecord,
    user: &UserRecord,
    context: &Context,
    random: &dyn Random,
) -> Result<ConsoleSessionState, SignInRefusal> {
    let now = context.now;
    let session = ConsoleSessionRecord {
        mfa_at: Some(now),
        ..session
    };
    let state = match must_change(tx, user, now)? {
        true => ConsoleSessionState::PasswordRequired,
        false => ConsoleSessionState::SignedIn,
    };
    advance(tx, token, next, &session, state, now)?;
    tx.note_password_use(user.account, user.id, now)?;
    if state == ConsoleSessionState::SignedIn {
        tx.audit(&record::signed_in(
            &password::principal(user),
            &session,
            context,
            random,
        ))?;
    }
    Ok(state)
}

/// Takes a session to its next state, under another token.
fn advance(
    tx: &mut Tx<'_>,
    old: &str,
    new: &SessionToken,
    session: &ConsoleSessionRecord,
    state: ConsoleSessionState,
    now: Timestamp,
) -> Result<(), StoreError> {
    tx.delete_console_session(old)?;
    let session = ConsoleSessionRecord {
        state,
        expires_at: lasting(state, now),
        last_seen_at: now,
        ..session.clone()
    };
    tx.insert_console_session(new.expose(), &session)
}

impl From<StoreError> for SignInRefusal {
    fn from(error: StoreError) -> Self {
        Self::Failed(crate::operation::Refusal::Store(error).into())
    }
}

impl From<WriteError<SignInRefusal>> for SignInRefusal {
    fn from(error: WriteError<SignInRefusal>) -> Self {
        match error {
            WriteError::Refused(refusal) => refusal,
            WriteError::Unavailable(error) => error.into(),
        }
    }
}
