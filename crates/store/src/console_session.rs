//! Sessions of the console: who signed in, from where, and how far. A session is known by the hash of its token; the
//! token itself is stored nowhere.

use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use keystead_types::{AccessKeyId, AccountId, Identity, Principal, Timestamp, UniqueId, limits};
use keystead_verifier::DirectoryConsoleSession;

use crate::{
    Reader, StoreError, Tx,
    account::{account_id, number},
    directory::user_identity,
    engine::Row,
    statements,
};

/// A session of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsoleSessionRecord {
    /// What it is called to its user; opens nothing.
    pub id: String,
    /// The account.
    pub account: AccountId,
    /// Who signed in.
    pub user: UniqueId,
    /// The temporary access key id that its calls are recorded under.
    pub access_key: AccessKeyId,
    /// How far the sign-in has come.
    pub state: ConsoleSessionState,
    /// When the password was given.
    pub created_at: Timestamp,
    /// From when on it is refused.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When a second factor was checked; `None` when none was.
    pub mfa_at: Option<Timestamp>,
    /// The address that it was signed in from.
    pub source_address: String,
    /// The browser's name for itself.
    pub user_agent: String,
}

/// How far a sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsoleSessionState {
    /// The password was right; a second factor is asked for.
    SecondFactorRequired,
    /// Another password has to be set.
    PasswordRequired,
    /// It may be used.
    SignedIn,
}

/// The hash that a token is known by.
pub(crate) fn console_token_hash(token: &str) -> String {
    HEXLOWER.encode(digest(&SHA256, token.as_bytes()).as_ref())
}

impl ConsoleSessionState {
    const ALL: [(Self, &'static str); 3] = [
        (Self::SecondFactorRequired, "code_required"),
        (Self::PasswordRequired, "password_required"),
        (Self::SignedIn, "signed_in"),
    ];

    fn column(self) -> &'static str {
        match self {
            Self::SecondFactorRequired => "code_required",
            Self::PasswordRequired => "password_required",
            Self::SignedIn => "signed_in",
        }
    }
}

impl Reader<'_> {
    /// The session of a token.
    pub fn console_session(&self, token: &str) -> Result<Option<ConsoleSessionRecord>, StoreError> {
        let hash = console_token_hash(token);
        self.query_one(statements::CONSOLE_SESSION, &[hash.as_str().into()], record)
    }

    /// Whether a session with this temporary access key is signed in still.
    pub fn is_console_session(&self, access_key: AccessKeyId) -> Result<bool, StoreError> {
        let parameters = [access_key.as_str().into()];
        let state = self.query_one(statements::CONSOLE_SESSION_STATE, &parameters, |row| {
            Ok(row.text(0)? == ConsoleSessionState::SignedIn.column())
        })?;
        Ok(state.unwrap_or_default())
    }

    /// A user's sessions, oldest first; no more than [`limits::CONSOLE_SESSIONS_PER_USER`] of those that are signed in,
    /// and of those that are not.
    pub fn console_sessions_of_user(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<Vec<ConsoleSessionRecord>, StoreError> {
        let parameters = [number(account).into(), user.as_str().into()];
        self.query_all(statements::CONSOLE_SESSIONS_OF_USER, &parameters, record)
    }

    /// What a verifier needs of the session of a token; `None` unless it is signed in.
    pub(crate) fn directory_console_session(
        &self,
        token: &str,
    ) -> Result<Option<DirectoryConsoleSession>, StoreError> {
        let found = self.console_session(token)?;
        let Some(found) = found.filter(|found| found.state == ConsoleSessionState::SignedIn) else {
            return Ok(None);
        };
        let user = self.user_by_id(found.account, found.user)?;
        Ok(user.map(|user| DirectoryConsoleSession {
            access_key_id: found.access_key,
            principal: Arc::new(Principal {
                account: found.account,
                identity: Identity::User(user_identity(&user)),
            }),
            issued_at: found.created_at,
            expires_at: found.expires_at,
            mfa_at: found.mfa_at,
        }))
    }
}

