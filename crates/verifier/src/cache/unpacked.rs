use std::sync::Arc;

use keystead_types::Principal;

use super::packed::{PackedPrincipal, principal_bytes};

/// The principals of a shard's rows that were used lately, shared by the requests that use them.
///
/// A row's place is its slot modulo the number of places.
pub(crate) struct Unpacked {
    places: Box<[Option<Place>]>,
    conflicts: u32,
}

#[derive(Clone)]
struct Place {
    slot: u32,
    principal: Arc<Principal>,
}

const PLACES_MAX: usize = 128;
/// Who is used all the time soon has its place; traffic spread over more keys than there are places
/// does not pay for dropping principals that have long left the processor's caches.
const CONFLICTS_PER_DISPLACEMENT: u32 = 8;

impl Unpacked {
    pub(crate) fn new(rows_max: usize) -> Self {
        Self {
            places: vec![None; rows_max.min(PLACES_MAX)].into(),
            conflicts: 0,
        }
    }

    /// A row's principal.
    pub(crate) fn get(&mut self, slot: u32, packed: &PackedPrincipal) -> Option<Arc<Principal>> {
        let position = self.position(slot)?;
        let place = self.places.get_mut(position)?;
        if let Some(held) = place
            && held.slot == slot
        {
            return Some(Arc::clone(&held.principal));
        }
        let principal = Arc::new(packed.unpack()?);
        self.conflicts = self.conflicts.wrapping_add(1);
        if place.is_none() || self.conflicts.is_multiple_of(CONFLICTS_PER_DISPLACEMENT) {
            *place = Some(Place {
                slot,
                principal: Arc::clone(&principal),
            });
        }
        Some(principal)
    }

    /// The row is gone; its slot will be another's.
    pub(crate) fn forget(&mut self, slot: u32) {
        if let Some(position) = self.position(slot)
            && let Some(place) = self.places.get_mut(position)
            && place.as_ref().is_some_and(|held| held.slot == slot)
        {
            *place = None;
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let held = self.places.iter().flatten();
        size_of_val(&*self.places) + held.map(|held| principal_bytes(&held.principal)).sum::<usize>()
    }

    fn position(&self, slot: u32) -> Option<usize> {
        (slot as usize).checked_rem(self.places.len())
    }
}
