//! The measurements, one file each.

pub(crate) mod assume_role;
pub(crate) mod cached_keys;
pub(crate) mod caller_identity;
pub(crate) mod create_key;
pub(crate) mod decision;
pub(crate) mod growth;
pub(crate) mod pages;
pub(crate) mod policy;
pub(crate) mod reset;
pub(crate) mod sessions;
pub(crate) mod start;
pub(crate) mod verify;
