//! A server on a free port, whose handler does what the path says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use keystead_server::http::{
    Detached, Handler, Limits, Listener, Options, Peer, Refusal, Response, Stopped, Tls, serve,
};
use keystead_server::metrics::Metrics;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Longer than anything in these tests takes: a test that hangs fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What tests see of the handler, and hold it with.
pub(crate) struct State {
    /// Requests that reached the handler.
    pub(crate) handled: AtomicUsize,
    /// A permit for each `/wait` and `/write` that has begun.
    pub(crate) begun: Semaphore,
    /// A permit lets one of them go on.
    pub(crate) gate: Semaphore,
    /// `/write`s that came to their end.
    pub(crate) written: AtomicUsize,
    pub(crate) ready: AtomicBool,
    pub(crate) resettable: AtomicBool,
}

pub(crate) struct Scripted {
    state: Arc<State>,
    detached: Detached,
}

impl Handler for Scripted {
    async fn handle(&self, request: &Parts, body: Bytes, peer: &Peer) -> Response {
        self.state.handled.fetch_add(1, Ordering::SeqCst);
        match request.uri.path() {
            "/panic" => panic!("planted"),
            // More than the socket buffers of both sides hold.
            "/large" => return answer(StatusCode::OK, vec![b'x'; 64 * 1024 * 1024]),
            "/wait" => {
                self.state.begun.add_permits(1);
                self.state.gate.acquire().await.unwrap().forget();
            }
            "/write" => {
                let state = Arc::clone(&self.state);
                self.detached
                    .run(async move {
                        state.begun.add_permits(1);
                        state.gate.acquire().await.unwrap().forget();
                        state.written.fetch_add(1, Ordering::SeqCst);
                    })
                    .await;
            }
            _ => {}
        }
        let host = request.headers.get("host").map(|host| host.to_str().unwrap());
        answer(
            StatusCode::OK,
            format!(
                "{} {} {} host={} body={} tls={}\n",
                request.method,
                request.uri.path(),
                peer.address,
                host.unwrap_or("none"),
                body.len(),
                peer.tls.map_or("none", |tls| tls.version),
            ),
        )
    }

    fn refuse(&self, _: &Parts, refusal: Refusal, _: &Peer) -> Response {
        let status = match refusal {
            Refusal::Malformed => StatusCode::BAD_REQUEST,
            Refusal::TargetTooLong => StatusCode::URI_TOO_LONG,
            Refusal::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Refusal::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::BodyTimeout => StatusCode::REQUEST_TIMEOUT,
            Refusal::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
        };
        answer(status, format!("{refusal:?}"))
    }

    async fn ready(&self) -> Result<(), String> {
        if self.state.ready.load(Ordering::SeqCst) {
            Ok(())
        } else {
            Err("the disk is full".to_owned())
        }
    }

    async fn may_read_metrics(&self, request: &Parts, _: Bytes, _: &Peer) -> bool {
        assert!(!request.headers.contains_key("x-panic"), "planted");
        request.headers.contains_key("x-signed")
    }

    async fn reset(&self) -> Option<Result<(), String>> {
        self.state.resettable.load(Ordering::SeqCst).then_some(Ok(()))
    }
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response
}

/// How a test's server differs from the default.
#[derive(Default)]
pub(crate) struct Plan {
    pub(crate) limits: Limits,
    pub(crate) proxies: Vec<&'static str>,
    pub(crate) tls: Option<Tls>,
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) state: Arc<State>,
    pub(crate) metrics: Metrics,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<Stopped>,
}

impl Server {
    pub(crate) async fn start(plan: Plan) -> Self {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let state = Arc::new(State {
            handled: AtomicUsize::new(0),
            begun: Semaphore::new(0),
            gate: Semaphore::new(0),
            written: AtomicUsize::new(0),
            ready: AtomicBool::new(true),
            resettable: AtomicBool::new(false),
        });
        let metrics = Metrics::new("0.0.0", Vec::new(), &[]);
        let detached = Detached::default();
        let handler = Scripted {
            state: Arc::clone(&state),
            detached: detached.clone(),
        };
        let options = Options {
            limits: plan.limits,
            trusted_proxies: plan.proxies.iter().map(|block| block.parse().unwrap()).collect(),
            forwarded_header: Default::default(),
            metrics: metrics.clone(),
            detached,
        };
        let (stop, stopped) = oneshot::channel();
        let listeners = vec![Listener {
            socket,
            tls: plan.tls,
        }];
        let serving = tokio::spawn(serve(listeners, handler, options, async {
            let _ = stopped.await;
        }));
        Self {
            address,
            state,
            metrics,
            stop,
            serving,
        }
    }

    pub(crate) async fn with_limits(change: impl FnOnce(&mut Limits)) -> Self {
        let mut plan = Plan::default();
        change(&mut plan.limits);
        Self::start(plan).await
    }

    /// Waits until so many `/wait` or `/write` have begun.
    pub(crate) async fn begun(&self, requests: u32) {
        timeout(PATIENCE, self.state.begun.acquire_many(requests))
            .await
            .unwrap()
            .unwrap()
            .forget();
    }

    /// Asks the server to stop; the result comes when it has.
    pub(crate) fn stop(self) -> JoinHandle<Stopped> {
        self.stop.send(()).unwrap();
        self.serving
    }

    /// The value of a line of the metrics.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let page = self.metrics.render();
        let value = page
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        value
            .unwrap_or_else(|| panic!("{name} is not in\n{page}"))
            .parse()
            .unwrap()
    }
}
