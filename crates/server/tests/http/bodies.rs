//! Bodies: whole, too long, cut short.

use std::sync::atomic::Ordering;

use keystead_types::limits::REQUEST_BODY_BYTES_MAX;
use tokio::io::AsyncWriteExt;

use crate::client::{Connection, GET, post};
use crate::fixture::{Plan, Server};

fn chunked(body: &[u8], chunk: usize) -> Vec<u8> {
    let mut request = b"POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for chunk in body.chunks(chunk) {
        request.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        request.extend_from_slice(chunk);
        request.extend_from_slice(b"\r\n");
    }
    request.extend_from_slice(b"0\r\ntrailer: passed over\r\n\r\n");
    request
}

#[tokio::test]
async fn bodies_at_their_bound_and_beyond() {
    let server = Server::start(Plan::default()).await;
    let body = vec![b'x'; REQUEST_BODY_BYTES_MAX + 1];
    let (fits, beyond) = (&body[1..], &body[..]);
    let rows = [
        (post("/", fits), true),
        (post("/", beyond), false),
        (chunked(fits, 50_000), true),
        (chunked(beyond, 50_000), false),
        (chunked(&fits[..3000], 1), true),
    ];
    for (index, (request, accepted)) in rows.into_iter().enumerate() {
        let mut connection = Connection::open(server.address).await;
        // All of it is sent before anything is read, as simple clients do.
        connection.send(&request).await;
        let answer = connection.answer().await;
        if accepted {
            assert_eq!(answer.status, 200, "{index}");
            assert_eq!(connection.ask(GET).await.status, 200, "{index}");
        } else {
            assert_eq!(
                (answer.status, answer.body.as_str()),
                (413, "BodyTooLarge"),
                "{index}"
            );
            assert_eq!(answer.header("connection"), Some("close"));
            connection.closed().await;
        }
    }
    assert_eq!(
        server.count(r#"keystead_http_refusals_total{reason="body_too_large"}"#),
        2
    );
}

#[tokio::test]
async fn a_length_beyond_the_bound_is_refused_before_the_body() {
    let server = Server::start(Plan::default()).await;
    for expect in ["", "expect: 100-continue\r\n"] {
        let mut connection = Connection::open(server.address).await;
        let answer = connection
            .ask(format!(
                "POST / HTTP/1.1\r\nhost: h\r\n{expect}content-length: 99999999999\r\n\r\n"
            ))
            .await;
        assert_eq!(answer.status, 413);
    }
}

#[tokio::test]
async fn expectations_are_met() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    let head = "POST / HTTP/1.1\r\nhost: h\r\nExpect: 100-continue\r\ncontent-length: 5\r\n\r\n";
    assert_eq!(connection.ask(head).await.status, 100);
    let answer = connection.ask("hello").await;
    assert_eq!((answer.status, answer.body.contains("body=5")), (200, true));
}

#[tokio::test]
async fn a_cut_body_is_never_run() {
    let server = Server::start(Plan::default()).await;
    let rows = [
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 10\r\n\r\n123",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\ntransfer-encoding: chunked\r\n\r\nnot a size\r\n",
        "POST / HTTP/1.1\r\nhost: h\r\n",
    ];
    for request in rows {
        let mut connection = Connection::open(server.address).await;
        connection.send(request).await;
        connection.stream.shutdown().await.unwrap();
        connection.closed().await;
    }
    assert_eq!(server.state.handled.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn memory_for_bodies_is_bounded() {
    let server = Server::with_limits(|limits| limits.body_memory_bytes_max = 200_000).await;
    let mut waiting = Connection::open(server.address).await;
    let head = "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 300000\r\n\r\n";
    let answer = waiting.ask([head.as_bytes(), &[b'x'; 300_000]].concat()).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, "Overloaded"));
    // What was taken has been given back.
    for _ in 0..5 {
        let mut connection = Connection::open(server.address).await;
        assert_eq!(connection.ask(post("/", &[b'x'; 150_000])).await.status, 200);
    }
}
