//! The first start: an account, an administrator, and the administrator's key.

use std::sync::Arc;

use keystead_store::{
    AccountSettings, AttachPolicy, InsertAccessKey, InsertUser, KeyOwner, NewAccessKey, NewUser, Store,
    StoreError, Tx, WriteError, aws_managed::ADMINISTRATOR_ACCESS,
};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Path, Random, SecretAccessKey, Timestamp, UniqueId,
    UniqueIdKind, UserName,
};

use serde_json::{Value as Json, json};
use zeroize::Zeroizing;

use crate::{operator_event::event, sign_in::link};

/// The administrator's name, unless it is renamed.
pub(crate) const ADMINISTRATOR: &str = "administrator";

/// An access key with its secret.
#[derive(Clone)]
pub struct Credential {
    /// The key's id.
    pub id: AccessKeyId,
    /// Its secret.
    pub secret: SecretAccessKey,
}

/// What the first start takes from outside in place of drawing it, so that test runs are repeatable.
#[derive(Clone, Default)]
pub struct FixedKeys {
    /// The account's id.
    pub account: Option<AccountId>,
    /// The administrator's key.
    pub administrator: Option<Credential>,
    /// A key of the root user. There is none unless this is given.
    pub root: Option<Credential>,
}

/// What a first start made.
pub struct FirstStart {
    /// The account.
    pub account: AccountId,
    /// The administrator's name.
    pub administrator: UserName,
    /// The administrator's key; its secret is shown this once.
    pub key: Credential,
}

impl FirstStart {
    /// Draws what is not fixed. Nothing is stored yet, so that the key can be put where its owner
    /// finds it first: a key that is stored and shown to nobody would be lost.
    pub fn draw(fixed: &FixedKeys, random: &dyn Random) -> Option<Self> {
        let account = fixed.account.unwrap_or_else(|| AccountId::random(random));
        let key = fixed
            .administrator
            .clone()
            .unwrap_or_else(|| Credential::generate(account, random));
        Some(Self {
            account,
            administrator: ADMINISTRATOR.parse().ok()?,
            key,
        })
    }
}

impl Credential {
    /// Draws a new key for an account.
    pub fn generate(account: AccountId, random: &dyn Random) -> Self {
        Self {
            id: AccessKeyId::generate(account, random),
            secret: SecretAccessKey::generate(random),
        }
    }

    /// Stores the key, active, if its owner may have one more.
    pub(crate) fn insert(
        &self,
        tx: &mut Tx<'_>,
        account: AccountId,
        owner: KeyOwner,
        now: Timestamp,
    ) -> Result<InsertAccessKey, StoreError> {
        let key = NewAccessKey {
            id: self.id,
            account,
            owner,
            status: AccessKeyStatus::Active,
            created_at: now,
        };
        tx.insert_access_key(&key, &self.secret)
    }
}

/// Whether the store holds no account yet.
pub async fn is_first_start(store: &Store) -> Result<bool, StoreError> {
    store
        .read(|reader| Ok(reader.accounts_page(None, 1)?.is_empty()))
        .await
}

/// Stores the account, the administrator with the drawn key and, if it is fixed, root's key; gives the token of the link by
/// which the administrator sets a password for the console.
pub async fn first_start(
    store: &Store,
    start: &FirstStart,
    fixed: &FixedKeys,
    random: Arc<dyn Random>,
    now: Timestamp,
) -> Result<Zeroizing<String>, StoreError> {
    let (account, administrator) = (start.account, start.administrator.clone());
    let (key, root) = (start.key.clone(), fixed.root.clone());
    let written = store.write(move |tx| -> Result<_, StoreError> {
        if !tx.insert_account(account, &AccountSettings::default(), now)? {
            return Err(StoreError::Failed("the account exists already".into()));
        }
        let user = NewUser {
            account,
            id: UniqueId::generate(UniqueIdKind::User, account, &*random),
            name: administrator.clone(),
            path: Path::default(),
            created_at: now,
        };
        if tx.insert_user(&user)? != InsertUser::Created {
            return Err(StoreError::Failed("the administrator could not be made".into()));
        }
        if tx.attach_policy(account, user.id, ADMINISTRATOR_ACCESS)? != AttachPolicy::Attached {
            return Err(StoreError::Failed(
                "the administrator could not be given its policy".into(),
            ));
        }
        insert_key(tx, account, KeyOwner::User(user.id), &key, now)?;
        if let Some(root) = &root {
            insert_key(tx, account, KeyOwner::Root, root, now)?;
        }
        let root = root.as_ref().map(|root| root.id.as_str());
        let done = json!({
            "userName": administrator.as_str(),
            "accessKeyId": key.id.as_str(),
            "rootAccessKeyId": root,
        });
        tx.audit(&event("FirstStart", account, Json::Null, done, &*random, now))?;
        link::make(tx, account, user.id, &*random, now)
    });
    match written.await {
        Ok((link, _)) => Ok(link),
        Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(error),
    }
}

fn insert_key(
    tx: &mut Tx<'_>,
    account: AccountId,
    owner: KeyOwner,
    credential: &Credential,
    now: Timestamp,
) -> Result<(), StoreError> {
    match credential.insert(tx, account, owner, now)? {
        InsertAccessKey::Created => Ok(()),
        _ => Err(StoreError::Failed(
            format!("the access key {} could not be stored", credential.id).into(),
        )),
    }
}
