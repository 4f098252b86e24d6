use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Upper bounds of the batch size classes that [`Statistics`] counts.
pub const BATCH_SIZE_CLASSES: [u64; 10] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

/// What the store has done since it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// Transactions that were committed.
    pub commits: u64,
    /// Commands that were carried out or refused by these.
    pub commands: u64,
    /// Transactions by number of commands, in the classes of [`BATCH_SIZE_CLASSES`].
    pub batches: [u64; BATCH_SIZE_CLASSES.len()],
    /// Transactions that were rolled back.
    pub rollbacks: u64,
    /// Commands that were answered "unavailable".
    pub unavailable: u64,
    /// Snapshots that were read.
    pub reads: u64,
    /// Sealed records that did not open when they were needed.
    pub unopened: u64,
    /// Audit records of reads and refusals that were written, merged ones once.
    pub audit_records: u64,
    /// Calls that were only counted in another call's audit record.
    pub audit_merged: u64,
    /// Calls that are in no audit record.
    pub audit_dropped: u64,
}

/// The same, as it is counted.
#[derive(Default)]
pub(crate) struct Counters {
    pub(crate) commits: AtomicU64,
    pub(crate) commands: AtomicU64,
    batches: [AtomicU64; BATCH_SIZE_CLASSES.len()],
    pub(crate) rollbacks: AtomicU64,
    pub(crate) unavailable: AtomicU64,
    pub(crate) reads: AtomicU64,
    pub(crate) unopened: AtomicU64,
    pub(crate) audit_records: AtomicU64,
    pub(crate) audit_merged: AtomicU64,
    pub(crate) audit_dropped: AtomicU64,
}

impl Counters {
    /// Counts a committed transaction of so many commands.
    pub(crate) fn committed(&self, commands: u64) {
        add(&self.commits, 1);
        add(&self.commands, commands);
        let class = BATCH_SIZE_CLASSES.iter().position(|bound| commands <= *bound);
        if let Some(class) = class.and_then(|class| self.batches.get(class)) {
            add(class, 1);
        }
    }

    /// The counters now.
    pub(crate) fn read(&self) -> Statistics {
        let read = |counter: &AtomicU64| counter.load(Relaxed);
        Statistics {
            commits: read(&self.commits),
            commands: read(&self.commands),
            batches: self.batches.each_ref().map(read),
            rollbacks: read(&self.rollbacks),
            unavailable: read(&self.unavailable),
            reads: read(&self.reads),
            unopened: read(&self.unopened),
            audit_records: read(&self.audit_records),
            audit_merged: read(&self.audit_merged),
            audit_dropped: read(&self.audit_dropped),
        }
    }
}

/// Adds to a counter.
pub(crate) fn add(counter: &AtomicU64, count: u64) {
    counter.fetch_add(count, Relaxed);
}
