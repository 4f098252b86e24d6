//! `keystead serve`: opens the store, makes the first start, serves, and ends in order.

use std::{env, net::SocketAddr, path::Path, sync::Arc};

use keystead_authority::{Authority, Credential, FirstStart, FixedKeys, first_start, is_first_start};
use keystead_server::{
    admin::AdminSocket,
    api::{AUTHENTICATION_CHECKS, Api, operation_labels},
    background::{flush_usage, flush_usage_forever, maintain_forever},
    config::Settings,
    environment::{SystemRandom, now},
    http::{Detached, Listener, Options as HttpOptions, Tls, reload_on_hangup, serve, shutdown_signal},
    logging::{self, RequestLog},
    metrics::Metrics,
};
use keystead_store::{Change, Location, MasterKey, MasterKeySource, Options, Store, StoreError, WriteError};
use keystead_types::{AccountId, Random, SecretAccessKey};
use keystead_verifier::{Options as VerifierOptions, Verifier};
use tokio::net::TcpListener;

use crate::{admin_env, args::Serve, failure::Failure, master_key, settings::settings};

/// Where a server is unless its settings say otherwise.
pub(crate) const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:7450";
/// The name under which the store keeps the key of pagination markers.
const MARKER_KEY: &str = "marker";

/// Serves until a signal ends it.
pub(crate) fn run(arguments: Serve) -> Result<(), Failure> {
    let settings = settings(&arguments)?;
    let fixed = fixed_keys(&arguments)?;
    let log = logging::start(settings.log).map_err(Failure::work)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = settings.threads {
        runtime.worker_threads(threads.get());
    }
    let runtime = runtime.enable_all().build().map_err(Failure::work)?;
    let result = runtime.block_on(serve_until_signal(&arguments, &settings, fixed));
    drop(log);
    result
}

async fn serve_until_signal(arguments: &Serve, settings: &Settings, fixed: FixedKeys) -> Result<(), Failure> {
    let shutdown = shutdown_signal().map_err(Failure::work)?;
    let tls = settings
        .tls
        .as_ref()
        .map(Tls::load)
        .transpose()
        .map_err(Failure::work)?;
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let store = open_store(arguments, settings, &random)?;
    let (listeners, addresses) = bind(settings, tls.as_ref()).await?;
    let endpoint = endpoint(settings, addresses.first());
    let verifier = Arc::new(Verifier::new(store.clone(), VerifierOptions::default(), &*random));
    follow_feed(&store, &verifier);
    let account = start(arguments, &store, &fixed, &endpoint, &random).await?;
    let marker_key = marker_key(&store).await?;

    let metrics = Metrics::new(
        env!("CARGO_PKG_VERSION"),
        operation_labels(),
        &AUTHENTICATION_CHECKS,
    );
    metrics.show_state(&verifier);
    let detached = Detached::default();
    let api = Api {
        authority: Authority::new(Arc::clone(&verifier), Arc::clone(&random), marker_key),
        verifier: Arc::clone(&verifier),
        random: Arc::clone(&random),
        account,
        metrics: metrics.clone(),
        log: RequestLog::new(metrics.clone()),
        detached: detached.clone(),
        test_reset: arguments.test_reset,
    };
    let mut background = tokio::task::JoinSet::new();
    background.spawn(flush_usage_forever(Arc::clone(&verifier)));
    background.spawn(maintain_forever(store.clone()));
    background.spawn(reload_on_hangup(tls).map_err(Failure::work)?);
    if !arguments.in_memory {
        let socket = AdminSocket::bind(&arguments.data.data).map_err(|error| {
            Failure::work(format!(
                "the admin socket in {}: {error}",
                arguments.data.data.display()
            ))
        })?;
        background.spawn(socket.serve(store.clone(), Arc::clone(&random)));
    }
    for address in &addresses {
        println!(
            "listening on {}://{address}",
            if settings.tls.is_some() { "https" } else { "http" }
        );
    }

    let options = HttpOptions {
        limits: settings.limits.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        forwarded_header: settings.forwarded_header,
        metrics,
        detached,
    };
    let stopped = serve(listeners, Arc::new(api), options, shutdown).await;
    if stopped.connections_cut > 0 {
        tracing::warn!(connections = stopped.connections_cut, "connections were cut");
    }
    if stopped.work_running > 0 {
        tracing::warn!(
            changes = stopped.work_running,
            "changes were still running when the time to stop was up"
        );
    }
    background.shutdown().await;
    let flushed = flush_usage(&verifier).await;
    // Waits for what is being written, and for the audit log.
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    flushed.map_err(|error| {
        Failure::work(format!(
            "the last use of some access keys was not written: {error}"
        ))
    })?;
    closed.map_err(Failure::work)
}

