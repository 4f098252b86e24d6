//! Keystead's server: what listens, how it is set up, and what it says about itself.
//!
//! [`http`] takes connections and hands whole requests to a [`Handler`](http::Handler).

pub mod admin;
pub mod api;
pub mod background;
pub mod config;
pub mod console;
pub mod environment;
pub mod faces;
pub mod http;
pub mod logging;
pub mod metrics;
