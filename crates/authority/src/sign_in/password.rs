//! The password, and setting another.

use std::sync::Arc;

use keystead_store::{
    ConsoleSessionState, LoginProfileRecord, Reader, SetPassword, StoreError, UserRecord, WriteError,
};
use keystead_types::{AccountId, Identity, Principal, SECONDS_PER_DAY, Timestamp, UserIdentity, UserName};
use zeroize::Zeroizing;

use super::{
    Progress, SessionToken, SignIn, SignInRefusal, advance, attempts::Counted, half_done, must_change, record,
};
use crate::{
    Context, PasswordRules,
    iam::login_profile::{fit, former},
    operation::Refusal,
    passwords::NewPassword,
};

/// Somebody who may be signed in, if the password is right.
struct Candidate {
    user: UserRecord,
    hash: Zeroizing<String>,
}

impl SignIn {
    /// Begins a sign-in with an account, by its id or its alias, a user's name and a password.
    ///
    /// # Errors
    ///
    /// [`SignInRefusal::Incorrect`] in the same time for whatever is wrong of the three.
    pub async fn with_password(
        &self,
        account: &str,
        user: &str,
        password: Zeroizing<String>,
        context: &Context,
    ) -> Result<Progress, SignInRefusal> {
        let now = context.now;
        let (account_text, user_name) = (account.trim().to_owned(), user.trim().parse::<UserName>().ok());
        let found = self.store().read(move |reader| -> Result<_, StoreError> {
            let account = match account_text.replace('-', "").parse::<AccountId>() {
                Ok(id) => reader.account(id)?.map(|account| account.id),
                Err(_) => reader.account_of_alias(&account_text)?,
            };
            let (Some(account), Some(name)) = (account, user_name) else {
                return Ok((account, None));
            };
            let Some(user) = reader.user_by_name(account, &name)? else {
                return Ok((Some(account), None));
            };
            let hash = reader.password_hash(account, user.id)?;
            Ok((Some(account), hash.map(|hash| Candidate { user, hash })))
        });
        let (account, candidate) = found.await?;
        let mut counted = vec![Counted::Source(context.source.to_canonical())];
        counted.extend(account.map(|account| Counted::User(account, user.trim().to_lowercase())));
        if !self.attempts.begin(&counted, now) {
            return Err(SignInRefusal::TooMany);
        }
        let hash = candidate.as_ref().map(|candidate| candidate.hash.clone());
        let is_right = self.passwords.compare(password, hash).await;
        let is_right = is_right.map_err(SignInRefusal::Failed)?;
        let candidate = candidate.filter(|_| is_right);
        let Some(Candidate { user, hash }) = candidate else {
            record::failed(self.store(), &*self.random, account, None, context);
            return Err(SignInRefusal::Incorrect);
        };
        self.attempts.succeeded(&counted, now);
        self.begin_after_password(user, hash, context).await
    }

