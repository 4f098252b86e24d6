use std::{
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use keystead_sigv4::{self as sigv4, BodyHash, Presented, SigningKey};
use keystead_types::{
    AccessKeyId, AccessKeyStatus, AccountId, Identity, Random, Timestamp, UniqueId, limits,
};

use crate::{
    Authenticated, Directory, DirectoryUnavailable, Failure, Snapshot, Subject, UnknownKey, UsageRecorder,
    authenticated::Scope,
    cache::{Cache, CacheStatistics, Found, PackedId},
    flight::Flights,
    limiter::FailureLimiter,
    permissions::{Held, Looked, PermissionsCache},
    session::Sessions,
    usage::{Bounds, RoleUsageRecorder, Use},
};

/// Authenticates requests over a bounded cache of prepared keys.
pub struct Verifier<D> {
    pub(crate) directory: D,
    cache: Cache,
    flights: Flights<AccessKeyId, Snapshot>,
    pub(crate) permissions: PermissionsCache,
    permission_flights: Flights<UniqueId, Looked>,
    pub(crate) sessions: Sessions,
    limiter: FailureLimiter,
    usage: UsageRecorder,
    role_usage: RoleUsageRecorder,
    stale_snapshots: AtomicU64,
    throttled: AtomicU64,
}

/// Bounds of a verifier.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Access keys held prepared, each with one scope; a further scope of a key counts as one more.
    pub cached_keys_max: usize,
    /// Ids remembered as unknown or inactive.
    pub unknown_keys_max: usize,
    /// Memory of the compiled policies of users and roles who called lately, in bytes.
    pub permissions_bytes_max: usize,
    /// Memory of the sessions that called lately, in bytes.
    pub sessions_bytes_max: usize,
    /// Failures of one (source, key id) in a minute before [`Failure::Throttled`].
    pub failures_per_minute_max: u32,
}

/// The state of a verifier, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Statistics {
    /// The cache of prepared keys.
    pub cache: CacheStatistics,
    /// Users and roles whose permissions are held.
    pub permissions: usize,
    /// Memory of those, in bytes.
    pub permissions_memory_bytes: usize,
    /// Sessions held.
    pub sessions: usize,
    /// Memory of those, in bytes.
    pub sessions_memory_bytes: usize,
    /// Requests with a session token answered from a prepared key.
    pub session_hits: u64,
    /// Requests for which a session token had to be opened.
    pub session_misses: u64,
    /// Lookups that the directory was asked for.
    pub directory_lookups: u64,
    /// Lookups whose answer was older than the feed and had to be repeated.
    pub stale_snapshots: u64,
    /// Failures that were answered [`Failure::Throttled`].
    pub throttled: u64,
}

/// Who sent the request, as the transport knows it.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The address of the socket's other end, or what a trusted proxy states.
    pub source: IpAddr,
    /// The `User-Agent` header; empty when there is none.
    pub user_agent: &'a str,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cached_keys_max: limits::VERIFIER_CACHED_KEYS_MAX,
            unknown_keys_max: limits::VERIFIER_UNKNOWN_KEYS_MAX,
            permissions_bytes_max: limits::VERIFIER_PERMISSIONS_BYTES_MAX,
            sessions_bytes_max: limits::VERIFIER_SESSIONS_BYTES_MAX,
            failures_per_minute_max: limits::FAILURES_PER_MINUTE_MAX,
        }
    }
}

impl<D: Directory> Verifier<D> {
    /// A verifier over `directory`; `random` seeds the hashes of its tables.
    pub fn new(directory: D, options: Options, random: &dyn Random) -> Self {
        Self {
            directory,
            cache: Cache::new(&options, random),
            flights: Flights::new(random),
            permissions: PermissionsCache::new(options.permissions_bytes_max, random),
            permission_flights: Flights::new(random),
            sessions: Sessions::new(options.sessions_bytes_max, random),
            limiter: FailureLimiter::new(options.failures_per_minute_max, random),
            usage: UsageRecorder::new(Bounds::default(), random),
            role_usage: RoleUsageRecorder::default(),
            stale_snapshots: AtomicU64::new(0),
            throttled: AtomicU64::new(0),
        }
    }

    /// The directory that it asks.
    pub fn directory(&self) -> &D {
        &self.directory
    }

    /// What the verified requests used.
    pub fn usage(&self) -> &UsageRecorder {
        &self.usage
    }

    /// What roles were used for by their sessions.
    pub fn role_usage(&self) -> &RoleUsageRecorder {
        &self.role_usage
    }

