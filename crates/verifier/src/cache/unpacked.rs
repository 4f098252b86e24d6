use std::sync::Arc;

use keystead_types::Principal;

use super::packed::{PackedPrincipal, principal_bytes};

/// The principals of a shard's rows that were used lately, shared by the requests that use them.
///
/// A row's place is its slot modulo the number of places; who comes later displaces who was there.
pub(crate) struct Unpacked(Box<[Option<Place>]>);

#[derive(Clone)]
struct Place {
    slot: u32,
    principal: Arc<Principal>,
}

const PLACES_MAX: usize = 128;

impl Unpacked {
    pub(crate) fn new(rows_max: usize) -> Self {
        Self(vec![None; rows_max.min(PLACES_MAX)].into())
    }

    /// A row's principal.
    pub(crate) fn get(&mut self, slot: u32, packed: &PackedPrincipal) -> Option<Arc<Principal>> {
        let place = self.place(slot)?;
        match place {
            Some(held) if held.slot == slot => Some(Arc::clone(&held.principal)),
            _ => {
                let principal = Arc::new(packed.unpack()?);
                *place = Some(Place {
                    slot,
                    principal: Arc::clone(&principal),
                });
                Some(principal)
            }
        }
    }

    /// The row is gone; its slot will be another's.
    pub(crate) fn forget(&mut self, slot: u32) {
        if let Some(place) = self.place(slot)
            && place.as_ref().is_some_and(|held| held.slot == slot)
        {
            *place = None;
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let held = self.0.iter().flatten();
        size_of_val(&*self.0) + held.map(|held| principal_bytes(&held.principal)).sum::<usize>()
    }

    fn place(&mut self, slot: u32) -> Option<&mut Option<Place>> {
        let position = (slot as usize).checked_rem(self.0.len())?;
        self.0.get_mut(position)
    }
}
