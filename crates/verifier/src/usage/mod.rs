//! Who used which key last, from where and how often: merged in memory until it is written down.

mod key_usage;
mod recorder;
mod roles;
mod tally;

pub(crate) use key_usage::Use;
pub use key_usage::{DayRequests, KeyUsage, LastUse, SourceUse};
pub(crate) use recorder::Bounds;
pub use recorder::{Batch, Drained, UsageRecorder};
pub use roles::{RoleUsageRecorder, RoleUse};

#[cfg(test)]
mod tests;
