//! The listener over real sockets.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod bodies;
mod client;
mod fixture;
mod heads;
mod http2;
mod own_paths;
mod requests;
mod shutdown;
mod slow;
mod tls;
