//! What a caller may do: its policies, compiled, and held as long as the feed says nothing against it.

mod cache;
mod compiled;
mod snapshot;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
};

use keystead_policy::PolicySet;
use keystead_types::{Principal, UniqueId};

pub(crate) use self::cache::PermissionsCache;
pub use self::snapshot::{DirectoryPermissions, DirectoryPolicy, PermissionsSnapshot, PolicyName};
use crate::{Subject, watermark::Slot};

/// A caller's effective policies, compiled and indexed, at one revision of the directory.
///
/// Only a verifier makes them, from what its directory says.
pub struct Permissions {
    revision: u64,
    /// The latest announced change of any group or policy that is known not to concern these.
    checked: AtomicU64,
    principal: Arc<Principal>,
    pub(crate) arn: Arc<str>,
    pub(crate) account: Box<str>,
    pub(crate) user_id: Box<str>,
    /// Keys in lower case, since they are compared without regard to case.
    tags: Box<[(Box<str>, Box<str>)]>,
    /// The user, its account, its groups and its managed policies: where their changes are noted.
    owner: [Slot; 2],
    sources: Box<[Slot]>,
    groups: Box<[UniqueId]>,
    ask_for_resource_tags: bool,
    policies: Effective,
}

/// The policies of a principal by type.
enum Effective {
    /// The root user of an account is limited by none of its own.
    Root,
    User {
        identity: Set,
        boundary: Option<Set>,
    },
}

/// Policies with their names, in the same order.
pub(crate) struct Set {
    pub(crate) policies: PolicySet,
    pub(crate) names: Arc<[PolicyName]>,
}

/// What one look-up found: permissions, or `None` when there is no such user.
pub(crate) struct Looked {
    pub(crate) revision: u64,
    pub(crate) permissions: Option<Arc<Permissions>>,
}

/// A stored policy that cannot be read any more. Nothing is allowed on the word of the others: what
/// cannot be read may have denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadablePolicy {
    /// The policy and what is wrong with it, for the operator.
    pub reason: Arc<str>,
}

impl Permissions {
    /// The feed's revision that they were read at.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// Whose they are, as the directory called it at that revision.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// The value of the caller's tag with this key in lower case.
    pub(crate) fn tag(&self, lowered_key: &str) -> Option<&str> {
        let mut tags = self.tags.iter();
        tags.find(|(key, _)| **key == *lowered_key)
            .map(|(_, value)| &**value)
    }

    /// Whether any of the policies asks for tags of the resource. What nobody asks for need not be read
    /// from the store.
    pub fn ask_for_resource_tags(&self) -> bool {
        self.ask_for_resource_tags
    }

    /// Whether a change of `subject` can have changed these.
    pub(crate) fn depend_on(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Key(_) | Subject::Role(_) => false,
            Subject::User(id) => self.principal.user().is_some_and(|user| user.id == *id),
            Subject::Account(id) => self.principal.account == *id,
            Subject::Group(id) => self.groups.contains(id),
            Subject::Policy(id) => self
                .sets()
                .flat_map(|set| &*set.names)
                .any(|name| matches!(name, PolicyName::Managed { id: managed, .. } if managed == id)),
        }
    }

    pub(crate) fn identity(&self) -> Option<&Set> {
        match &self.policies {
            Effective::Root => None,
            Effective::User { identity, .. } => Some(identity),
        }
    }

    pub(crate) fn boundary(&self) -> Option<&Set> {
        match &self.policies {
            Effective::Root => None,
            Effective::User { boundary, .. } => boundary.as_ref(),
        }
    }

    fn sets(&self) -> impl Iterator<Item = &Set> {
        self.identity().into_iter().chain(self.boundary())
    }

    fn memory_bytes(&self) -> usize {
        let tags = self.tags.iter().map(|(key, value)| key.len() + value.len() + 32);
        let sets = self
            .sets()
            .map(|set| set.policies.memory_bytes() + set.names.len() * size_of::<PolicyName>());
        size_of::<Self>() + 128 + tags.sum::<usize>() + sets.sum::<usize>()
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.sets().flat_map(|set| &*set.names);
        f.debug_struct("Permissions")
            .field("principal", &self.principal)
            .field("revision", &self.revision)
            .field("policies", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UnreadablePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stored policy cannot be read: {}", self.reason)
    }
}

impl std::error::Error for UnreadablePolicy {}
