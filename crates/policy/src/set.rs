//! Policies that take part in a decision together.

use std::sync::Arc;

use crate::policy::Policy;

/// All policies of one type (the identity policies of a principal, one boundary, one level of control policies).
#[derive(Debug, Default)]
pub struct PolicySet {
    policies: Vec<Arc<Policy>>,
}

impl PolicySet {
    /// Indexes the policies by action. Their order is kept: a decision names a policy by its index.
    pub fn new(policies: Vec<Arc<Policy>>) -> Self {
        Self { policies }
    }

    /// The policies in the order given.
    pub fn policies(&self) -> &[Arc<Policy>] {
        &self.policies
    }

    /// Whether a condition key or a variable of any policy begins with this, in whatever case (`aws:ResourceTag/`), so that a
    /// caller need not load what nobody asks for.
    pub fn asks_for(&self, prefix: &str) -> bool {
        self.policies
            .iter()
            .flat_map(|policy| policy.context_keys())
            .any(|key| crate::context::Key::new(key).strip_prefix(prefix).is_some())
    }

    /// About how much memory the set takes, its policies included.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
            + self
                .policies
                .iter()
                .map(|policy| policy.memory_bytes())
                .sum::<usize>()
    }
}
