//! AWS's models of IAM and STS. `cargo xtask codegen` writes the files in this folder; nobody edits them.

#[rustfmt::skip]
pub mod iam;
#[rustfmt::skip]
pub mod sts;

/// What every generated file uses.
mod prelude {
    pub(super) use std::collections::BTreeMap;

    pub(super) use keystead_types::Timestamp;

    pub(super) use crate::{
        Blob, Decode, Sensitive,
        operation::operations,
        shape::{ListShape, MapShape, Shape, Wording, bounds, input, output, string},
    };
}
