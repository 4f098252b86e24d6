//! The end: what has begun is finished, within bounds.

use std::sync::atomic::Ordering;
use std::time::Duration;

use keystead_server::http::{Stopped, shutdown_signal};
use rustix::process::{Signal, getpid, kill_process};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::client::{Connection, GET, post};
use crate::fixture::{PATIENCE, Plan, Server};

const CLEAN: Stopped = Stopped {
    connections_cut: 0,
    work_running: 0,
};

#[tokio::test]
async fn what_has_begun_is_finished() {
    let server = Server::start(Plan::default()).await;
    let (address, state) = (server.address, server.state.clone());
    let mut idle = Connection::open(address).await;
    idle.ask(GET).await;
    let mut busy = Connection::open(address).await;
    busy.send("GET /wait HTTP/1.1\r\nhost: h\r\n\r\n").await;
    server.begun(1).await;
    let stopping = server.stop();
    idle.closed().await;
    assert!(
        TcpStream::connect(address).await.is_err(),
        "nobody listens any more"
    );
    state.gate.add_permits(1);
    let answer = busy.answer().await;
    assert_eq!((answer.status, answer.header("connection")), (200, Some("close")));
    busy.closed().await;
    assert_eq!(timeout(PATIENCE, stopping).await.unwrap().unwrap(), CLEAN);
}

#[tokio::test]
async fn a_change_without_a_client_is_finished() {
    let server = Server::start(Plan::default()).await;
    let state = server.state.clone();
    let mut gone = Connection::open(server.address).await;
    gone.send(post("/write", b"")).await;
    server.begun(1).await;
    drop(gone);
    let stopping = server.stop();
    state.gate.add_permits(1);
    assert_eq!(timeout(PATIENCE, stopping).await.unwrap().unwrap(), CLEAN);
    assert_eq!(state.written.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn what_does_not_end_is_cut() {
    let server = Server::with_limits(|limits| limits.shutdown_timeout = Duration::from_millis(30)).await;
    let mut read = Connection::open(server.address).await;
    read.send("GET /wait HTTP/1.1\r\nhost: h\r\n\r\n").await;
    let mut write = Connection::open(server.address).await;
    write.send(post("/write", b"")).await;
    server.begun(2).await;
    let stopped = timeout(PATIENCE, server.stop()).await.unwrap().unwrap();
    assert_eq!(
        stopped,
        Stopped {
            connections_cut: 2,
            work_running: 1
        }
    );
    read.closed().await;
    write.closed().await;
}

#[tokio::test]
async fn signals_end_it() {
    for signal in [Signal::TERM, Signal::INT] {
        let ended = shutdown_signal().unwrap();
        kill_process(getpid(), signal).unwrap();
        timeout(PATIENCE, ended).await.unwrap();
    }
}
