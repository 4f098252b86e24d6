//! Running out of file descriptors. The limit is the process's, so this is a process of its own.

#![allow(clippy::unwrap_used)]

use std::fs::File;
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use keystead_server::http::{Detached, Handler, Limits, Listener, Options, Peer, Refusal, Response, serve};
use keystead_server::metrics::Metrics;
use rustix::process::{Resource, Rlimit, setrlimit};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::timeout;

struct Hello;

impl Handler for Hello {
    async fn handle(&self, _: &Parts, _: Bytes, _: &Peer) -> Response {
        Response::new("hello".into())
    }

    fn refuse(&self, _: &Parts, _: Refusal, _: &Peer) -> Response {
        Response::new("refused".into())
    }

    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    async fn may_read_metrics(&self, _: &Parts, _: Bytes, _: &Peer) -> bool {
        false
    }
}

#[tokio::test]
async fn connections_wait_until_there_are_files_again() {
    let few = Rlimit {
        current: Some(64),
        maximum: Some(64),
    };
    setrlimit(Resource::Nofile, few).unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let metrics = Metrics::new("0.0.0", Vec::new(), &[]);
    let options = Options {
        limits: Limits::default(),
        trusted_proxies: Vec::new(),
        forwarded_header: Default::default(),
        metrics: metrics.clone(),
        detached: Detached::default(),
    };
    tokio::spawn(serve(
        vec![Listener { socket, tls: None }],
        Hello,
        options,
        std::future::pending(),
    ));

    let client = TcpSocket::new_v4().unwrap();
    let mut hoarded = Vec::new();
    while let Ok(file) = File::open("/dev/null") {
        hoarded.push(file);
    }
    let mut client = client.connect(address).await.unwrap();
    client
        .write_all(b"GET / HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    while metrics.render().contains("keystead_accept_errors_total 0") {
        tokio::task::yield_now().await;
    }
    drop(hoarded);
    let mut answer = String::new();
    timeout(Duration::from_secs(20), client.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.ends_with("hello"), "{answer}");
}
