use std::sync::Arc;

use keystead_sigv4 as sigv4;

use crate::authenticated::Scope;

/// The scopes of a shard's rows, each once: nearly all rows share a few.
#[derive(Default)]
pub(crate) struct Scopes {
    slots: Vec<Option<Shared>>,
}

/// A scope's place in its shard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct ScopeSlot(u32);

struct Shared {
    scope: Arc<Scope>,
    rows: u32,
    /// Days since the epoch when a first request with this scope was verified.
    since_day: i64,
}

impl Scopes {
    /// Counts one more row of a scope.
    pub(crate) fn hold(&mut self, scope: sigv4::Scope<'_>, today: i64) -> ScopeSlot {
        let known = self
            .slots
            .iter()
            .position(|slot| slot.as_ref().is_some_and(|shared| shared.scope.is(scope)));
        if let Some(position) = known
            && let Some(Some(shared)) = self.slots.get_mut(position)
        {
            shared.rows += 1;
            return ScopeSlot(position as u32);
        }
        let shared = Some(Shared {
            scope: Arc::new(Scope::from(scope)),
            rows: 1,
            since_day: today,
        });
        let free = self.slots.iter().position(Option::is_none);
        let position = free.unwrap_or(self.slots.len());
        match self.slots.get_mut(position) {
            Some(slot) => *slot = shared,
            None => self.slots.push(shared),
        }
        ScopeSlot(position as u32)
    }

    /// Counts one row less.
    pub(crate) fn release(&mut self, slot: ScopeSlot) {
        let Some(place) = self.slots.get_mut(slot.0 as usize) else {
            return;
        };
        if let Some(shared) = place {
            shared.rows -= 1;
            if shared.rows == 0 {
                *place = None;
            }
        }
    }

    pub(crate) fn get(&self, slot: ScopeSlot) -> Option<&Arc<Scope>> {
        self.shared(slot).map(|shared| &shared.scope)
    }

    pub(crate) fn is(&self, slot: ScopeSlot, scope: sigv4::Scope<'_>) -> bool {
        self.get(slot).is_some_and(|held| held.is(scope))
    }

    /// Whether no request of today can carry the scope any more: its day is that of its first
    /// request or, before midnight, the next.
    pub(crate) fn is_over(&self, slot: ScopeSlot, today: i64) -> bool {
        self.shared(slot)
            .is_some_and(|shared| today > shared.since_day + 1)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let held = self.slots.iter().flatten();
        let texts: usize = held.map(|shared| shared.scope.memory_bytes()).sum();
        self.slots.capacity() * size_of::<Option<Shared>>() + texts
    }

    fn shared(&self, slot: ScopeSlot) -> Option<&Shared> {
        self.slots.get(slot.0 as usize)?.as_ref()
    }
}
