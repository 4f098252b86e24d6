//! What the console shows on its pages of users, keys and events.
//!
//! Each read shows the data of certain operations and is decided as they are: on the same resources, by the same
//! function. What the caller may not see of a user is left out, and the rest is shown. No read takes longer because an
//! account has more users or more events.

mod attention;
mod events;
mod key_use;
mod seeing;
mod users;

use std::sync::Arc;

use keystead_verifier::Authenticated;
use keystead_wire::ApiError;

pub use attention::{
    Attention, Count, KeyToLookAfter, KeysToLookAfter, KeysToLookAfterPage, UserToLookAfter,
    UsersToLookAfterPage,
};
pub use events::{Event, EventCaller, EventFilter, EventPage};
pub use key_use::KeyUse;
pub use users::{AccessKeyOverview, UserOverview, UsersPage};

use crate::{
    Asked, Authority, Context,
    operation::{Implemented, Refusal},
    permission::allow,
    sts::may_call,
};
use seeing::Seeing;

/// Reads of its own, for pages.
pub struct Overview<'a> {
    authority: &'a Authority,
}

/// When something was last done, as far as the caller may know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Last<T> {
    /// The caller may not know.
    Hidden,
    /// Never, as far as is known.
    Never,
    /// This was the last time.
    At(T),
}

impl Authority {
    /// What pages show.
    pub fn overview(&self) -> Overview<'_> {
        Overview { authority: self }
    }
}

impl Overview<'_> {
    /// Reads from one snapshot, for whoever may run the operation `O` with this input.
    async fn read<O: Implemented, T: Send + 'static>(
        &self,
        input: O::Input,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        work: impl FnOnce(&Seeing<'_>, O::Object) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, ApiError> {
        may_call(O::OPERATION, caller)?;
        let input = asked.is(input);
        let permissions = self.authority.verifier.permissions(caller).await?;
        let scene = self
            .authority
            .scene(caller, Arc::clone(permissions.principal()), context);
        let caller = caller.clone();
        let read = self.authority.store().read(move |reader| -> Result<_, Refusal> {
            let circumstances = scene.context.circumstances();
            let (target, object) = O::find(reader, &input, &scene.caller)?;
            let proof = allow::<O>(reader, &caller, &permissions, &circumstances, &target)?;
            let seeing = Seeing {
                reader,
                scene: &scene,
                caller: &caller,
                permissions: &permissions,
                circumstances: &circumstances,
            };
            Ok((work(&seeing, object)?, proof.into_decisions()))
        });
        let (answer, decisions) = read.await.map_err(|refusal| asked.refused(refusal))?;
        asked.decided(decisions);
        Ok(answer)
    }
}
