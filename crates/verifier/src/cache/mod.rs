//! What the verifier holds of access keys: a bounded number, sharded, in under 160 bytes each.

mod packed;
mod rows;
mod scopes;
mod shard;
mod unknown;
mod unpacked;

use std::sync::atomic::{AtomicU64, Ordering};

use keystead_sigv4::{self as sigv4, SigningKey};
use keystead_types::{AccessKeyId, AccountId, Principal, Random, Timestamp};
use parking_lot::Mutex;

pub(crate) use self::packed::PackedId;
use self::{
    shard::{Fresh, Prepared, Shard},
    unknown::Remembered,
};
use crate::{
    DirectoryKey, Options, Snapshot, Subject, UnknownKey,
    seed::{Seed, shard_of},
    watermark::{Slot, Watermarks},
};

/// The cache. What it gives out is never older than the last [`Cache::forget`] before the call.
pub(crate) struct Cache {
    seed: Seed,
    shards: Box<[Mutex<Shard>]>,
    /// Changes of keys. Raised before the key is removed from its shard, and compared under the
    /// shard's lock before it is put there: whichever comes second sees the other.
    keys: Watermarks,
    /// Changes of users and accounts. Compared at each use, since nothing lists a user's rows.
    owners: Watermarks,
    /// The last change of any user or account; refused keys are remembered without their owner.
    owners_latest: AtomicU64,
    /// Snapshots before this revision say nothing any more.
    oldest: AtomicU64,
}

/// What the cache knows of a key.
pub(crate) enum Found {
    Prepared(Prepared),
    Refused(UnknownKey),
    Nothing,
}

/// The state of the cache, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStatistics {
    /// Prepared keys held, each of a key's scopes counted.
    pub keys: usize,
    /// Ids remembered as unknown or inactive.
    pub unknown_keys: usize,
    /// Memory of all of it, in bytes.
    pub memory_bytes: usize,
    /// Requests answered from a prepared key.
    pub hits: u64,
    /// Requests refused for an id remembered as unknown or inactive.
    pub refusals: u64,
    /// Requests for which the directory had to be asked.
    pub misses: u64,
    /// Prepared keys that made room for others.
    pub evictions: u64,
}

/// Rows of a shard when the cache is large: half of the slots of a table of 32,768, beyond which such
/// a table doubles when rows come and go.
const SHARD_ROWS_MAX: usize = 14_336;
const SHARDS_MIN: usize = 16;

impl Cache {
    pub(crate) fn new(options: &Options, random: &dyn Random) -> Self {
        let seed = Seed::draw(random);
        let count = options.cached_keys_max.div_ceil(SHARD_ROWS_MAX).max(SHARDS_MIN);
        let rows_max = options.cached_keys_max.div_ceil(count);
        let unknown_max = options.unknown_keys_max / count;
        let shard = || Mutex::new(Shard::new(seed.clone(), rows_max, unknown_max));
        Self {
            shards: (0..count).map(|_| shard()).collect(),
            keys: Watermarks::new(random),
            owners: Watermarks::new(random),
            owners_latest: AtomicU64::new(0),
            oldest: AtomicU64::new(0),
            seed,
        }
    }

    /// What is known of a key for a scope; takes one lock, and allocates nothing for a key that was
    /// used lately.
    pub(crate) fn find(&self, id: &PackedId, scope: sigv4::Scope<'_>, now: Timestamp) -> Found {
        let hash = self.seed.hash(id.as_bytes());
        let Some(shard) = self.shard(hash) else {
            return Found::Nothing;
        };
        let mut shard = shard.lock();
        if let Some(prepared) = shard.find(hash, id, scope, &self.owners) {
            shard.counts.hits += 1;
            return Found::Prepared(prepared);
        }
        let refused = shard.unknown.find(hash, id, now);
        match refused
            .filter(|refused| self.still_refused(refused))
            .map(|refused| refused.why)
        {
            Some(why) => {
                shard.counts.refusals += 1;
                Found::Refused(why)
            }
            None => {
                shard.counts.misses += 1;
                Found::Nothing
            }
        }
    }

    /// Whether a snapshot of a key has every change of it that was announced until now.
    pub(crate) fn is_current(&self, id: &PackedId, snapshot: &Snapshot) -> bool {
        let principal = snapshot.key.as_ref().map(|key| &*key.principal);
        self.has_all_of_key(id, snapshot.revision)
            && principal.is_none_or(|principal| self.owner_is_current(principal, snapshot.revision))
    }

