use std::{borrow::Cow, sync::Arc};

use keystead_store::{AccountRecord, AccountSettings, KeyOwner, SetAlias, StoreError};
use keystead_types::{AccountId, Timestamp, UserName, limits};
use serde_json::{Value as Json, json};

use super::{Administration, AdministrationError, insert_key, make_administrator};
use crate::{ID_DRAWS_MAX, bootstrap::Credential, operator_event::event};

/// A new account.
pub struct CreatedAccount {
    /// The account.
    pub account: AccountId,
    /// The name of its administrator.
    pub administrator: UserName,
    /// The administrator's key; its secret is shown this once.
    pub key: Credential,
}

impl Administration {
    /// All accounts, by id.
    pub async fn accounts(&self) -> Result<Vec<AccountRecord>, AdministrationError> {
        let read = self.store.read(|reader| -> Result<_, StoreError> {
            let mut all: Vec<AccountRecord> = Vec::new();
            loop {
                let after = all.last().map(|account| account.id);
                let page = reader.accounts_page(after, limits::PAGE_ENTRIES_MAX)?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        });
        Ok(read.await?)
    }

    /// Makes an account with an administrator, who is as much as the one of the first start. The id is
    /// drawn unless it is given.
    pub async fn create_account(
        &self,
        id: Option<AccountId>,
        alias: Option<String>,
        now: Timestamp,
    ) -> Result<CreatedAccount, AdministrationError> {
        let random = Arc::clone(&self.random);
        self.change(move |tx| {
            let mut account = None;
            for _ in 0..ID_DRAWS_MAX {
                let wanted = id.unwrap_or_else(|| AccountId::random(&*random));
                if tx.insert_account(wanted, &AccountSettings::default(), now)? {
                    account = Some(wanted);
                    break;
                }
                if id.is_some() {
                    return Err(AdministrationError(
                        format!("the account {wanted} exists already").into(),
                    ));
                }
            }
            let account = account.ok_or(AdministrationError(Cow::Borrowed(
                "no unused account id was drawn",
            )))?;
            if let Some(alias) = &alias
                && tx.set_account_alias(account, Some(alias))? != SetAlias::Set
            {
                return Err(AdministrationError(
                    format!("the alias {alias} is another account's").into(),
                ));
            }
            let (user, administrator) = make_administrator(tx, account, &*random, now)?;
            let key = insert_key(tx, account, KeyOwner::User(user), &*random, now)?;
            let asked = json!({ "alias": alias });
            let done = json!({ "userName": administrator.as_str(), "accessKeyId": key.id.as_str() });
            let asked = if alias.is_some() { asked } else { Json::Null };
            tx.audit(&event("CreateAccount", account, asked, done, &*random, now))?;
            Ok(CreatedAccount {
                account,
                administrator,
                key,
            })
        })
        .await
    }
}
