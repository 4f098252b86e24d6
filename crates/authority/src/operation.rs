//! What an operation is, to the function that runs it: where its object is found, and what is done with it.

use std::{net::IpAddr, sync::Arc};

use keystead_store::{Reader, Store, StoreError, Tx};
use keystead_types::{AccessKeyId, Principal, Random, RequestId, Timestamp};
use keystead_verifier::{Allowed, Circumstances, Denied, Failure, UnreadablePolicy, Verifier};
use keystead_wire::{ApiError, Operate};

use crate::{
    passwords::{HashedPassword, NewPassword},
    permission::Target,
};

/// An operation that Keystead has.
pub(crate) trait Implemented: Operate<Input: Sync> + 'static {
    /// The operation's object, as it was found, or not.
    type Object;

    /// Finds the object, and names it for the decision. Whether it exists must not show in an error
    /// here: the caller may not be allowed to know.
    fn find(
        reader: &Reader<'_>,
        input: &Self::Input,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal>;
}

/// An operation that needs nothing but the caller, and so waits for no store.
/// Nobody can be denied such an operation: it tells a caller nothing but who the caller is.
pub(crate) trait Answer: Operate<Input: Sync> {
    /// Answers.
    fn answer(input: &Self::Input, caller: &Principal) -> Self::Output;
}

/// An operation that only reads.
pub(crate) trait Read: Implemented {
    /// Answers from one snapshot.
    fn read(
        reader: &Reader<'_>,
        object: Self::Object,
        input: &Self::Input,
        scene: &Scene,
    ) -> Result<Self::Output, Refusal>;
}

/// An operation that changes something.
pub(crate) trait Change: Implemented + Sized {
    /// Makes the change. Decides first and writes last; may be run again from the start.
    fn change(
        tx: &mut Tx<'_>,
        proof: &Allowed<Self>,
        object: Self::Object,
        input: &Self::Input,
        scene: &Scene,
    ) -> Result<Self::Output, Refusal>;
}

/// An operation that sets a password. What takes long, comparing and hashing, happens between a snapshot and the
/// change; it is decided in both.
pub(crate) trait SetPassword: Implemented + Sized {
    /// What is to be hashed, and what it must not be; `None` when no password is set.
    fn asked(
        reader: &Reader<'_>,
        object: Self::Object,
        input: &Self::Input,
    ) -> Result<Option<NewPassword>, Refusal>;

    /// Makes the change, as [`Change::change`] does.
    fn set(
        tx: &mut Tx<'_>,
        proof: &Allowed<Self>,
        object: Self::Object,
        input: &Self::Input,
        hashed: Option<&HashedPassword>,
        scene: &Scene,
    ) -> Result<Self::Output, Refusal>;
}

/// The circumstances of a request, handed in from outside.
#[derive(Clone)]
pub struct Context {
    /// The request's id.
    pub request_id: RequestId,
    /// When it came.
    pub now: Timestamp,
    /// The client's address.
    pub source: IpAddr,
    /// Its `User-Agent`, empty when there was none.
    pub user_agent: Arc<str>,
    /// Its `Referer`, if it had one.
    pub referer: Option<Arc<str>>,
    /// Whether the client's connection is encrypted, up to here or to a trusted proxy.
    pub secure_transport: bool,
}

impl Context {
    /// What policies may ask about the request.
    pub(crate) fn circumstances(&self) -> Circumstances {
        Circumstances {
            now: self.now,
            source: self.source,
            secure_transport: self.secure_transport,
            user_agent: Arc::clone(&self.user_agent),
            referer: self.referer.clone(),
            one_time_code: false,
        }
    }
}

/// What an operation may look at besides its input and the store.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) context: Context,
    /// Who asks, as the store knew it when the request was decided.
    pub(crate) caller: Arc<Principal>,
    /// The session of the console that asks, by its temporary access key.
    pub(crate) console_session: Option<AccessKeyId>,
    pub(crate) random: Arc<dyn Random>,
    pub(crate) marker_key: [u8; 32],
    /// Knows the uses of keys that the store has not been told of yet.
    pub(crate) verifier: Arc<Verifier<Store>>,
}

/// Why an operation does not do what was asked.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// The caller is told why.
    Answer(ApiError),
    /// The caller is told why, and what was written until then stays: a wrong code is counted.
    Kept(ApiError),
    /// The policies do not let the caller do it.
    Denied(Box<Denied>),
    /// The store failed; the caller may try again.
    Store(StoreError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        Self::Answer(error)
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Box<Denied>> for Refusal {
    fn from(denied: Box<Denied>) -> Self {
        Self::Denied(denied)
    }
}

impl From<UnreadablePolicy> for Refusal {
    fn from(error: UnreadablePolicy) -> Self {
        Self::Answer(ApiError::service_unavailable(error.to_string()))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Answer(failure.into())
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Answer(error) | Refusal::Kept(error) => error,
            Refusal::Denied(denied) => (&*denied).into(),
            Refusal::Store(StoreError::Unavailable(detail)) => {
                ApiError::service_unavailable(detail.to_string())
            }
            Refusal::Store(error) => ApiError::service_failure(error.to_string()),
        }
    }
}
