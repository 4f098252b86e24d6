use std::sync::Arc;

use keystead_store::Reader;
use keystead_types::limits;
use keystead_verifier::{Authenticated, Circumstances, Permissions};
use keystead_wire::{ApiError, Operate};

use crate::{
    iam::page::PageRequest,
    operation::{Refusal, Scene},
    permission::{Target, allow},
};

/// Somebody who looks at a snapshot.
pub(super) struct Seeing<'a> {
    pub(super) reader: &'a Reader<'a>,
    pub(super) scene: &'a Scene,
    pub(super) caller: &'a Authenticated,
    pub(super) permissions: &'a Arc<Permissions>,
    pub(super) circumstances: &'a Circumstances,
}

impl Seeing<'_> {
    /// The page after the position `after`, which is sealed as the operation's markers are: it can name what the
    /// caller may not see. `list` and its filters are what is listed.
    pub(super) fn page<'a, O: Operate>(
        &'a self,
        list: &'a [&'a str],
        after: &str,
        limit: u32,
    ) -> Result<PageRequest<'a>, ApiError> {
        let marker = Some(after).filter(|after| !after.is_empty());
        let limit = limit.clamp(1, limits::PAGE_ENTRIES_DEFAULT);
        PageRequest::of::<O>(self.scene, list, marker, i32::try_from(limit).ok())
    }

    /// Whether the caller could run the operation `O` on the target, and so may see what it answers.
    pub(super) fn may<O: Operate>(&self, target: &Target) -> Result<bool, Refusal> {
        let decided = allow::<O>(
            self.reader,
            self.caller,
            self.permissions,
            self.circumstances,
            target,
        );
        match decided {
            Ok(_) => Ok(true),
            Err(Refusal::Denied(_)) => Ok(false),
            Err(refusal) => Err(refusal),
        }
    }
}
