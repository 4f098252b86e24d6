use std::future::poll_fn;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::task::Poll;

use http::header::{CONNECTION, CONTENT_LENGTH, EXPECT, HOST};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode, Version};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioExecutor;
use hyper_util::server::conn::auto;
use keystead_types::limits::{REQUEST_HEADERS_BYTES_MAX, REQUEST_HEADERS_MAX, REQUEST_TARGET_BYTES_MAX};

use super::activity::Activity;
use super::body::{Memory, Unreceived, discard, receive};
use super::forwarded::TrustedProxies;
use super::{Handler, Limits, Peer, Refusal, Response, TlsInfo, own_paths};
use crate::metrics::Metrics;

/// What all connections share.
pub(super) struct Shared<H> {
    pub(super) handler: H,
    pub(super) limits: Limits,
    pub(super) proxies: TrustedProxies,
    pub(super) metrics: Metrics,
    pub(super) memory: Memory,
    /// What the last answer to `/-/ready` was.
    pub(super) ready: AtomicBool,
    pub(super) protocol: auto::Builder<TokioExecutor>,
}

/// What the requests of one connection share.
pub(super) struct Line<H> {
    pub(super) shared: Arc<Shared<H>>,
    pub(super) socket: SocketAddr,
    pub(super) tls: Option<TlsInfo>,
    pub(super) activity: Arc<Activity>,
}

/// A request broke off, so that its connection has nothing more to say.
#[derive(Debug)]
pub(super) struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the request broke off")
    }
}

impl std::error::Error for BrokenOff {}

/// Answers one request, whatever becomes of it.
pub(super) async fn answer<H: Handler>(
    line: Arc<Line<H>>,
    request: Request<Incoming>,
) -> Result<Response, BrokenOff> {
    let shared = &*line.shared;
    let in_flight = line.activity.begin();
    let (mut parts, mut body) = request.into_parts();
    let peer = Peer {
        address: shared.proxies.client(line.socket.ip(), &parts.headers),
        socket: line.socket,
        tls: line.tls,
        secure: shared
            .proxies
            .is_secure(line.socket.ip(), line.tls.is_some(), &parts.headers),
        version: parts.version,
    };
    let patience = if parts.version == Version::HTTP_2 {
        line.activity.set_multiplexed();
        0
    } else {
        1
    };
    let received = match examine(&mut parts) {
        Ok(()) => receive(&mut body, &shared.limits, &shared.memory, patience).await,
        Err(refusal) => Err(Unreceived::Refused(refusal)),
    };
    let mut response = match received {
        Ok(bytes) if is_own(&parts) => {
            let answering = Box::pin(own_paths::answer(shared, &parts, bytes, &peer));
            run(shared, &parts, &peer, answering).await
        }
        Ok(bytes) => {
            let handling = shared.handler.handle(&parts, bytes, &peer);
            run(shared, &parts, &peer, handling).await
        }
        Err(Unreceived::Cut) => return Err(BrokenOff),
        Err(Unreceived::Refused(refusal)) => {
            let mut response = refuse(shared, &parts, refusal, &peer);
            if parts.version != Version::HTTP_2 {
                response
                    .headers_mut()
                    .insert(CONNECTION, HeaderValue::from_static("close"));
                // Who waits for `100 Continue` sends no body, and reading it would say so.
                if !body.is_end_stream() && !parts.headers.contains_key(EXPECT) {
                    tokio::spawn(discard(body));
                }
            }
            response
        }
    };
    if parts.method == Method::HEAD {
        strip_body(&mut response);
    }
    if response.body().is_in_parts() {
        response.body_mut().keep(in_flight);
    }
    Ok(response)
}

/// Whether the path is one of Keystead's own, which are no AWS operations.
fn is_own(parts: &Parts) -> bool {
    parts.uri.path().starts_with("/-/")
}

/// Holds the head against the limits and settles who `host` is.
fn examine(parts: &mut Parts) -> Result<(), Refusal> {
    let target_bytes = parts
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if target_bytes > REQUEST_TARGET_BYTES_MAX {
        return Err(Refusal::TargetTooLong);
    }
    let header_bytes: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if parts.headers.len() > REQUEST_HEADERS_MAX || header_bytes > REQUEST_HEADERS_BYTES_MAX {
        return Err(Refusal::HeadersTooLarge);
    }
    if !parts.uri.path().starts_with('/') {
        return Err(Refusal::Malformed);
    }
    let mut hosts = parts.headers.get_all(HOST).iter();
    match (hosts.next(), hosts.next(), parts.uri.authority()) {
        (Some(_), None, None) => Ok(()),
        (Some(host), None, Some(authority))
            if host
                .as_bytes()
                .eq_ignore_ascii_case(authority.as_str().as_bytes()) =>
        {
            Ok(())
        }
        (None, None, Some(authority)) if !authority.as_str().contains('@') => {
            let host = HeaderValue::from_str(authority.as_str()).map_err(|_| Refusal::Malformed)?;
            parts.headers.insert(HOST, host);
            Ok(())
        }
        // The health checks of load balancers still speak HTTP/1.0 without a host.
        (None, None, None) if is_own(parts) => Ok(()),
        _ => Err(Refusal::Malformed),
    }
}

/// Waits for an answer. A panic is its own affair: it costs this request an apology, and nothing else.
async fn run<H: Handler>(
    shared: &Shared<H>,
    parts: &Parts,
    peer: &Peer,
    handling: impl Future<Output = Response>,
) -> Response {
    let mut handling = pin!(handling);
    let outcome = poll_fn(
        |cx| match catch_unwind(AssertUnwindSafe(|| handling.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        },
    );
    match outcome.await {
        Some(response) => response,
        None => refuse(shared, parts, Refusal::Panicked, peer),
    }
}

fn refuse<H: Handler>(shared: &Shared<H>, parts: &Parts, refusal: Refusal, peer: &Peer) -> Response {
    shared.metrics.refused(refusal);
    catch_unwind(AssertUnwindSafe(|| shared.handler.refuse(parts, refusal, peer))).unwrap_or_else(|_| {
        let mut response = Response::default();
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

/// Keeps of an answer to HEAD what its body would have been like.
fn strip_body(response: &mut Response) {
    if let Some(bytes) = response.body().size_hint().exact() {
        response
            .headers_mut()
            .insert(CONTENT_LENGTH, HeaderValue::from(bytes));
    }
    *response.body_mut() = super::Body::default();
}
