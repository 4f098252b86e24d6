use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use http::request::Parts;

use super::Body;

/// An answer.
pub type Response = http::Response<Body>;

/// Who sent a request, and over what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer {
    /// The client's address: the socket's, or the one that a trusted proxy names.
    pub address: IpAddr,
    /// The other end of the connection, which is a proxy's if there is one.
    pub socket: SocketAddr,
    /// What was negotiated, if the connection to this server is encrypted.
    pub tls: Option<TlsInfo>,
    /// Whether the client's own connection is encrypted: this one, or the one to a trusted proxy.
    pub secure: bool,
    /// The HTTP version of the request.
    pub version: http::Version,
}

/// What a TLS handshake settled on, in the words of CloudTrail's `tlsDetails`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TlsInfo {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The cipher suite, as IANA names it: `TLS_AES_128_GCM_SHA256`.
    pub cipher: &'static str,
}

/// Why a request was not given to [`Handler::handle`], or did not come out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// `Host` is missing, repeated, or at odds with the request target; or the target is no path.
    Malformed,
    /// The request target is longer than the limit.
    TargetTooLong,
    /// There are more headers, or more bytes of them, than the limits.
    HeadersTooLarge,
    /// The body is longer than the limit.
    BodyTooLarge,
    /// The body came too slowly.
    BodyTimeout,
    /// The bodies that are being received take up all the memory set aside for them.
    Overloaded,
    /// The handler panicked: a fault of Keystead's.
    Panicked,
}

/// What the listener calls for each request.
///
/// A client that hangs up drops the future of [`handle`](Handler::handle) at its next `await`. Work
/// that must not be cut in half, which is every change, belongs into [`Detached::run`](super::Detached::run).
pub trait Handler: Send + Sync + 'static {
    /// Answers a request, whose body has been read whole.
    ///
    /// `request` always has exactly one `host` header: HTTP/2's `:authority` is there under that name.
    fn handle(&self, request: &Parts, body: Bytes, peer: &Peer) -> impl Future<Output = Response> + Send;

    /// Ends what goes on telling: no connection is to be waited for that has nothing more to ask.
    fn close(&self) {}

    /// Words the answer to a request that was refused before, or lost by, [`handle`](Handler::handle).
    fn refuse(&self, request: &Parts, refusal: Refusal, peer: &Peer) -> Response;

    /// Whether the store accepts writes, or else why not, in words for the operator's log (`/-/ready`).
    fn ready(&self) -> impl Future<Output = Result<(), String>> + Send;

    /// Whether this request, which does not come from the server's own machine, may read `/-/metrics`.
    fn may_read_metrics(
        &self,
        request: &Parts,
        body: Bytes,
        peer: &Peer,
    ) -> impl Future<Output = bool> + Send;

    /// Explains how an earlier request was decided (`/-/explain/ID`); `None` where nothing is.
    fn explain(
        &self,
        _request: &Parts,
        _body: Bytes,
        _peer: &Peer,
        _id: &str,
    ) -> impl Future<Output = Option<Response>> + Send {
        async { None }
    }

    /// Returns the server to its first start (`POST /-/reset`); `None` where there is no such thing,
    /// which is everywhere outside test suites.
    fn reset(&self) -> impl Future<Output = Option<Result<(), String>>> + Send {
        async { None }
    }
}
