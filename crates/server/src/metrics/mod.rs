//! What the server counts, and how a scrape of `/-/metrics` shows it.
//!
//! The path of a request costs a few additions to counters that no other thread writes; everything
//! that is looked up, added or formatted waits for the scrape.

mod distribution;
mod requests;
mod state;

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prometheus_client::encoding::text;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;

use crate::http::Refusal;
use requests::Requests;
pub use requests::{OperationClass, OperationLabel, Outcome};

/// The media type of what [`Metrics::render`] writes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The server's counters. A clone is another handle to the same ones.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

struct Inner {
    registry: Mutex<Registry>,
    requests: Arc<Requests>,
    authentication_failures: Labelled<&'static str>,
    refusals: Labelled<Refusal>,
    connections_refused: Labelled<ConnectionRefusal>,
    connections_closed: Labelled<ConnectionTimeout>,
    connections_open: Gauge,
    connections: Counter,
    accept_errors: Counter,
    lines_suppressed: Counter,
}

/// Why a connection was closed before it could send a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionRefusal {
    TooMany,
    TooManyOfSource,
    Handshake,
    Draining,
}

/// Why a connection was closed that had been let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionTimeout {
    Head,
    Idle,
    Shutdown,
}

impl Metrics {
    /// Counters for these operations, and for these reasons why an authentication can fail (the
    /// `check` names of the verifier). Whatever is in neither list is counted as unknown or other.
    pub fn new(
        version: &'static str,
        operations: Vec<OperationLabel>,
        authentication_checks: &[&'static str],
    ) -> Self {
        let mut registry = Registry::default();
        registry.register(
            "keystead_build",
            "What is running",
            Info::new([("version", version), ("arch", std::env::consts::ARCH)]),
        );
        let requests = Arc::new(Requests::new(operations));
        registry.register_collector(Box::new(Arc::clone(&requests)));
        let authentication_failures = Labelled::new(
            &mut registry,
            "keystead_authentication_failures",
            "Requests that did not prove who sent them, by the check that failed",
            "check",
            authentication_checks
                .iter()
                .chain([&OTHER])
                .map(|check| (*check, *check)),
        );
        let refusals = Labelled::new(
            &mut registry,
            "keystead_http_refusals",
            "Requests that were refused before they reached an operation, or lost by it",
            "reason",
            REFUSALS,
        );
        let connections_refused = Labelled::new(
            &mut registry,
            "keystead_connections_refused",
            "Connections that were closed before their first request",
            "reason",
            [
                (ConnectionRefusal::TooMany, "too_many"),
                (ConnectionRefusal::TooManyOfSource, "too_many_of_source"),
                (ConnectionRefusal::Handshake, "handshake"),
                (ConnectionRefusal::Draining, "draining"),
            ],
        );
        let connections_closed = Labelled::new(
            &mut registry,
            "keystead_connections_closed",
            "Connections that the server closed",
            "reason",
            [
                (ConnectionTimeout::Head, "head_timeout"),
                (ConnectionTimeout::Idle, "idle_timeout"),
                (ConnectionTimeout::Shutdown, "shutdown_timeout"),
            ],
        );
        let connections_open = Gauge::default();
        registry.register(
            "keystead_connections_open",
            "Connections",
            connections_open.clone(),
        );
        let connections = Counter::default();
        registry.register(
            "keystead_connections",
            "Connections that were let in",
            connections.clone(),
        );
        let accept_errors = Counter::default();
        registry.register(
            "keystead_accept_errors",
            "Failures to accept a connection, such as too many open files",
            accept_errors.clone(),
        );
        let lines_suppressed = Counter::default();
        registry.register(
            "keystead_log_lines_suppressed",
            "Lines about refused requests that were left out, there being too many in one second",
            lines_suppressed.clone(),
        );
        Self(Arc::new(Inner {
            registry: Mutex::new(registry),
            requests,
            authentication_failures,
            refusals,
            connections_refused,
            connections_closed,
            connections_open,
            connections,
            accept_errors,
            lines_suppressed,
        }))
    }

    /// Counts an answered request. `operation` is an index into the list given to
    /// [`new`](Metrics::new); `None` is for requests that named no known operation.
    pub fn request(&self, operation: Option<usize>, outcome: Outcome, elapsed: Duration) {
        self.0.requests.count(operation, outcome, elapsed);
    }

    /// Counts a request that did not prove who sent it.
    pub fn authentication_failed(&self, check: &str) {
        let counter = self.0.authentication_failures.find(|known| *known == check);
        if let Some(counter) =
            counter.or_else(|| self.0.authentication_failures.find(|known| *known == OTHER))
        {
            counter.inc();
        }
    }

    /// Counts lines that the log left out.
    pub fn lines_suppressed(&self, lines: u64) {
        self.0.lines_suppressed.inc_by(lines);
    }

    /// All of it, in the text format of OpenMetrics.
    pub fn render(&self) -> String {
        let mut page = String::with_capacity(16 * 1024);
        // Writing to a string fails for no reason, and none of the encoders has one of its own.
        let _ = text::encode(&mut page, &self.0.registry.lock());
        page
    }

    pub(crate) fn refused(&self, refusal: Refusal) {
        self.0.refusals.count(refusal);
    }

    pub(crate) fn connection_opened(&self) {
        self.0.connections.inc();
        self.0.connections_open.inc();
    }

    pub(crate) fn connection_ended(&self) {
        self.0.connections_open.dec();
    }

    pub(crate) fn connection_refused(&self, reason: ConnectionRefusal) {
        self.0.connections_refused.count(reason);
    }

    pub(crate) fn connection_closed(&self, reason: ConnectionTimeout) {
        self.0.connections_closed.count(reason);
    }

    pub(crate) fn accept_failed(&self) {
        self.0.accept_errors.inc();
    }
}

/// The reason of an authentication failure that is in no list.
const OTHER: &str = "other";

const REFUSALS: [(Refusal, &str); 7] = [
    (Refusal::Malformed, "malformed"),
    (Refusal::TargetTooLong, "target_too_long"),
    (Refusal::HeadersTooLarge, "headers_too_large"),
    (Refusal::BodyTooLarge, "body_too_large"),
    (Refusal::BodyTimeout, "body_timeout"),
    (Refusal::Overloaded, "overloaded"),
    (Refusal::Panicked, "panicked"),
];

/// A counter for each value of a closed set, resolved once.
struct Labelled<K>(Vec<(K, Counter)>);

impl<K: Copy + PartialEq> Labelled<K> {
    fn new(
        registry: &mut Registry,
        name: &'static str,
        help: &'static str,
        label: &'static str,
        values: impl IntoIterator<Item = (K, &'static str)>,
    ) -> Self {
        let family = Family::<[(&'static str, &'static str); 1], Counter>::default();
        registry.register(name, help, family.clone());
        Self(
            values
                .into_iter()
                .map(|(key, value)| (key, family.get_or_create(&[(label, value)]).clone()))
                .collect(),
        )
    }

    fn find(&self, matches: impl Fn(&K) -> bool) -> Option<&Counter> {
        self.0
            .iter()
            .find(|(key, _)| matches(key))
            .map(|(_, counter)| counter)
    }

    fn count(&self, key: K) {
        if let Some(counter) = self.find(|known| *known == key) {
            counter.inc();
        }
    }
}

#[cfg(test)]
mod tests;