    /// Forgets everything that was learned: keys, and who failed how often. For a directory that went
    /// back to an earlier state, which it reports with `revision`; snapshots before that are not used.
    pub fn clear(&self, revision: u64) {
        self.cache.clear(revision);
        self.permissions.clear(revision);
        self.sessions.clear();
        self.limiter.clear();
    }

    /// Authenticates a request: the one entry. `body` is the raw body, whole.
    ///
    /// For a key that is held prepared this never waits and allocates nothing. Otherwise the
    /// directory is asked, once for all who wait for the same key. The same holds for temporary credentials, but
    /// that each request has its token opened until one of them has been verified. Dropping the future is harmless at
    /// any point.
    ///
    /// # Errors
    ///
    /// The first check that fails, in AWS's order: form, time and scope of the signature; the session
    /// token; the access key; the signature.
    pub async fn authenticate(
        &self,
        request: &sigv4::Request<'_>,
        body: &[u8],
        expected: &sigv4::Expected<'_>,
        caller: Caller<'_>,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let presented = sigv4::present(request, expected, now.seconds()).map_err(Failure::Rejected)?;
        let body = if presented.payload().covers_body() {
            BodyHash::of(body)
        } else {
            BodyHash::Unread
        };
        let verified = match presented.session_token() {
            None => self.verify(&presented, body, now).await,
            Some(token) => self.verify_session(&presented, token, body, now).await,
        };
        let authenticated =
            verified.map_err(|failure| self.limited(failure, &presented, caller.source, now))?;
        self.note_use(&authenticated, caller, now);
        Ok(authenticated)
    }

    /// Temporary credentials are stored nowhere, so there is nothing to write their use down for; but that of the
    /// role whose they are.
    fn note_use(&self, authenticated: &Authenticated, caller: Caller<'_>, now: Timestamp) {
        let scope = authenticated.scope();
        let principal = authenticated.principal();
        match &principal.identity {
            Identity::RoleSession(session) => {
                self.role_usage
                    .record(principal.account, session.role.id, scope, now);
            }
            _ if authenticated.session().is_some() => {}
            _ => self.usage.record(
                authenticated.access_key_id(),
                &Use {
                    scope,
                    address: caller.source,
                    user_agent: caller.user_agent,
                    at: now,
                },
            ),
        }
    }

    /// Forgets what is known of `subject`: it has changed with the directory's `revision`. Call it
    /// after the commit and before the change is answered; a request that comes in afterwards is
    /// judged by what the directory then holds.
    pub fn forget(&self, subject: &Subject, revision: u64) {
        self.cache.forget(subject, revision);
        self.permissions.forget(subject, revision);
    }

    /// The verifier's state. Takes each of its locks for a moment; meant for a scrape, not for each request.
    pub fn statistics(&self) -> Statistics {
        let (permissions, permissions_memory_bytes) = self.permissions.size();
        let (sessions, sessions_memory_bytes) = self.sessions.size();
        let (session_hits, session_misses) = self.sessions.counts();
        Statistics {
            sessions,
            sessions_memory_bytes,
            session_hits,
            session_misses,
            cache: self.cache.statistics(),
            permissions,
            permissions_memory_bytes,
            directory_lookups: self.flights.lookups() + self.permission_flights.lookups(),
            stale_snapshots: self.stale_snapshots.load(Ordering::Relaxed),
            throttled: self.throttled.load(Ordering::Relaxed),
        }
    }

    #[cfg(test)]
    pub(crate) fn flights_under_way(&self) -> usize {
        self.flights.under_way()
    }

    async fn verify(
        &self,
        presented: &Presented<'_>,
        body: BodyHash,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let Ok(id) = presented.access_key_id().parse::<AccessKeyId>() else {
            return Err(refused(presented, body, UnknownKey::Absent));
        };
        // AWS: a temporary key without its token is as good as unknown.
        if id.is_temporary() {
            return Err(refused(presented, body, UnknownKey::TokenMissing));
        }
        let packed = PackedId::new(&id);
        match self.cache.find(&packed, presented.scope(), now) {
            Found::Prepared(prepared) => {
                checked(presented, &prepared.key, body)?;
                Ok(Authenticated::assertion(id, prepared.principal, prepared.scope))
            }
            Found::Refused(why) => Err(refused(presented, body, why)),
            Found::Nothing => self.look_up(presented, id, packed, body, now).await,
        }
    }

