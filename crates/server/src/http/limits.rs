use std::time::Duration;

use serde::{Deserialize, Deserializer};

/// Bounds on connections and on how long they may take: the `[limits]` of `keystead.toml`.
///
/// The bounds on a single request are not here but in [`keystead_types::limits`], since clients must
/// be able to rely on them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Connections at any moment.
    pub connections_max: usize,
    /// Connections from one IPv4 address, or from one IPv6 network of 64 bits. Trusted proxies are
    /// exempt, since they speak for many.
    pub connections_per_source_max: usize,
    /// Requests at any moment on one HTTP/2 connection.
    pub streams_per_connection_max: u32,
    /// Memory, in bytes, that request bodies which are still being received may take up altogether.
    pub body_memory_bytes_max: usize,
    /// Slowest pace of a body, in bytes per second, once `body_timeout` has passed.
    pub body_bytes_per_second_min: u32,
    /// How long a TLS handshake may take.
    #[serde(rename = "handshake_timeout_seconds", deserialize_with = "seconds")]
    pub handshake_timeout: Duration,
    /// How long a request's head may take, from the connection's begin or the head's first byte.
    #[serde(rename = "head_timeout_seconds", deserialize_with = "seconds")]
    pub head_timeout: Duration,
    /// How long a body may take before the slowest pace applies to it.
    #[serde(rename = "body_timeout_seconds", deserialize_with = "seconds")]
    pub body_timeout: Duration,
    /// How long a connection may rest between two requests, or an answer wait to be read.
    #[serde(rename = "idle_timeout_seconds", deserialize_with = "seconds")]
    pub idle_timeout: Duration,
    /// How long a shutdown waits for what has begun.
    #[serde(rename = "shutdown_timeout_seconds", deserialize_with = "seconds")]
    pub shutdown_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 8192,
            connections_per_source_max: 1024,
            streams_per_connection_max: 32,
            body_memory_bytes_max: 256 * 1024 * 1024,
            body_bytes_per_second_min: 1024,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(10),
            // Longer than the minute after which the proxies and load balancers in common use drop
            // an idle connection: who closes first must be the client's side, or requests get lost.
            idle_timeout: Duration::from_secs(75),
            shutdown_timeout: Duration::from_secs(10),
        }
    }
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    u32::deserialize(deserializer).map(|seconds| Duration::from_secs(u64::from(seconds)))
}
