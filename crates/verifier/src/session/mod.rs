//! Temporary credentials: what a session token opened to, held as long as it is used, and how it is judged.

mod cache;
mod console;
mod verify;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use keystead_types::{AccountId, Principal, Session, Timestamp, UniqueId, limits};
use parking_lot::Mutex;

pub(crate) use self::cache::Sessions;
use crate::{
    Failure, Subject, UnknownKey,
    permissions::{Marks, Named, PermissionsCache, SessionPolicies},
};

/// An opened session token, without its secret.
pub(crate) struct Opened {
    named: Arc<Named>,
    facts: Arc<Session>,
    /// Keys in lower case, since they are compared without regard to case.
    tags: Box<[(Box<str>, Box<str>)]>,
    /// Whoever must be there for the session to count: its own user or role, or root, and its ancestors.
    lineage: Box<[Link]>,
    /// One of them is gone. Ids are not given out again.
    is_orphaned: AtomicBool,
    policies: Mutex<Option<Arc<SessionPolicies>>>,
}

/// A user, a role or root that a session depends on.
struct Link {
    account: AccountId,
    /// `None` for root, which is always there.
    holder: Option<UniqueId>,
    /// What was made before its `not_before` does not count any more.
    issued_at: Timestamp,
    marks: Marks,
    /// One more than the revision at which it was last found to be there, and the session not revoked; 0 before the
    /// first time.
    confirmed: AtomicU64,
}

/// Before which moment sessions were revoked, if they ever were.
#[derive(Clone, Copy)]
struct NotBefore(Option<Timestamp>);

impl Opened {
    pub(crate) fn new(
        principal: Arc<Principal>,
        facts: Arc<Session>,
        permissions: &PermissionsCache,
    ) -> Self {
        let own = (principal.account, principal.holder(), facts.issued_at);
        let ancestors = facts.ancestors.iter();
        let ancestors = ancestors.map(|ancestor| (ancestor.account, Some(ancestor.id), ancestor.issued_at));
        let lineage = std::iter::once(own).chain(ancestors);
        Self {
            named: Arc::new(Named::new(principal)),
            tags: facts
                .tags
                .iter()
                .map(|tag| (tag.key.to_ascii_lowercase().into(), tag.value.clone()))
                .collect(),
            lineage: lineage
                .map(|(account, holder, issued_at)| Link {
                    account,
                    holder,
                    issued_at,
                    marks: permissions.marks_of(account, holder),
                    confirmed: AtomicU64::new(0),
                })
                .collect(),
            is_orphaned: AtomicBool::new(false),
            policies: Mutex::new(None),
            facts,
        }
    }

    pub(crate) fn principal(&self) -> &Arc<Principal> {
        &self.named.principal
    }

    pub(crate) fn named(&self) -> &Arc<Named> {
        &self.named
    }

    pub(crate) fn facts(&self) -> &Arc<Session> {
        &self.facts
    }

    pub(crate) fn tag(&self, lowered_key: &str) -> Option<&str> {
        let mut tags = self.tags.iter();
        tags.find(|(key, _)| **key == *lowered_key)
            .map(|(_, value)| &**value)
    }

    /// Whether a change of `subject` can end the session.
    pub(crate) fn depends_on(&self, subject: &Subject) -> bool {
        self.lineage.iter().any(|link| match subject {
            Subject::User(id) | Subject::Role(id) => link.holder == Some(*id),
            Subject::Account(id) => link.account == *id,
            Subject::Key(_) | Subject::Group(_) | Subject::Policy(_) => false,
        })
    }

    /// Remembers what will not change.
    fn note(&self, failure: &Failure) {
        if *failure == Failure::UnknownKey(UnknownKey::PrincipalGone) {
            self.is_orphaned.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the credentials have begun and not ended. A clock that was set back would revive what has expired:
    /// what was made in its future is refused as well.
    fn is_of_time(&self, now: Timestamp) -> Result<(), Failure> {
        let Session {
            issued_at,
            expires_at,
            ..
        } = *self.facts;
        if now >= expires_at {
            return Err(Failure::SessionExpired);
        }
        match issued_at.seconds() - now.seconds() <= limits::CLOCK_SKEW_SECONDS_MAX {
            true => Ok(()),
            false => Err(Failure::SessionToken),
        }
    }

    fn memory_bytes(&self) -> usize {
        let Session {
            tags,
            policy,
            policy_ids,
            ancestors,
            ..
        } = &*self.facts;
        let tags = tags.iter().map(|tag| 2 * (tag.key.len() + tag.value.len()) + 96);
        // A compiled document takes a few times its text.
        let policies = policy.as_ref().map_or(0, |policy| 8 * policy.len());
        size_of::<Self>()
            + 512
            + tags.sum::<usize>()
            + policies
            + policy_ids.len() * 64
            + ancestors.len() * (size_of::<Link>() + 32)
    }
}

impl Link {
    /// Judges by what the directory says of the user, role or root now; `None` when it is gone.
    fn judge(&self, found: Option<NotBefore>) -> Result<(), Failure> {
        let Some(NotBefore(not_before)) = found else {
            return Err(Failure::UnknownKey(UnknownKey::PrincipalGone));
        };
        match not_before {
            Some(not_before) if self.issued_at < not_before => Err(Failure::UnknownKey(UnknownKey::Revoked)),
            _ => Ok(()),
        }
    }

    /// It was judged good by what the directory said at `revision`, which must be committed.
    fn confirm(&self, revision: u64) {
        self.confirmed.fetch_max(revision + 1, Ordering::AcqRel);
    }

    fn is_confirmed(&self, permissions: &PermissionsCache) -> bool {
        let confirmed = self.confirmed.load(Ordering::Acquire).checked_sub(1);
        confirmed.is_some_and(|revision| permissions.is_current(self.marks, revision))
    }
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("principal", &self.named.principal)
            .field("session", &self.facts)
            .finish_non_exhaustive()
    }
}
