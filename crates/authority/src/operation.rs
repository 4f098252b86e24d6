//! What an operation is, to the function that runs it: where its object is found, and what is done with it.

use std::{net::IpAddr, sync::Arc};

use keystead_store::{Reader, Store, StoreError, Tx};
use keystead_types::{Principal, Random, RequestId, Timestamp};
use keystead_verifier::{Allowed, Denied, Failure, Resource, Verifier};
use keystead_wire::{ApiError, Operate};

/// An operation that Keystead has.
pub(crate) trait Implemented: Operate<Input: Sync> {
    /// The operation's object, as it was found, or not.
    type Object;

    /// Finds the object, and names it for the decision. Whether it exists must not show in an error
    /// here: the caller may not be allowed to know.
    fn find(
        reader: &Reader<'_>,
        input: &Self::Input,
        caller: &Principal,
    ) -> Result<(Resource, Self::Object), Refusal>;
}

/// An operation that needs nothing but the caller, and so waits for no store.
pub(crate) trait Answer: Operate<Input: Sync> {
    /// What it is done to.
    const RESOURCE: Resource;

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
pub(crate) trait Change: Implemented {
    /// Makes the change. Decides first and writes last; may be run again from the start.
    fn change(
        tx: &mut Tx<'_>,
        proof: &Allowed,
        object: Self::Object,
        input: &Self::Input,
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
}

/// What an operation may look at besides its input and the store.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) context: Context,
    /// Who asks, as the store knew it when the request was decided.
    pub(crate) caller: Arc<Principal>,
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

impl From<Denied> for Refusal {
    fn from(denied: Denied) -> Self {
        Self::Answer(denied.into())
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
            Refusal::Answer(error) => error,
            Refusal::Store(StoreError::Unavailable(detail)) => {
                ApiError::service_unavailable(detail.to_string())
            }
            Refusal::Store(error) => ApiError::service_failure(error.to_string()),
        }
    }
}
