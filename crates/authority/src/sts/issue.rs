use std::sync::Arc;

use keystead_store::Reader;
use keystead_types::Timestamp;
use keystead_verifier::{Authenticated, Circumstances, Decided, Permissions};
use keystead_wire::{ApiError, Operate};

use super::OneTimeCode;
use crate::operation::{Refusal, Scene};

/// An operation that makes temporary credentials. It stores nothing.
pub(crate) trait Issue: Operate<Input: Sync, Output: Send> {
    /// The code that came with the request, to be checked before anything is decided.
    fn one_time_code(input: &Self::Input) -> Result<Option<OneTimeCode>, ApiError>;

    /// Decides, and makes the credentials; with what was decided.
    fn issue(
        reader: &Reader<'_>,
        input: &Self::Input,
        request: &Issuing<'_>,
    ) -> Result<(Self::Output, Vec<Decided>), Refusal>;
}

/// Who asks for credentials, and how.
pub(crate) struct Issuing<'a> {
    pub(crate) caller: &'a Authenticated,
    pub(crate) permissions: &'a Arc<Permissions>,
    pub(crate) scene: &'a Scene,
    /// Whether a one-time code came along and was good.
    pub(crate) one_time_code: bool,
}

impl Issuing<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.scene.context.now
    }

    /// When the one-time code was checked, if one was.
    pub(super) fn mfa_at(&self) -> Option<Timestamp> {
        self.one_time_code.then(|| self.now())
    }

    /// What policies may ask about the request.
    pub(super) fn circumstances(&self) -> Circumstances {
        Circumstances {
            one_time_code: self.one_time_code,
            ..self.scene.context.circumstances()
        }
    }
}
