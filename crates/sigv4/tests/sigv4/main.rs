//! What the crate promises, through its public interface.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod botocore;
mod error_table;
mod mutation;
mod raw;
mod rules;
mod sdk_signer;
mod support;
mod vectors;
