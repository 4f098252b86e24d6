//! The library against what others say: a naive evaluator written from the rules, the corpus in `corpus/`, the crate
//! iam-rs, and arbitrary bytes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod against_iam_rs;
mod against_naive;
mod case;
mod corpus;
mod coverage;
mod documents;
mod engine;
mod generate;
mod naive;
mod random;
mod raw;
mod shrink;
mod vocabulary;
