use std::sync::Arc;

use keystead_policy::{DocumentKind, Policy, PolicySet};

use crate::{PolicyName, UnreadablePolicy, permissions::Set};

/// A role's trust policy, compiled: without its word nobody assumes the role.
pub struct TrustPolicy {
    set: Set,
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
        Ok(Self {
            set: Set {
                policies: PolicySet::new(vec![Arc::new(policy)]),
                names: [name].into(),
            },
        })
    }

    /// Whether it asks for a condition key, or variable, that begins with `prefix`.
    pub fn asks_for(&self, prefix: &str) -> bool {
        self.set.policies.asks_for(prefix)
    }

    pub(crate) fn set(&self) -> &Set {
        &self.set
    }
}
