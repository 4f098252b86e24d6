use std::{path::Path, sync::Arc};

use keystead_authority::{Administration, AdministrationError, Credential as NewKey};
use keystead_store::{AccountRecord, Store};
use keystead_types::Random;
use serde_json::{Value as Json, json};

use super::protocol::{Command, Credential, KeyLine, Reply};
use crate::environment::now;

/// Runs an operator's command over a store that this process owns.
pub async fn execute(command: Command, store: &Store, random: &Arc<dyn Random>) -> Reply {
    let administration = Administration::new(store.clone(), Arc::clone(random));
    let done = match command {
        Command::Backup { file } => backup(store, &administration, &file).await,
        Command::RotateMasterKey => rotate_master_key(store, &administration).await,
        Command::ShowAccount => administration.account().await.map(|account| shown(&account)),
        Command::SetAccount { settings } => administration
            .set_account(settings, now())
            .await
            .map(|account| shown(&account)),
        Command::CreateRootKey => administration.create_root_key(now()).await.map(|key| Reply::Key {
            owner: "root".to_owned(),
            key: credential(&key),
            deleted: Vec::new(),
        }),
        Command::ListRootKeys => administration.root_keys().await.map(|keys| Reply::Keys {
            keys: keys
                .iter()
                .map(|key| KeyLine {
                    access_key_id: key.id.to_string(),
                    status: key.status.as_str().to_owned(),
                    create_date: key.created_at.to_string(),
                })
                .collect(),
        }),
        Command::DeleteRootKey { access_key_id } => {
            let text = format!("Deleted the root access key {access_key_id}.");
            administration
                .delete_root_key(access_key_id, now())
                .await
                .map(|()| Reply::Done { text })
        }
        Command::RecoverAdministrator => administration
            .recover_administrator(now())
            .await
            .map(|recovered| Reply::Key {
                owner: recovered.administrator.to_string(),
                key: credential(&recovered.key),
                deleted: recovered.deleted.iter().map(ToString::to_string).collect(),
            }),
    };
    done.unwrap_or_else(|error: AdministrationError| Reply::Failed {
        reason: error.to_string(),
    })
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
            format!("attached-policies-per-user={}", settings.attached_policies_quota),
            format!("groups={}", settings.groups_quota),
            format!("policies={}", settings.policies_quota),
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
