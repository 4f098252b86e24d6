use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
};

use hashbrown::HashTable;
use keystead_types::{AccessKeyId, Random, limits};
use parking_lot::{Mutex, RwLock};
use tokio::sync::Notify;

use super::{KeyUsage, LastUse, SourceUse, Use, tally::Tally};
use crate::seed::{Seed, shard_of};

/// Counts every verified request, merged by key, until a flusher has written it down.
///
/// Memory is bounded. Up to [`limits::USAGE_PENDING_KEYS_MAX`] keys are held with everything; then an
/// early flush is asked for ([`UsageRecorder::flush_wanted`]), and if the store does not
/// take it, further keys are held with their last use and counts alone. Past
/// [`limits::USAGE_HELD_KEYS_MAX`] keys, or [`limits::USAGE_SOURCES_BYTES_MAX`] of sources, what is new
/// is dropped and counted. A key that is held never loses its last use.
pub struct UsageRecorder {
    bounds: Bounds,
    seed: Seed,
    shards: Box<[Mutex<HashTable<Tally>>]>,
    // Lock order: this one before a shard's.
    flushing: RwLock<Option<Arc<Batch>>>,
    // Both count what is pending and what is under way, so that refused flushes cannot pile up.
    keys: AtomicUsize,
    source_bytes: AtomicUsize,
    flush_wanted: Notify,
    dropped_uses: AtomicU64,
    dropped_sources: AtomicU64,
}

/// Usage that is being written down.
pub struct Batch {
    // One table for each shard of the recorder.
    tables: Vec<HashTable<KeyUsage>>,
}

/// A batch on its way to the store. Until [`Drained::commit`] readers see it through
/// [`UsageRecorder::peek`]; dropped without it, everything goes back to be drained again, except what
/// [`Drained::commit_part`] said is written.
#[must_use]
pub struct Drained<'a> {
    recorder: &'a UsageRecorder,
    batch: Arc<Batch>,
    written: HashSet<AccessKeyId>,
}

/// How much is held at most; for both numbers of keys see [`UsageRecorder`].
pub(crate) struct Bounds {
    pub(crate) pending_keys: usize,
    pub(crate) held_keys: usize,
    pub(crate) source_bytes: usize,
}

const SHARDS: usize = 64;

impl Default for Bounds {
    fn default() -> Self {
        Self {
            pending_keys: limits::USAGE_PENDING_KEYS_MAX,
            held_keys: limits::USAGE_HELD_KEYS_MAX,
            source_bytes: limits::USAGE_SOURCES_BYTES_MAX,
        }
    }
}

impl UsageRecorder {
    pub(crate) fn new(bounds: Bounds, random: &dyn Random) -> Self {
        Self {
            bounds,
            seed: Seed::draw(random),
            shards: (0..SHARDS).map(|_| Mutex::new(HashTable::new())).collect(),
            flushing: RwLock::new(None),
            keys: AtomicUsize::new(0),
            source_bytes: AtomicUsize::new(0),
            flush_wanted: Notify::new(),
            dropped_uses: AtomicU64::new(0),
            dropped_sources: AtomicU64::new(0),
        }
    }

    /// The last use of a key among what is not yet committed, or `None` when there is none: then what
    /// the store has is all there is. A caller that has both takes the later one.
    pub fn peek(&self, id: AccessKeyId) -> Option<LastUse> {
        let flushing = self.flushing.read();
        let hash = self.hash(id);
        let position = shard_of(hash, SHARDS);
        let table = self.shards.get(position)?.lock();
        let pending = table.find(hash, |tally| tally.id() == id).map(Tally::last);
        let flushed = flushing.as_ref().and_then(|batch| {
            let table = batch.tables.get(position)?;
            table
                .find(hash, |usage| usage.access_key_id() == id)
                .map(KeyUsage::last)
        });
        pending
            .into_iter()
            .chain(flushed)
            .max_by_key(|last| last.at())
            .cloned()
    }

