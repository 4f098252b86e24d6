//! What a request is when it reaches the handler, and what becomes of its answer.

use std::sync::atomic::Ordering;

use crate::client::{Connection, GET, ask, post};
use crate::fixture::{Plan, Server};

#[tokio::test]
async fn one_connection_many_requests() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    let answer = connection.ask(GET).await;
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "GET / 127.0.0.1 host=h body=0 tls=none\n")
    );
    assert!(answer.header("date").is_some());
    let answer = connection.ask(post("/a", b"Action=x")).await;
    assert_eq!(answer.body, "POST /a 127.0.0.1 host=h body=8 tls=none\n");
    assert_eq!(server.count("keystead_connections_total"), 1);
    assert_eq!(server.count("keystead_connections_open"), 1);
}

#[tokio::test]
async fn pipelined_requests_are_answered_in_order() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    let mut requests = Vec::new();
    for index in 0..40 {
        requests.extend_from_slice(&post(&format!("/{index}"), &[b'x'; 40][..index]));
    }
    connection.send(&requests).await;
    for index in 0..40 {
        let body = connection.answer().await.body;
        assert_eq!(
            body,
            format!("POST /{index} 127.0.0.1 host=h body={index} tls=none\n")
        );
    }
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    connection.send("HEAD / HTTP/1.1\r\nhost: h\r\n\r\n").await;
    let answer = connection.try_answer(true).await.unwrap();
    assert_eq!(
        (answer.status, answer.header("content-length")),
        (200, Some("40"))
    );
    // What comes next is the next answer, not a body.
    assert_eq!(connection.ask(GET).await.status, 200);
}

#[tokio::test]
async fn a_panic_costs_one_request() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    let answer = connection.ask("GET /panic HTTP/1.1\r\nhost: h\r\n\r\n").await;
    assert_eq!((answer.status, answer.body.as_str()), (500, "Panicked"));
    assert_eq!(connection.ask(GET).await.status, 200);
    assert_eq!(
        server.count(r#"keystead_http_refusals_total{reason="panicked"}"#),
        1
    );
}

#[tokio::test]
async fn addresses_come_from_trusted_proxies_only() {
    let rows = [
        (vec![], "127.0.0.1"),
        (vec!["10.0.0.0/8"], "127.0.0.1"),
        (vec!["127.0.0.1"], "198.51.100.7"),
        (vec!["127.0.0.0/8", "198.51.100.0/24"], "192.0.2.1"),
    ];
    for (proxies, expected) in rows {
        let server = Server::start(Plan {
            proxies,
            ..Plan::default()
        })
        .await;
        let request = "GET / HTTP/1.1\r\nhost: h\r\nx-forwarded-for: 192.0.2.1\r\nX-Forwarded-For: 198.51.100.7\r\n\r\n";
        let body = ask(server.address, request).await.body;
        assert!(body.starts_with(&format!("GET / {expected} ")), "{body}");
    }
}

#[tokio::test]
async fn a_change_outlives_its_client() {
    let server = Server::start(Plan::default()).await;
    let mut connection = Connection::open(server.address).await;
    connection.send(post("/write", b"")).await;
    server.begun(1).await;
    drop(connection);
    // The server has seen the client go when the connection is no longer counted.
    while server.count("keystead_connections_open") > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.state.written.load(Ordering::SeqCst), 0);
    server.state.gate.add_permits(1);
    while server.state.written.load(Ordering::SeqCst) == 0 {
        tokio::task::yield_now().await;
    }
}
