//! Who signed a request, and whether they may do what it asks.
#![deny(missing_docs)]

mod authenticated;
mod decide;
mod directory;
mod failure;
mod resource;
mod seed;
pub mod usage;
mod verifier;

pub use authenticated::Authenticated;
pub use decide::{Action, Allowed, Denied, decide};
pub use directory::{Directory, DirectoryKey, DirectoryUnavailable, Snapshot, Subject};
pub use failure::{Failure, UnknownKey};
pub use resource::{Resource, UserResource};
pub use usage::UsageRecorder;
pub use verifier::{Caller, Options, Verifier};
