use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use keystead_types::limits::{REQUEST_HEADERS_BYTES_MAX, REQUEST_HEADERS_MAX, REQUEST_TARGET_BYTES_MAX};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::activity::Watched;
use super::body::Memory;
use super::connections::{Connections, Place};
use super::forwarded::TrustedProxies;
use super::open_files::connections_affordable;
use super::request::{Line, Shared, answer};
use super::{AddressBlock, Detached, ForwardedHeader, Handler, Limits, Tls, TlsInfo};
use crate::metrics::{ConnectionRefusal, Metrics};

/// A socket that listens, with or without TLS.
pub struct Listener {
    /// The bound socket.
    pub socket: TcpListener,
    /// The certificate to show; none for plain HTTP.
    pub tls: Option<Tls>,
}

/// How to serve.
pub struct Options {
    /// Bounds on connections.
    pub limits: Limits,
    /// Proxies whose word about their clients' addresses is taken.
    pub trusted_proxies: Vec<AddressBlock>,
    /// The header in which they give it.
    pub forwarded_header: ForwardedHeader,
    /// Where to count.
    pub metrics: Metrics,
    /// The work that a shutdown waits for.
    pub detached: Detached,
}

/// What a shutdown found unfinished when its time was up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// Connections that were cut.
    pub connections_cut: usize,
    /// Changes that were still running. They go on as long as the runtime does.
    pub work_running: usize,
}

/// Serves until `shutdown` ends: then lets nobody in any more, finishes what has begun, and returns.
pub async fn serve<H: Handler>(
    listeners: Vec<Listener>,
    handler: H,
    options: Options,
    shutdown: impl Future<Output = ()>,
) -> Stopped {
    let Options {
        mut limits,
        trusted_proxies,
        forwarded_header,
        metrics,
        detached,
    } = options;
    limits.connections_max = connections_affordable(limits.connections_max);
    let connections = Connections::new(limits.clone(), metrics.clone());
    let shutdown_timeout = limits.shutdown_timeout;
    let shared = Arc::new(Shared {
        handler,
        memory: Memory::new(limits.body_memory_bytes_max),
        ready: AtomicBool::new(true),
        proxies: TrustedProxies::new(trusted_proxies, forwarded_header),
        protocol: protocol(&limits),
        limits,
        metrics,
    });
    let mut accepting = JoinSet::new();
    for listener in listeners {
        accepting.spawn(accept(listener, Arc::clone(&shared), Arc::clone(&connections)));
    }
    let mut sweeping = JoinSet::new();
    sweeping.spawn(Arc::clone(&connections).sweep());

    shutdown.await;
    accepting.shutdown().await;
    shared.handler.close();
    connections.drain();
    let finished = async {
        connections.ended().await;
        detached.finished().await;
    };
    if timeout(shutdown_timeout, finished).await.is_ok() {
        return Stopped {
            connections_cut: 0,
            work_running: 0,
        };
    }
    Stopped {
        connections_cut: connections.cut(),
        work_running: detached.running(),
    }
}

/// Both versions of HTTP, told apart by the first bytes, within the limits.
fn protocol(limits: &Limits) -> auto::Builder<TokioExecutor> {
    /// A request's line and its headers, with room for their punctuation.
    const HEAD_BYTES_MAX: usize = REQUEST_TARGET_BYTES_MAX + REQUEST_HEADERS_BYTES_MAX + 8 * 1024;
    // What lies between these bounds and the exact ones is refused with an answer in AWS's form.
    let mut protocol = auto::Builder::new(TokioExecutor::new());
    protocol
        .http1()
        .max_buf_size(HEAD_BYTES_MAX)
        .header_read_timeout(None);
    protocol
        .http2()
        .max_concurrent_streams(limits.streams_per_connection_max)
        .max_header_list_size((HEAD_BYTES_MAX + 32 * REQUEST_HEADERS_MAX) as u32)
        .max_pending_accept_reset_streams(20)
        .max_local_error_reset_streams(256)
        .initial_stream_window_size(256 * 1024)
        .initial_connection_window_size(1024 * 1024)
        .max_send_buf_size(64 * 1024);
    protocol
}

/// Longest wait after a failure to accept.
const ACCEPT_PAUSE_MAX: Duration = Duration::from_secs(1);

/// Accepts connections for ever.
async fn accept<H: Handler>(listener: Listener, shared: Arc<Shared<H>>, connections: Arc<Connections>) {
    let mut pause = Duration::ZERO;
    loop {
        match listener.socket.accept().await {
            Ok((stream, peer)) => {
                pause = Duration::ZERO;
                let exempt = shared.proxies.contains(peer.ip());
                match connections.admit(peer.ip(), exempt) {
                    Ok((place, asked)) => {
                        let number = place.number();
                        let shared = Arc::clone(&shared);
                        let task =
                            tokio::spawn(attend(stream, peer, listener.tls.clone(), shared, place, asked));
                        connections.set_task(number, task.abort_handle());
                    }
                    Err(reason) => shared.metrics.connection_refused(reason),
                }
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                // Out of files or memory: the connection stays in the queue, and trying again at
                // once would only burn the processor that could finish the others.
                shared.metrics.accept_failed();
                pause = (pause * 2).clamp(Duration::from_millis(10), ACCEPT_PAUSE_MAX);
                tracing::warn!(%error, "no connection can be accepted; trying again");
                sleep(pause).await;
            }
        }
    }
}

/// Whether the failure is about the connection at the head of the queue, which is gone with it.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::HostUnreachable
    )
}

/// Sees one connection through.
async fn attend<H: Handler>(
    stream: TcpStream,
    socket: SocketAddr,
    tls: Option<Tls>,
    shared: Arc<Shared<H>>,
    place: Place,
    asked: oneshot::Receiver<()>,
) {
    // Failing to turn Nagle's algorithm off costs time, not correctness.
    let _ = stream.set_nodelay(true);
    let activity = Arc::clone(&place.activity);
    let Some(tls) = tls else {
        let line = Arc::new(Line {
            shared,
            socket,
            tls: None,
            activity,
        });
        return converse(stream, line, asked).await;
    };
    let handshake = {
        let _in_flight = activity.begin();
        timeout(shared.limits.handshake_timeout, tls.acceptor().accept(stream)).await
    };
    activity.expect_head();
    match handshake {
        Ok(Ok(stream)) => {
            let tls = Some(TlsInfo::of(stream.get_ref().1));
            let line = Arc::new(Line {
                shared,
                socket,
                tls,
                activity,
            });
            converse(stream, line, asked).await;
        }
        Ok(Err(error)) => {
            tracing::debug!(%socket, %error, "TLS handshake failed");
            shared.metrics.connection_refused(ConnectionRefusal::Handshake);
        }
        Err(_) => {
            tracing::debug!(%socket, "TLS handshake took too long");
            shared.metrics.connection_refused(ConnectionRefusal::Handshake);
        }
    }
}

/// Speaks HTTP until either side has had enough.
async fn converse<H, S>(stream: S, line: Arc<Line<H>>, asked: oneshot::Receiver<()>)
where
    H: Handler,
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let io = TokioIo::new(Watched::new(stream, Arc::clone(&line.activity)));
    let shared = Arc::clone(&line.shared);
    let socket = line.socket;
    let service = service_fn(move |request| answer(Arc::clone(&line), request));
    let connection = shared.protocol.serve_connection(io, service);
    tokio::pin!(connection);
    let ended = tokio::select! {
        biased;
        ended = connection.as_mut() => ended,
        _ = asked => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%socket, %error, "connection ended early");
    }
}
