use std::{
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use hashbrown::HashTable;
use keystead_types::{AccessKeyId, Random};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::{Directory, DirectoryUnavailable, Snapshot, seed::Seed};

/// Lookups under way: one for each key, however many requests wait for it.
pub(crate) struct Flights {
    seed: Seed,
    under_way: Mutex<HashTable<Arc<Flight>>>,
    lookups: AtomicU64,
}

/// One lookup with all who wait for it. Whichever of them comes first leads it; if that one is
/// cancelled, another takes over.
pub(crate) struct Flight {
    id: AccessKeyId,
    outcome: OnceCell<Result<Snapshot, DirectoryUnavailable>>,
}

/// One who waits. The last one to leave takes the secret along.
pub(crate) struct Passenger<'a> {
    flights: &'a Flights,
    flight: Arc<Flight>,
}

impl Flights {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self {
            seed: Seed::draw(random),
            under_way: Mutex::new(HashTable::new()),
            lookups: AtomicU64::new(0),
        }
    }

    /// Boards the key's flight, or starts one.
    pub(crate) fn board(&self, id: AccessKeyId) -> Passenger<'_> {
        let hash = self.hash(id);
        let mut under_way = self.under_way.lock();
        let flight = under_way
            .entry(hash, |flight| flight.id == id, |flight| self.hash(flight.id))
            .or_insert_with(|| {
                Arc::new(Flight {
                    id,
                    outcome: OnceCell::new(),
                })
            })
            .get()
            .clone();
        Passenger {
            flights: self,
            flight,
        }
    }

    /// Lookups that the directory was asked for.
    pub(crate) fn lookups(&self) -> u64 {
        self.lookups.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(crate) fn under_way(&self) -> usize {
        self.under_way.lock().len()
    }

    fn hash(&self, id: AccessKeyId) -> u64 {
        self.seed.hash(id.as_str().as_bytes())
    }
}

impl Passenger<'_> {
    /// Waits for the outcome. It can be older than the boarding: the caller compares its revision.
    pub(crate) async fn outcome(
        &self,
        directory: &impl Directory,
    ) -> &Result<Snapshot, DirectoryUnavailable> {
        let lead = || {
            self.flights.lookups.fetch_add(1, Ordering::Relaxed);
            directory.access_key(self.flight.id)
        };
        self.flight.outcome.get_or_init(lead).await
    }
}

impl Drop for Passenger<'_> {
    fn drop(&mut self) {
        let mut under_way = self.flights.under_way.lock();
        let landed = self.flight.outcome.initialized();
        // The table's and this one: boarding needs the lock that is held here.
        let alone = Arc::strong_count(&self.flight) == 2;
        if !landed && !alone {
            return;
        }
        let hash = self.flights.hash(self.flight.id);
        if let Ok(entry) = under_way.find_entry(hash, |flight| Arc::ptr_eq(flight, &self.flight)) {
            entry.remove();
        }
    }
}

impl Deref for Passenger<'_> {
    type Target = Flight;

    fn deref(&self) -> &Flight {
        &self.flight
    }
}
