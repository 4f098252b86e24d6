//! When a key was last used, as far as is known: the store learns of a use a little later than the verifier.

use keystead_store::LastUseRecord;
use keystead_types::AccessKeyId;

use crate::operation::Scene;

/// The later of a key's last use that was written down, and of that which was not yet.
pub(crate) fn latest(
    id: AccessKeyId,
    written: Option<LastUseRecord>,
    scene: &Scene,
) -> Option<LastUseRecord> {
    let unwritten = scene.verifier.usage().peek(id);
    let unwritten = unwritten.map(|used| LastUseRecord {
        at: used.at(),
        service: used.service().to_owned(),
        region: used.region().to_owned(),
    });
    // Of two in the same second the last counts, which is not written yet.
    written.into_iter().chain(unwritten).max_by_key(|used| used.at)
}
