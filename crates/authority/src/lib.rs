//! What each operation of IAM and STS does.
//!
//! [`Authority::run`] takes a request that was authenticated through decoding, decision and the
//! operation itself, and gives back its answer. There is one file per resource under `iam/` and `sts/`.
//!
//! Invariant: a change is decided twice. Once on a snapshot, so that what is refused never waits for
//! the writer; and again inside the change's own transaction, for the caller and its policies as they
//! are then.

mod administration;
mod asked;
mod bootstrap;
mod changing;
mod dispatch;
mod iam;
mod operation;
mod operator_event;
pub mod overview;
mod passwords;
mod permission;
mod sts;
mod totp;

use std::sync::Arc;

use keystead_store::{Revision, Store};
use keystead_types::Random;
use keystead_verifier::Verifier;
use keystead_wire::Answer;

pub use administration::{Administration, AdministrationError, CreatedAccount, Recovered, Sessions};
pub use asked::Asked;
pub use bootstrap::{Credential, FirstStart, FixedKeys, first_start, is_first_start};
pub use dispatch::implemented;
pub use operation::Context;

use passwords::Passwords;

/// How often an id is drawn before it is taken for certain that the generator is broken.
const ID_DRAWS_MAX: usize = 8;

/// Runs operations over a store.
pub struct Authority {
    verifier: Arc<Verifier<Store>>,
    random: Arc<dyn Random>,
    marker_key: [u8; 32],
    passwords: Passwords,
}

/// The answer to a request, and what is to be said about it.
pub struct Done {
    /// The answer's bytes.
    pub answer: Answer,
    /// The feed's revision after a change. A change has left its own audit event; a read has not.
    pub revision: Option<Revision>,
}

impl Authority {
    /// An authority over the verifier's store. `marker_key` makes markers tamper-evident; it must
    /// stay the same over restarts, or lists that are being read break off.
    pub fn new(verifier: Arc<Verifier<Store>>, random: Arc<dyn Random>, marker_key: [u8; 32]) -> Self {
        Self {
            verifier,
            random,
            marker_key,
            passwords: Passwords::new(),
        }
    }
}
