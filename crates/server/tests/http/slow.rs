//! Clients that take their time.

use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, interval};

use crate::client::{Connection, GET};
use crate::fixture::{PATIENCE, Server};

const SHORT: Duration = Duration::from_millis(60);

#[tokio::test]
async fn a_head_that_does_not_come() {
    let server = Server::with_limits(|limits| limits.head_timeout = SHORT).await;
    for start in ["", "G", "PRI * HTTP/2.0\r\n", "GET / HTTP/1.1\r\nhost: h\r\n"] {
        let mut connection = Connection::open(server.address).await;
        connection.send(start).await;
        connection.closed().await;
    }
    // After an answer, it is counted from the next head's first byte.
    let mut connection = Connection::open(server.address).await;
    connection.ask(GET).await;
    connection.send("GET / HT").await;
    connection.closed().await;
    assert_eq!(
        server.count(r#"keystead_connections_closed_total{reason="head_timeout"}"#),
        5
    );
}

#[tokio::test]
async fn a_head_that_drips() {
    let server = Server::with_limits(|limits| limits.head_timeout = SHORT).await;
    let mut connection = Connection::open(server.address).await;
    connection.send("GET / HTTP/1.1\r\nhost: h\r\n").await;
    let begun = Instant::now();
    let mut pace = interval(Duration::from_millis(5));
    while connection.stream.write_all(b"a: b\r\n").await.is_ok() {
        assert!(begun.elapsed() < PATIENCE);
        pace.tick().await;
    }
}

#[tokio::test]
async fn a_connection_that_rests() {
    let server = Server::with_limits(|limits| limits.idle_timeout = SHORT).await;
    let mut connection = Connection::open(server.address).await;
    assert_eq!(connection.ask(GET).await.status, 200);
    connection.closed().await;
    assert_eq!(
        server.count(r#"keystead_connections_closed_total{reason="idle_timeout"}"#),
        1
    );
}

#[tokio::test]
async fn an_answer_that_is_not_read() {
    let server = Server::with_limits(|limits| {
        limits.idle_timeout = SHORT;
        limits.head_timeout = SHORT;
    })
    .await;
    let mut connection = Connection::open(server.address).await;
    connection.send("GET /large HTTP/1.1\r\nhost: h\r\n\r\n").await;
    while server.count("keystead_connections_total") == 0 || server.count("keystead_connections_open") > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_body_that_does_not_come() {
    let server = Server::with_limits(|limits| limits.body_timeout = SHORT).await;
    for start in [
        "content-length: 10\r\n\r\n",
        "content-length: 10\r\n\r\n123",
        "transfer-encoding: chunked\r\n\r\n5\r\nhe",
    ] {
        let mut connection = Connection::open(server.address).await;
        let answer = connection
            .ask(format!("POST / HTTP/1.1\r\nhost: h\r\n{start}"))
            .await;
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (408, "BodyTimeout"),
            "{start}"
        );
    }
}

#[tokio::test]
async fn a_body_that_drips() {
    let server = Server::with_limits(|limits| {
        limits.body_timeout = SHORT;
        limits.body_bytes_per_second_min = 10_000;
    })
    .await;
    let mut connection = Connection::open(server.address).await;
    connection
        .send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 100000\r\n\r\n")
        .await;
    let mut pace = interval(Duration::from_millis(5));
    let answer = loop {
        tokio::select! {
            answer = connection.try_answer(false) => break answer,
            _ = pace.tick() => {}
        }
        let _ = connection.stream.write_all(b"x").await;
    };
    assert_eq!(answer.unwrap().status, 408);
}

#[tokio::test]
async fn a_body_that_keeps_the_pace() {
    let server = Server::with_limits(|limits| {
        limits.body_timeout = SHORT;
        limits.body_bytes_per_second_min = 1;
    })
    .await;
    let mut connection = Connection::open(server.address).await;
    connection
        .send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 50\r\n\r\n")
        .await;
    let mut pace = interval(Duration::from_millis(4));
    for _ in 0..50 {
        connection.send("x").await;
        pace.tick().await;
    }
    assert_eq!(connection.answer().await.status, 200);
}
