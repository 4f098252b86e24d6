//! One's own sessions of the console.

use std::sync::Arc;

use keystead_store::{ConsoleSessionRecord, ConsoleSessionState, StoreError};
use keystead_types::{Timestamp, limits};
use keystead_verifier::Authenticated;
use serde_json::json;
use zeroize::Zeroizing;

use super::{SignIn, SignInRefusal, record};
use crate::Context;

/// A session, as its user sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSession {
    /// What it is called; opens nothing.
    pub id: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Whether a second factor was checked.
    pub mfa: bool,
    /// The address that it was signed in from.
    pub source_address: String,
    /// The browser's name for itself.
    pub user_agent: String,
    /// Whether it is the one that asks.
    pub is_present: bool,
}

impl SignIn {
    /// The caller's sessions, latest first; none for who is no user.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn sessions(&self, caller: &Authenticated) -> Result<Vec<ConsoleSession>, SignInRefusal> {
        let principal = caller.principal();
        let Some(user) = principal.user().map(|user| user.id) else {
            return Ok(Vec::new());
        };
        let (account, present) = (principal.account, caller.access_key_id());
        let read = self.store().read(move |reader| -> Result<_, StoreError> {
            let found = reader.console_sessions_of_user(account, user)?;
            let signed_in = found
                .into_iter()
                .rev()
                .filter(|session| session.state == ConsoleSessionState::SignedIn);
            Ok(signed_in
                .map(|session| ConsoleSession {
                    id: session.id,
                    created_at: session.created_at,
                    expires_at: session.expires_at,
                    last_seen_at: session.last_seen_at,
                    mfa: session.mfa_at.is_some(),
                    source_address: session.source_address,
                    user_agent: session.user_agent,
                    is_present: session.access_key == present,
                })
                .collect())
        });
        Ok(read.await?)
    }

    /// Ends one of the caller's sessions; `false` when there is none of that id.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn end_session(
        &self,
        caller: &Authenticated,
        id: &str,
        context: &Context,
    ) -> Result<bool, SignInRefusal> {
        let principal = Arc::clone(caller.principal());
        let Some(user) = principal.user().map(|user| user.id) else {
            return Ok(false);
        };
        let (id, context, random) = (id.to_owned(), context.clone(), Arc::clone(&self.random));
        let ended = self.store().write(move |tx| -> Result<bool, StoreError> {
            if !tx.end_console_session(principal.account, user, &id)? {
                return Ok(false);
            }
            let asked = json!({ "sessionId": id });
            tx.audit(&record::ended(
                "EndConsoleSession",
                &principal,
                Some(&asked),
                &context,
                &*random,
            ))?;
            Ok(true)
        });
        match ended.await {
            Ok((ended, _)) => Ok(ended),
            Err(error) => Err(error.into_store_error().into()),
        }
    }

    /// Ends all of the caller's sessions but the one that asks.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn end_other_sessions(
        &self,
        caller: &Authenticated,
        context: &Context,
    ) -> Result<(), SignInRefusal> {
        let principal = Arc::clone(caller.principal());
        let Some(user) = principal.user().map(|user| user.id) else {
            return Ok(());
        };
        let present = caller.access_key_id();
        let (context, random) = (context.clone(), Arc::clone(&self.random));
        let ended = self.store().write(move |tx| -> Result<(), StoreError> {
            let number = tx.end_console_sessions(principal.account, user, Some(present))?;
            let asked = json!({ "sessions": number });
            tx.audit(&record::ended(
                "EndOtherConsoleSessions",
                &principal,
                Some(&asked),
                &context,
                &*random,
            ))
        });
        match ended.await {
            Ok(_) => Ok(()),
            Err(error) => Err(error.into_store_error().into()),
        }
    }

    /// Notes that a session is used, once a minute.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn note(&self, token: &str, now: Timestamp) -> Result<(), SignInRefusal> {
        let asked = Zeroizing::new(token.to_owned());
        let seen = self.store().read(move |reader| reader.console_session(&asked));
        let seen: Option<ConsoleSessionRecord> = seen.await?;
        let is_due = seen.is_some_and(|seen| {
            now.seconds() - seen.last_seen_at.seconds() >= limits::CONSOLE_SESSION_SEEN_SECONDS
        });
        if !is_due {
            return Ok(());
        }
        let token = Zeroizing::new(token.to_owned());
        let noted = self.store().write(move |tx| tx.note_console_session(&token, now));
        noted
            .await
            .map(drop)
            .map_err(|error| error.into_store_error().into())
    }
}
