use std::sync::Arc;

use hashbrown::HashTable;
use keystead_sigv4::{self as sigv4, SigningKey};
use keystead_types::{Principal, limits};

use super::{
    packed::{PackedId, PackedPrincipal},
    rows::{Row, Rows},
    scopes::Scopes,
    unknown::Unknown,
    unpacked::Unpacked,
};
use crate::{
    authenticated::Scope,
    seed::Seed,
    watermark::{Slot, Watermarks},
};

/// A part of the cache under one lock.
pub(crate) struct Shard {
    seed: Seed,
    rows_max: usize,
    unknown_max: usize,
    /// Rows by their access key id alone, so that all of a key's scopes are found together.
    index: HashTable<u32>,
    rows: Rows,
    scopes: Scopes,
    unpacked: Unpacked,
    clock_hand: u32,
    sweep_hand: u32,
    pub(crate) unknown: Unknown,
    pub(crate) counts: Counts,
}

/// What happened in a shard since it was made.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) hits: u64,
    pub(crate) refusals: u64,
    pub(crate) misses: u64,
    pub(crate) evictions: u64,
}

/// All that a verification needs.
pub(crate) struct Prepared {
    pub(crate) key: SigningKey,
    pub(crate) principal: Arc<Principal>,
    pub(crate) scope: Arc<Scope>,
}

/// What is to be held of a key that was found good.
pub(crate) struct Fresh<'a> {
    pub(crate) key: &'a SigningKey,
    pub(crate) scope: sigv4::Scope<'a>,
    pub(crate) principal: &'a Arc<Principal>,
    pub(crate) revision: u64,
    pub(crate) owner: Slot,
    /// Days since the epoch.
    pub(crate) today: i64,
}

/// Slots that each insertion looks at for scopes of past days: two, so that yesterday's rows are gone
/// before today's have filled half of the shard.
const SWEPT_BY_INSERTION: usize = 2;
const SCANNED_BY_EVICTION: usize = 256;

impl Shard {
    pub(crate) fn new(seed: Seed, rows_max: usize, unknown_max: usize) -> Self {
        Self {
            seed,
            rows_max,
            unknown_max,
            index: HashTable::new(),
            rows: Rows::default(),
            scopes: Scopes::default(),
            unpacked: Unpacked::new(rows_max),
            clock_hand: 0,
            sweep_hand: 0,
            unknown: Unknown::new(unknown_max),
            counts: Counts::default(),
        }
    }

    /// Forgets everything but what was counted.
    pub(crate) fn clear(&mut self) {
        let empty = Self::new(self.seed.clone(), self.rows_max, self.unknown_max);
        let counts = self.counts;
        *self = Self { counts, ..empty };
    }

    /// The key prepared for the scope, unless the feed has spoken of its owner since.
    pub(crate) fn find(
        &mut self,
        hash: u64,
        id: &PackedId,
        scope: sigv4::Scope<'_>,
        owners: &Watermarks,
    ) -> Option<Prepared> {
        let slot = self.slot_of(hash, id, scope)?;
        let row = self.rows.get_mut(slot)?;
        row.referenced = true;
        let account = owners.slot(&row.principal.account()?.number().to_le_bytes());
        if !owners.has_all(row.owner, row.revision) || !owners.has_all(account, row.revision) {
            self.remove_key(hash, id);
            return None;
        }
        let prepared = Prepared {
            key: row.key.clone(),
            scope: Arc::clone(self.scopes.get(row.scope)?),
            principal: self.unpacked.get(slot, &row.principal)?,
        };
        Some(prepared)
    }

