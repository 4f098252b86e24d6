use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use hashbrown::HashTable;
use keystead_types::{Principal, Random, UniqueId};
use parking_lot::Mutex;

use super::{
    Permissions, PermissionsSnapshot, UnreadablePolicy,
    compiled::{self, Compiled},
};
use crate::{
    Subject,
    seed::{Seed, shard_of},
    watermark::Watermarks,
};

/// The permissions of users who called lately, in bounded memory.
///
/// What it gives out is never older than the last [`PermissionsCache::forget`] before the call. A user's
/// own changes are compared at each use. Groups and policies, of which there can be a hundred, are
/// compared only when any of them has changed since the last time.
pub(crate) struct PermissionsCache {
    seed: Seed,
    shards: Box<[Mutex<Generations>]>,
    compiled: Compiled,
    marks: Watermarks,
    /// The latest announced change of any group or policy.
    sources_latest: AtomicU64,
    /// Snapshots before this revision say nothing any more.
    oldest: AtomicU64,
}

/// Two generations: when the young one is full it becomes the old one, and the old one goes.
struct Generations {
    /// Of one generation.
    bytes_max: usize,
    young: HashTable<Held>,
    old: HashTable<Held>,
    young_bytes: usize,
}

struct Held {
    user: UniqueId,
    permissions: Arc<Permissions>,
}

const SHARDS: usize = 16;

impl PermissionsCache {
    pub(crate) fn new(bytes_max: usize, random: &dyn Random) -> Self {
        Self {
            seed: Seed::draw(random),
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Generations::new(bytes_max / (2 * SHARDS))))
                .collect(),
            compiled: Compiled::default(),
            marks: Watermarks::new(random),
            sources_latest: AtomicU64::new(0),
            oldest: AtomicU64::new(0),
        }
    }

    /// The user's permissions, if they are held and still what the directory says.
    pub(crate) fn find(&self, user: UniqueId) -> Option<Arc<Permissions>> {
        let hash = self.hash(user);
        let found = self
            .shard(hash)?
            .lock()
            .find(hash, user, |user| self.hash(*user))?;
        self.is_announced(&found).then_some(found)
    }

    /// The permissions of a root user, which nothing can change.
    pub(crate) fn root(&self, principal: &Arc<Principal>) -> Arc<Permissions> {
        Arc::new(compiled::root(principal, &self.marks))
    }

    /// Compiles a snapshot; `None` when there was no such user.
    pub(crate) fn compile(
        &self,
        snapshot: &PermissionsSnapshot,
    ) -> Result<Option<Arc<Permissions>>, UnreadablePolicy> {
        let found = snapshot.permissions.as_ref();
        let compiled = found.map(|found| self.compiled.user(found, snapshot.revision, &self.marks));
        Ok(compiled.transpose()?.map(Arc::new))
    }

    /// Holds permissions. If they have changed meanwhile, the next use finds out.
    pub(crate) fn insert(&self, user: UniqueId, permissions: &Arc<Permissions>) {
        let hash = self.hash(user);
        if let Some(shard) = self.shard(hash) {
            let held = Held {
                user,
                permissions: Arc::clone(permissions),
            };
            shard.lock().insert(hash, held, |user| self.hash(*user));
        }
    }

    /// Whether they have every change that was announced until now.
    pub(crate) fn is_announced(&self, permissions: &Permissions) -> bool {
        let revision = permissions.revision;
        if matches!(permissions.policies, super::Effective::Root) {
            return true;
        }
        let own = permissions
            .owner
            .iter()
            .all(|slot| self.marks.has_all(*slot, revision));
        if !own || revision < self.oldest.load(Ordering::Acquire) {
            return false;
        }
        let latest = self.sources_latest.load(Ordering::Acquire);
        if latest <= permissions.checked.load(Ordering::Acquire) {
            return true;
        }
        let current = permissions
            .sources
            .iter()
            .all(|slot| self.marks.has_all(*slot, revision));
        if current {
            permissions.checked.fetch_max(latest, Ordering::AcqRel);
        }
        current
    }

    /// Whether what a snapshot of `revision` says of a user, who may be gone, has every change of that
    /// user that was announced until now.
    pub(crate) fn is_current(&self, principal: &Principal, revision: u64) -> bool {
        let account = self.marks.slot(&principal.account.number().to_le_bytes());
        let user = principal
            .user()
            .map(|user| self.marks.slot(user.id.as_str().as_bytes()));
        revision >= self.oldest.load(Ordering::Acquire)
            && [Some(account), user]
                .into_iter()
                .flatten()
                .all(|slot| self.marks.has_all(slot, revision))
    }

    pub(crate) fn forget(&self, subject: &Subject, revision: u64) {
        let (slot, is_source) = match subject {
            Subject::Key(_) => return,
            Subject::User(id) | Subject::Role(id) => (self.marks.slot(id.as_str().as_bytes()), false),
            Subject::Account(id) => (self.marks.slot(&id.number().to_le_bytes()), false),
            Subject::Group(id) | Subject::Policy(id) => (self.marks.slot(id.as_str().as_bytes()), true),
        };
        self.marks.raise(slot, revision);
        // After the mark: who sees this sees the mark as well.
        if is_source {
            self.sources_latest.fetch_max(revision, Ordering::AcqRel);
        }
    }

    /// Forgets everything, and takes nothing from a snapshot before `revision` again.
    pub(crate) fn clear(&self, revision: u64) {
        self.oldest.fetch_max(revision, Ordering::AcqRel);
        for shard in &self.shards {
            let mut shard = shard.lock();
            *shard = Generations::new(shard.bytes_max);
        }
        self.compiled.clear();
    }

    /// How many users' permissions are held, and in how many bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let sizes = self.shards.iter().map(|shard| shard.lock().size());
        let (users, bytes) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        (users, bytes + self.marks.memory_bytes())
    }

    fn hash(&self, user: UniqueId) -> u64 {
        self.seed.hash(user.as_str().as_bytes())
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Generations>> {
        self.shards.get(shard_of(hash, self.shards.len()))
    }
}

