//! The first start: the account, its administrator, and where their key is shown.

use std::{
    borrow::Cow,
    env,
    path::{Path, PathBuf},
    sync::Arc,
};

use keystead_authority::{Credential, FirstStart, FixedKeys, is_first_start};
use keystead_server::environment::now;
use keystead_store::{MasterKeySource, Store, StoreError};
use keystead_types::{AccountId, Random, SecretAccessKey};

use crate::{admin_env, administer::console_link, args::Serve, failure::Failure, print::print};

/// Makes the first start if this is it; returns the account.
pub(crate) async fn first_start(
    arguments: &Serve,
    store: &Store,
    fixed: &FixedKeys,
    endpoint: &str,
    master_key: &MasterKeySource,
    random: &Arc<dyn Random>,
) -> Result<AccountId, Failure> {
    let data = &arguments.data.data;
    if is_first_start(store).await.map_err(Failure::work)? {
        let start = FirstStart::draw(fixed, &**random)
            .ok_or_else(|| Failure::work("the administrator has no name"))?;
        if !arguments.in_memory {
            // Before the key is stored: one that is stored and that nobody was told would be lost.
            admin_env::write(
                data,
                endpoint,
                &arguments.region,
                &start.key.id,
                &start.key.secret,
            )
            .map_err(|error| unwritten(data, &error))?;
        }
        let link = keystead_authority::first_start(store, &start, fixed, Arc::clone(random), now())
            .await
            .map_err(Failure::work)?;
        let files = (!arguments.in_memory).then(|| FirstFiles {
            admin_env: admin_env::path(data),
            master_key: match master_key {
                MasterKeySource::File => data.join("master.key").display().to_string().into(),
                MasterKeySource::Given { origin, .. } => format!("the master key in {origin}").into(),
            },
        });
        announce(&start, fixed.administrator.is_some(), files.as_ref())?;
        print(&console_link(endpoint, &link))?;
    } else if !arguments.in_memory {
        if fixed.administrator.is_some() || fixed.root.is_some() {
            tracing::warn!(
                "access keys are fixed by the environment at the first start alone, and that has been"
            );
        }
        admin_env::refresh_endpoint(data, endpoint).map_err(|error| unwritten(data, &error))?;
    }
    if arguments.test_reset {
        store.mark_reset_point().await.map_err(Failure::work)?;
    }
    let account = store.read(|reader| reader.accounts_page(None, 1)).await;
    let account = account.map_err(|error: StoreError| Failure::work(error))?.pop();
    let account = account
        .ok_or_else(|| Failure::work("the store holds no account"))?
        .id;
    match fixed.account {
        Some(wanted) if wanted != account => Err(Failure::usage(format!(
            "--account-id {wanted} is not the account of {}, which is {account}; the first start fixes it",
            data.display()
        ))),
        _ => Ok(account),
    }
}

fn announce(start: &FirstStart, key_was_given: bool, files: Option<&FirstFiles<'_>>) -> Result<(), Failure> {
    let FirstStart {
        account,
        administrator,
        key,
    } = start;
    print(&format!(
        "This is the first start. Account {account}, user {administrator}."
    ))?;
    if key_was_given {
        print(&format!("Its access key is the one that was given, {}.", key.id))?;
    } else {
        print(&format!(
            "Its access key, shown this once:\n  Access key id      {}\n  Secret access key  {}",
            key.id,
            key.secret.expose()
        ))?;
    }
    let Some(FirstFiles {
        admin_env,
        master_key,
    }) = files
    else {
        return Ok(());
    };
    let admin_env = admin_env.display();
    print(&format!(
        "The key is in {admin_env} too (for its owner alone, and in no backup). To use it:\n  source {admin_env}\n\
         Keep {master_key} apart from your backups: nothing opens them without it."
    ))
}

/// What the first start names besides the key.
struct FirstFiles<'a> {
    admin_env: PathBuf,
    /// The master key: its file, or where else it came from.
    master_key: Cow<'a, str>,
}

fn unwritten(data: &Path, error: &std::io::Error) -> Failure {
    Failure::work(format!("{}: {error}", admin_env::path(data).display()))
}

/// What the command line and the environment fix of the first start.
pub(crate) fn fixed_keys(arguments: &Serve) -> Result<FixedKeys, Failure> {
    let account = match &arguments.account_id {
        Some(id) => Some(
            id.parse()
                .map_err(|error| Failure::usage(format!("--account-id: {error}")))?,
        ),
        None => None,
    };
    Ok(FixedKeys {
        account,
        administrator: fixed_key("KEYSTEAD_ADMIN")?,
        root: fixed_key("KEYSTEAD_ROOT")?,
    })
}

fn fixed_key(prefix: &str) -> Result<Option<Credential>, Failure> {
    let names = [
        format!("{prefix}_ACCESS_KEY_ID"),
        format!("{prefix}_SECRET_ACCESS_KEY"),
    ];
    let [id, secret] = names.each_ref().map(|name| env::var(name).ok());
    let [id_name, secret_name] = names;
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) => {
            let id = id.parse().map_err(|_| {
                Failure::usage(format!(
                    "{id_name} must have 16 to 32 letters, digits or underscores"
                ))
            })?;
            let secret = SecretAccessKey::import(&secret).map_err(|_| {
                Failure::usage(format!(
                    "{secret_name} must have 16 to 128 printable ASCII characters without spaces"
                ))
            })?;
            Ok(Some(Credential { id, secret }))
        }
        _ => Err(Failure::usage(format!(
            "{id_name} and {secret_name} must both be set, or neither"
        ))),
    }
}
