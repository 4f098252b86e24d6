//! The console: pages over the same operations as the API, for people in front of a browser.
//!
//! A page has no way into the store but [`Visitor::perform`], which runs an operation as the API does: with its
//! authorisation, its audit record and its log line. Pages are rendered here, and work without script.

mod access_key;
mod account;
mod ask;
mod assets;
mod attachments;
mod cookie;
mod dashboard;
mod download;
mod events;
mod field;
mod fields;
mod frame;
mod group;
mod json_text;
mod listing;
mod live;
mod moment;
mod new_user;
mod notice;
mod origin;
mod page;
mod path;
mod policy;
mod problem;
mod role;
mod routes;
mod sign_in;
mod simulation;
mod tagging;
mod user;
mod users;
mod visitor;

use std::sync::Arc;

use axum::{Router, body::Body as RouterBody, response::IntoResponse};
use bytes::Bytes;
use http::{Method, Request, header, request::Parts};
use tower::ServiceExt;

use crate::{
    api::{Api, Visit},
    http::{Body, Peer, Response},
};

use origin::Origin;
pub use origin::PublicOrigin;

/// Where the console is.
pub const PREFIX: &str = "/console/";

/// The console.
pub struct Console {
    router: Router,
    shared: Arc<Shared>,
}

/// What all pages share.
pub(crate) struct Shared {
    api: Arc<Api>,
    origin: PublicOrigin,
    live: live::Live,
}

impl Console {
    /// A console over `api`.
    pub fn new(api: Arc<Api>, origin: PublicOrigin) -> Self {
        let shared = Arc::new(Shared {
            api,
            origin,
            live: live::Live::default(),
        });
        Self {
            router: routes::routes(Arc::clone(&shared)),
            shared,
        }
    }

    /// Whether a request is for the console.
    pub(crate) fn is_asked(request: &Parts) -> bool {
        let path = request.uri.path();
        path.starts_with(PREFIX) || path == "/console" || is_browser_at_root(request)
    }

    /// Answers a request. What may change something goes on when the browser has gone.
    pub(crate) async fn answer(&self, request: &Parts, body: Bytes, peer: &Peer) -> Response {
        let origin = self.shared.origin.of(request, peer);
        let response = if is_safe(&request.method) {
            self.router
                .clone()
                .oneshot(routed(request, body, peer, &origin))
                .await
        } else if origin.is_from_own_page(request) {
            let answering = self.router.clone().oneshot(routed(request, body, peer, &origin));
            self.shared.api.detached.run(answering).await
        } else {
            Ok(problem::Problem::ForeignOrigin.into_response())
        };
        let mut response = response.unwrap_or_else(|never| match never {});
        page::guard(&mut response, &origin);
        response.map(Body::parts)
    }

    /// Ends the pages that go on telling.
    pub(crate) fn close(&self) {
        self.shared.live.close();
    }
}

/// The request as the routes take it.
fn routed(request: &Parts, body: Bytes, peer: &Peer, origin: &Origin) -> Request<RouterBody> {
    let mut routed = Request::new(RouterBody::from(body));
    *routed.method_mut() = request.method.clone();
    *routed.uri_mut() = request.uri.clone();
    *routed.headers_mut() = request.headers.clone();
    routed.extensions_mut().insert(Visit::new(request, *peer));
    routed.extensions_mut().insert(origin.clone());
    routed
}

/// Whether somebody typed the server's address into a browser. A client of the API signs, or names an operation.
fn is_browser_at_root(request: &Parts) -> bool {
    let accept = request
        .headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok());
    request.method == Method::GET
        && request.uri.path() == "/"
        && request.uri.query().is_none()
        && !request.headers.contains_key(header::AUTHORIZATION)
        && accept.is_some_and(|accept| accept.starts_with("text/html"))
}

/// Whether a method changes nothing.
fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
