//! Secrets at rest: master key → data key → secret, each step AES-256-GCM.
//!
//! The master key lives outside the database and opens the data keys in it; a data key opens the
//! secrets. What is sealed is bound to its place (the associated data), so a row that is copied
//! elsewhere does not open. Nonces are random: one data key is good for 2^32 seals.

mod keyring;
mod master_key;
mod rotation;
mod server_key;
mod session_key;

pub(crate) use keyring::{Keyring, SealedDataKey};
pub use master_key::{MasterKey, MasterKeySource};
#[cfg(test)]
pub(crate) use rotation::{insert_data_key, store_data_keys};
pub(crate) use rotation::{open_keyring, rotate, sealed_data_keys};
pub(crate) use session_key::SessionKey;
