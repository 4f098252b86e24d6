use std::hash::Hasher;

use foldhash::{SharedSeed, quality::FoldHasher};
use keystead_types::Random;

/// A keyed hash for the tables that callers can fill: who does not know the seed cannot aim at a slot.
#[derive(Clone)]
pub(crate) struct Seed {
    hasher: u64,
    shared: SharedSeed,
}

impl Seed {
    pub(crate) fn draw(random: &dyn Random) -> Self {
        let mut bytes = [[0; 8]; 2];
        bytes.iter_mut().for_each(|bytes| random.fill(bytes));
        let [hasher, shared] = bytes.map(u64::from_le_bytes);
        Self {
            hasher,
            shared: SharedSeed::from_u64(shared),
        }
    }

    pub(crate) fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.hasher, &self.shared);
        hasher.write(bytes);
        hasher.finish()
    }

    /// The caller sees to it that different parts do not run together to the same bytes.
    pub(crate) fn hash_all(&self, parts: &[&[u8]]) -> u64 {
        let mut hasher = FoldHasher::with_seed(self.hasher, &self.shared);
        parts.iter().for_each(|part| hasher.write(part));
        hasher.finish()
    }
}

/// Maps a hash to one of `count` shards by bits that hash tables of up to a million slots leave alone.
pub(crate) fn shard_of(hash: u64, count: usize) -> usize {
    let bits = (hash >> 20) & 0xffff_ffff;
    ((bits * count as u64) >> 32) as usize
}
