//! What the server shows on its one port: the AWS face, and the console.

use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;

use crate::{
    api::Api,
    console::Console,
    http::{Handler, Peer, Refusal, Response},
};

/// The server's faces.
pub struct Faces {
    /// IAM and STS.
    pub api: Arc<Api>,
    /// The console.
    pub console: Console,
}

impl Handler for Faces {
    async fn handle(&self, request: &Parts, body: Bytes, peer: &Peer) -> Response {
        match Console::is_asked(request) {
            true => Box::pin(self.console.answer(request, body, peer)).await,
            false => self.api.handle(request, body, peer).await,
        }
    }

    fn close(&self) {
        self.console.close();
    }

    fn refuse(&self, request: &Parts, refusal: Refusal, peer: &Peer) -> Response {
        self.api.refuse(request, refusal, peer)
    }

    async fn ready(&self) -> Result<(), String> {
        self.api.ready().await
    }

    async fn may_read_metrics(&self, request: &Parts, body: Bytes, peer: &Peer) -> bool {
        self.api.may_read_metrics(request, body, peer).await
    }

    async fn explain(&self, request: &Parts, body: Bytes, peer: &Peer, id: &str) -> Option<Response> {
        Handler::explain(&self.api, request, body, peer, id).await
    }

    async fn reset(&self) -> Option<Result<(), String>> {
        self.api.reset().await
    }
}