    /// All that is known of a key's use and not yet committed, in up to two parts: what is under way to the store, and
    /// what has come since. Who adds it to what a snapshot of the store has may count a part twice, or not at all, in
    /// the moment in which it is written down.
    pub fn unwritten(&self, id: AccessKeyId) -> Vec<KeyUsage> {
        let flushing = self.flushing.read();
        let hash = self.hash(id);
        let position = shard_of(hash, SHARDS);
        let flushed = flushing.as_ref().and_then(|batch| {
            let table = batch.tables.get(position)?;
            table.find(hash, |usage| usage.access_key_id() == id).cloned()
        });
        let pending = self.shards.get(position).and_then(|shard| {
            let table = shard.lock();
            table.find(hash, |tally| tally.id() == id).map(Tally::so_far)
        });
        flushed.into_iter().chain(pending).collect()
    }

    /// Takes everything that is pending for the store. `None` when there is nothing, or when a batch
    /// is still under way.
    pub fn drain(&self) -> Option<Drained<'_>> {
        let mut flushing = self.flushing.write();
        if flushing.is_some() || self.keys.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let tables = self
            .shards
            .iter()
            .map(|shard| std::mem::take(&mut *shard.lock()))
            .map(|tallies| self.finished(tallies))
            .collect();
        let batch = Arc::new(Batch { tables });
        *flushing = Some(Arc::clone(&batch));
        Some(Drained {
            recorder: self,
            batch,
            written: HashSet::new(),
        })
    }

    /// Waits until so much is pending, in keys or in sources, that the flusher should not wait for its
    /// next turn.
    pub async fn flush_wanted(&self) {
        self.flush_wanted.notified().await;
    }

    /// Keys whose use is not yet committed.
    pub fn keys(&self) -> usize {
        self.keys.load(Ordering::Relaxed)
    }

    /// Memory that their sources take, in bytes.
    pub fn source_bytes(&self) -> usize {
        self.source_bytes.load(Ordering::Relaxed)
    }

    /// Uses of which nothing was kept, because too many keys were pending.
    pub fn dropped_uses(&self) -> u64 {
        self.dropped_uses.load(Ordering::Relaxed)
    }

    /// Uses whose source was not kept, because too many keys or sources were pending.
    pub fn dropped_sources(&self) -> u64 {
        self.dropped_sources.load(Ordering::Relaxed)
    }

    /// Counts one verified request.
    pub(crate) fn record(&self, id: AccessKeyId, seen: &Use<'_>) {
        let hash = self.hash(id);
        let Some(shard) = self.shards.get(shard_of(hash, SHARDS)) else {
            return;
        };
        let fingerprint = seen.fingerprint(&self.seed);
        let mut table = shard.lock();
        if let Some(tally) = table.find_mut(hash, |tally| tally.id() == id) {
            tally.count(seen);
            if !tally.touch_source(fingerprint, seen.at) {
                self.add_source(tally, fingerprint, SourceUse::new(seen));
            }
            return;
        }
        if self.reserve_key() {
            let mut tally = Tally::new(id, seen);
            self.add_source(&mut tally, fingerprint, SourceUse::new(seen));
            self.insert(&mut table, hash, tally);
        }
    }

    fn hash(&self, id: AccessKeyId) -> u64 {
        self.seed.hash(id.as_str().as_bytes())
    }

    /// Counts one more pending key, unless there are too many already.
    fn reserve_key(&self) -> bool {
        let held = self.keys.fetch_add(1, Ordering::Relaxed) + 1;
        if held == self.bounds.pending_keys {
            self.flush_wanted.notify_one();
        }
        if held > self.bounds.held_keys {
            self.keys.fetch_sub(1, Ordering::Relaxed);
            self.dropped_uses.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        true
    }

    fn insert(&self, table: &mut HashTable<Tally>, hash: u64, tally: Tally) {
        table.insert_unique(hash, tally, |tally| self.hash(tally.id()));
    }

    fn finished(&self, tallies: HashTable<Tally>) -> HashTable<KeyUsage> {
        let mut table = HashTable::with_capacity(tallies.len());
        for tally in tallies {
            let hash = self.hash(tally.id());
            table.insert_unique(hash, tally.finish(), |usage: &KeyUsage| {
                self.hash(usage.access_key_id())
            });
        }
        table
    }

    /// Adds a source that the key does not have yet, while memory for sources lasts.
    fn add_source(&self, tally: &mut Tally, fingerprint: u64, source: SourceUse) {
        let bytes = source.bytes();
        let held = self.source_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let crowded = self.keys.load(Ordering::Relaxed) > self.bounds.pending_keys;
        if crowded || held > self.bounds.source_bytes {
            self.release(bytes);
            self.dropped_sources.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Asked for once on the way up, not by each use while the store refuses.
        let half = self.bounds.source_bytes / 2;
        if held > half && held - bytes <= half {
            self.flush_wanted.notify_one();
        }
        if let Some(displaced) = tally.add_source(fingerprint, source) {
            self.release(displaced.bytes());
        }
    }

    fn release(&self, source_bytes: usize) {
        self.source_bytes.fetch_sub(source_bytes, Ordering::Relaxed);
    }

    /// Holds no longer what is written down.
    fn forget<'k>(&self, written: impl Iterator<Item = &'k KeyUsage>) {
        let (mut keys, mut source_bytes) = (0, 0);
        for usage in written {
            keys += 1;
            source_bytes += usage.sources().iter().map(SourceUse::bytes).sum::<usize>();
        }
        self.keys.fetch_sub(keys, Ordering::Relaxed);
        self.release(source_bytes);
    }

    /// Merges a batch that the store did not take into what has been recorded since.
    fn put_back(&self, tables: Vec<HashTable<KeyUsage>>) {
        for (shard, returned) in self.shards.iter().zip(tables) {
            let mut table = shard.lock();
            for usage in returned {
                self.put_back_one(&mut table, usage);
            }
        }
    }

    fn put_back_one(&self, table: &mut HashTable<Tally>, usage: KeyUsage) {
        let id = usage.access_key_id();
        let hash = self.hash(id);
        let fingerprint = |source: &SourceUse| source.as_use().fingerprint(&self.seed);
        let Some(newer) = table.find_mut(hash, |tally| tally.id() == id) else {
            self.insert(table, hash, Tally::resume(usage, fingerprint));
            return;
        };
        self.keys.fetch_sub(1, Ordering::Relaxed);
        for source in newer.absorb(usage) {
            self.release(source.bytes());
            let fingerprint = fingerprint(&source);
            if !newer.touch_source(fingerprint, source.last_used()) {
                self.add_source(newer, fingerprint, source);
            }
        }
    }
}

