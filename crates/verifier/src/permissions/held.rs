use std::sync::{Arc, atomic::AtomicU64};

use keystead_types::{AccountId, Timestamp, UniqueId};

use super::{Named, PolicyName, Set};
use crate::{Subject, watermark::Slot};

/// What is held of a user, a role or root: its policies, and what else its callers are judged by.
pub(crate) struct Held {
    pub(super) revision: u64,
    /// The latest announced change of any group or policy that is known not to concern these.
    pub(super) checked: AtomicU64,
    pub(super) account: AccountId,
    pub(super) account_text: Box<str>,
    /// The user or role; `None` for root.
    pub(super) holder: Option<UniqueId>,
    pub(super) arn: Arc<str>,
    /// As a caller itself; `None` for a role.
    pub(super) named: Option<Arc<Named>>,
    pub(super) not_before: Option<Timestamp>,
    /// Keys in lower case, since they are compared without regard to case.
    pub(super) tags: Box<[(Box<str>, Box<str>)]>,
    /// The holder, its account, its groups and its managed policies: where their changes are noted.
    pub(super) owner: [Slot; 2],
    pub(super) sources: Box<[Slot]>,
    pub(super) groups: Box<[UniqueId]>,
    pub(super) ask_for_resource_tags: bool,
    pub(super) policies: Effective,
}

/// The policies of a principal by type.
pub(super) enum Effective {
    /// The root user of an account is limited by none of its own.
    Root,
    Of {
        identity: Set,
        boundary: Option<Set>,
    },
}

impl Held {
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn not_before(&self) -> Option<Timestamp> {
        self.not_before
    }

    pub(crate) fn named(&self) -> Option<&Arc<Named>> {
        self.named.as_ref()
    }

    /// The ARN of the user, the role or root.
    pub(crate) fn arn(&self) -> &str {
        &self.arn
    }

    /// Its account, as text.
    pub(crate) fn account_text(&self) -> &str {
        &self.account_text
    }

    /// Its unique id; root's account.
    pub(crate) fn id_text(&self) -> &str {
        self.holder.as_ref().map_or(&self.account_text, UniqueId::as_str)
    }

    pub(crate) fn identity(&self) -> Option<&Set> {
        match &self.policies {
            Effective::Root => None,
            Effective::Of { identity, .. } => Some(identity),
        }
    }

    pub(crate) fn boundary(&self) -> Option<&Set> {
        match &self.policies {
            Effective::Root => None,
            Effective::Of { boundary, .. } => boundary.as_ref(),
        }
    }

    pub(super) fn tag(&self, lowered_key: &str) -> Option<&str> {
        let mut tags = self.tags.iter();
        tags.find(|(key, _)| **key == *lowered_key)
            .map(|(_, value)| &**value)
    }

    pub(super) fn depends_on(&self, subject: &Subject) -> bool {
        match subject {
            Subject::Key(_) => false,
            Subject::User(id) | Subject::Role(id) => self.holder == Some(*id),
            Subject::Account(id) => self.account == *id,
            Subject::Group(id) => self.groups.contains(id),
            Subject::Policy(id) => self.sets().any(|set| set.has_managed(*id)),
        }
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let tags = self.tags.iter().map(|(key, value)| key.len() + value.len() + 32);
        size_of::<Self>() + 256 + tags.sum::<usize>() + self.sets().map(Set::memory_bytes).sum::<usize>()
    }

    fn sets(&self) -> impl Iterator<Item = &Set> {
        self.identity().into_iter().chain(self.boundary())
    }
}

/// The families of keys that a resource's tags have.
const RESOURCE_TAGS: [&str; 2] = ["aws:ResourceTag/", "iam:ResourceTag/"];

impl Set {
    pub(crate) fn ask_for_resource_tags(&self) -> bool {
        RESOURCE_TAGS.iter().any(|family| self.policies.asks_for(family))
    }

    pub(super) fn has_managed(&self, policy: UniqueId) -> bool {
        let mut names = self.names.iter();
        names.any(|name| matches!(name, PolicyName::Managed { id, .. } if *id == policy))
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.policies.memory_bytes() + self.names.len() * size_of::<PolicyName>()
    }
}
