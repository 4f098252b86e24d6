use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::encoding::{MetricEncoder, NoLabelSet};

/// Upper bounds of the buckets for latencies, in nanoseconds.
pub(super) const LATENCY_NANOSECONDS: &[u64] = &[
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    10_000_000_000,
];
/// What a latency is divided by to be shown in seconds.
pub(super) const NANOSECONDS: f64 = 1e9;

/// A histogram of whole numbers. Counting takes two atomic additions and no lock, unlike the
/// histogram of the Prometheus library.
pub(super) struct Distribution {
    bounds: &'static [u64],
    /// One bucket for each bound, and one for what lies beyond the last.
    buckets: Box<[AtomicU64]>,
    sum: AtomicU64,
}

impl Distribution {
    pub(super) fn new(bounds: &'static [u64]) -> Self {
        Self {
            bounds,
            buckets: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    pub(super) fn observe(&self, value: u64) {
        let index = self.bounds.partition_point(|bound| *bound < value);
        if let Some(bucket) = self.buckets.get(index) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Writes the sum of several distributions with the same bounds, each value divided by `unit`.
    pub(super) fn encode<'a>(
        parts: impl Iterator<Item = &'a Self> + Clone,
        unit: f64,
        mut encoder: MetricEncoder<'_>,
    ) -> fmt::Result {
        let Some(bounds) = parts.clone().next().map(|part| part.bounds) else {
            return Ok(());
        };
        let mut count = 0;
        let mut buckets = Vec::with_capacity(bounds.len() + 1);
        for index in 0..=bounds.len() {
            let inside: u64 = parts
                .clone()
                .filter_map(|part| part.buckets.get(index))
                .map(|bucket| bucket.load(Ordering::Relaxed))
                .sum();
            count += inside;
            let bound = bounds
                .get(index)
                .map_or(f64::INFINITY, |bound| *bound as f64 / unit);
            buckets.push((bound, inside));
        }
        let sum: u64 = parts.map(|part| part.sum.load(Ordering::Relaxed)).sum();
        encoder.encode_histogram::<NoLabelSet>(sum as f64 / unit, count, &buckets, None)
    }
}
