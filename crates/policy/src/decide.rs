//! How the policies of all types combine.

use crate::decision::{Decision, Explanation, MissingKeys, Outcome, PolicyType};
use crate::request::Request;
use crate::set::PolicySet;

/// Everything that applies to a request. The default is that nothing applies, which denies.
#[derive(Clone, Copy, Debug, Default)]
pub struct Policies<'a> {
    /// Inline and attached policies of the principal and its groups; of the user that made it for a federated session.
    pub identity: Option<&'a PolicySet>,
    /// The permissions boundary of the user or role.
    pub boundary: Option<&'a PolicySet>,
    /// The policies passed when the session was made.
    pub session: Option<&'a PolicySet>,
    /// The resource's own policy, a role's trust policy included.
    pub resource: Option<&'a PolicySet>,
    /// What the resource's policy is needed for.
    pub resource_rule: ResourceRule,
    /// Service control policies of the caller's account: one set for each level, each of which must allow.
    pub service_control: &'a [&'a PolicySet],
    /// Resource control policies of the resource's account: one set for each level, each of which must allow.
    pub resource_control: &'a [&'a PolicySet],
}

/// What a resource policy is needed for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ResourceRule {
    /// Identity policies suffice within the account (S3, SQS, …).
    #[default]
    Optional,
    /// Nothing is allowed that the resource policy does not allow or delegate (role trust policies, KMS key policies).
    MustAllow,
}

/// Decides. Allocates nothing and never panics; takes at most time in patterns × text, a pattern of 2,000 `*` included.
pub fn decide<'p>(_policies: &Policies<'p>, _request: &Request<'_>) -> Decision<'p> {
    Decision {
        outcome: Outcome::ImplicitDeny,
        stage: PolicyType::Identity,
        statement: None,
        missing: MissingKeys::default(),
    }
}

/// The same decision, with everything that a simulator shows. Allocates.
pub fn explain<'p>(policies: &Policies<'p>, request: &Request<'_>) -> Explanation<'p> {
    Explanation {
        decision: decide(policies, request),
        matched: Vec::new(),
        missing: Vec::new(),
        outcomes: Vec::new(),
    }
}
