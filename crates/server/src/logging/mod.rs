//! The log: text or JSON on standard error, one line for each thing that happened.
//!
//! A line can hold what a caller sent, so control characters never reach the log as they are. Secrets
//! never do, because the types that hold them cannot be printed.

mod lines;
mod requests;

use std::panic::{self, PanicHookInfo};

use serde::Deserialize;
use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, fmt};

use crate::config::LogSettings;
pub use lines::LogWriter;
use lines::StandardError;
pub use requests::{RequestLine, RequestLog};

/// The shape of a log line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines: one object a line.
    Json,
}

/// The least severe level that is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What the server cannot do.
    Error,
    /// What needs somebody's attention.
    Warn,
    /// Changes and refused requests too.
    #[default]
    Info,
    /// Every request.
    Debug,
    /// Everything, libraries included.
    Trace,
}

/// Sends the log of the whole process to standard error, panics included.
///
/// Lines are written by a thread of their own; dropping the [`LogWriter`] waits for it.
///
/// # Errors
/// The thread cannot be started, or the process has a log already.
pub fn start(settings: LogSettings) -> Result<LogWriter, Box<dyn std::error::Error + Send + Sync>> {
    let (writer, lines) = lines::start(StandardError)?;
    subscriber(settings, lines).try_init()?;
    panic::set_hook(Box::new(log_panic));
    Ok(writer)
}

fn subscriber<W>(settings: LogSettings, lines: W) -> impl Subscriber + Send + Sync
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let layer = fmt::layer().with_ansi(false).with_writer(lines);
    let layer = match settings.format {
        LogFormat::Text => layer.with_target(false).boxed(),
        LogFormat::Json => layer
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .boxed(),
    };
    Registry::default().with(layer.with_filter(targets(settings.level)))
}

/// Keystead's own lines from `level` on; those of the libraries only as far as they are of use. The errors of WebAuthn's
/// are its clients', and quote them.
fn targets(level: LogLevel) -> Targets {
    let (own, libraries) = match level {
        LogLevel::Error => (LevelFilter::ERROR, LevelFilter::ERROR),
        LogLevel::Warn => (LevelFilter::WARN, LevelFilter::WARN),
        LogLevel::Info => (LevelFilter::INFO, LevelFilter::WARN),
        LogLevel::Debug => (LevelFilter::DEBUG, LevelFilter::WARN),
        LogLevel::Trace => (LevelFilter::TRACE, LevelFilter::TRACE),
    };
    Targets::new()
        .with_target("keystead", own)
        .with_target("webauthn_rs", LevelFilter::OFF)
        .with_default(libraries)
}

/// The place of a panic is logged, and its text where it is a fixed one: a formatted text could hold
/// whatever was at hand.
fn log_panic(info: &PanicHookInfo<'_>) {
    let text = info
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(text withheld)");
    match info.location() {
        Some(place) => tracing::error!(file = place.file(), line = place.line(), text, "panic"),
        None => tracing::error!(text, "panic"),
    }
}

#[cfg(test)]
mod tests;
