//! A passkey as second factor.

use std::sync::Arc;

use keystead_store::{ConsoleSessionRecord, ConsoleSessionState, PasskeyRecord, Reader, UserRecord};
use keystead_types::Timestamp;
use keystead_wire::ApiError;
use webauthn_rs::prelude::{AuthenticationResult, PublicKeyCredential};
use zeroize::Zeroizing;

use super::{
    Progress, SessionToken, SignIn, SignInRefusal, attempts::Counted, half_done, password::principal, record,
    second_factor_checked,
};
use crate::{
    Context, PasskeySite,
    passkey::{AskedOfBrowser, Question, browsers_answer, credential, to_text},
};

impl SignIn {
    /// The options, as JSON, that a browser asks for one of the user's passkeys with; `None` when there is none that
    /// works at this site, or the sign-in does not wait for one. The session remembers what was asked.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn ask_passkey(
        &self,
        token: &str,
        site: &PasskeySite,
        context: &Context,
    ) -> Result<Option<String>, SignInRefusal> {
        let (token, site, now) = (Zeroizing::new(token.to_owned()), site.clone(), context.now);
        let read = self.store().read(move |reader| -> Result<_, SignInRefusal> {
            let found = half_done(reader, &token, now)?.filter(|(session, _)| is_waiting(session));
            let Some((session, user)) = found else {
                return Ok(None);
            };
            let passkeys = site.passkeys(&reader.passkeys_of(user.account, user.id)?);
            let passkeys = passkeys.map_err(SignInRefusal::Failed)?;
            if passkeys.is_empty() {
                return Ok(None);
            }
            let asked = site.webauthn().start_passkey_authentication(&passkeys);
            let (options, state) =
                asked.map_err(|error| SignInRefusal::Failed(ApiError::service_failure(error.to_string())))?;
            let question = site.asks(Question::Use(state), now).to_text();
            let question = question.map_err(SignInRefusal::Failed)?;
            let options = to_text(&options.public_key).map_err(SignInRefusal::Failed)?;
            Ok(Some((session.access_key, question, options)))
        });
        let Some((session, question, options)) = read.await? else {
            return Ok(None);
        };
        let remembered = self
            .store()
            .write(move |tx| tx.set_passkey_asked(session, Some(&question)));
        let (is_there, _) = remembered.await.map_err(|error| error.into_store_error())?;
        Ok(is_there.then_some(options))
    }

    /// Goes on with what a passkey signed: the browser's answer to what [`SignIn::ask_passkey`] gave, in JSON.
    ///
    /// # Errors
    ///
    /// [`SignInRefusal::Incorrect`] for what is no answer, or no right one.
    pub async fn with_passkey(
        &self,
        token: &str,
        site: &PasskeySite,
        answer: &str,
        context: &Context,
    ) -> Result<Progress, SignInRefusal> {
        let now = context.now;
        let counted = [Counted::Source(context.source.to_canonical())];
        if !self.attempts.begin(&counted, now) {
            return Err(SignInRefusal::TooMany);
        }
        let (token, site) = (Zeroizing::new(token.to_owned()), site.clone());
        let (asked, answer) = (token.clone(), browsers_answer::<PublicKeyCredential>(answer));
        let read = self.store().read(move |reader| -> Result<_, SignInRefusal> {
            let (session, user) = waiting(reader, &asked, now)?;
            let text = reader.passkey_asked(session.access_key)?;
            let question = text.and_then(|text| AskedOfBrowser::of_text(&text, &site, now));
            let checked = match (question, &answer) {
                (Some(Question::Use(state)), Some(answer)) => {
                    site.webauthn().finish_passkey_authentication(answer, &state).ok()
                }
                _ => None,
            };
            Ok((user, checked))
        });
        let (user, checked) = read.await?;
        let new = SessionToken::generate(&*self.random);
        let (at, random, next) = (context.clone(), Arc::clone(&self.random), new.clone());
        let written = self.store().write(move |tx| -> Result<_, SignInRefusal> {
            // The session gets another row, so that of two answers to one question one counts.
            let (session, user) = waiting(tx, &token, now)?;
            let Some((passkey, counted)) = used(tx, &user, checked.as_ref())? else {
                return Ok(None);
            };
            if let Some(counted) = counted {
                tx.set_passkey_credential(&passkey, &counted)?;
            }
            second_factor_checked(tx, (&token, &next), session, &user, &at, &*random).map(Some)
        });
        match written.await.map_err(SignInRefusal::from)?.0 {
            Some(state) => {
                self.attempts.succeeded(&counted, now);
                Ok(Progress::of(state, new))
            }
            None => {
                let user = principal(&user);
                let account = Some(user.account);
                record::failed(self.store(), &*self.random, account, Some(&user), context);
                Err(SignInRefusal::Incorrect)
            }
        }
    }
}

fn is_waiting(session: &ConsoleSessionRecord) -> bool {
    session.state == ConsoleSessionState::SecondFactorRequired
}

/// A sign-in that waits for a second factor.
fn waiting(
    reader: &Reader<'_>,
    token: &str,
    now: Timestamp,
) -> Result<(ConsoleSessionRecord, UserRecord), SignInRefusal> {
    let found = half_done(reader, token, now)?.filter(|(session, _)| is_waiting(session));
    found.ok_or(SignInRefusal::Begin)
}

/// The passkey that was used, and what is to be stored of it if that is another now. `None` for what is no right
/// answer, also when the passkey is not the user's any more, or has counted further since it was asked: then there are
/// two of it.
fn used(
    reader: &Reader<'_>,
    user: &UserRecord,
    result: Option<&AuthenticationResult>,
) -> Result<Option<(PasskeyRecord, Option<String>)>, SignInRefusal> {
    let Some(result) = result else {
        return Ok(None);
    };
    for record in reader.passkeys_of(user.account, user.id)? {
        let mut passkey = credential(&record).map_err(SignInRefusal::Failed)?;
        match passkey.update_credential(result) {
            None => {}
            Some(false) if result.counter() > 0 => return Ok(None),
            Some(false) => return Ok(Some((record, None))),
            Some(true) => {
                let text = to_text(&passkey).map_err(SignInRefusal::Failed)?;
                return Ok(Some((record, Some(text))));
            }
        }
    }
    Ok(None)
}
