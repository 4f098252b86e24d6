use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;

use super::distribution::{Distribution, LATENCY_NANOSECONDS, NANOSECONDS};

/// An operation as the metrics name it. The list of them is fixed at the start, so that no caller
/// can make up label values.
#[derive(Clone, Copy, Debug)]
pub struct OperationLabel {
    /// `iam`, `sts`.
    pub service: &'static str,
    /// `CreateUser`.
    pub operation: &'static str,
    /// Which latency histogram it goes to.
    pub class: OperationClass,
}

/// Operations whose latencies are comparable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationClass {
    /// Answered from memory or by a read of the store.
    Read,
    /// Waits for a durable commit.
    Write,
}

impl OperationClass {
    const ALL: [(Self, &'static str); 2] = [(Self::Read, "read"), (Self::Write, "write")];
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Success,
    /// Its signature was missing, malformed or wrong.
    Unauthenticated,
    /// The caller may not do that.
    Denied,
    /// The caller was told to slow down.
    Throttled,
    /// Any other fault of the caller's: invalid input, no such entity, a conflict, a quota.
    Invalid,
    /// A fault of the server's.
    Failed,
}

impl Outcome {
    const ALL: [(Self, &'static str); 6] = [
        (Self::Success, "success"),
        (Self::Unauthenticated, "unauthenticated"),
        (Self::Denied, "denied"),
        (Self::Throttled, "throttled"),
        (Self::Invalid, "invalid"),
        (Self::Failed, "failed"),
    ];
}

/// Threads beyond this number share counters.
const STRIPES: usize = 16;

/// Requests and their latencies, counted by each thread on its own.
///
/// A counter that all threads write costs each of them a trip to the other's cache, as much as the
/// verification of a signature; so there is a stripe for each thread, and a scrape adds them up.
pub(super) struct Requests {
    operations: Vec<OperationLabel>,
    stripes: Box<[Stripe]>,
}

/// Aligned so that no two stripes share a cache line, nor the pair that the processor prefetches.
#[repr(align(128))]
struct Stripe {
    /// For each operation, then the unknown one: a counter for each outcome.
    counts: Box<[AtomicU64]>,
    /// For each class.
    latencies: [Distribution; OperationClass::ALL.len()],
}

impl Requests {
    pub(super) fn new(operations: Vec<OperationLabel>) -> Self {
        let counters = (operations.len() + 1) * Outcome::ALL.len();
        let stripes = (0..STRIPES)
            .map(|_| Stripe {
                counts: (0..counters).map(|_| AtomicU64::new(0)).collect(),
                latencies: [
                    Distribution::new(LATENCY_NANOSECONDS),
                    Distribution::new(LATENCY_NANOSECONDS),
                ],
            })
            .collect();
        Self { operations, stripes }
    }

    pub(super) fn count(&self, operation: Option<usize>, outcome: Outcome, elapsed: Duration) {
        let operation = operation
            .unwrap_or(self.operations.len())
            .min(self.operations.len());
        let class = self
            .operations
            .get(operation)
            .map_or(OperationClass::Read, |label| label.class);
        let Some(stripe) = self.stripes.get(stripe_index()) else {
            return;
        };
        if let Some(counter) = stripe
            .counts
            .get(operation * Outcome::ALL.len() + outcome as usize)
        {
            counter.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(latencies) = stripe.latencies.get(class as usize) {
            latencies.observe(u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX));
        }
    }

    fn total(&self, counter: usize) -> u64 {
        self.stripes
            .iter()
            .filter_map(|stripe| stripe.counts.get(counter))
            .map(|count| count.load(Ordering::Relaxed))
            .sum()
    }
}

/// The calling thread's stripe: threads are numbered as they come.
fn stripe_index() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static INDEX: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    INDEX.with(|index| {
        if index.get() == usize::MAX {
            index.set(NEXT.fetch_add(1, Ordering::Relaxed) % STRIPES);
        }
        index.get()
    })
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").finish_non_exhaustive()
    }
}

impl Collector for Requests {
    /// Counters that never counted are left out: most of the model's operations are rare.
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut family = encoder.encode_descriptor(
            "keystead_requests",
            "Requests, by operation and how they ended",
            None,
            MetricType::Counter,
        )?;
        let unknown = OperationLabel {
            service: "unknown",
            operation: "unknown",
            class: OperationClass::Read,
        };
        for (index, label) in self.operations.iter().chain([&unknown]).enumerate() {
            for (outcome, name) in Outcome::ALL {
                let total = self.total(index * Outcome::ALL.len() + outcome as usize);
                if total > 0 {
                    family
                        .encode_family(&[
                            ("service", label.service),
                            ("operation", label.operation),
                            ("outcome", name),
                        ])?
                        .encode_counter::<NoLabelSet, _, u64>(&total, None)?;
                }
            }
        }
        let mut family = encoder.encode_descriptor(
            "keystead_request_duration_seconds",
            "Time from a whole request to its answer, by kind of operation",
            None,
            MetricType::Histogram,
        )?;
        for (class, name) in OperationClass::ALL {
            let parts = self
                .stripes
                .iter()
                .filter_map(|stripe| stripe.latencies.get(class as usize));
            Distribution::encode(parts, NANOSECONDS, family.encode_family(&[("class", name)])?)?;
        }
        Ok(())
    }
}
