use std::sync::Arc;

use keystead_policy::PolicySet;
use keystead_types::{Session, UniqueId};

use super::{PoliciesSnapshot, PolicyName, Set, UnreadablePolicy, compiled::Compiled};
use crate::{
    DirectoryPolicy, Subject,
    watermark::{Slot, Watermarks},
};

/// The policies that were passed when a session was made, compiled: none of them may be missing.
pub(crate) struct SessionPolicies {
    pub(super) revision: u64,
    /// Where changes of the managed ones are noted.
    pub(super) sources: Box<[Slot]>,
    ids: Box<[UniqueId]>,
    pub(super) ask_for_resource_tags: bool,
    set: Set,
}

impl SessionPolicies {
    pub(super) fn new(
        compiled: &Compiled,
        session: &Session,
        snapshot: &PoliciesSnapshot,
        marks: &Watermarks,
    ) -> Result<Self, UnreadablePolicy> {
        let inline = session.policy.iter().map(|document| DirectoryPolicy {
            name: PolicyName::Session,
            document: Arc::clone(document),
        });
        let policies: Vec<DirectoryPolicy> = inline.chain(snapshot.policies.iter().cloned()).collect();
        let sources = session.policy_ids.iter();
        let sources = sources.map(|id| marks.slot(id.as_str().as_bytes())).collect();
        let set = compiled.set(&policies)?;
        let is_complete = session.policy_ids.iter().all(|id| set.has_managed(*id));
        Ok(Self {
            ask_for_resource_tags: set.ask_for_resource_tags(),
            revision: snapshot.revision,
            sources,
            ids: session.policy_ids.clone(),
            // What is gone may have denied: without it the session is allowed nothing.
            set: if is_complete { set } else { Set::of_nothing() },
        })
    }

    pub(crate) fn set(&self) -> &Set {
        &self.set
    }

    pub(super) fn depend_on(&self, subject: &Subject) -> bool {
        matches!(subject, Subject::Policy(id) if self.ids.contains(id))
    }
}

impl Set {
    /// No policies, which allow nothing.
    fn of_nothing() -> Self {
        Self {
            policies: PolicySet::new(Vec::new()),
            names: Arc::default(),
        }
    }
}
