use std::sync::atomic::Ordering;

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};

use super::forwarded::is_forwarded;
use super::request::Shared;
use super::{Handler, Peer, Response};
use crate::metrics;

/// Answers a request for what the server says about itself.
pub(super) async fn answer<H: Handler>(
    shared: &Shared<H>,
    parts: &Parts,
    body: Bytes,
    peer: &Peer,
) -> Response {
    let path = parts.uri.path();
    if path == "/-/reset" && parts.method == Method::POST {
        return match shared.handler.reset().await {
            Some(Ok(())) => text(StatusCode::OK, "reset\n"),
            Some(Err(reason)) => text(StatusCode::SERVICE_UNAVAILABLE, format!("{reason}\n")),
            None => not_found(),
        };
    }
    let explained = path.strip_prefix("/-/explain/");
    if !matches!(path, "/-/health" | "/-/ready" | "/-/metrics") && explained.is_none() {
        return not_found();
    }
    if !matches!(parts.method, Method::GET | Method::HEAD) {
        let mut response = text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD\n");
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        return response;
    }
    if let Some(id) = explained {
        let explaining = shared.handler.explain(parts, body, peer, id);
        return explaining.await.unwrap_or_else(not_found);
    }
    match path {
        "/-/health" => text(StatusCode::OK, "alive\n"),
        "/-/ready" => ready(shared).await,
        _ if is_local(shared, parts, peer) || shared.handler.may_read_metrics(parts, body, peer).await => {
            let mut response = text(StatusCode::OK, shared.metrics.render());
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(metrics::CONTENT_TYPE));
            response
        }
        _ => text(
            StatusCode::FORBIDDEN,
            "metrics are for this machine, or for a signed request\n",
        ),
    }
}

/// Says whether the server is ready. Anybody may ask, as often as they like: so the reason is for the log
/// alone, and only when it is news.
async fn ready<H: Handler>(shared: &Shared<H>) -> Response {
    let ready = shared.handler.ready().await;
    let was_ready = shared.ready.swap(ready.is_ok(), Ordering::Relaxed);
    match ready {
        Ok(()) => {
            if !was_ready {
                tracing::info!("the server is ready again");
            }
            text(StatusCode::OK, "ready\n")
        }
        Err(reason) => {
            if was_ready {
                tracing::error!(
                    reason,
                    "the server is not ready: the store does not accept writes"
                );
            }
            text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the store does not accept writes\n",
            )
        }
    }
}

/// Whether the request comes from the server's own machine, and not through a proxy there.
fn is_local<H>(shared: &Shared<H>, parts: &Parts, peer: &Peer) -> bool {
    let socket = peer.socket.ip().to_canonical();
    let through_proxy = is_forwarded(&parts.headers);
    socket.is_loopback()
        && (!through_proxy || (shared.proxies.contains(socket) && peer.address.is_loopback()))
}

fn not_found() -> Response {
    text(StatusCode::NOT_FOUND, "no such path\n")
}

fn text(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(body.into().into());
    *response.status_mut() = status;
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    response
}
