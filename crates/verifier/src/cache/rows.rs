use keystead_sigv4::SigningKey;

use super::{
    packed::{PackedId, PackedPrincipal},
    scopes::ScopeSlot,
};
use crate::watermark::Slot;

/// One access key, prepared for one scope.
pub(crate) struct Row {
    pub(crate) id: PackedId,
    pub(crate) key: SigningKey,
    pub(crate) principal: PackedPrincipal,
    /// The feed's revision of the snapshot that this was read from.
    pub(crate) revision: u64,
    pub(crate) scope: ScopeSlot,
    /// The watermark of the user, or of the account for its root user.
    pub(crate) owner: Slot,
    /// Used since the clock's hand came by.
    pub(crate) referenced: bool,
}

// The goal is 160 bytes for a cached key in all; what is around a row takes up to 15.
const _: () = assert!(size_of::<Option<Row>>() <= 144);

/// Rows in chunks: they grow without being copied, which would leave keys behind in freed memory.
#[derive(Default)]
pub(crate) struct Rows {
    chunks: Vec<Box<[Option<Row>]>>,
    free: Vec<u32>,
    end: u32,
    heap_bytes: usize,
}

const CHUNK_ROWS: usize = 128;

impl Rows {
    pub(crate) fn get(&self, slot: u32) -> Option<&Row> {
        self.place(slot)?.as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: u32) -> Option<&mut Row> {
        self.place_mut(slot)?.as_mut()
    }

    /// Number of slots that were ever in use; they are below it.
    pub(crate) fn end(&self) -> u32 {
        self.end
    }

    pub(crate) fn insert(&mut self, row: Row) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.end += 1;
            self.end - 1
        });
        if slot as usize / CHUNK_ROWS == self.chunks.len() {
            self.chunks.push((0..CHUNK_ROWS).map(|_| None).collect());
        }
        self.heap_bytes += row.principal.heap_bytes();
        if let Some(place) = self.place_mut(slot) {
            *place = Some(row);
        }
        slot
    }

    /// Empties a slot; tells which scope has one row less.
    pub(crate) fn remove(&mut self, slot: u32) -> Option<ScopeSlot> {
        let row = self.get(slot)?;
        let (scope, heap_bytes) = (row.scope, row.principal.heap_bytes());
        // Dropped where it is: a move would leave a copy of the key behind, which no drop wipes.
        *self.place_mut(slot)? = None;
        self.heap_bytes -= heap_bytes;
        self.free.push(slot);
        Some(scope)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.chunks.len() * CHUNK_ROWS * size_of::<Option<Row>>()
            + self.chunks.capacity() * size_of::<Box<[Option<Row>]>>()
            + self.free.capacity() * size_of::<u32>()
            + self.heap_bytes
    }

    fn place(&self, slot: u32) -> Option<&Option<Row>> {
        let slot = slot as usize;
        self.chunks.get(slot / CHUNK_ROWS)?.get(slot % CHUNK_ROWS)
    }

    fn place_mut(&mut self, slot: u32) -> Option<&mut Option<Row>> {
        let slot = slot as usize;
        self.chunks.get_mut(slot / CHUNK_ROWS)?.get_mut(slot % CHUNK_ROWS)
    }
}
