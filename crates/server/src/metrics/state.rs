//! What the store, the verifier and the usage recorder count themselves, shown at a scrape.

use std::sync::Arc;

use keystead_store::Store;
use keystead_verifier::Verifier;

use super::{Metrics, SampleKind};

impl Metrics {
    /// Shows the state of the store and the verifier from now on.
    pub fn show_state(&self, verifier: &Arc<Verifier<Store>>) {
        use SampleKind::{Counter, Gauge};
        let store = |name, help, read: fn(&keystead_store::Statistics) -> u64| {
            let verifier = Arc::clone(verifier);
            self.sample(name, help, Counter, move || {
                read(&verifier.directory().statistics())
            });
        };
        store("keystead_store_commits", "Durable transactions", |statistics| {
            statistics.commits
        });
        store(
            "keystead_store_commands",
            "Commands that these carried out or refused",
            |statistics| statistics.commands,
        );
        store(
            "keystead_store_rollbacks",
            "Transactions rolled back",
            |statistics| statistics.rollbacks,
        );
        store(
            "keystead_store_unavailable",
            "Commands that the store could not take",
            |statistics| statistics.unavailable,
        );
        store("keystead_store_reads", "Snapshots read", |statistics| {
            statistics.reads
        });
        store(
            "keystead_store_unopened",
            "Sealed records that did not open",
            |statistics| statistics.unopened,
        );
        store(
            "keystead_audit_records",
            "Audit records of reads and refusals written",
            |statistics| statistics.audit_records,
        );
        store(
            "keystead_audit_merged",
            "Calls counted in another call's record",
            |statistics| statistics.audit_merged,
        );
        store(
            "keystead_audit_dropped",
            "Calls in no audit record",
            |statistics| statistics.audit_dropped,
        );

        let cache = |name, help, kind, read: fn(&keystead_verifier::Statistics) -> u64| {
            let verifier = Arc::clone(verifier);
            self.sample(name, help, kind, move || read(&verifier.statistics()));
        };
        cache(
            "keystead_verifier_cache_keys",
            "Prepared signing keys held",
            Gauge,
            |statistics| statistics.cache.keys as u64,
        );
        cache(
            "keystead_verifier_cache_bytes",
            "Memory of the verifier's cache",
            Gauge,
            |statistics| statistics.cache.memory_bytes as u64,
        );
        cache(
            "keystead_verifier_cache_hits",
            "Requests verified with a prepared key",
            Counter,
            |statistics| statistics.cache.hits,
        );
        cache(
            "keystead_verifier_cache_misses",
            "Requests that had to ask the store",
            Counter,
            |statistics| statistics.cache.misses,
        );
        cache(
            "keystead_verifier_cache_evictions",
            "Prepared keys that made room",
            Counter,
            |statistics| statistics.cache.evictions,
        );
        cache(
            "keystead_verifier_throttled",
            "Failures answered with Throttling",
            Counter,
            |statistics| statistics.throttled,
        );

        let usage = |name, help, kind, read: fn(&Verifier<Store>) -> u64| {
            let verifier = Arc::clone(verifier);
            self.sample(name, help, kind, move || read(&verifier));
        };
        usage(
            "keystead_usage_pending_keys",
            "Keys with use that is not written down yet",
            Gauge,
            |verifier| verifier.usage().keys() as u64,
        );
        usage(
            "keystead_usage_dropped",
            "Uses that were not recorded",
            Counter,
            |verifier| verifier.usage().dropped_uses(),
        );
        usage(
            "keystead_usage_dropped_sources",
            "Sources of use that were not recorded",
            Counter,
            |verifier| verifier.usage().dropped_sources(),
        );
    }
}
