//! AWS Signature Version 4: parse, canonicalise, verify and sign requests.
//!
//! The crate does no I/O, reads no clock and knows no HTTP library: a [`Request`] is borrowed text, the time
//! is handed in, and the secret is looked up by the caller between two steps.
//!
//! 1. [`present`] finds the credentials of a request, in the `Authorization` header or in the query, and
//!    checks all about them that needs no key: form, signed headers, time, scope, payload mode. The result
//!    names the access key.
//! 2. [`Presented::verify`] checks the signature with the access key's [`SigningKey`], which is worth
//!    keeping: it holds for a day, a region and a service. [`Presented::reject_unknown_key`] takes its place
//!    for an unknown access key.
//!
//! Each check that fails is a [`Rejection`] of its own, with AWS's error code and text for the caller and a
//! short name for the operator. Checks are made in AWS's order.
//!
//! What is verified is what was parsed: everything that a service goes on to use (identity, scope, token) must
//! come from [`Presented`], and the body that it executes must be the one that was hashed.
//!
//! ```
//! use keystead_sigv4::{
//!     BodyHash, Expected, HeaderField, Payload, Request, ServiceKind, SigningKey, present,
//!     sign::{Signer, sign_header},
//! };
//!
//! let now_seconds = 1_767_323_045;
//! let secret = b"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
//! let body = b"Action=GetCallerIdentity&Version=2011-06-15";
//!
//! // A client signs a request.
//! let mut headers = vec![HeaderField { name: "host", value: b"127.0.0.1:8080" }];
//! let request = Request { method: "POST", path: "/", query: "", headers: &headers };
//! let signer = Signer {
//!     access_key_id: "AKIDEXAMPLE",
//!     secret_access_key: secret,
//!     session_token: None,
//!     region: "eu-central-1",
//!     service: "sts",
//!     kind: ServiceKind::Other,
//! };
//! let added = sign_header(&request, &signer, Payload::Body, BodyHash::of(body), now_seconds)?;
//!
//! // A server receives it.
//! headers.extend(added.iter().map(|(name, value)| HeaderField { name, value: value.as_bytes() }));
//! let request = Request { method: "POST", path: "/", query: "", headers: &headers };
//! let expected = Expected {
//!     service: "sts",
//!     kind: ServiceKind::Other,
//!     regions: None,
//!     skew_seconds_max: 900,
//! };
//! let presented = present(&request, &expected, now_seconds)?;
//! assert_eq!(presented.access_key_id(), "AKIDEXAMPLE");
//!
//! let scope = presented.scope();
//! let key = SigningKey::derive(secret, scope.date, scope.region, scope.service);
//! let valid = presented.verify(&key, BodyHash::of(body))?;
//! # let _ = valid;
//!
//! // Another body is refused.
//! let outcome = presented.verify(&key, BodyHash::of(b"Action=DeleteUser"));
//! assert_eq!(outcome.unwrap_err().check(), "signature");
//! # Ok::<(), keystead_sigv4::Rejection>(())
//! ```

#![deny(missing_docs)]

mod canonical;
mod date;
pub mod limits;
mod payload;
mod present;
mod presented;
pub mod rejection;
mod request;
mod scan;
mod sha256;
pub mod sign;
mod signed_headers;
mod signing_key;
mod uri_encode;

pub use payload::{BodyHash, Payload};
pub use present::present;
pub use presented::{Presented, SignatureValid};
pub use rejection::Rejection;
pub use request::{Expected, Form, HeaderField, Request, Scope, ServiceKind};
pub use signing_key::SigningKey;
