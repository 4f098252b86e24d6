use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use keystead_types::{AccountId, Identity, Principal, Random, Session, UniqueId};
use parking_lot::Mutex;

use super::{
    Held, PermissionsSnapshot, PoliciesSnapshot, SessionPolicies, UnreadablePolicy,
    compiled::{self, Compiled},
};
use crate::{
    Subject,
    generations::{Entry, Generations},
    seed::{Seed, shard_of},
    watermark::{Slot, Watermarks},
};

/// The permissions of users and roles who called lately, in bounded memory.
///
/// What it gives out is never older than the last [`PermissionsCache::forget`] before the call. A holder's
/// own changes are compared at each use. Groups and policies, of which there can be a hundred, are
/// compared only when any of them has changed since the last time.
pub(crate) struct PermissionsCache {
    seed: Seed,
    shards: Box<[Mutex<Generations<Arc<Held>>>]>,
    compiled: Compiled,
    marks: Watermarks,
    /// The latest announced change of any group or policy.
    sources_latest: AtomicU64,
    /// Snapshots before this revision say nothing any more.
    oldest: AtomicU64,
}

/// Where the changes of a user, role or root are noted: its own, and those of its account.
#[derive(Clone, Copy)]
pub(crate) struct Marks([Slot; 2]);

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

    /// What is held of a user or role, if it is still what the directory says.
    pub(crate) fn find(&self, holder: UniqueId) -> Option<Arc<Held>> {
        let hash = self.hash(holder);
        let found = Arc::clone(
            self.shard(hash)?
                .lock()
                .find(&self.seed, hash, |held| held.holder == Some(holder))?,
        );
        self.is_announced(&found).then_some(found)
    }

    /// What root has, which nothing can change.
    pub(crate) fn root(&self, account: AccountId) -> Arc<Held> {
        let principal = Arc::new(Principal {
            account,
            identity: Identity::Root,
        });
        Arc::new(compiled::root(&principal, &self.marks))
    }

    /// Compiles a snapshot; `None` when there was no such user or role.
    pub(crate) fn compile(
        &self,
        snapshot: &PermissionsSnapshot,
    ) -> Result<Option<Arc<Held>>, UnreadablePolicy> {
        let found = snapshot.permissions.as_ref();
        let compiled = found.map(|found| self.compiled.holder(found, snapshot.revision, &self.marks));
        Ok(compiled.transpose()?.map(Arc::new))
    }

    /// Compiles the policies of a session.
    pub(crate) fn compile_session(
        &self,
        session: &Session,
        snapshot: &PoliciesSnapshot,
    ) -> Result<Arc<SessionPolicies>, UnreadablePolicy> {
        SessionPolicies::new(&self.compiled, session, snapshot, &self.marks).map(Arc::new)
    }

    /// Holds permissions. If they have changed meanwhile, the next use finds out.
    pub(crate) fn insert(&self, holder: UniqueId, permissions: &Arc<Held>) {
        if let Some(shard) = self.shard(self.hash(holder)) {
            let held = Arc::clone(permissions);
            shard
                .lock()
                .insert(&self.seed, held, |other| other.holder == Some(holder));
        }
    }

    /// Whether session policies have every change that was announced until now.
    pub(crate) fn are_announced(&self, policies: &SessionPolicies) -> bool {
        let mut sources = policies.sources.iter();
        policies.sources.is_empty()
            || (policies.revision >= self.oldest.load(Ordering::Acquire)
                && sources.all(|slot| self.marks.has_all(*slot, policies.revision)))
    }

    /// Where the changes of a user, role or root are noted.
    pub(crate) fn marks_of(&self, account: AccountId, holder: Option<UniqueId>) -> Marks {
        let account = self.marks.slot(&account.number().to_le_bytes());
        let holder = holder.map(|holder| self.marks.slot(holder.as_str().as_bytes()));
        Marks([holder.unwrap_or(account), account])
    }

    /// Whether what was read at `revision` of a user or role, which may be gone, has every change of it that was
    /// announced until now.
    pub(crate) fn is_current(&self, marks: Marks, revision: u64) -> bool {
        revision >= self.oldest.load(Ordering::Acquire)
            && marks.0.iter().all(|slot| self.marks.has_all(*slot, revision))
    }

    /// Whether they have every change that was announced until now.
    pub(crate) fn is_announced(&self, permissions: &Held) -> bool {
        let revision = permissions.revision;
        if matches!(permissions.policies, super::held::Effective::Root) {
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
            shard.lock().clear();
        }
        self.compiled.clear();
    }

    /// How many users' and roles' permissions are held, and in how many bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let sizes = self.shards.iter().map(|shard| shard.lock().size());
        let (users, bytes) = sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1));
        (users, bytes + self.marks.memory_bytes())
    }

    fn hash(&self, holder: UniqueId) -> u64 {
        self.seed.hash(holder.as_str().as_bytes())
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Generations<Arc<Held>>>> {
        self.shards.get(shard_of(hash, self.shards.len()))
    }
}

impl Entry for Arc<Held> {
    fn hash(&self, seed: &Seed) -> u64 {
        seed.hash(self.id_text().as_bytes())
    }

    fn memory_bytes(&self) -> usize {
        Held::memory_bytes(self)
    }
}
