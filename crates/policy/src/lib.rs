//! The IAM policy language: parse, validate, compile, decide and explain.
//!
//! A document is compiled once; policies that apply together form a [`PolicySet`]; [`decide`] combines the sets of all types.
//! The crate does no I/O and reads no clock: what a condition asks for comes from a [`Context`].

#![deny(missing_docs)]

mod context;
mod decide;
mod decision;
mod malformed;
mod policy;
mod request;
mod set;

pub use context::{Context, Key, Value};
pub use decide::{Policies, ResourceRule, decide, explain};
pub use decision::{
    Decision, Explanation, MatchedStatement, MissingKeys, Outcome, PolicyType, StatementRef, TypeOutcome,
};
pub use malformed::{Check, MalformedPolicy, Position, Span};
pub use policy::{DocumentKind, Effect, Policy, Statement, counted_characters};
pub use request::{Principal, PrincipalKind, Request};
pub use set::PolicySet;
