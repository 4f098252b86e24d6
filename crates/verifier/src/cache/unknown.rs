use hashbrown::HashTable;
use keystead_types::{Timestamp, limits};

use super::packed::PackedId;
use crate::{UnknownKey, seed::Seed};

/// Ids that may not sign, remembered briefly and in bounded memory.
///
/// Two generations: when the young one is full it becomes the old one, and the old one goes.
pub(crate) struct Unknown {
    young: HashTable<Remembered>,
    old: HashTable<Remembered>,
    generation_max: usize,
}

/// One id that may not sign.
#[derive(Clone, Copy)]
pub(crate) struct Remembered {
    pub(crate) id: PackedId,
    pub(crate) why: UnknownKey,
    /// The feed's revision of the snapshot that told so.
    pub(crate) revision: u64,
    pub(crate) since: Timestamp,
}

impl Unknown {
    pub(crate) fn new(ids_max: usize) -> Self {
        Self {
            young: HashTable::new(),
            old: HashTable::new(),
            generation_max: ids_max.div_ceil(2),
        }
    }

    pub(crate) fn find(&self, hash: u64, id: &PackedId, now: Timestamp) -> Option<&Remembered> {
        let is_same = |remembered: &Remembered| remembered.id == *id;
        self.young
            .find(hash, is_same)
            .or_else(|| self.old.find(hash, is_same))
            .filter(|remembered| remembered.is_recent(now))
    }

    pub(crate) fn insert(
        &mut self,
        seed: &Seed,
        id: PackedId,
        why: UnknownKey,
        revision: u64,
        now: Timestamp,
    ) {
        let hash = seed.hash(id.as_bytes());
        self.forget(hash, &id);
        if self.young.len() >= self.generation_max {
            self.old = std::mem::take(&mut self.young);
        }
        let remembered = Remembered {
            id,
            why,
            revision,
            since: now,
        };
        self.young
            .insert_unique(hash, remembered, |remembered| seed.hash(remembered.id.as_bytes()));
    }

    pub(crate) fn forget(&mut self, hash: u64, id: &PackedId) {
        for generation in [&mut self.young, &mut self.old] {
            if let Ok(entry) = generation.find_entry(hash, |remembered| remembered.id == *id) {
                entry.remove();
            }
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.young.allocation_size() + self.old.allocation_size()
    }
}

impl Remembered {
    /// A clock that was set back makes it not recent either.
    fn is_recent(&self, now: Timestamp) -> bool {
        let age = now.seconds().saturating_sub(self.since.seconds());
        (0..limits::VERIFIER_UNKNOWN_KEY_SECONDS_MAX).contains(&age)
    }
}
