use std::sync::Arc;

use keystead_store::{Reader, SessionOwner};
use keystead_types::{AccountId, Timestamp};
use serde_json::{Value as Json, json};

use super::{Administration, AdministrationError, chosen_account};
use crate::operator_event::event;

/// Whose sessions are meant.
#[derive(Clone, Debug)]
pub enum Sessions {
    /// The account's root user's.
    Root,
    /// The user's of this name, with those of the federated users that it made.
    User(String),
    /// The role's of this name.
    Role(String),
}

impl Administration {
    /// Refuses all sessions that were made until now, from the next request on.
    pub async fn revoke_sessions(&self, whose: Sessions, now: Timestamp) -> Result<(), AdministrationError> {
        let (random, wanted) = (Arc::clone(&self.random), self.account);
        // Times are whole seconds: what is made later in this one is refused as well.
        let made_before = Timestamp::from_seconds(now.seconds().saturating_add(1));
        self.change(move |tx| {
            let account = chosen_account(tx, wanted)?.id;
            let (owner, asked) = match &whose {
                Sessions::Root => (SessionOwner::Root, json!({ "of": "root" })),
                Sessions::User(name) => (user(tx, account, name)?, json!({ "userName": name })),
                Sessions::Role(name) => (role(tx, account, name)?, json!({ "roleName": name })),
            };
            tx.revoke_sessions(account, owner, made_before)?;
            tx.audit(&event(
                "RevokeSessions",
                account,
                asked,
                Json::Null,
                &*random,
                now,
            ))?;
            Ok(())
        })
        .await
    }
}

fn user(reader: &Reader<'_>, account: AccountId, name: &str) -> Result<SessionOwner, AdministrationError> {
    let found = match name.parse() {
        Ok(name) => reader.user_by_name(account, &name)?,
        Err(_) => None,
    };
    let user = found.ok_or_else(|| AdministrationError(format!("there is no user {name}").into()))?;
    Ok(SessionOwner::User(user.id))
}

fn role(reader: &Reader<'_>, account: AccountId, name: &str) -> Result<SessionOwner, AdministrationError> {
    let found = match name.parse() {
        Ok(name) => reader.role_by_name(account, &name)?,
        Err(_) => None,
    };
    let role = found.ok_or_else(|| AdministrationError(format!("there is no role {name}").into()))?;
    Ok(SessionOwner::Role(role.id))
}
