//! `keystead serve`: opens the store, makes the first start, serves, and ends in order.

use std::{net::SocketAddr, sync::Arc};

use keystead_authority::{Authority, FixedKeys};
use keystead_server::{
    admin::AdminSocket,
    api::{Api, Explanations, authentication_checks, operation_labels},
    background::{flush_usage, maintain_forever},
    config::Settings,
    console::{Console, PublicOrigin},
    environment::SystemRandom,
    faces::Faces,
    http::{Detached, Listener, Options as HttpOptions, Tls, reload_on_hangup, serve, shutdown_signal},
    logging::{self, RequestLog},
    metrics::Metrics,
};
use keystead_store::{
    Change, Location, MasterKey, MasterKeySource, Options, Store, WriteError, is_data_directory,
};
use keystead_types::Random;
use keystead_verifier::{Options as VerifierOptions, Verifier};
use tokio::{net::TcpListener, sync::oneshot};

use crate::{
    args::Serve,
    failure::Failure,
    first_start::{first_start, fixed_keys},
    master_key,
    print::print,
    settings::settings,
};

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
    let (location, master_key) = place(arguments, settings, &*random)?;
    let options = Options {
        location,
        master_key: master_key.clone(),
        random: Arc::clone(&random),
    };
    let store = Store::open(options).map_err(Failure::work)?;
    let (listeners, addresses) = bind(settings, tls.as_ref()).await?;
    let endpoint = endpoint(settings, addresses.first());
    let verifier = Arc::new(Verifier::new(store.clone(), VerifierOptions::default(), &*random));
    follow_feed(&store, &verifier);
    let account = first_start(arguments, &store, &fixed, &endpoint, &master_key, &random).await?;
    let marker_key = marker_key(&store).await?;
    store
        .refresh_session_keys(keystead_server::environment::now())
        .await
        .map_err(Failure::work)?;

    let metrics = Metrics::new(
        env!("CARGO_PKG_VERSION"),
        operation_labels(),
        &authentication_checks(),
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
        explanations: Explanations::default(),
    };
    let (stop_flushing, flushing_ends) = oneshot::channel::<()>();
    let flushing = tokio::spawn(flush_usage(Arc::clone(&verifier), async {
        // Dropping the sender says it, as well as sending does.
        let _ = flushing_ends.await;
    }));
    let mut background = tokio::task::JoinSet::new();
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
        let scheme = if settings.tls.is_some() { "https" } else { "http" };
        print(&format!("listening on {scheme}://{address}"))?;
    }

    let options = HttpOptions {
        limits: settings.limits.clone(),
        trusted_proxies: settings.trusted_proxies.clone(),
        forwarded_header: settings.forwarded_header,
        metrics,
        detached,
    };
    let api = Arc::new(api);
    let faces = Faces {
        api: Arc::clone(&api),
        console: Console::new(api, PublicOrigin::new(settings.public_url.clone())),
    };
    let stopped = serve(listeners, faces, options, shutdown).await;
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
    drop(stop_flushing);
    let flushed = flushing.await;
    // Waits for what is being written, and for the audit log.
    let closed = tokio::task::spawn_blocking(move || store.close()).await;
    flushed.map_err(Failure::work)?.map_err(|error| {
        Failure::work(format!(
            "the last use of some access keys was not written: {error}"
        ))
    })?;
    closed.map_err(Failure::work)
}

/// Where the data is, and what opens it.
fn place(
    arguments: &Serve,
    settings: &Settings,
    random: &dyn Random,
) -> Result<(Location, MasterKeySource), Failure> {
    if !arguments.in_memory {
        let data = &arguments.data.data;
        let remains = ["admin.env", "audit.db"]
            .into_iter()
            .find(|name| data.join(name).exists());
        if let (false, Some(remains)) = (is_data_directory(data), remains) {
            return Err(Failure::work(format!(
                "{} holds {remains} but no database: put keystead.db back, restore a backup into an empty \
                 directory, or remove what is left to start anew",
                data.display()
            )));
        }
        let location = Location::Directory(data.clone());
        return Ok((location, master_key::source(settings.master_key.as_ref())?));
    }
    let source = MasterKeySource::Given {
        key: MasterKey::generate(random),
        previous: None,
        origin: "this process".to_owned(),
    };
    Ok((Location::Memory, source))
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

async fn marker_key(store: &Store) -> Result<[u8; 32], Failure> {
    let made = store
        .write(|tx| tx.server_key_or_new(MARKER_KEY).map(|key| *key))
        .await;
    match made {
        Ok((key, _)) => Ok(key),
        Err(WriteError::Refused(error) | WriteError::Unavailable(error)) => Err(Failure::work(error)),
    }
}
