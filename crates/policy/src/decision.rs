//! What a decision says.

use crate::limits::MISSING_KEYS_KEPT;
use crate::statement::Effect;

/// The three answers, by the names that AWS's simulator gives them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Every policy type that has a say allows it and none denies it.
    Allowed,
    /// A `Deny` statement matches.
    ExplicitDeny,
    /// Something that must allow it does not.
    ImplicitDeny,
}

impl Outcome {
    /// AWS's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::ExplicitDeny => "explicitDeny",
            Self::ImplicitDeny => "implicitDeny",
        }
    }
}

/// What a policy set is to a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyType {
    /// Inline and attached policies of the principal and its groups.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The policies passed when a session was made.
    Session,
    /// The resource's own policy.
    Resource,
    /// A role's trust policy: the resource policy that must allow an `sts` action.
    Trust,
    /// Service control policies of an organisation.
    ServiceControl,
    /// Resource control policies of an organisation.
    ResourceControl,
}

/// Which statement of which policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StatementRef {
    /// The type of the set.
    pub policy_type: PolicyType,
    /// Which of the sets of that type, for service and resource control policies; else 0.
    pub level: usize,
    /// Index of the policy in its set.
    pub policy: usize,
    /// Index of the statement in its policy.
    pub statement: usize,
}

/// The answer to one request. Never a bare boolean: it says what decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision<'p> {
    /// The answer.
    pub outcome: Outcome,
    /// For a deny, the policy type that AWS's message names: explicit denies first, then the first type that fails to
    /// allow. For an allow, the type that allowed.
    pub stage: PolicyType,
    /// What decided; `None` for an implicit deny, and for the root user, whom no statement needs to allow.
    pub statement: Option<StatementRef>,
    /// Condition keys that a statement for this action and resource asked for and the request lacks.
    pub missing: MissingKeys<'p>,
}

impl Decision<'_> {
    /// Whether the request may go on.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }
}

/// Condition keys without a value, each once, as written in the policy; the first eight are kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MissingKeys<'p> {
    keys: [&'p str; MISSING_KEYS_KEPT],
    kept: usize,
    more: usize,
}

impl<'p> MissingKeys<'p> {
    /// The names that are kept, in the order in which they were asked for.
    pub fn as_slice(&self) -> &[&'p str] {
        self.keys.get(..self.kept).unwrap_or_default()
    }

    /// How often a key beyond those kept was asked for.
    pub fn more(&self) -> usize {
        self.more
    }

    /// Whether no key was missing.
    pub fn is_empty(&self) -> bool {
        self.kept == 0
    }

    pub(crate) fn record(&mut self, key: &'p str) {
        if self.as_slice().iter().any(|kept| kept.eq_ignore_ascii_case(key)) {
            return;
        }
        match self.keys.get_mut(self.kept) {
            Some(slot) => {
                *slot = key;
                self.kept += 1;
            }
            None => self.more += 1,
        }
    }
}

/// A decision with everything that a simulator shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation<'p> {
    /// What [`crate::decide`] answers for the same request.
    pub decision: Decision<'p>,
    /// Every statement that matches, in the order of policy types, levels, policies and statements.
    pub matched: Vec<MatchedStatement>,
    /// Every key that was asked for and absent, as written, once, sorted.
    pub missing: Vec<&'p str>,
    /// What each policy set that applies says on its own, one entry for each level.
    pub outcomes: Vec<TypeOutcome>,
}

/// A statement that matches the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatchedStatement {
    /// Which one.
    pub statement: StatementRef,
    /// Whether it allows or denies.
    pub effect: Effect,
}

/// What one policy set says on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeOutcome {
    /// The type of the set.
    pub policy_type: PolicyType,
    /// Which of the sets of that type.
    pub level: usize,
    /// What its statements say.
    pub outcome: Outcome,
}
