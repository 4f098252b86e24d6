use std::sync::Arc;

use keystead_policy::{DocumentKind, Policy, PolicySet};

use crate::{PolicyName, UnreadablePolicy, permissions::Set};

/// A role's trust policy, compiled: without its word nobody assumes the role.
pub struct TrustPolicy {
    set: Set,
    ask_for_resource_tags: bool,
}

impl TrustPolicy {
    /// Compiles the trust policy of the role of this name.
    ///
    /// # Errors
    ///
    /// It cannot be read.
    pub fn new(role: &str, document: &str) -> Result<Self, UnreadablePolicy> {
        let name = PolicyName::Trust { role: role.into() };
        let policy = Policy::parse(document, DocumentKind::Trust).map_err(|malformed| UnreadablePolicy {
            reason: format!("{name}: {malformed}").into(),
        })?;
        let set = Set {
            policies: PolicySet::new(vec![Arc::new(policy)]),
            names: [name].into(),
        };
        Ok(Self {
            ask_for_resource_tags: set.ask_for_resource_tags(),
            set,
        })
    }

    /// Whether it asks for tags of the role. What nobody asks for need not be read from the store.
    pub fn asks_for_resource_tags(&self) -> bool {
        self.ask_for_resource_tags
    }

    pub(crate) fn set(&self) -> &Set {
        &self.set
    }
}
