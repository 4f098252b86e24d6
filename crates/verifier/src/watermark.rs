use std::sync::atomic::{AtomicU64, Ordering};

use keystead_types::Random;

use crate::seed::Seed;

/// The latest revision at which each subject changed, in fixed memory.
///
/// Subjects share slots by their hash, so a slot may be too high for one of them: then something
/// that is still right is read once more from the directory. It is never too low.
pub(crate) struct Watermarks {
    seed: Seed,
    slots: Box<[AtomicU64]>,
}

/// Where a subject's watermark stands; small, so that a cached key can hold it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot(u16);

const SLOTS: usize = 1 << 15;

impl Watermarks {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self {
            seed: Seed::draw(random),
            slots: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
        }
    }

    pub(crate) fn slot(&self, subject: &[u8]) -> Slot {
        Slot((self.seed.hash(subject) % SLOTS as u64) as u16)
    }

    /// Notes a change; whoever learns of it afterwards sees it here.
    pub(crate) fn raise(&self, slot: Slot, revision: u64) {
        if let Some(mark) = self.slots.get(usize::from(slot.0)) {
            mark.fetch_max(revision, Ordering::AcqRel);
        }
    }

    /// Whether what was read at `revision` has every change of the subject that was announced.
    pub(crate) fn has_all(&self, slot: Slot, revision: u64) -> bool {
        self.slots
            .get(usize::from(slot.0))
            .is_some_and(|mark| revision >= mark.load(Ordering::Acquire))
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of_val(&*self.slots)
    }
}
