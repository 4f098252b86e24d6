//! Commands on a data directory: through its server's socket, or on the directory itself when no
//! server holds it.

use std::{
    fmt::Display,
    path::{Path, PathBuf},
    sync::Arc,
};

use keystead_server::{
    admin::{Command, Credential, Reply, ask, execute},
    environment::SystemRandom,
};
use keystead_store::{Location, OpenError, Options, Store, is_data_directory};
use keystead_types::{Random, SecretAccessKey};

use crate::{
    admin_env,
    args::{DEFAULT_REGION, DataDirectory},
    failure::Failure,
    master_key,
    print::print,
    serve::DEFAULT_ENDPOINT,
    settings,
};

/// Carries out one command and prints what there is to say.
pub(crate) fn run(place: &DataDirectory, command: &Command) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::work)?;
    let reply = runtime.block_on(reply(place, command))?;
    say(&place.data, command, reply)
}

async fn reply(place: &DataDirectory, command: &Command) -> Result<Reply, Failure> {
    let data = &place.data;
    let asked = ask(data, command).await;
    let asked = asked.map_err(|error| Failure::work(format!("the server of {}: {error}", data.display())))?;
    if let Some(reply) = asked {
        return Ok(reply);
    }
    if !is_data_directory(data) {
        // Opening a store here would make one.
        return Err(Failure::work(format!(
            "{} is no data directory: there is no database in it",
            data.display()
        )));
    }
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let options = Options {
        location: Location::Directory(data.to_owned()),
        master_key: master_key::source(settings::file(place)?.master_key.as_ref())?,
        random: Arc::clone(&random),
    };
    let store = Store::open(options).map_err(|error: OpenError| Failure::work(error))?;
    let reply = execute(command.clone(), &store, &random).await;
    store.close();
    Ok(reply)
}

fn say(data: &Path, command: &Command, reply: Reply) -> Result<(), Failure> {
    match reply {
        Reply::Failed { reason } => Err(Failure::work(reason)),
        Reply::Done { text } => print(&text),
        Reply::Account { lines } => print(&lines.join("\n")),
        Reply::Keys { keys } if keys.is_empty() => print("Root has no access keys."),
        Reply::Keys { keys } => keys.iter().try_for_each(|key| {
            print(&format!(
                "{}  {:8}  {}",
                key.access_key_id, key.status, key.create_date
            ))
        }),
        Reply::AccountCreated {
            account,
            administrator,
            key,
        } => print(&format!(
            "Account {account} with {administrator}. The secret is shown this once.\n  \
             Access key id      {}\n  Secret access key  {}",
            key.access_key_id, key.secret_access_key
        )),
        Reply::Key {
            owner,
            key,
            deleted,
            link,
        } => {
            // The file first: a key that is printed to nobody would be lost.
            let file = match command {
                // The file is for the administrator of the first start, who is in the only account named by nobody.
                Command::RecoverAdministrator { account: None } => Some(write_admin_env(data, &key)?),
                _ => None,
            };
            for id in deleted {
                print(&format!("Deleted the access key {id} to make room."))?;
            }
            print(&format!(
                "A new access key of {owner}. The secret is shown this once.\n  \
                 Access key id      {}\n  Secret access key  {}",
                key.access_key_id, key.secret_access_key
            ))?;
            if let Some(file) = file {
                print(&format!("It is in {} too.", file.display()))?;
            }
            match link {
                Some(token) => {
                    let endpoint = admin_env::endpoint(data).unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
                    print(&console_link(&endpoint, &token))
                }
                None => Ok(()),
            }
        }
    }
}

/// How a link to the console is told.
pub(crate) fn console_link(endpoint: &str, token: &str) -> String {
    format!(
        "To set a password for the console, open this link within a day; it works once:\n  \
         {endpoint}/console/welcome/{token}"
    )
}

fn write_admin_env(data: &Path, key: &Credential) -> Result<PathBuf, Failure> {
    let file = admin_env::path(data);
    let failed = |error: &dyn Display| Failure::work(format!("{}: {error}", file.display()));
    let id = key.access_key_id.parse().map_err(|error| failed(&error))?;
    let secret = SecretAccessKey::import(&key.secret_access_key).map_err(|error| failed(&error))?;
    let endpoint = admin_env::endpoint(data).unwrap_or_else(|| DEFAULT_ENDPOINT.to_owned());
    let region = admin_env::region(data).unwrap_or_else(|| DEFAULT_REGION.to_owned());
    admin_env::write(data, &endpoint, &region, &id, &secret).map_err(|error| failed(&error))?;
    Ok(file)
}
