use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hashbrown::HashTable;
use keystead_types::{AccessKeyId, Random};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::{Directory, DirectoryUnavailable, Snapshot, seed::Seed};

/// Lookups under way: one for each key, however many requests wait for it.
pub(crate) struct Flights {
    seed: Seed,
    under_way: Mutex<HashTable<UnderWay>>,
    lookups: AtomicU64,
}

struct UnderWay {
    flight: Arc<Flight>,
    /// Counted here, under the lock, since the flight's own references are given back outside of it.
    passengers: usize,
}

/// One lookup with all who wait for it. Whichever of them comes first leads it; if that one is
/// cancelled, another takes over.
struct Flight {
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
        let mut entry = under_way
            .entry(
                hash,
                |under_way| under_way.flight.id == id,
                |under_way| self.hash(under_way.flight.id),
            )
            .or_insert_with(|| UnderWay {
                flight: Arc::new(Flight {
                    id,
                    outcome: OnceCell::new(),
                }),
                passengers: 0,
            });
        let boarded = entry.get_mut();
        boarded.passengers += 1;
        let flight = Arc::clone(&boarded.flight);
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
        let hash = self.flights.hash(self.flight.id);
        let mut under_way = self.flights.under_way.lock();
        let is_mine = |under_way: &UnderWay| Arc::ptr_eq(&under_way.flight, &self.flight);
        let Ok(mut entry) = under_way.find_entry(hash, is_mine) else {
            return;
        };
        entry.get_mut().passengers -= 1;
        // Landed, it is of the past: who comes now starts another.
        if entry.get().passengers == 0 || self.flight.outcome.initialized() {
            entry.remove();
        }
    }
}