impl Batch {
    /// Each key of the batch, once.
    pub fn iter(&self) -> impl Iterator<Item = &KeyUsage> {
        self.tables.iter().flatten()
    }

    /// Number of keys.
    pub fn len(&self) -> usize {
        self.tables.iter().map(HashTable::len).sum()
    }

    /// Whether there is no key in it; no batch of [`UsageRecorder::drain`] is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Drained<'_> {
    /// What is to be written down; shared, so that it can be carried to the store's own thread.
    pub fn batch(&self) -> &Arc<Batch> {
        &self.batch
    }

    /// Says that the store has all that the batch holds of these keys, durably: it is not to be written
    /// again, even if the rest of the batch is refused.
    pub fn commit_part(&mut self, keys: impl IntoIterator<Item = AccessKeyId>) {
        self.written.extend(keys);
    }

    /// Says that the store has it all, durably. Readers then find it there.
    pub fn commit(self) {
        self.recorder.forget(self.batch.iter());
        *self.recorder.flushing.write() = None;
    }
}

impl Drop for Drained<'_> {
    fn drop(&mut self) {
        // One lock from the taking to the putting back: a reader must find the batch in one of the two.
        let mut flushing = self.recorder.flushing.write();
        if flushing
            .as_ref()
            .is_none_or(|batch| !Arc::ptr_eq(batch, &self.batch))
        {
            return;
        }
        *flushing = None;
        let batch = std::mem::replace(&mut self.batch, Arc::new(Batch { tables: Vec::new() }));
        let mut tables =
            Arc::try_unwrap(batch).map_or_else(|shared| shared.tables.clone(), |batch| batch.tables);
        let written = &self.written;
        let is_written = |usage: &mut KeyUsage| written.contains(&usage.access_key_id());
        for table in &mut tables {
            let taken: Vec<KeyUsage> = table.extract_if(is_written).collect();
            self.recorder.forget(taken.iter());
        }
        self.recorder.put_back(tables);
    }
}
