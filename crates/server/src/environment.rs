//! The time and the randomness of the machine, read here and handed down.

use std::{
    cell::RefCell,
    time::{SystemTime, UNIX_EPOCH},
};

use keystead_types::{Random, Timestamp};
use zeroize::Zeroizing;

/// The operating system's generator.
///
/// Every request draws an id, and a system call for each costs as much as half a verification. So
/// small draws come from a pool of the operating system's own bytes, one per thread, and each byte is
/// given out once and wiped.
pub struct SystemRandom;

const POOL_BYTES: usize = 1024;

struct Pool {
    bytes: Zeroizing<[u8; POOL_BYTES]>,
    /// Where what is not given out yet begins.
    next: usize,
}

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        thread_local! {
            static POOL: RefCell<Pool> =
                RefCell::new(Pool { bytes: Zeroizing::new([0; POOL_BYTES]), next: POOL_BYTES });
        }
        POOL.with_borrow_mut(|pool| pool.fill(bytes));
    }
}

impl Pool {
    fn fill(&mut self, bytes: &mut [u8]) {
        if bytes.len() > self.bytes.len() - self.next {
            if bytes.len() > self.bytes.len() {
                return draw(bytes);
            }
            draw(self.bytes.as_mut());
            self.next = 0;
        }
        let end = self.next + bytes.len();
        if let Some(pooled) = self.bytes.get_mut(self.next..end) {
            bytes.copy_from_slice(pooled);
            pooled.fill(0);
        }
        self.next = end;
    }
}

fn draw(bytes: &mut [u8]) {
    if let Err(error) = getrandom::fill(bytes) {
        // Going on would mean keys that can be guessed.
        tracing::error!(%error, "the operating system gives no randomness");
        std::process::abort();
    }
}

/// The machine's clock.
pub fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_seconds(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_byte_is_given_out_twice() {
        let mut seen = HashSet::new();
        for length in [16, 1000, 16, 1024, 2000, 24, 8].into_iter().cycle().take(700) {
            let mut bytes = vec![0; length];
            SystemRandom.fill(&mut bytes);
            for chunk in bytes.chunks_exact(8) {
                assert!(seen.insert(chunk.to_vec()), "{length}");
            }
        }
    }
}
