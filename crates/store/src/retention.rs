//! Housekeeping: what is beyond its retention goes.

use keystead_types::{Timestamp, limits};

use crate::{Store, StoreError, WriteError};

/// Records that one step removes: few enough that other writes hardly wait for it.
pub(crate) const STEP_RECORDS: u32 = 500;
/// Steps after which housekeeping leaves the rest for its next time. What comes in meanwhile is less.
const STEPS_MAX: usize = 400;

/// How much is kept.
#[derive(Clone, Copy)]
pub(crate) struct Retention {
    /// Of the audit events in each of the two databases, in bytes.
    pub(crate) audit_bytes_max: u64,
    /// Of the feed, in changes.
    pub(crate) changes_max: u64,
}

impl Retention {
    const FULL: Self = Self {
        audit_bytes_max: limits::AUDIT_DATABASE_BYTES_MAX,
        changes_max: limits::CHANGES_KEPT_MAX,
    };
}

impl Store {
    /// Removes audit events beyond their retention, and changes that are no longer kept, in many small
    /// steps between which other writes get their turn. To be called every few seconds; in between, more
    /// may be kept than [`limits::AUDIT_DATABASE_BYTES_MAX`] says.
    pub async fn maintain(&self, now: Timestamp) -> Result<(), StoreError> {
        self.maintain_within(Retention::FULL, now).await
    }

    pub(crate) async fn maintain_within(
        &self,
        retention: Retention,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        for _ in 0..STEPS_MAX {
            let step = self.write(move |tx| {
                let events_left = tx.remove_old_audit_events(now, retention.audit_bytes_max)?;
                let changes_left = tx.forget_old_changes(retention.changes_max)?;
                tx.remove_expired_console_sessions(now)?;
                Ok(events_left || changes_left)
            });
            let (more, _) = step.await.map_err(WriteError::into_store_error)?;
            if !more {
                break;
            }
        }
        for _ in 0..STEPS_MAX {
            if !self
                .audit_log()
                .remove_old(now, retention.audit_bytes_max)
                .await?
            {
                break;
            }
        }
        Ok(())
    }
}
