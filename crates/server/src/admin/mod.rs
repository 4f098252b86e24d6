//! Administration on the server's own machine: one set of commands, run through the unix socket of a
//! running server, or directly by a process that holds the data directory itself.

mod execute;
mod protocol;
mod socket;

pub use execute::execute;
pub use protocol::{Command, Credential, KeyLine, Reply, SessionsOf};
pub use socket::{AdminSocket, SOCKET_NAME, ask};
