//! What the crate promises, through its public interface.

mod botocore;
mod error_table;
mod mutation;
mod rules;
mod sdk_signer;
mod support;
mod vectors;
