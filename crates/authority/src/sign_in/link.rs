//! Links by which a user sets a password once.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use keystead_store::{
    ConsoleLinkRecord, InsertLoginProfile, Reader, SetPassword, StoreError, Tx, UserRecord,
};
use keystead_types::{AccountId, Random, Timestamp, UniqueId, limits};
use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use super::{SignIn, SignInRefusal, TOKEN_BYTES, password::not_taken};
use crate::{
    iam::login_profile::{fit, former},
    operator_event::event,
    passwords::NewPassword,
};

/// Whose password a link sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkOwner {
    /// The account.
    pub account: AccountId,
    /// The user's name.
    pub user: String,
}

/// Makes a link for a user; the token is what the link ends with.
pub(crate) fn make(
    tx: &mut Tx<'_>,
    account: AccountId,
    user: UniqueId,
    random: &dyn Random,
    now: Timestamp,
) -> Result<Zeroizing<String>, StoreError> {
    let mut bytes = Zeroizing::new([0; TOKEN_BYTES]);
    random.fill(&mut *bytes);
    let token = Zeroizing::new(BASE64URL_NOPAD.encode(&*bytes));
    let link = ConsoleLinkRecord {
        account,
        user,
        expires_at: Timestamp::from_seconds(now.seconds() + limits::CONSOLE_LINK_SECONDS),
    };
    tx.insert_console_link(&token, &link)?;
    Ok(token)
}

impl SignIn {
    /// Whose password a link sets; `None` when it was used, has expired, or never was.
    ///
    /// # Errors
    ///
    /// A fault of the server's.
    pub async fn open_link(&self, token: &str, now: Timestamp) -> Result<Option<LinkOwner>, SignInRefusal> {
        let token = Zeroizing::new(token.to_owned());
        let read = self.store().read(move |reader| owner(reader, &token, now));
        let found: Option<UserRecord> = read.await?;
        Ok(found.map(|user| LinkOwner {
            account: user.account,
            user: user.name.to_string(),
        }))
    }

    /// Sets the password of a link's user, once: makes or replaces it, and ends the user's sessions.
    ///
    /// # Errors
    ///
    /// [`SignInRefusal::Begin`] for a link that is no good; [`SignInRefusal::Password`] for a password that is not.
    pub async fn use_link(
        &self,
        token: &str,
        password: Zeroizing<String>,
        now: Timestamp,
    ) -> Result<LinkOwner, SignInRefusal> {
        let token = Zeroizing::new(token.to_owned());
        let asked = token.clone();
        let new = self.store().read(move |reader| -> Result<_, SignInRefusal> {
            let user = owner(reader, &asked, now)?.ok_or(SignInRefusal::Begin)?;
            Ok(NewPassword {
                password: fit(reader, &user, &password).map_err(not_taken)?,
                old: None,
                former: former(reader, &user)?,
            })
        });
        let hashed = self.passwords.hash(new.await?, Arc::clone(&self.random)).await;
        let hashed = hashed.map_err(SignInRefusal::Password)?;
        let random = Arc::clone(&self.random);
        let set = self.store().write(move |tx| -> Result<LinkOwner, SignInRefusal> {
            let user = owner(tx, &token, now)?.ok_or(SignInRefusal::Begin)?;
            let (account, id) = (user.account, user.id);
            match tx.insert_login_profile(account, id, &hashed.hash, false, now)? {
                InsertLoginProfile::Created => {}
                InsertLoginProfile::NoUser => return Err(SignInRefusal::Begin),
                InsertLoginProfile::AlreadyExists => {
                    if tx.set_password(account, id, None, &hashed.hash, false, now)? != SetPassword::Set {
                        return Err(SignInRefusal::Begin);
                    }
                }
            }
            tx.delete_console_links(account, id)?;
            tx.end_console_sessions(account, id, None)?;
            let asked = json!({ "userName": user.name.as_str() });
            tx.audit(&event(
                "SetPasswordByLink",
                account,
                asked,
                Json::Null,
                &*random,
                now,
            ))?;
            Ok(LinkOwner {
                account,
                user: user.name.to_string(),
            })
        });
        Ok(set.await.map_err(SignInRefusal::from)?.0)
    }
}

fn owner(reader: &Reader<'_>, token: &str, now: Timestamp) -> Result<Option<UserRecord>, StoreError> {
    match reader.console_link(token)?.filter(|link| now < link.expires_at) {
        Some(link) => reader.user_by_id(link.account, link.user),
        None => Ok(None),
    }
}
