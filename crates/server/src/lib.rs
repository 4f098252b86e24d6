//! Keystead's server: what listens, how it is set up, and what it says about itself.
//!
//! [`http`] takes connections and hands whole requests to a [`Handler`](http::Handler).

pub mod config;
pub mod http;
pub mod logging;
pub mod metrics;
