//! What the server does by itself while it serves: usage is written down, old records go.

use std::{pin::pin, sync::Arc, time::Duration};

use keystead_store::{RoleUsageRecord, Store, StoreError, UsageRecord};
use keystead_types::{AccessKeyId, limits};
use keystead_verifier::Verifier;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use crate::environment::now;

/// How long a use waits at most before it is written down.
const USAGE_FLUSH_INTERVAL: Duration = Duration::from_secs(1);
/// Between two steps of housekeeping.
const MAINTENANCE_INTERVAL: Duration = Duration::from_secs(10);

/// Writes usage down each second, or earlier when much has come together. When `stop` ends, what is being
/// written is finished, and what is left is written too.
///
/// # Errors
/// The store did not take what was left.
pub async fn flush_usage(
    verifier: Arc<Verifier<Store>>,
    stop: impl Future<Output = ()>,
) -> Result<(), StoreError> {
    let mut stop = pin!(stop);
    let mut failing = false;
    let mut pause = Duration::ZERO;
    loop {
        let due = async {
            sleep(pause).await;
            // Whichever comes first; that the time is up is no error.
            let _ = timeout(USAGE_FLUSH_INTERVAL, verifier.usage().flush_wanted()).await;
        };
        tokio::select! {
            biased;
            () = &mut stop => return flush_usage_now(&verifier).await,
            () = due => {}
        }
        match flush_usage_now(&verifier).await {
            Ok(()) => {
                failing = false;
                pause = Duration::ZERO;
            }
            Err(error) => {
                if !failing {
                    tracing::warn!(%error, "the use of access keys is kept in memory until the store can be written");
                }
                failing = true;
                // A store that refuses is not asked again at once, however much has come together.
                pause = USAGE_FLUSH_INTERVAL;
            }
        }
    }
}

async fn flush_usage_now(verifier: &Verifier<Store>) -> Result<(), StoreError> {
    flush_role_usage(verifier).await?;
    let Some(mut drained) = verifier.usage().drain() else {
        return Ok(());
    };
    let batch = Arc::clone(drained.batch());
    let mut records = batch.iter().map(UsageRecord::from);
    loop {
        let part: Vec<UsageRecord> = records
            .by_ref()
            .take(limits::USAGE_RECORDS_PER_WRITE_MAX)
            .collect();
        if part.is_empty() {
            break;
        }
        let keys: Vec<AccessKeyId> = part.iter().map(|record| record.access_key).collect();
        verifier.directory().add_usage(part).await?;
        drained.commit_part(keys);
    }
    drained.commit();
    Ok(())
}

async fn flush_role_usage(verifier: &Verifier<Store>) -> Result<(), StoreError> {
    let mut uses = verifier.role_usage().drain();
    while !uses.is_empty() {
        let part = uses.split_off(uses.len().saturating_sub(limits::USAGE_RECORDS_PER_WRITE_MAX));
        let records = part.iter().map(RoleUsageRecord::from).collect();
        if let Err(error) = verifier.directory().add_role_usage(records).await {
            verifier.role_usage().put_back(part);
            verifier.role_usage().put_back(uses);
            return Err(error);
        }
    }
    Ok(())
}

/// Removes what is beyond its retention, a little at a time. Never ends.
pub async fn maintain_forever(store: Store) {
    let mut ticks = interval(MAINTENANCE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = store.refresh_session_keys(now()).await {
            tracing::warn!(%error, "the keys of session tokens stay as they are");
        }
        if let Err(error) = store.maintain(now()).await {
            tracing::warn!(%error, "housekeeping has to wait");
        }
    }
}
