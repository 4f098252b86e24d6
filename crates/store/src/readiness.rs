//! Whether the store can be written: how a load balancer learns that the disk is full, or is no more.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{Store, StoreError, Tx, WriteError};

/// Between two writes that only find out whether the database has recovered.
const PROBE_INTERVAL: Duration = Duration::from_secs(1);

/// How the last transaction went that had something to write.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<Failing>>);

struct Failing {
    error: StoreError,
    probed_at: Option<Instant>,
}

impl Store {
    /// Whether changes can be made: the last write, if it failed, says why they cannot. At most once a
    /// second a failure is looked into by a small write, so that a store that has recovered says so
    /// without any traffic. Otherwise this touches nothing.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.ready_at(Instant::now()).await
    }

    pub(crate) async fn ready_at(&self, now: Instant) -> Result<(), StoreError> {
        self.shared.queue()?;
        match self.shared.readiness.failing_at(now) {
            None => Ok(()),
            Some((error, false)) => Err(error),
            Some((_, true)) => {
                let written = self.write(|tx: &mut Tx<'_>| tx.write_again()).await;
                written.map(drop).map_err(WriteError::into_store_error)
            }
        }
    }
}

impl Readiness {
    /// Notes that something was written.
    pub(crate) fn wrote(&self) {
        *self.lock() = None;
    }

    /// Notes that the database failed.
    pub(crate) fn failed(&self, error: &StoreError) {
        let mut failing = self.lock();
        let probed_at = failing.as_ref().and_then(|failing| failing.probed_at);
        *failing = Some(Failing {
            error: error.clone(),
            probed_at,
        });
    }

    /// The failure that lasts, and whether it is the caller's turn to probe.
    fn failing_at(&self, now: Instant) -> Option<(StoreError, bool)> {
        let mut failing = self.lock();
        let failing = failing.as_mut()?;
        let due = failing
            .probed_at
            .is_none_or(|at| now.saturating_duration_since(at) >= PROBE_INTERVAL);
        if due {
            failing.probed_at = Some(now);
        }
        Some((failing.error.clone(), due))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Failing>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