    /// Which passwords an account takes: whoever is asked for one is told.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn password_rules(&self, account: AccountId) -> Result<PasswordRules, SignInRefusal> {
        let read = self
            .store()
            .read(move |reader| PasswordRules::of(reader, account));
        Ok(read.await?)
    }

    /// Sets another password, as a sign-in asks for it, and goes on.
    ///
    /// # Errors
    ///
    /// [`SignInRefusal::Password`] for one that the account's policy does not take, or that was had before.
    pub async fn with_new_password(
        &self,
        token: &str,
        password: Zeroizing<String>,
        context: &Context,
    ) -> Result<Progress, SignInRefusal> {
        let now = context.now;
        let (token, new) = (
            Zeroizing::new(token.to_owned()),
            SessionToken::generate(&*self.random),
        );
        let asked = token.clone();
        let new_password = self.store().read(move |reader| -> Result<_, SignInRefusal> {
            let found = half_done(reader, &asked, now)?;
            let (session, user) = found.ok_or(SignInRefusal::Begin)?;
            if session.state != ConsoleSessionState::PasswordRequired {
                return Err(SignInRefusal::Begin);
            }
            let mut former = former(reader, &user)?;
            // A password that is to be changed is not changed to itself, whatever the policy remembers.
            former.extend(reader.password_hash(user.account, user.id)?);
            let password = fit(reader, &user, &password).map_err(not_taken)?;
            Ok(NewPassword {
                password,
                old: None,
                former,
            })
        });
        let hashed = self
            .passwords
            .hash(new_password.await?, Arc::clone(&self.random))
            .await;
        let hashed = hashed.map_err(SignInRefusal::Password)?;
        let (context, random, next) = (context.clone(), Arc::clone(&self.random), new.clone());
        let set = self.store().write(move |tx| -> Result<(), SignInRefusal> {
            let found = half_done(tx, &token, now)?;
            let (session, user) = found.ok_or(SignInRefusal::Begin)?;
            // An MFA device may have been assigned since the password was given.
            if user.mfa_device_count > 0 && session.mfa_at.is_none() {
                return Err(SignInRefusal::Begin);
            }
            match tx.set_password(user.account, user.id, None, &hashed.hash, false, now)? {
                SetPassword::Set => {}
                SetPassword::Replaced | SetPassword::NoLoginProfile => return Err(SignInRefusal::Begin),
            }
            tx.end_console_sessions(user.account, user.id, Some(session.access_key))?;
            advance(tx, &token, &next, &session, ConsoleSessionState::SignedIn, now)?;
            tx.audit(&record::signed_in(
                &principal(&user),
                &session,
                &context,
                &*random,
            ))?;
            Ok(())
        });
        set.await.map_err(SignInRefusal::from)?;
        Ok(Progress::SignedIn(new))
    }

    /// Makes the session, if the password is still the one that was compared.
    async fn begin_after_password(
        &self,
        user: UserRecord,
        hash: Zeroizing<String>,
        context: &Context,
    ) -> Result<Progress, SignInRefusal> {
        let (token, begun) = self.begin(&user, ConsoleSessionState::SignedIn, context);
        let (context, random, next) = (context.clone(), Arc::clone(&self.random), token.clone());
        let written = self.store().write(move |tx| -> Result<_, SignInRefusal> {
            let now = context.now;
            let user = tx
                .user_by_id(user.account, user.id)?
                .ok_or(SignInRefusal::Incorrect)?;
            let present = tx.password_hash(user.account, user.id)?;
            if present.as_ref() != Some(&hash) {
                return Err(SignInRefusal::Incorrect);
            }
            let profile = tx.login_profile(user.account, user.id)?;
            let profile = profile.ok_or(SignInRefusal::Incorrect)?;
            if is_expired(tx, &user, &profile, now)? && is_hard(tx, &user)? {
                return Err(SignInRefusal::Expired);
            }
            let state = match (user.mfa_device_count > 0, must_change(tx, &user, now)?) {
                (true, _) => ConsoleSessionState::SecondFactorRequired,
                (false, true) => ConsoleSessionState::PasswordRequired,
                (false, false) => ConsoleSessionState::SignedIn,
            };
            let session = keystead_store::ConsoleSessionRecord {
                state,
                expires_at: super::lasting(state, now),
                ..begun.clone()
            };
            tx.insert_console_session(next.expose(), &session)?;
            if state != ConsoleSessionState::SecondFactorRequired {
                tx.note_password_use(user.account, user.id, now)?;
            }
            if state == ConsoleSessionState::SignedIn {
                tx.audit(&record::signed_in(
                    &principal(&user),
                    &session,
                    &context,
                    &*random,
                ))?;
            }
            Ok(state)
        });
        match written.await {
            Ok((state, _)) => Ok(Progress::of(state, token)),
            Err(WriteError::Refused(refusal)) => Err(refusal),
            Err(WriteError::Unavailable(error)) => Err(error.into()),
        }
    }
}

/// Whether the account's policy says that the password is too old.
pub(super) fn is_expired(
    reader: &Reader<'_>,
    user: &UserRecord,
    profile: &LoginProfileRecord,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let policy = reader.password_policy(user.account)?;
    let days = policy.and_then(|policy| policy.max_password_age);
    Ok(days.is_some_and(|days| {
        now.seconds() - profile.changed_at.seconds() >= i64::from(days) * SECONDS_PER_DAY
    }))
}

/// Whether users with an expired password need an administrator.
fn is_hard(reader: &Reader<'_>, user: &UserRecord) -> Result<bool, StoreError> {
    let policy = reader.password_policy(user.account)?;
    Ok(policy.and_then(|policy| policy.hard_expiry).unwrap_or_default())
}

/// A user as a caller.
pub(super) fn principal(user: &UserRecord) -> Arc<Principal> {
    Arc::new(Principal {
        account: user.account,
        identity: Identity::User(UserIdentity {
            id: user.id,
            name: user.name.clone(),
            path: user.path.clone(),
        }),
    })
}

pub(super) fn not_taken(refusal: Refusal) -> SignInRefusal {
    match refusal {
        Refusal::Store(error) => error.into(),
        other => SignInRefusal::Password(other.into()),
    }
}
