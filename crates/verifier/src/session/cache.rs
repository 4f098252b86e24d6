use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use hmac::{Hmac, KeyInit, Mac};
use keystead_sigv4::{self as sigv4, SigningKey};
use keystead_types::{AccessKeyId, Random, limits};
use parking_lot::Mutex;
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::Opened;
use crate::{
    authenticated::Scope,
    generations::{Entry, Generations},
    seed::{Seed, shard_of},
};

/// The sessions that called lately, in bounded memory, each with its prepared signing keys and without its secret.
///
/// A session is found by its access key id and a keyed hash of its token, so that one who has another token, or
/// none, finds nothing. Only what has verified a request is held.
pub(crate) struct Sessions {
    seed: Seed,
    hasher: Hmac<Sha256>,
    shards: Box<[Mutex<Generations<Row>>]>,
    hits: AtomicU64,
    misses: AtomicU64,
}

/// What stands for a token.
#[derive(Clone, Copy)]
pub(crate) struct Fingerprint([u8; 16]);

/// What is known of a session.
pub(crate) struct Known {
    pub(crate) opened: Arc<Opened>,
    /// Prepared for the scope that was asked for, if it was used before.
    pub(crate) prepared: Option<(SigningKey, Arc<Scope>)>,
}

struct Row {
    id: AccessKeyId,
    fingerprint: Fingerprint,
    opened: Arc<Opened>,
    #[expect(
        clippy::vec_box,
        reason = "each boxed, so that growing leaves no key behind in freed memory"
    )]
    keys: Vec<Box<(Scoped, SigningKey)>>,
}

type Scoped = Arc<Scope>;

const SHARDS: usize = 16;
/// A prepared key with its scope.
const KEY_BYTES: usize = 192;

impl Sessions {
    pub(crate) fn new(bytes_max: usize, random: &dyn Random) -> Self {
        let mut key = [0; 64];
        random.fill(&mut key);
        Self {
            seed: Seed::draw(random),
            hasher: Hmac::new(&key.into()),
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Generations::new(bytes_max / (2 * SHARDS))))
                .collect(),
            hits: AtomicU64::new(0),
            misses: AtomicU64::new(0),
        }
    }

    pub(crate) fn fingerprint(&self, token: &str) -> Fingerprint {
        let mut hasher = self.hasher.clone();
        hasher.update(token.as_bytes());
        let mut fingerprint = [0; 16];
        let hash = hasher.finalize().into_bytes();
        for (kept, byte) in fingerprint.iter_mut().zip(hash) {
            *kept = byte;
        }
        Fingerprint(fingerprint)
    }

    pub(crate) fn find(
        &self,
        id: AccessKeyId,
        fingerprint: &Fingerprint,
        scope: sigv4::Scope<'_>,
    ) -> Option<Known> {
        let hash = self.hash(id);
        let mut shard = self.shard(hash)?.lock();
        let Some(row) = shard.find(&self.seed, hash, |row| row.is(id, fingerprint)) else {
            self.misses.fetch_add(1, Ordering::Relaxed);
            return None;
        };
        let prepared = row.keys.iter().find(|key| key.0.is(scope));
        let known = Known {
            opened: Arc::clone(&row.opened),
            prepared: prepared.map(|key| (key.1.clone(), Arc::clone(&key.0))),
        };
        let counter = if known.prepared.is_some() {
            &self.hits
        } else {
            &self.misses
        };
        counter.fetch_add(1, Ordering::Relaxed);
        Some(known)
    }

    /// Holds a session that has verified a request, prepared for that request's scope.
    pub(crate) fn insert(
        &self,
        id: AccessKeyId,
        fingerprint: Fingerprint,
        opened: &Arc<Opened>,
        scope: &Arc<Scope>,
        key: &SigningKey,
    ) {
        let hash = self.hash(id);
        let Some(shard) = self.shard(hash) else {
            return;
        };
        let mut shard = shard.lock();
        let is_it = |row: &Row| row.is(id, &fingerprint);
        if let Some(row) = shard.find(&self.seed, hash, is_it) {
            if row.hold(scope, key) {
                shard.grew(KEY_BYTES);
            }
            return;
        }
        let mut row = Row {
            id,
            fingerprint,
            opened: Arc::clone(opened),
            keys: Vec::with_capacity(1),
        };
        row.hold(scope, key);
        shard.insert(&self.seed, row, is_it);
    }

    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            shard.lock().clear();
        }
    }

    /// Sessions held, and in how many bytes.
    pub(crate) fn size(&self) -> (usize, usize) {
        let sizes = self.shards.iter().map(|shard| shard.lock().size());
        sizes.fold((0, 0), |sum, size| (sum.0 + size.0, sum.1 + size.1))
    }

    /// Requests answered from a prepared key, and those for which a token was opened.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (
            self.hits.load(Ordering::Relaxed),
            self.misses.load(Ordering::Relaxed),
        )
    }

    fn hash(&self, id: AccessKeyId) -> u64 {
        self.seed.hash(id.as_str().as_bytes())
    }

    fn shard(&self, hash: u64) -> Option<&Mutex<Generations<Row>>> {
        self.shards.get(shard_of(hash, self.shards.len()))
    }
}

impl Row {
    fn is(&self, id: AccessKeyId, fingerprint: &Fingerprint) -> bool {
        self.id == id && bool::from(self.fingerprint.0.ct_eq(&fingerprint.0))
    }

    /// Holds a key for a scope; tells whether the row has grown. Further scopes are at the session's own expense.
    fn hold(&mut self, scope: &Arc<Scope>, key: &SigningKey) -> bool {
        if self.keys.iter().any(|held| *held.0 == **scope) {
            return false;
        }
        if self.keys.len() >= limits::VERIFIER_SCOPES_PER_KEY_MAX {
            self.keys.remove(0);
        }
        self.keys.push(Box::new((Arc::clone(scope), key.clone())));
        true
    }
}

impl Entry for Row {
    fn hash(&self, seed: &Seed) -> u64 {
        seed.hash(self.id.as_str().as_bytes())
    }

    fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.opened.memory_bytes() + self.keys.len() * KEY_BYTES
    }
}
