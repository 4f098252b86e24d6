//! `/-/…`: what the server says about itself.

use std::sync::atomic::Ordering;

use crate::client::ask;
use crate::fixture::{Plan, Server};

async fn status(server: &Server, method: &str, path: &str, headers: &str) -> (u16, String) {
    let answer = ask(
        server.address,
        format!("{method} {path} HTTP/1.1\r\nhost: h\r\n{headers}\r\n"),
    )
    .await;
    (answer.status, answer.body)
}

#[tokio::test]
async fn paths_and_methods() {
    let server = Server::start(Plan::default()).await;
    let rows = [
        ("GET", "/-/health", 200, "alive\n"),
        ("GET", "/-/health?x", 200, "alive\n"),
        ("POST", "/-/health", 405, "only GET and HEAD\n"),
        ("GET", "/-/ready", 200, "ready\n"),
        ("DELETE", "/-/ready", 405, "only GET and HEAD\n"),
        ("POST", "/-/metrics", 405, "only GET and HEAD\n"),
        ("GET", "/-/", 404, "no such path\n"),
        ("GET", "/-/healthy", 404, "no such path\n"),
        ("GET", "/-/reset", 404, "no such path\n"),
        ("POST", "/-/reset", 404, "no such path\n"),
        ("GET", "/-", 200, "GET /- 127.0.0.1 host=h body=0 tls=none\n"),
    ];
    for (method, path, code, body) in rows {
        assert_eq!(
            status(&server, method, path, "").await,
            (code, body.to_owned()),
            "{method} {path}"
        );
    }
    server.state.resettable.store(true, Ordering::SeqCst);
    assert_eq!(status(&server, "POST", "/-/reset", "").await.0, 200);
    server.state.ready.store(false, Ordering::SeqCst);
    assert_eq!(
        status(&server, "GET", "/-/ready", "").await,
        (503, "the store does not accept writes\n".to_owned())
    );
    assert_eq!(status(&server, "GET", "/-/health", "").await.0, 200);
}

#[tokio::test]
async fn metrics_are_for_this_machine_or_for_a_signed_request() {
    let rows = [
        (vec![], "", 200),
        (vec![], "x-forwarded-for: 127.0.0.1\r\n", 403),
        (vec![], "forwarded: for=127.0.0.1\r\n", 403),
        (vec![], "via: 1.1 proxy\r\n", 403),
        (vec![], "x-real-ip: 127.0.0.1\r\n", 403),
        (vec![], "x-forwarded-for: 192.0.2.1\r\nx-signed: yes\r\n", 200),
        (vec!["127.0.0.1"], "x-forwarded-for: 192.0.2.1\r\n", 403),
        (vec!["127.0.0.1"], "x-forwarded-for: 127.0.0.1\r\n", 200),
        (
            vec!["127.0.0.1"],
            "x-forwarded-for: 127.0.0.1, 192.0.2.1\r\n",
            403,
        ),
    ];
    for (proxies, headers, code) in rows {
        let server = Server::start(Plan {
            proxies,
            ..Plan::default()
        })
        .await;
        let (status, body) = status(&server, "GET", "/-/metrics", headers).await;
        assert_eq!(status, code, "{headers}");
        assert_eq!(body.ends_with("# EOF\n"), code == 200, "{headers}");
    }
}

#[tokio::test]
async fn a_panic_costs_one_answer() {
    let server = Server::start(Plan::default()).await;
    let (code, _) = status(&server, "GET", "/-/metrics", "via: 1.1 proxy\r\nx-panic: yes\r\n").await;
    assert_eq!(code, 500);
    assert_eq!(
        server.count(r#"keystead_http_refusals_total{reason="panicked"}"#),
        1
    );
    assert_eq!(status(&server, "GET", "/-/health", "").await.0, 200);
}