    /// Holds a key that has just verified a request, unless it has changed meanwhile.
    pub(crate) fn insert(
        &self,
        id: PackedId,
        scope: sigv4::Scope<'_>,
        signing_key: &SigningKey,
        key: &DirectoryKey,
        revision: u64,
        now: Timestamp,
    ) {
        let fresh = Fresh {
            key: signing_key,
            scope,
            principal: &key.principal,
            revision,
            owner: self.owner_of(&key.principal),
            today: now.day(),
        };
        self.if_unchanged(&id, revision, |hash, shard| shard.insert(hash, id, &fresh));
    }

    /// Remembers that a key may not sign, unless it has changed meanwhile.
    pub(crate) fn refuse(&self, id: PackedId, why: UnknownKey, revision: u64, now: Timestamp) {
        self.if_unchanged(&id, revision, |_, shard| {
            shard.unknown.insert(&self.seed, id, why, revision, now);
        });
    }

    pub(crate) fn forget(&self, subject: &Subject, revision: u64) {
        match subject {
            Subject::Key(id) => self.forget_key(id, revision),
            Subject::User(id) => self.forget_owner(self.owners.slot(id.as_str().as_bytes()), revision),
            Subject::Account(id) => self.forget_owner(self.account(*id), revision),
            // What a key stands for is the same, whatever it may do.
            Subject::Group(_) | Subject::Policy(_) | Subject::Role(_) => {}
        }
    }

    /// Forgets every key, known and unknown, and takes none from a snapshot before `revision` again.
    pub(crate) fn clear(&self, revision: u64) {
        self.oldest.fetch_max(revision, Ordering::AcqRel);
        for shard in &self.shards {
            shard.lock().clear();
        }
    }

    pub(crate) fn statistics(&self) -> CacheStatistics {
        let mut sum = CacheStatistics {
            memory_bytes: self.keys.memory_bytes() + self.owners.memory_bytes(),
            ..CacheStatistics::default()
        };
        for shard in &self.shards {
            let shard = shard.lock();
            sum.keys += shard.len();
            sum.unknown_keys += shard.unknown.len();
            sum.memory_bytes += shard.memory_bytes();
            sum.hits += shard.counts.hits;
            sum.refusals += shard.counts.refusals;
            sum.misses += shard.counts.misses;
            sum.evictions += shard.counts.evictions;
        }
        sum
    }

    fn forget_key(&self, id: &AccessKeyId, revision: u64) {
        let id = PackedId::new(id);
        self.keys.raise(self.keys.slot(id.as_bytes()), revision);
        let hash = self.seed.hash(id.as_bytes());
        if let Some(shard) = self.shard(hash) {
            let mut shard = shard.lock();
            shard.remove_key(hash, &id);
            shard.unknown.forget(hash, &id);
        }
    }

    fn forget_owner(&self, owner: Slot, revision: u64) {
        self.owners.raise(owner, revision);
        self.owners_latest.fetch_max(revision, Ordering::AcqRel);
    }

    fn if_unchanged(&self, id: &PackedId, revision: u64, insert: impl FnOnce(u64, &mut Shard)) {
        let hash = self.seed.hash(id.as_bytes());
        let Some(shard) = self.shard(hash) else {
            return;
        };
        let mut shard = shard.lock();
        if self.has_all_of_key(id, revision) {
            insert(hash, &mut shard);
        }
    }

    /// Whether what was read at `revision` has every announced change of the key itself.
    fn has_all_of_key(&self, id: &PackedId, revision: u64) -> bool {
        revision >= self.oldest.load(Ordering::Acquire)
            && self.keys.has_all(self.keys.slot(id.as_bytes()), revision)
    }

    /// An absent key appears by a change of itself; an inactive one could come back with its owner.
    fn still_refused(&self, refused: &Remembered) -> bool {
        refused.why != UnknownKey::Inactive || refused.revision >= self.owners_latest.load(Ordering::Acquire)
    }

    fn owner_is_current(&self, principal: &Principal, revision: u64) -> bool {
        self.owners.has_all(self.owner_of(principal), revision)
            && self.owners.has_all(self.account(principal.account), revision)
    }

    fn owner_of(&self, principal: &Principal) -> Slot {
        match principal.user() {
            Some(user) => self.owners.slot(user.id.as_str().as_bytes()),
            None => self.account(principal.account),
        }
    }

    fn account(&self, id: AccountId) -> Slot {
        self.owners.slot(&id.number().to_le_bytes())
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Shard>> {
        self.shards.get(shard_of(hash, self.shards.len()))
    }
}
