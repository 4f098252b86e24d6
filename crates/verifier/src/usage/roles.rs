use std::{collections::HashMap, collections::hash_map::Entry, sync::Arc};

use keystead_types::{AccountId, Timestamp, UniqueId, limits};
use parking_lot::Mutex;

use crate::authenticated::Scope;

/// The latest verified request of each role's sessions, until it has been written down.
///
/// A role is held at most once, and no more than [`limits::USAGE_PENDING_ROLES_MAX`] of them: past that, the use
/// of further roles is not noted.
#[derive(Default)]
pub struct RoleUsageRecorder {
    uses: Mutex<HashMap<UniqueId, RoleUse>>,
}

/// The latest use of one role.
#[derive(Clone)]
pub struct RoleUse {
    /// The role's account.
    pub account: AccountId,
    /// The role.
    pub role: UniqueId,
    /// When a session of it called.
    pub at: Timestamp,
    scope: Arc<Scope>,
}

impl RoleUse {
    /// The region that the request was signed for.
    pub fn region(&self) -> &str {
        &self.scope.region
    }
}

impl RoleUsageRecorder {
    pub(crate) fn record(&self, account: AccountId, role: UniqueId, scope: &Arc<Scope>, at: Timestamp) {
        self.note(RoleUse {
            account,
            role,
            at,
            scope: Arc::clone(scope),
        });
    }

    /// A role's latest use, if it is not written down yet.
    pub fn peek(&self, role: UniqueId) -> Option<RoleUse> {
        self.uses.lock().get(&role).cloned()
    }

    /// Takes everything that is to be written down.
    pub fn drain(&self) -> Vec<RoleUse> {
        std::mem::take(&mut *self.uses.lock()).into_values().collect()
    }

    /// Takes back what could not be written down. What was noted meanwhile is later and stays.
    pub fn put_back(&self, uses: Vec<RoleUse>) {
        uses.into_iter().for_each(|used| self.note(used));
    }

    fn note(&self, used: RoleUse) {
        let mut uses = self.uses.lock();
        let is_full = uses.len() >= limits::USAGE_PENDING_ROLES_MAX;
        match uses.entry(used.role) {
            Entry::Occupied(mut held) if held.get().at <= used.at => {
                held.insert(used);
            }
            Entry::Vacant(place) if !is_full => {
                place.insert(used);
            }
            Entry::Occupied(_) | Entry::Vacant(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::support::{account, user_id};

    fn scope(region: &str) -> Arc<Scope> {
        Arc::new(Scope {
            date: "20260101".into(),
            region: region.into(),
            service: "s3".into(),
        })
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn the_latest_use_counts_and_survives_a_failed_write() {
        let recorder = RoleUsageRecorder::default();
        let role = user_id(1);
        for (seconds, region) in [(10, "a"), (12, "b"), (11, "c")] {
            recorder.record(account(), role, &scope(region), at(seconds));
        }
        let drained = recorder.drain();
        assert_eq!(
            (drained.len(), drained[0].region(), drained[0].at),
            (1, "b", at(12))
        );
        assert!(recorder.peek(role).is_none());
        recorder.record(account(), role, &scope("d"), at(13));
        recorder.put_back(drained);
        assert_eq!(recorder.peek(role).unwrap().region(), "d");
    }

    #[test]
    fn memory_is_bounded() {
        let recorder = RoleUsageRecorder::default();
        let scope = scope("a");
        let roles = limits::USAGE_PENDING_ROLES_MAX as u32;
        for role in 0..roles + 10 {
            recorder.record(account(), user_id(role), &scope, at(1));
        }
        recorder.record(account(), user_id(0), &scope, at(2));
        assert_eq!(recorder.peek(user_id(0)).unwrap().at, at(2), "who is held stays");
        assert_eq!(recorder.drain().len(), roles as usize);
    }
}
