use std::sync::Arc;

use keystead_store::Reader;
use keystead_verifier::{Authenticated, Circumstances, Permissions};
use keystead_wire::Operate;

use crate::{
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
