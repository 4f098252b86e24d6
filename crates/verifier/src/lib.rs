//! Who signed a request, and whether they may do what it asks.
#![deny(missing_docs)]

mod authenticated;
mod cache;
mod decide;
mod directory;
mod failure;
mod flight;
mod limiter;
mod resource;
mod seed;
pub mod usage;
mod verifier;
mod watermark;

#[cfg(test)]
mod tests;

pub use authenticated::Authenticated;
pub use cache::CacheStatistics;
pub use decide::{Action, Allowed, Denied, decide};
pub use directory::{Directory, DirectoryKey, DirectoryUnavailable, Snapshot, Subject};
pub use failure::{Failure, UnknownKey};
pub use resource::{Resource, UserResource};
pub use usage::UsageRecorder;
pub use verifier::{Caller, Options, Statistics, Verifier};