impl Generations {
    /// Generations that hold about `bytes_max` each.
    fn new(bytes_max: usize) -> Self {
        Self {
            bytes_max,
            young: HashTable::new(),
            old: HashTable::new(),
            young_bytes: 0,
        }
    }

    fn find(
        &mut self,
        hash: u64,
        user: UniqueId,
        rehash: impl Fn(&UniqueId) -> u64,
    ) -> Option<Arc<Permissions>> {
        if let Some(held) = self.young.find(hash, |held| held.user == user) {
            return Some(Arc::clone(&held.permissions));
        }
        let entry = self.old.find_entry(hash, |held| held.user == user).ok()?;
        let (held, _) = entry.remove();
        let permissions = Arc::clone(&held.permissions);
        self.insert(hash, held, rehash);
        Some(permissions)
    }

    fn insert(&mut self, hash: u64, held: Held, rehash: impl Fn(&UniqueId) -> u64) {
        for generation in [&mut self.young, &mut self.old] {
            if let Ok(entry) = generation.find_entry(hash, |other| other.user == held.user) {
                entry.remove();
            }
        }
        // What a removed entry took stays counted until the generation ends, so that the bound holds.
        self.young_bytes += held.permissions.memory_bytes();
        self.young.insert_unique(hash, held, |held| rehash(&held.user));
        if self.young_bytes > self.bytes_max {
            self.old = mem::take(&mut self.young);
            self.young_bytes = 0;
        }
    }

    fn size(&self) -> (usize, usize) {
        let held = self.young.iter().chain(&self.old);
        let bytes = held.map(|held| held.permissions.memory_bytes()).sum();
        (self.young.len() + self.old.len(), bytes)
    }
}
