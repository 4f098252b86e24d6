//! What goes over the admin socket: one JSON line each way.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What an operator asks for.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "command", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Command {
    /// Make an account with an administrator.
    CreateAccount {
        /// The twelve-digit id; drawn when there is none.
        account_id: Option<String>,
        /// The alias, if it is to have one.
        alias: Option<String>,
    },
    /// List the accounts.
    ListAccounts,
    /// Write a backup to this absolute path.
    Backup {
        /// The file to write.
        file: PathBuf,
    },
    /// Make a new master key.
    RotateMasterKey,
    /// Show an account.
    ShowAccount {
        /// The account; the only one when there is none.
        account: Option<String>,
    },
    /// Change an account's settings.
    SetAccount {
        /// The account; the only one when there is none.
        account: Option<String>,
        /// `NAME=VALUE`.
        settings: Vec<String>,
    },
    /// Make a root access key.
    CreateRootKey {
        /// The account; the only one when there is none.
        account: Option<String>,
    },
    /// List root's access keys.
    ListRootKeys {
        /// The account; the only one when there is none.
        account: Option<String>,
    },
    /// Delete a root access key.
    DeleteRootKey {
        /// The account; the only one when there is none.
        account: Option<String>,
        /// Its id.
        access_key_id: String,
    },
    /// Refuse all sessions that a principal has, or that were made for it, until now.
    RevokeSessions {
        /// The account; the only one when there is none.
        account: Option<String>,
        /// Whose they are.
        of: SessionsOf,
    },
    /// Give an administrator a new key.
    RecoverAdministrator {
        /// The account; the only one when there is none.
        account: Option<String>,
    },
}

/// Whose sessions are meant.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SessionsOf {
    /// The account's root user's.
    Root,
    /// The user's of this name, with those of the federated users that it made.
    User(String),
    /// The role's of this name.
    Role(String),
}

/// What the operator is told.
// No Debug: some replies carry a secret.
#[derive(Serialize, Deserialize)]
#[serde(tag = "reply", rename_all = "kebab-case")]
pub enum Reply {
    /// It was not done, for this reason.
    Failed {
        /// In words.
        reason: String,
    },
    /// It is done; there is this to say.
    Done {
        /// In words.
        text: String,
    },
    /// An account that was made; its administrator's secret is shown this once.
    AccountCreated {
        /// Its id.
        account: String,
        /// The administrator's name.
        administrator: String,
        /// The administrator's key.
        key: Credential,
    },
    /// The account and its settings, or one line for each account.
    Account {
        /// `NAME=VALUE`.
        lines: Vec<String>,
    },
    /// Keys, without secrets.
    Keys {
        /// One line for each.
        keys: Vec<KeyLine>,
    },
    /// A key that was made; its secret is shown this once.
    Key {
        /// Whose it is.
        owner: String,
        /// The key.
        key: Credential,
        /// The keys that had to make room for it.
        deleted: Vec<String>,
        /// The token of a link by which the owner sets a password for the console.
        link: Option<String>,
    },
}

/// A key in a list.
#[derive(Serialize, Deserialize)]
pub struct KeyLine {
    /// Its id.
    pub access_key_id: String,
    /// `Active` or `Inactive`.
    pub status: String,
    /// `YYYY-MM-DDThh:mm:ssZ`.
    pub create_date: String,
}

/// A key with its secret.
#[derive(Serialize, Deserialize)]
pub struct Credential {
    /// Its id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}
