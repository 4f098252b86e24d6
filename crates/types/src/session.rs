use std::sync::Arc;

use crate::{AccountId, SourceIdentity, Timestamp, UniqueId, UniqueIdKind};

/// What temporary credentials carry along, besides whom they stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// When they were made. Nothing that was revoked before counts for them.
    pub issued_at: Timestamp,
    /// From when on they are refused.
    pub expires_at: Timestamp,
    /// When a one-time code was checked for them; `None` when none was.
    pub mfa_at: Option<Timestamp>,
    /// Who stands behind them, once it was said.
    pub source_identity: Option<SourceIdentity>,
    /// Tags that were passed, and those that were inherited.
    pub tags: Box<[SessionTag]>,
    /// The session policy that was passed.
    pub policy: Option<Arc<str>>,
    /// The managed policies that were passed, each by its id: what counts is their version of the moment.
    pub policy_ids: Box<[UniqueId]>,
    /// By whose credentials they were made, and with whose those were: the latest first, each principal once.
    pub ancestors: Box<[Ancestor]>,
}

/// A tag of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTag {
    /// Its key.
    pub key: Box<str>,
    /// Its value.
    pub value: Box<str>,
    /// Whether sessions that are made from this one inherit it.
    pub is_transitive: bool,
}

/// A user or role without which a session would not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ancestor {
    /// Its account.
    pub account: AccountId,
    /// Its unique id.
    pub id: UniqueId,
    /// When its credentials, or what was made with its access key, were made; the earliest where there were several.
    pub issued_at: Timestamp,
}

impl Session {
    /// Whether a role's session made it.
    pub fn is_chained(&self) -> bool {
        let first = self.ancestors.first();
        first.is_some_and(|ancestor| ancestor.id.kind() == UniqueIdKind::Role)
    }

    /// Whether session policies limit it, which may come to nothing.
    pub fn has_policies(&self) -> bool {
        self.policy.is_some() || !self.policy_ids.is_empty()
    }
}
