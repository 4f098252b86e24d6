//! The IAM policy language: parse, validate, compile, decide and explain.
//!
//! A document is compiled once; policies that apply together form a [`PolicySet`]; [`decide`] combines the sets of all types.
//! The crate does no I/O and reads no clock: what a condition asks for comes from a [`Context`].
//!
//! ```
//! use std::sync::Arc;
//! use keystead_policy::*;
//!
//! let text = r#"{
//!     "Version": "2012-10-17",
//!     "Statement": {
//!         "Effect": "Allow",
//!         "Action": "s3:Get*",
//!         "Resource": "arn:aws:s3:::home/${aws:username}/*"
//!     }
//! }"#;
//! let policy = Policy::parse(text, DocumentKind::Managed)?;
//! let identity = PolicySet::new(vec![Arc::new(policy)]);
//! let policies = Policies { identity: Some(&identity), ..Policies::default() };
//!
//! struct Keys;
//! impl Context for Keys {
//!     fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
//!         key.is("aws:username").then_some(Value::Text("alice"))
//!     }
//! }
//! let request = |resource| Request {
//!     principal: Principal {
//!         kind: PrincipalKind::User,
//!         account: "111122223333",
//!         arn: "arn:aws:iam::111122223333:user/alice",
//!         unique_id: Some("AIDACKCEVSQ6C2EXAMPLE"),
//!     },
//!     action: "s3:GetObject",
//!     resource,
//!     resource_account: None,
//!     context: &Keys,
//! };
//! assert!(decide(&policies, &request("arn:aws:s3:::home/alice/a")).is_allowed());
//! let refused = decide(&policies, &request("arn:aws:s3:::home/bob/a"));
//! assert_eq!(refused.outcome, Outcome::ImplicitDeny);
//! assert_eq!(refused.stage, PolicyType::Identity);
//! # Ok::<(), MalformedPolicy>(())
//! ```

#![deny(missing_docs)]

mod action;
mod arn;
mod aws_principals;
mod base64;
mod condition;
mod context;
mod date;
mod decide;
mod decision;
mod document;
mod evaluate;
mod explain;
mod guard;
mod index;
mod json;
mod keys;
mod limits;
mod malformed;
mod network;
mod number;
mod operator;
mod pattern;
mod policy;
mod principal;
mod render;
mod request;
mod resource;
mod set;
mod statement;
#[cfg(test)]
mod testing;
mod validate;
mod value_type;

pub use aws_principals::AwsPrincipals;
pub use context::{Context, Key, Value};
pub use decide::{Policies, ResourceRule, decide};
pub use decision::{
    Decision, Explanation, MatchedStatement, MissingKeys, Outcome, PolicyType, StatementRef, TypeOutcome,
};
pub use explain::explain;
pub use malformed::{Check, MalformedPolicy, Position, Span};
pub use policy::{DocumentKind, Policy, counted_characters};
pub use request::{Principal, PrincipalKind, Request};
pub use set::PolicySet;
pub use statement::{Effect, Statement};
pub use value_type::ValueType;
