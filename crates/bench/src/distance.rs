//! How far the two cores are apart.
//!
//! A host may move virtual processors at any time, between cores that share a cache and cores that do
//! not. A cache line's round trip then takes about 75 or about 380 ns, and whatever passes between two
//! cores, such as every loopback request, costs twice as much. Figures of two classes must not be compared.

use std::{
    fmt,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use crate::{Result, machine};

/// Longest round trip of cores that count as near.
const NEAR_NANOSECONDS_MAX: f64 = 200.0;
const BATCHES: usize = 9;
const TRIPS_PER_BATCH: u32 = 1000;
const PATIENCE: Duration = Duration::from_secs(1);

/// A sampled round trip of one cache line between the two cores.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RoundTrip {
    pub(crate) nanoseconds: f64,
}

/// Whether the cores share a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Near,
    Far,
}

/// A cache line of its own, so that nothing else moves along.
#[repr(align(128))]
struct Line(AtomicU32);

impl RoundTrip {
    /// Samples it: the median of some batches, so that a moment's disturbance does not count.
    pub(crate) fn sample() -> Result<Self> {
        let (there, back) = (Line(AtomicU32::new(0)), Line(AtomicU32::new(0)));
        let last = BATCHES as u32 * TRIPS_PER_BATCH;
        thread::scope(|scope| {
            let echo = scope.spawn(|| -> Result<()> {
                let pinned = machine::pin(machine::SERVER_CORE);
                let mut seen = 0;
                while seen < last {
                    match there.0.load(Ordering::Acquire) {
                        next if next != seen => {
                            back.0.store(next, Ordering::Release);
                            seen = next;
                        }
                        _ => std::hint::spin_loop(),
                    }
                }
                pinned
            });
            let caller = scope.spawn(|| -> Result<Self> {
                let pinned = machine::pin(machine::LOAD_CORE);
                let batches = bounce(&there.0, &back.0);
                // Lets the echo go, also when patience ran out.
                there.0.store(last, Ordering::Release);
                pinned?;
                let nanoseconds = crate::stats::Spread::of(batches).ok_or("no batch")?.median;
                Ok(Self { nanoseconds })
            });
            let sampled = caller.join().map_err(|_| "the sampler failed")?;
            echo.join().map_err(|_| "the sampler failed")??;
            sampled
        })
    }

    pub(crate) fn class(self) -> Class {
        if self.nanoseconds <= NEAR_NANOSECONDS_MAX {
            Class::Near
        } else {
            Class::Far
        }
    }
}

/// Nanoseconds of a trip, batch by batch.
fn bounce(there: &AtomicU32, back: &AtomicU32) -> Vec<f64> {
    let begin = Instant::now();
    let mut batches = Vec::with_capacity(BATCHES);
    let mut trip = 0;
    while batches.len() < BATCHES && begin.elapsed() < PATIENCE {
        let batch = Instant::now();
        for _ in 0..TRIPS_PER_BATCH {
            trip += 1;
            there.store(trip, Ordering::Release);
            while back.load(Ordering::Acquire) != trip {
                std::hint::spin_loop();
            }
        }
        batches.push(batch.elapsed().as_nanos() as f64 / f64::from(TRIPS_PER_BATCH));
    }
    batches
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Near => "near",
            Self::Far => "far",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_near() {
        for (nanoseconds, class) in [(75.0, Class::Near), (200.0, Class::Near), (380.0, Class::Far)] {
            assert_eq!(RoundTrip { nanoseconds }.class(), class, "{nanoseconds}");
        }
    }
}
