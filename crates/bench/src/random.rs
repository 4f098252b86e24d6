//! Repeatable randomness: what was loaded in one run is found again by the next.

use std::sync::atomic::{AtomicU64, Ordering};

use keystead_types::Random;

/// SplitMix64. No source for credentials that anyone relies on.
pub(crate) struct Seeded(AtomicU64);

impl Seeded {
    /// A source that begins at `seed`; equal seeds give equal bytes.
    pub(crate) fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut word = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

/// A word that looks random, the same for equal seeds.
pub(crate) fn drawn(seed: u64) -> u64 {
    Seeded::new(seed).next()
}

impl Random for Seeded {
    fn fill(&self, bytes: &mut [u8]) {
        for piece in bytes.chunks_mut(8) {
            piece.copy_from_slice(&self.next().to_le_bytes()[..piece.len()]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_published_sequence() {
        let random = Seeded::new(1_234_567);
        assert_eq!(random.next(), 6_457_827_717_110_365_317);
        assert_eq!(random.next(), 3_203_168_211_198_807_973);
    }

    #[test]
    fn equal_seeds_give_equal_bytes() {
        let fill = |seed| {
            let mut bytes = [0; 13];
            Seeded::new(seed).fill(&mut bytes);
            bytes
        };
        assert_eq!(fill(7), fill(7));
        assert_ne!(fill(7), fill(8));
    }
}
