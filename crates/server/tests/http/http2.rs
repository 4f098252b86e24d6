//! HTTP/2 with prior knowledge; over TLS it is in `tls`.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming};
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};
use keystead_types::limits::{REQUEST_BODY_BYTES_MAX, REQUEST_HEADERS_BYTES_MAX, REQUEST_HEADERS_MAX};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::fixture::{PATIENCE, Plan, Server};

type Client = (SendRequest<TestBody>, JoinHandle<hyper::Result<()>>);

pub(crate) async fn connect(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Client {
    let (sender, connection) = handshake(TokioExecutor::new(), TokioIo::new(stream))
        .await
        .unwrap();
    (sender, tokio::spawn(connection))
}

/// A body of which a part may be missing for ever.
pub(crate) struct TestBody {
    part: Option<Bytes>,
    ends: bool,
}

impl Body for TestBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.part.take() {
            Some(part) => Poll::Ready(Some(Ok(Frame::data(part)))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

pub(crate) fn request(method: &str, path: &str, body: impl Into<Bytes>) -> Request<TestBody> {
    Request::builder()
        .method(method)
        .uri(format!("http://h:1{path}"))
        .body(TestBody {
            part: Some(body.into()),
            ends: true,
        })
        .unwrap()
}

pub(crate) async fn read(response: http::Response<Incoming>) -> String {
    assert_eq!(response.version(), Version::HTTP_2);
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

async fn open(server: &Server) -> (SendRequest<TestBody>, JoinHandle<hyper::Result<()>>) {
    connect(TcpStream::connect(server.address).await.unwrap()).await
}

#[tokio::test]
async fn requests_share_a_connection() {
    let server = Server::start(Plan::default()).await;
    let (mut sender, _) = open(&server).await;
    let waiting = sender.send_request(request("GET", "/wait", ""));
    let answer = sender
        .send_request(request("POST", "/a", "Action=x"))
        .await
        .unwrap();
    assert_eq!(read(answer).await, "POST /a 127.0.0.1 host=h:1 body=8 tls=none\n");
    server.begun(1).await;
    server.state.gate.add_permits(1);
    assert_eq!(waiting.await.unwrap().status(), StatusCode::OK);
    assert_eq!(server.count("keystead_connections_total"), 1);
}

#[tokio::test]
async fn bounds() {
    let server = Server::start(Plan::default()).await;
    let (mut sender, _) = open(&server).await;
    let with_headers = |count: usize, bytes: usize| {
        let mut request = request("GET", "/", "");
        for index in 0..count {
            request.headers_mut().insert(
                http::HeaderName::try_from(format!("x{index}")).unwrap(),
                "v".repeat(bytes).parse().unwrap(),
            );
        }
        request
    };
    let rows = [
        (request("POST", "/", vec![0; REQUEST_BODY_BYTES_MAX]), 200),
        (request("POST", "/", vec![0; REQUEST_BODY_BYTES_MAX + 1]), 413),
        // `:authority` counts as `host`.
        (with_headers(REQUEST_HEADERS_MAX - 1, 1), 200),
        (with_headers(REQUEST_HEADERS_MAX + 1, 1), 431),
        (with_headers(1, REQUEST_HEADERS_BYTES_MAX), 431),
        (with_headers(5, 10_000), 431),
        (request("GET", "/panic", ""), 500),
        (request("GET", "/-/health", ""), 200),
        (request("GET", "/", ""), 200),
    ];
    for (index, (request, status)) in rows.into_iter().enumerate() {
        let answer = timeout(PATIENCE, sender.send_request(request)).await.unwrap();
        assert_eq!(answer.unwrap().status(), status, "{index}");
    }
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let server = Server::start(Plan::default()).await;
    let (mut sender, _) = open(&server).await;
    let answer = sender.send_request(request("HEAD", "/", "")).await.unwrap();
    assert_eq!(answer.headers()["content-length"], "42");
    assert_eq!(read(answer).await, "");
}

#[tokio::test]
async fn two_hosts_must_agree() {
    let server = Server::start(Plan::default()).await;
    let (mut sender, _) = open(&server).await;
    for (host, status) in [("h:1", 200), ("other", 400)] {
        let mut request = request("GET", "/", "");
        request.headers_mut().insert("host", host.parse().unwrap());
        assert_eq!(
            sender.send_request(request).await.unwrap().status(),
            status,
            "{host}"
        );
    }
}

#[tokio::test]
async fn a_body_that_does_not_come() {
    let server = Server::with_limits(|limits| limits.body_timeout = Duration::from_millis(60)).await;
    let (mut sender, _) = open(&server).await;
    for part in [None, Some(Bytes::from_static(b"Action="))] {
        let request = Request::post("http://h/")
            .body(TestBody { part, ends: false })
            .unwrap();
        let answer = timeout(PATIENCE, sender.send_request(request))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(answer.status(), 408);
    }
    assert_eq!(server.state.handled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_connection_that_rests() {
    let server = Server::with_limits(|limits| limits.idle_timeout = Duration::from_millis(60)).await;
    let (mut sender, connection) = open(&server).await;
    assert_eq!(
        sender
            .send_request(request("GET", "/", ""))
            .await
            .unwrap()
            .status(),
        200
    );
    timeout(PATIENCE, connection)
        .await
        .unwrap()
        .unwrap()
        .expect("an orderly end");
}

#[tokio::test]
async fn a_shutdown_finishes_streams() {
    let server = Server::start(Plan::default()).await;
    let state = server.state.clone();
    let (mut sender, connection) = open(&server).await;
    let waiting = tokio::spawn(sender.send_request(request("GET", "/wait", "")));
    server.begun(1).await;
    let stopping = server.stop();
    state.gate.add_permits(1);
    assert_eq!(waiting.await.unwrap().unwrap().status(), 200);
    let stopped = timeout(PATIENCE, stopping).await.unwrap().unwrap();
    assert_eq!((stopped.connections_cut, stopped.work_running), (0, 0));
    timeout(PATIENCE, connection)
        .await
        .unwrap()
        .unwrap()
        .expect("an orderly end");
}
