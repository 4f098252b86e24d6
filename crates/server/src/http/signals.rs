use std::io;

use tokio::signal::unix::{SignalKind, signal};

use super::Tls;

/// Takes SIGTERM and SIGINT over from now on. The future that comes back ends with the first of them.
///
/// # Errors
/// The operating system does not let the process handle signals.
pub fn shutdown_signal() -> io::Result<impl Future<Output = ()> + Send> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => tracing::info!("SIGTERM received: finishing what has begun"),
            _ = interrupt.recv() => tracing::info!("SIGINT received: finishing what has begun"),
        }
    })
}

/// Takes SIGHUP over from now on. The future that comes back reads the certificate and key again at
/// each, for ever; without TLS it only keeps the signal from ending the process.
///
/// # Errors
/// The operating system does not let the process handle signals.
pub fn reload_on_hangup(tls: Option<Tls>) -> io::Result<impl Future<Output = ()> + Send> {
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangup.recv().await.is_some() {
            match tls.as_ref().map(Tls::reload) {
                Some(Ok(())) => tracing::info!("SIGHUP received: certificate and key were read again"),
                Some(Err(error)) => {
                    tracing::error!(%error, "SIGHUP received: the certificate stays as it was")
                }
                None => tracing::info!("SIGHUP received: there is no certificate to read again"),
            }
        }
    })
}
