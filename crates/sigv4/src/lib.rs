//! AWS Signature Version 4: parse, canonicalise, verify and sign. Without I/O, clock or allocation
//! on the common path.

#![deny(missing_docs)]

mod canonical;
mod date;
pub mod limits;
mod payload;
mod present;
mod presented;
pub mod rejection;
mod request;
mod sha256;
pub mod sign;
mod signing_key;
mod uri_encode;

pub use payload::{BodyHash, Payload};
pub use present::present;
pub use presented::{Presented, SignatureValid};
pub use rejection::Rejection;
pub use request::{Expected, Form, HeaderField, Request, Scope, ServiceKind};
pub use signing_key::SigningKey;
