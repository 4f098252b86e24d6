//! What the store, the verifier and the usage recorder count themselves, shown at a scrape.

use std::{fmt, sync::Arc};

use keystead_store::{BATCH_SIZE_CLASSES, Statistics as StoreStatistics, Store};
use keystead_verifier::{Statistics as VerifierStatistics, UsageRecorder, Verifier};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, NoLabelSet},
    metrics::MetricType,
};

use super::Metrics;

impl Metrics {
    /// Shows the state of the store and the verifier from now on.
    pub fn show_state(&self, verifier: &Arc<Verifier<Store>>) {
        let state = State(Arc::clone(verifier));
        self.0.registry.lock().register_collector(Box::new(state));
    }
}

/// Asks each of them once per scrape, so that the numbers of one page belong together.
struct State(Arc<Verifier<Store>>);

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State").finish_non_exhaustive()
    }
}

impl Collector for State {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        page.store(&self.0.directory().statistics())?;
        page.verifier(&self.0.statistics())?;
        page.usage(self.0.usage())
    }
}

struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn store(&mut self, store: &StoreStatistics) -> fmt::Result {
        self.counter("keystead_store_commits", "Durable transactions", store.commits)?;
        self.counter(
            "keystead_store_commands",
            "Commands that these carried out or refused",
            store.commands,
        )?;
        self.batches(store)?;
        self.counter(
            "keystead_store_rollbacks",
            "Transactions rolled back",
            store.rollbacks,
        )?;
        self.counter(
            "keystead_store_unavailable",
            "Commands that the store could not take",
            store.unavailable,
        )?;
        self.counter("keystead_store_reads", "Snapshots read", store.reads)?;
        self.counter(
            "keystead_store_unopened",
            "Sealed records that did not open",
            store.unopened,
        )?;
        self.counter(
            "keystead_audit_records",
            "Audit records of reads and refusals written",
            store.audit_records,
        )?;
        self.counter(
            "keystead_audit_merged",
            "Calls counted in another call's record",
            store.audit_merged,
        )?;
        self.counter(
            "keystead_audit_dropped",
            "Calls in no audit record",
            store.audit_dropped,
        )
    }

    fn batches(&mut self, store: &StoreStatistics) -> fmt::Result {
        let classes = BATCH_SIZE_CLASSES.map(|bound| bound as f64);
        // Counted one after the other, so that a commit between the two can be in one of them alone.
        let inside: u64 = store.batches.iter().sum();
        let beyond = store.commits.saturating_sub(inside);
        let buckets: Vec<(f64, u64)> = classes
            .into_iter()
            .zip(store.batches)
            .chain([(f64::INFINITY, beyond)])
            .collect();
        self.0
            .encode_descriptor(
                "keystead_store_commit_commands",
                "Durable transactions, by the number of commands that shared one",
                None,
                MetricType::Histogram,
            )?
            .encode_histogram::<NoLabelSet>(store.commands as f64, inside + beyond, &buckets, None)
    }

    fn verifier(&mut self, verifier: &VerifierStatistics) -> fmt::Result {
        let cache = &verifier.cache;
        self.gauge(
            "keystead_verifier_cache_keys",
            "Prepared signing keys held",
            cache.keys as u64,
        )?;
        self.gauge(
            "keystead_verifier_cache_unknown_keys",
            "Access key ids remembered as unknown or inactive",
            cache.unknown_keys as u64,
        )?;
        self.gauge(
            "keystead_verifier_cache_bytes",
            "Memory of the verifier's cache",
            cache.memory_bytes as u64,
        )?;
        self.counter(
            "keystead_verifier_cache_hits",
            "Requests verified with a prepared key",
            cache.hits,
        )?;
        self.counter(
            "keystead_verifier_cache_refusals",
            "Requests refused for an id remembered as unknown or inactive",
            cache.refusals,
        )?;
        self.counter(
            "keystead_verifier_cache_misses",
            "Requests that had to ask the store",
            cache.misses,
        )?;
        self.counter(
            "keystead_verifier_cache_evictions",
            "Prepared keys that made room",
            cache.evictions,
        )?;
        self.gauge(
            "keystead_verifier_permissions_users",
            "Users whose compiled policies are held",
            verifier.permissions as u64,
        )?;
        self.gauge(
            "keystead_verifier_permissions_bytes",
            "Memory of those policies",
            verifier.permissions_memory_bytes as u64,
        )?;
        self.counter(
            "keystead_verifier_directory_lookups",
            "Lookups that the store was asked for",
            verifier.directory_lookups,
        )?;
        self.counter(
            "keystead_verifier_stale_snapshots",
            "Lookups repeated because what they found had changed meanwhile",
            verifier.stale_snapshots,
        )?;
        self.counter(
            "keystead_verifier_throttled",
            "Failures answered with Throttling",
            verifier.throttled,
        )
    }

    fn usage(&mut self, usage: &UsageRecorder) -> fmt::Result {
        self.gauge(
            "keystead_usage_pending_keys",
            "Keys with use that is not written down yet",
            usage.keys() as u64,
        )?;
        self.counter(
            "keystead_usage_dropped",
            "Uses that were not recorded",
            usage.dropped_uses(),
        )?;
        self.counter(
            "keystead_usage_dropped_sources",
            "Sources of use that were not recorded",
            usage.dropped_sources(),
        )
    }

    fn counter(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0
            .encode_descriptor(name, help, None, MetricType::Counter)?
            .encode_counter::<NoLabelSet, _, u64>(&value, None)
    }

    fn gauge(&mut self, name: &str, help: &str, value: u64) -> fmt::Result {
        self.0
            .encode_descriptor(name, help, None, MetricType::Gauge)?
            .encode_gauge(&value)
    }
}
