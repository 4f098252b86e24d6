use std::{path::Path, sync::Arc};

use keystead_authority::{Administration, AdministrationError, Credential as NewKey, Sessions};
use keystead_store::{AccountRecord, Store};
use keystead_types::{AccountId, Random};
use serde_json::{Value as Json, json};

use super::protocol::{Command, Credential, KeyLine, Reply, SessionsOf};
use crate::environment::now;

/// Runs an operator's command over a store that this process owns.
pub async fn execute(command: Command, store: &Store, random: &Arc<dyn Random>) -> Reply {
    let done = run(command, store, random).await;
    done.unwrap_or_else(|error: AdministrationError| Reply::Failed {
        reason: error.to_string(),
    })
}

async fn run(
    command: Command,
    store: &Store,
    random: &Arc<dyn Random>,
) -> Result<Reply, AdministrationError> {
    let of = |account: Option<String>| {
        let account = account.map(|id| account_id(&id)).transpose()?;
        Ok::<_, AdministrationError>(Administration::new(store.clone(), Arc::clone(random), account))
    };
    Ok(match command {
        Command::Backup { file } => backup(store, &of(None)?, &file).await?,
        Command::RotateMasterKey => rotate_master_key(store, &of(None)?).await?,
        Command::CreateAccount {
            account_id: id,
            alias,
        } => {
            let id = id.map(|id| account_id(&id)).transpose()?;
            let created = of(None)?.create_account(id, alias, now()).await?;
            Reply::AccountCreated {
                account: created.account.to_string(),
                administrator: created.administrator.to_string(),
                key: credential(&created.key),
            }
        }
        Command::ListAccounts => listed(&of(None)?.accounts().await?),
        Command::ShowAccount { account } => shown(&of(account)?.account().await?),
        Command::SetAccount { account, settings } => shown(&of(account)?.set_account(settings, now()).await?),
        Command::CreateRootKey { account } => Reply::Key {
            owner: "root".to_owned(),
            key: credential(&of(account)?.create_root_key(now()).await?),
            deleted: Vec::new(),
            link: None,
        },
        Command::ListRootKeys { account } => {
            let keys = of(account)?.root_keys().await?;
            Reply::Keys {
                keys: keys
                    .iter()
                    .map(|key| KeyLine {
                        access_key_id: key.id.to_string(),
                        status: key.status.as_str().to_owned(),
                        create_date: key.created_at.to_string(),
                    })
                    .collect(),
            }
        }
        Command::DeleteRootKey {
            account,
            access_key_id,
        } => {
            let text = format!("Deleted the root access key {access_key_id}.");
            of(account)?.delete_root_key(access_key_id, now()).await?;
            Reply::Done { text }
        }
        Command::RevokeSessions { account, of: whose } => {
            let whose = match whose {
                SessionsOf::Root => Sessions::Root,
                SessionsOf::User(name) => Sessions::User(name),
                SessionsOf::Role(name) => Sessions::Role(name),
            };
            of(account)?.revoke_sessions(whose, now()).await?;
            Reply::Done {
                text: "Sessions that were made until now are refused from the next request on.".to_owned(),
            }
        }
        Command::RecoverAdministrator { account } => {
            let recovered = of(account)?.recover_administrator(now()).await?;
            Reply::Key {
                owner: recovered.administrator.to_string(),
                key: credential(&recovered.key),
                deleted: recovered.deleted.iter().map(ToString::to_string).collect(),
                link: Some(recovered.link.to_string()),
            }
        }
    })
}

fn account_id(text: &str) -> Result<AccountId, AdministrationError> {
    text.parse().map_err(AdministrationError::from)
}

fn listed(accounts: &[AccountRecord]) -> Reply {
    let line = |account: &AccountRecord| {
        let alias = account.alias.as_deref().unwrap_or("-");
        format!(
            "{}  {}  {} users  {alias}",
            account.id, account.created_at, account.user_count
        )
    };
    Reply::Account {
        lines: accounts.iter().map(line).collect(),
    }
}

async fn backup(
    store: &Store,
    administration: &Administration,
    file: &Path,
) -> Result<Reply, AdministrationError> {
    if let Err(error) = store.backup(file).await {
        return Ok(Reply::Failed {
            reason: error.to_string(),
        });
    }
    let file = file.display().to_string();
    administration
        .record("Backup", json!({ "file": file }), Json::Null, now())
        .await?;
    Ok(Reply::Done {
        text: format!("Wrote {file}. It needs the master key to be restored, and does not hold it."),
    })
}

async fn rotate_master_key(
    store: &Store,
    administration: &Administration,
) -> Result<Reply, AdministrationError> {
    match store.rotate_master_key().await {
        Ok(id) => {
            let done = json!({ "masterKeyId": id });
            administration
                .record("RotateMasterKey", Json::Null, done, now())
                .await?;
            Ok(Reply::Done {
                text: format!("The master key is now {id}. Backups written before need the old one."),
            })
        }
        Err(error) => Ok(Reply::Failed {
            reason: error.to_string(),
        }),
    }
}

fn shown(account: &AccountRecord) -> Reply {
    let settings = &account.settings;
    Reply::Account {
        lines: vec![
            format!("account={}", account.id),
            format!("alias={}", account.alias.as_deref().unwrap_or_default()),
            format!("created={}", account.created_at),
            format!("access-keys-counted={}", settings.access_keys_counted.as_str()),
            format!("access-keys-per-user={}", settings.access_keys_quota),
            format!(
                "attached-policies-per-role={}",
                settings.role_attached_policies_quota
            ),
            format!("attached-policies-per-user={}", settings.attached_policies_quota),
            format!("groups={}", settings.groups_quota),
            format!("instance-profiles={}", settings.instance_profiles_quota),
            format!("policies={}", settings.policies_quota),
            format!("roles={}", settings.roles_quota),
            format!("users={}", settings.users_quota),
            format!("groups-present={}", account.group_count),
            format!("policies-present={}", account.policy_count),
            format!("users-present={}", account.user_count),
            format!("root-keys-present={}", account.root_key_count),
        ],
    }
}

fn credential(key: &NewKey) -> Credential {
    Credential {
        access_key_id: key.id.to_string(),
        secret_access_key: key.secret.expose().to_owned(),
    }
}