    /// Verifies with what the directory says. Secrets are not kept, so this serves a known key in a
    /// further scope as well as a key that is not known.
    async fn look_up(
        &self,
        presented: &Presented<'_>,
        id: AccessKeyId,
        packed: PackedId,
        body: BodyHash,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        for _ in 0..limits::VERIFIER_STALE_SNAPSHOTS_MAX {
            let passenger = self.flights.board(id);
            let snapshot = passenger
                .outcome(|id| self.directory.access_key(id))
                .await
                .as_ref()
                .map_err(|unavailable| Failure::DirectoryUnavailable(unavailable.clone()))?;
            // INVARIANT: compared after the wait, so that even who boarded a flight that had read its
            // snapshot before a change, but came after the change, is not judged by it.
            if self.cache.is_current(&packed, snapshot) {
                return self.conclude(presented, id, packed, snapshot, body, now);
            }
            self.stale_snapshot();
        }
        Err(stays_behind())
    }

    /// What is held of a user or role, by every change that was announced before this was asked; `None` when there
    /// is none.
    pub(crate) async fn held(
        &self,
        account: AccountId,
        holder: UniqueId,
    ) -> Result<Option<Arc<Held>>, Failure> {
        if let Some(held) = self.permissions.find(holder) {
            return Ok(Some(held));
        }
        let marks = self.permissions.marks_of(account, Some(holder));
        for _ in 0..limits::VERIFIER_STALE_SNAPSHOTS_MAX {
            let passenger = self.permission_flights.board(holder);
            let looked = passenger
                .outcome(|holder| self.look_up_permissions(account, holder))
                .await
                .as_ref()
                .map_err(|unavailable| Failure::DirectoryUnavailable(unavailable.clone()))?;
            // INVARIANT: compared after the wait, as in `look_up`.
            match &looked.permissions {
                Some(held) if self.permissions.is_announced(held) => {
                    self.permissions.insert(holder, held);
                    return Ok(Some(Arc::clone(held)));
                }
                None if self.permissions.is_current(marks, looked.revision) => return Ok(None),
                _ => self.stale_snapshot(),
            }
        }
        Err(stays_behind())
    }

    pub(crate) fn stale_snapshot(&self) {
        self.stale_snapshots.fetch_add(1, Ordering::Relaxed);
    }

    async fn look_up_permissions(
        &self,
        account: AccountId,
        holder: UniqueId,
    ) -> Result<Looked, DirectoryUnavailable> {
        let snapshot = self.directory.permissions(account, holder).await?;
        let permissions = self.permissions.compile(&snapshot);
        Ok(Looked {
            revision: snapshot.revision,
            permissions: permissions.map_err(|error| DirectoryUnavailable::new(error.to_string()))?,
        })
    }

    fn conclude(
        &self,
        presented: &Presented<'_>,
        id: AccessKeyId,
        packed: PackedId,
        snapshot: &Snapshot,
        body: BodyHash,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let why = match &snapshot.key {
            Some(key) if key.status == AccessKeyStatus::Active => {
                let scope = presented.scope();
                let secret = key.secret.expose().as_bytes();
                let signing_key = SigningKey::derive(secret, scope.date, scope.region, scope.service);
                checked(presented, &signing_key, body)?;
                // Only now: who cannot sign for a key cannot push its scopes out of the cache.
                self.cache
                    .insert(packed, scope, &signing_key, key, snapshot.revision, now);
                let scope = Arc::new(Scope::from(scope));
                return Ok(Authenticated::assertion(id, Arc::clone(&key.principal), scope));
            }
            Some(_) => UnknownKey::Inactive,
            None => UnknownKey::Absent,
        };
        self.cache.refuse(packed, why, snapshot.revision, now);
        Err(refused(presented, body, why))
    }

    /// Counts a failure and withholds its answer where there were too many.
    fn limited(
        &self,
        failure: Failure,
        presented: &Presented<'_>,
        source: IpAddr,
        now: Timestamp,
    ) -> Failure {
        let counts = matches!(
            failure,
            Failure::Rejected(_) | Failure::UnknownKey(_) | Failure::SessionToken
        );
        if !counts || !self.limiter.is_too_many(source, presented.access_key_id(), now) {
            return failure;
        }
        self.throttled.fetch_add(1, Ordering::Relaxed);
        Failure::Throttled {
            failed_check: failure.check(),
        }
    }
}

pub(crate) fn stays_behind() -> Failure {
    Failure::DirectoryUnavailable(DirectoryUnavailable::new(
        "its snapshots stay behind its own feed",
    ))
}

pub(crate) fn checked(presented: &Presented<'_>, key: &SigningKey, body: BodyHash) -> Result<(), Failure> {
    let _valid: sigv4::SignatureValid = presented.verify(key, body).map_err(Failure::Rejected)?;
    Ok(())
}

/// Costs as much as the check of a signature, so that the time does not tell why.
fn refused(presented: &Presented<'_>, body: BodyHash, why: UnknownKey) -> Failure {
    let _ = presented.reject_unknown_key(body);
    Failure::UnknownKey(why)
}
