//! Bounds on a request's head, and heads that are none.

use std::sync::atomic::Ordering;

use keystead_types::limits::{REQUEST_HEADERS_BYTES_MAX, REQUEST_HEADERS_MAX, REQUEST_TARGET_BYTES_MAX};

use crate::client::{Connection, GET, ask};
use crate::fixture::{Plan, Server};

fn get(target: &str, headers: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: h\r\n{headers}\r\n")
}

#[tokio::test]
async fn heads_at_their_bounds_and_beyond() {
    let server = Server::start(Plan::default()).await;
    let target = |bytes: usize| get(&format!("/?{}", "x".repeat(bytes - 2)), "");
    // `host: h` is there too.
    let many = |count: usize| get("/", &"a: b\r\n".repeat(count - 1));
    let large = |bytes: usize| {
        let rest = bytes - "hosth".len();
        get(
            "/",
            &format!(
                "a: {}\r\nb: {}\r\n",
                "x".repeat(rest / 2 - 1),
                "x".repeat(rest - rest / 2 - 1)
            ),
        )
    };
    let rows = [
        (target(REQUEST_TARGET_BYTES_MAX), 200, ""),
        (target(REQUEST_TARGET_BYTES_MAX + 1), 414, "TargetTooLong"),
        (many(REQUEST_HEADERS_MAX), 200, ""),
        (many(REQUEST_HEADERS_MAX + 1), 431, "HeadersTooLarge"),
        (many(200), 431, ""),
        (large(REQUEST_HEADERS_BYTES_MAX), 200, ""),
        (large(REQUEST_HEADERS_BYTES_MAX + 1), 431, "HeadersTooLarge"),
        (large(1_000_000), 431, ""),
    ];
    for (request, status, body) in rows {
        let start = &request[..request.len().min(60)];
        let mut connection = Connection::open(server.address).await;
        connection.send(&request).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, status, "{start}");
        assert!(status == 200 || answer.body == body, "{start} {}", answer.body);
        if status != 200 {
            connection.closed().await;
        }
    }
}

#[tokio::test]
async fn hosts_and_targets() {
    let server = Server::start(Plan::default()).await;
    let rows = [
        ("GET / HTTP/1.1\r\nhost: h:1\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.0\r\n\r\n", 400),
        ("GET /-/health HTTP/1.0\r\n\r\n", 200),
        ("GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nHost: b\r\n\r\n", 400),
        ("GET http://a:1/ HTTP/1.1\r\nhost: A:1\r\n\r\n", 200),
        ("GET http://a/ HTTP/1.1\r\nhost: b\r\n\r\n", 400),
        ("OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n", 400),
        ("GET relative HTTP/1.1\r\nhost: a\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\n folded: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nna me: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nhost: a\r\nno colon\r\n\r\n", 400),
        ("GET / HTTP/3.7\r\nhost: a\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n", 400),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
            400,
        ),
        (
            "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n",
            400,
        ),
        ("\u{16}\u{3}\u{1}\u{2} not HTTP at all\r\n\r\n", 400),
    ];
    for (request, status) in rows {
        let mut connection = Connection::open(server.address).await;
        assert_eq!(connection.ask(request).await.status, status, "{request}");
        if status == 400 {
            connection.closed().await;
        }
    }
}

#[tokio::test]
async fn bytes_beyond_ascii_reach_the_handler() {
    let server = Server::start(Plan::default()).await;
    assert_eq!(
        ask(
            server.address,
            b"GET / HTTP/1.1\r\nhost: h\r\nx: \xe4\xff\r\n\r\n"
        )
        .await
        .status,
        200
    );
}

#[tokio::test]
async fn two_lengths_end_the_connection() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    let smuggled =
        "POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 60\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n";
    connection.send(format!("{smuggled}{GET}")).await;
    assert_eq!(connection.answer().await.status, 200);
    connection.closed().await;
    assert_eq!(server.state.handled.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn connections_are_bounded() {
    let server = Server::with_limits(|limits| limits.connections_max = 2).await;
    let mut first = Connection::open(server.address).await;
    let mut second = Connection::open(server.address).await;
    assert_eq!(first.ask(GET).await.status, 200);
    assert_eq!(second.ask(GET).await.status, 200);
    Connection::open(server.address).await.closed().await;
    assert_eq!(
        server.count(r#"keystead_connections_refused_total{reason="too_many"}"#),
        1
    );
    drop(first);
    while server.count("keystead_connections_open") > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(ask(server.address, GET).await.status, 200);
    assert_eq!(second.ask(GET).await.status, 200);
}

#[tokio::test]
async fn connections_of_one_source_are_bounded() {
    let server = Server::with_limits(|limits| limits.connections_per_source_max = 1).await;
    let mut first = Connection::open(server.address).await;
    assert_eq!(first.ask(GET).await.status, 200);
    Connection::open(server.address).await.closed().await;
    assert_eq!(
        server.count(r#"keystead_connections_refused_total{reason="too_many_of_source"}"#),
        1
    );

    let mut plan = Plan {
        proxies: vec!["127.0.0.1"],
        ..Plan::default()
    };
    plan.limits.connections_per_source_max = 1;
    let proxied = Server::start(plan).await;
    let mut first = Connection::open(proxied.address).await;
    assert_eq!(first.ask(GET).await.status, 200);
    assert_eq!(ask(proxied.address, GET).await.status, 200);
}
