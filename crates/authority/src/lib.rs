//! What each operation of IAM and STS does.
//!
//! [`Authority::run`] takes a request that was authenticated through decoding, decision and the
//! operation itself, and gives back its answer; [`Authority::perform`] does the same for an input that is a value
//! already, which the console's pages have. There is one file per resource under `iam/` and `sts/`.
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
mod passkey;
mod passwords;
mod permission;
mod policy_check;
mod sign_in;
mod sts;
mod totp;

use std::sync::Arc;

use keystead_store::{Revision, Store};
use keystead_types::{Random, RequestId};
use keystead_verifier::Verifier;
use keystead_wire::{Answer, Encode, Operate, encode_response};

pub use administration::{Administration, AdministrationError, CreatedAccount, Recovered, Sessions};
pub use asked::Asked;
pub use bootstrap::{Credential, FirstStart, FixedKeys, first_start, is_first_start};
pub use dispatch::{Perform, Performing, implemented};
pub use iam::password_rules::PasswordRules;
pub use operation::Context;
pub use passkey::{PasskeySite, Passkeys};
pub use policy_check::{PolicyCheck, PolicyFault, PolicyUse, check_policy};
pub use sign_in::{ConsoleSession, LinkOwner, Pending, Progress, SessionToken, SignIn, SignInRefusal};

use passwords::Passwords;

/// How often an id is drawn before it is taken for certain that the generator is broken.
const ID_DRAWS_MAX: usize = 8;

/// Runs operations over a store.
pub struct Authority {
    verifier: Arc<Verifier<Store>>,
    random: Arc<dyn Random>,
    marker_key: [u8; 32],
    passwords: Passwords,
    sign_in: SignIn,
}

/// The answer to a request, and what is to be said about it.
pub struct Done {
    /// The answer's bytes.
    pub answer: Answer,
    /// The feed's revision after a change. A change has left its own audit event; a read has not.
    pub revision: Option<Revision>,
}

/// What an operation answers, before it is put into bytes.
pub struct Performed<T> {
    /// Its output.
    pub output: T,
    /// The feed's revision after a change.
    pub revision: Option<Revision>,
}

impl<T: Encode> Performed<T> {
    fn encode<O: Operate<Output = T>>(&self, request_id: RequestId) -> Done {
        Done {
            answer: encode_response(O::OPERATION, &self.output, request_id),
            revision: self.revision,
        }
    }
}

impl Authority {
    /// An authority over the verifier's store. `marker_key` makes markers tamper-evident; it must
    /// stay the same over restarts, or lists that are being read break off.
    pub fn new(verifier: Arc<Verifier<Store>>, random: Arc<dyn Random>, marker_key: [u8; 32]) -> Self {
        let passwords = Passwords::new();
        Self {
            sign_in: SignIn::new(Arc::clone(&verifier), Arc::clone(&random), passwords.clone()),
            verifier,
            random,
            marker_key,
            passwords,
        }
    }

    /// What signs people in to the console.
    pub fn sign_in(&self) -> &SignIn {
        &self.sign_in
    }
}
