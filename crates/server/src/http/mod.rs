//! Connections: who may have one, for how long, and how a request comes whole out of it.

mod detached;
mod forwarded;
mod handler;
mod limits;

pub use detached::Detached;
pub use forwarded::{AddressBlock, ForwardedHeader, InvalidAddressBlock};
pub use handler::{Handler, Peer, Refusal, Response, TlsInfo};
pub use limits::Limits;
