//! Connections: who may have one, for how long, and how a request comes whole out of it.

mod activity;
mod answer_body;
mod body;
mod connections;
mod detached;
mod forwarded;
mod handler;
mod limits;
mod open_files;
mod own_paths;
mod request;
mod serve;
mod signals;
mod tls;

pub use answer_body::Body;
pub use detached::Detached;
pub use forwarded::{AddressBlock, ForwardedHeader, InvalidAddressBlock};
pub use handler::{Handler, Peer, Refusal, Response, TlsInfo};
pub use limits::Limits;
pub use serve::{Listener, Options, Stopped, serve};
pub use signals::{reload_on_hangup, shutdown_signal};
pub use tls::{Tls, TlsError};
