//! What the server does by itself while it serves: usage is written down, old records go.

use std::{sync::Arc, time::Duration};

use keystead_store::{Store, UsageRecord};
use keystead_verifier::Verifier;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::environment::now;

/// How long a use waits at most before it is written down.
const USAGE_FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Between two steps of housekeeping.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(10);
/// Keys whose use one transaction writes down, so that a flush does not hold up changes.
const USAGE_RECORDS_PER_WRITE: usize = 500;

/// Writes usage down each second, or earlier when much has come together. Never ends.
pub async fn flush_usage_forever(verifier: Arc<Verifier<Store>>) {
    let mut failing = false;
    loop {
        // Whichever comes first; that the time is up is no error.
        let _ = timeout(USAGE_FLUSH_INTERVAL, verifier.usage().flush_wanted()).await;
        match flush_usage(&verifier).await {
            Ok(()) => failing = false,
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "the use of access keys is kept in memory until the store can be written");
                }
                failing = true;
                // A store that refuses is not asked again at once, however much has come together.
                tokio::time::sleep(USAGE_FLUSH_INTERVAL).await;
            }
        }
    }
}

/// Writes down what is known now.
pub async fn flush_usage(verifier: &Verifier<Store>) -> Result<(), keystead_store::StoreError> {
    let Some(drained) = verifier.usage().drain() else {
        return Ok(());
    };
    let records: Vec<UsageRecord> = drained.batch().iter().map(UsageRecord::from).collect();
    for records in records.chunks(USAGE_RECORDS_PER_WRITE) {
        verifier.directory().add_usage(records.to_vec()).await?;
    }
    drained.commit();
    Ok(())
}

/// Removes what is beyond its retention, a little at a time. Never ends.
pub async fn maintain_forever(store: Store) {
    let mut ticks = interval(MAINTENANCE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = store.maintain(now()).await {
            tracing::warn!(%error, "housekeeping has to wait");
        }
    }
}
