//! STS.

mod access_key_info;
mod caller_identity;
