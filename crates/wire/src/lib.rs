//! AWS's protocols: requests in, answers out.
//!
//! [`route`] tells from the bytes of a request which service and which operation it is for;
//! [`decode`] makes the operation's typed input, with every constraint of AWS's model checked;
//! [`encode_response`] and [`encode_error`] make the answer. The shapes in [`iam`] and [`sts`] are
//! generated from AWS's service models by `cargo xtask codegen`.
//!
//! Nothing outside this crate knows XML, form encoding or the text of an error: `(code, status,
//! message)` is decided in [`ApiError`], in one table.

mod answer;
pub mod audit;
mod constraint;
mod decode;
mod encode;
mod error;
mod form;
mod generated;
mod json;
pub mod marker;
mod operation;
mod passkey;
mod pattern;
mod percent;
mod query;
mod route;
mod sensitive;
mod service;
mod shape;
mod unimplemented;
mod value;
mod xml;

pub use answer::{Answer, ErrorFormat, REQUEST_ID_HEADER, encode_error, encode_response};
pub use decode::{Decode, checked, decode};
pub use encode::{Encode, Sink, Write};
pub use error::{ApiError, ErrorCode};
pub use form::Parameters;
pub use generated::{iam, sts};
pub use operation::{Operate, Operation};
pub use passkey::{EnablePasskey, EnablePasskeyRequest};
pub use percent::percent_encode;
pub use route::{Call, Parts, Unrouted, route};
pub use sensitive::{Blob, Sensitive};
pub use service::Service;
pub use unimplemented::unimplemented;