    /// Holds a key for a scope. The caller has checked, under this shard's lock, that the snapshot is
    /// not older than the feed.
    pub(crate) fn insert(&mut self, hash: u64, id: PackedId, fresh: &Fresh<'_>) {
        if self.rows_max == 0 {
            return;
        }
        self.sweep(fresh.today);
        if let Some(slot) = self.slot_of(hash, &id, fresh.scope) {
            self.remove(slot);
        }
        self.limit_scopes(hash, &id);
        while self.index.len() >= self.rows_max {
            self.evict(fresh.today);
        }
        let scope = self.scopes.hold(fresh.scope, fresh.today);
        let slot = self.rows.insert(Row {
            id,
            key: fresh.key.clone(),
            principal: PackedPrincipal::new(fresh.principal),
            revision: fresh.revision,
            scope,
            owner: fresh.owner,
            // A key that is used once does not displace one that is used again and again.
            referenced: false,
        });
        let Self {
            index, rows, seed, ..
        } = self;
        index.insert_unique(hash, slot, |slot| {
            rows.get(*slot).map_or(0, |row| seed.hash(row.id.as_bytes()))
        });
    }

    /// Removes a key with all its scopes.
    pub(crate) fn remove_key(&mut self, hash: u64, id: &PackedId) {
        while let Some(slot) = self.any_slot_of(hash, id) {
            self.remove(slot);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self.index.allocation_size()
            + self.rows.memory_bytes()
            + self.scopes.memory_bytes()
            + self.unpacked.memory_bytes()
            + self.unknown.memory_bytes()
    }

    fn slot_of(&self, hash: u64, id: &PackedId, scope: sigv4::Scope<'_>) -> Option<u32> {
        let is_it = |slot: &u32| {
            self.rows
                .get(*slot)
                .is_some_and(|row| row.id == *id && self.scopes.is(row.scope, scope))
        };
        self.index.find(hash, is_it).copied()
    }

    fn any_slot_of(&self, hash: u64, id: &PackedId) -> Option<u32> {
        let is_it = |slot: &u32| self.rows.get(*slot).is_some_and(|row| row.id == *id);
        self.index.find(hash, is_it).copied()
    }

    /// Makes room for one more scope of a key, at the expense of the key itself: who varies its
    /// region from request to request displaces nobody else.
    fn limit_scopes(&mut self, hash: u64, id: &PackedId) {
        let rows = &self.rows;
        let of_key = self
            .index
            .iter_hash(hash)
            .filter(|slot| rows.get(**slot).is_some_and(|row| row.id == *id));
        if of_key.count() < limits::VERIFIER_SCOPES_PER_KEY_MAX {
            return;
        }
        if let Some(slot) = self.any_slot_of(hash, id) {
            self.remove(slot);
        }
    }

    /// Gives up one row: the next that is over or was not used since the clock's last turn, or else
    /// the last one looked at, so that nobody waits long for the lock.
    fn evict(&mut self, today: i64) {
        let mut slot = self.clock_hand;
        for _ in 0..SCANNED_BY_EVICTION {
            slot = self.clock_hand;
            self.clock_hand = next(slot, self.rows.end());
            match self.rows.get_mut(slot) {
                Some(row) if row.referenced && !self.scopes.is_over(row.scope, today) => {
                    row.referenced = false;
                }
                _ => break,
            }
        }
        self.counts.evictions += 1;
        self.remove(slot);
    }

    /// Drops rows of past days, a few at a time.
    fn sweep(&mut self, today: i64) {
        for _ in 0..SWEPT_BY_INSERTION {
            let slot = self.sweep_hand;
            self.sweep_hand = next(slot, self.rows.end());
            if let Some(row) = self.rows.get(slot)
                && self.scopes.is_over(row.scope, today)
            {
                self.remove(slot);
            }
        }
    }

    fn remove(&mut self, slot: u32) {
        let Some(row) = self.rows.get(slot) else {
            return;
        };
        let hash = self.seed.hash(row.id.as_bytes());
        if let Ok(entry) = self.index.find_entry(hash, |held| *held == slot) {
            entry.remove();
        }
        if let Some(scope) = self.rows.remove(slot) {
            self.scopes.release(scope);
        }
        self.unpacked.forget(slot);
    }
}

fn next(slot: u32, end: u32) -> u32 {
    if slot + 1 < end { slot + 1 } else { 0 }
}
