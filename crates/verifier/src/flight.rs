use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hashbrown::HashTable;
use keystead_types::{AccessKeyId, Random, UniqueId};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

use crate::{DirectoryUnavailable, seed::Seed};

/// Lookups under way: one for each id, however many requests wait for it.
pub(crate) struct Flights<I, T> {
    seed: Seed,
    under_way: Mutex<HashTable<UnderWay<I, T>>>,
    lookups: AtomicU64,
}

/// What is looked up by.
pub(crate) trait Id: Copy + Eq {
    fn bytes(&self) -> &[u8];
}

struct UnderWay<I, T> {
    flight: Arc<Flight<I, T>>,
    /// Counted here, under the lock, since the flight's own references are given back outside of it.
    passengers: usize,
}

/// One lookup with all who wait for it. Whichever of them comes first leads it; if that one is
/// cancelled, another takes over.
struct Flight<I, T> {
    id: I,
    outcome: OnceCell<Result<T, DirectoryUnavailable>>,
}

/// One who waits. The last one to leave takes the secret along.
pub(crate) struct Passenger<'a, I: Id, T> {
    flights: &'a Flights<I, T>,
    flight: Arc<Flight<I, T>>,
}

impl Id for AccessKeyId {
    fn bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl Id for UniqueId {
    fn bytes(&self) -> &[u8] {
        self.as_str().as_bytes()
    }
}

impl<I: Id, T> Flights<I, T> {
    pub(crate) fn new(random: &dyn Random) -> Self {
        Self {
            seed: Seed::draw(random),
            under_way: Mutex::new(HashTable::new()),
            lookups: AtomicU64::new(0),
        }
    }

    /// Boards the id's flight, or starts one.
    pub(crate) fn board(&self, id: I) -> Passenger<'_, I, T> {
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

    fn hash(&self, id: I) -> u64 {
        self.seed.hash(id.bytes())
    }
}

impl<I: Id, T> Passenger<'_, I, T> {
    /// Waits for the outcome. It can be older than the boarding: the caller compares its revision.
    pub(crate) async fn outcome<F: Future<Output = Result<T, DirectoryUnavailable>>>(
        &self,
        look_up: impl FnOnce(I) -> F,
    ) -> &Result<T, DirectoryUnavailable> {
        let lead = || {
            self.flights.lookups.fetch_add(1, Ordering::Relaxed);
            look_up(self.flight.id)
        };
        self.flight.outcome.get_or_init(lead).await
    }
}

impl<I: Id, T> Drop for Passenger<'_, I, T> {
    fn drop(&mut self) {
        let hash = self.flights.hash(self.flight.id);
        let mut under_way = self.flights.under_way.lock();
        let is_mine = |under_way: &UnderWay<I, T>| Arc::ptr_eq(&under_way.flight, &self.flight);
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