impl Tx<'_> {
    /// Stores a session. Of a user who has as many as there may be, the oldest make room: of those that are signed in
    /// for one that is, and of the others for another. Who knows no more than a password ends nobody's session.
    pub fn insert_console_session(
        &mut self,
        token: &str,
        session: &ConsoleSessionRecord,
    ) -> Result<(), StoreError> {
        let is_signed_in = |session: &ConsoleSessionRecord| session.state == ConsoleSessionState::SignedIn;
        let mut present = self.console_sessions_of_user(session.account, session.user)?;
        present.retain(|other| is_signed_in(other) == is_signed_in(session));
        let surplus = (present.len() + 1).saturating_sub(limits::CONSOLE_SESSIONS_PER_USER);
        for oldest in present.iter().take(surplus) {
            self.end_console_session(session.account, session.user, &oldest.id)?;
        }
        let hash = console_token_hash(token);
        let parameters = [
            hash.as_str().into(),
            session.id.as_str().into(),
            number(session.account).into(),
            session.user.as_str().into(),
            session.access_key.as_str().into(),
            session.state.column().into(),
            session.created_at.seconds().into(),
            session.expires_at.seconds().into(),
            session.last_seen_at.seconds().into(),
            session.mfa_at.map(Timestamp::seconds).into(),
            session.source_address.as_str().into(),
            session.user_agent.as_str().into(),
        ];
        self.execute_one(statements::INSERT_CONSOLE_SESSION, &parameters)
    }

    /// Notes that a session is used.
    pub fn note_console_session(&mut self, token: &str, now: Timestamp) -> Result<(), StoreError> {
        let hash = console_token_hash(token);
        let parameters = [now.seconds().into(), hash.as_str().into()];
        self.execute(statements::NOTE_CONSOLE_SESSION, &parameters)
            .map(drop)
    }

    /// Ends the session of a token; `false` when there is none.
    pub fn delete_console_session(&mut self, token: &str) -> Result<bool, StoreError> {
        let hash = console_token_hash(token);
        let rows = self.execute(statements::DELETE_CONSOLE_SESSION, &[hash.as_str().into()])?;
        Ok(rows > 0)
    }

    /// Ends one of a user's sessions; `false` when the user has none of that id.
    pub fn end_console_session(
        &mut self,
        account: AccountId,
        user: UniqueId,
        id: &str,
    ) -> Result<bool, StoreError> {
        let parameters = [number(account).into(), user.as_str().into(), id.into()];
        Ok(self.execute(statements::END_CONSOLE_SESSION, &parameters)? > 0)
    }

    /// Ends a user's sessions, but for the one with this temporary access key; tells how many.
    pub fn end_console_sessions(
        &mut self,
        account: AccountId,
        user: UniqueId,
        but: Option<AccessKeyId>,
    ) -> Result<u64, StoreError> {
        let but = but.as_ref().map_or("", AccessKeyId::as_str);
        let parameters = [number(account).into(), user.as_str().into(), but.into()];
        self.execute(statements::END_CONSOLE_SESSIONS, &parameters)
    }

    /// Removes sessions and links that have expired.
    pub(crate) fn remove_expired_console_sessions(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let parameters = [now.seconds().into()];
        self.execute(statements::DELETE_EXPIRED_CONSOLE_SESSIONS, &parameters)?;
        self.execute(statements::DELETE_EXPIRED_CONSOLE_LINKS, &parameters)
            .map(drop)
    }
}

fn record(row: &dyn Row) -> Result<ConsoleSessionRecord, StoreError> {
    let unreadable = |column| StoreError::unreadable("console_session", column);
    let mut states = ConsoleSessionState::ALL.into_iter();
    let state = row.text(4)?;
    let state = states.find(|(_, column)| *column == state);
    Ok(ConsoleSessionRecord {
        id: row.text(0)?.to_owned(),
        account: account_id(row.integer(1)?, "console_session")?,
        user: row.text(2)?.parse().map_err(|_| unreadable("user_id"))?,
        access_key: row.text(3)?.parse().map_err(|_| unreadable("access_key"))?,
        state: state.ok_or_else(|| unreadable("state"))?.0,
        created_at: Timestamp::from_seconds(row.integer(5)?),
        expires_at: Timestamp::from_seconds(row.integer(6)?),
        last_seen_at: Timestamp::from_seconds(row.integer(7)?),
        mfa_at: row.optional_integer(8)?.map(Timestamp::from_seconds),
        source_address: row.text(9)?.to_owned(),
        user_agent: row.text(10)?.to_owned(),
    })
}
