//! The log: text or JSON on standard error.
use serde::Deserialize;

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