fn open_store(arguments: &Serve, settings: &Settings, random: &Arc<dyn Random>) -> Result<Store, Failure> {
    let (location, master_key) = if arguments.in_memory {
        let key = MasterKey::generate(&**random);
        let origin = "this process".to_owned();
        (
            Location::Memory,
            MasterKeySource::Given {
                key,
                previous: None,
                origin,
            },
        )
    } else {
        let location = Location::Directory(arguments.data.data.clone());
        (location, master_key::source(settings.master_key.as_ref())?)
    };
    Store::open(Options {
        location,
        master_key,
        random: Arc::clone(random),
    })
    .map_err(Failure::work)
}

async fn bind(settings: &Settings, tls: Option<&Tls>) -> Result<(Vec<Listener>, Vec<SocketAddr>), Failure> {
    let (mut listeners, mut addresses) = (Vec::new(), Vec::new());
    for address in &settings.listen {
        let failed = |error| Failure::work(format!("cannot listen on {address}: {error}"));
        let socket = TcpListener::bind(address).await.map_err(failed)?;
        addresses.push(socket.local_addr().map_err(failed)?);
        listeners.push(Listener {
            socket,
            tls: tls.cloned(),
        });
    }
    Ok((listeners, addresses))
}

/// The URL for clients on this machine, unless the settings name the one for all.
fn endpoint(settings: &Settings, address: Option<&SocketAddr>) -> String {
    if let Some(url) = &settings.public_url {
        return url.to_string();
    }
    let scheme = if settings.tls.is_some() { "https" } else { "http" };
    match address {
        Some(address) if address.ip().is_unspecified() => format!("{scheme}://127.0.0.1:{}", address.port()),
        Some(address) => format!("{scheme}://{address}"),
        None => DEFAULT_ENDPOINT.to_owned(),
    }
}

/// Has the verifier forget what a commit changed, before the change is answered.
fn follow_feed(store: &Store, verifier: &Arc<Verifier<Store>>) {
    // Weak, since the verifier holds the store, which holds this.
    let verifier = Arc::downgrade(verifier);
    store.on_commit(Box::new(move |changes: &[Change]| {
        if let Some(verifier) = verifier.upgrade() {
            for change in changes {
                verifier.forget(&change.subject, change.revision.number());
            }
        }
    }));
}

/// Makes the first start if this is it; returns the account.
async fn start(
    arguments: &Serve,
    store: &Store,
    fixed: &FixedKeys,
    endpoint: &str,
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
        first_start(store, &start, fixed, Arc::clone(random), now())
            .await
            .map_err(Failure::work)?;
        announce(
            &start,
            fixed.administrator.is_some(),
            (!arguments.in_memory).then_some(data.as_path()),
        );
    } else if !arguments.in_memory {
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

fn announce(start: &FirstStart, key_was_given: bool, data: Option<&Path>) {
    println!(
        "This is the first start. Account {}, user {}.",
        start.account, start.administrator
    );
    if key_was_given {
        println!("Its access key is the one that was given, {}.", start.key.id);
    } else {
        println!("Its access key, shown this once:");
        println!("  Access key id      {}", start.key.id);
        println!("  Secret access key  {}", start.key.secret.expose());
    }
    if let Some(data) = data {
        let file = admin_env::path(data);
        println!(
            "The key is in {} too (for its owner alone, and in no backup). To use it:",
            file.display()
        );
        println!("  source {}", file.display());
        println!(
            "Keep {} apart from your backups: nothing opens them without it.",
            data.join("master.key").display()
        );
    }
}

fn unwritten(data: &Path, error: &std::io::Error) -> Failure {
    Failure::work(format!("{}: {error}", admin_env::path(data).display()))
}

async fn marker_key(store: &Store) -> Result<[u8; 32], Failure> {
    let made = store
        .write(|tx| tx.server_key_or_new(MARKER_KEY).map(|key| *key))
        .await;
    match made {
        Ok((key, _)) => Ok(key),
        Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(Failure::work(error)),
    }
}

fn fixed_keys(arguments: &Serve) -> Result<FixedKeys, Failure> {
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
