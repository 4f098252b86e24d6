use std::{error::Error, fmt, sync::Arc};

use keystead_policy::{Decision, Effect, Outcome, PolicyType, StatementRef};
use keystead_types::{AccountId, limits, shortened};

use crate::{Action, Permissions, PolicyName, Resource, TrustPolicy, Wanted, permissions::Set};

/// One decision with what decided it, kept so that it can be explained later. It holds names, not the
/// policies, and copies next to nothing unless condition keys were missing.
#[derive(Clone, Debug)]
pub struct Decided {
    account: AccountId,
    caller_arn: Arc<str>,
    revision: u64,
    action: Action,
    resource: Resource,
    outcome: Outcome,
    stage: PolicyType,
    statement: Option<DecidingStatement>,
    missing: Box<[Box<str>]>,
    identity: Arc<[PolicyName]>,
    boundary: Arc<[PolicyName]>,
    session: Arc<[PolicyName]>,
}

/// A request is denied. `Display` is AWS's text for the caller.
#[derive(Clone, Debug)]
pub struct Denied {
    decided: Decided,
}

/// The statement that decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidingStatement {
    /// The policy that it stands in.
    pub policy: PolicyName,
    /// Its place in that policy, from 0.
    pub index: usize,
    /// Its `Sid`, if it has one.
    pub sid: Option<Box<str>>,
    /// Whether it allows or denies.
    pub effect: Effect,
    /// The line of the document that it begins in, from 1.
    pub line: u32,
}

impl Decided {
    pub(crate) fn new(permissions: &Permissions, wanted: &Wanted<'_>, decision: &Decision<'_>) -> Self {
        let missing = decision.missing.as_slice().iter();
        let kept = |key: &&str| Box::from(shortened(key, limits::EXPLAINED_KEY_BYTES_MAX));
        Self {
            outcome: decision.outcome,
            stage: decision.stage,
            statement: decision
                .statement
                .and_then(|found| deciding(permissions, wanted.trust, found)),
            missing: missing.map(kept).collect(),
            ..Self::denied(permissions, wanted.action, wanted.resource)
        }
    }

    /// Denied, without a reason.
    fn denied(permissions: &Permissions, action: Action, resource: &Resource) -> Self {
        let names = |set: Option<&Set>| set.map(|set| Arc::clone(&set.names)).unwrap_or_default();
        Self {
            account: permissions.principal().account,
            caller_arn: Arc::clone(&permissions.named().arn),
            revision: permissions.revision(),
            action,
            resource: resource.clone(),
            outcome: Outcome::ImplicitDeny,
            stage: PolicyType::Identity,
            statement: None,
            missing: Box::default(),
            identity: names(permissions.identity()),
            boundary: names(permissions.boundary()),
            session: names(permissions.passed()),
        }
    }

    /// Whether it was allowed.
    pub fn is_allowed(&self) -> bool {
        self.outcome == Outcome::Allowed
    }

    /// The answer.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The account of the caller.
    pub fn account(&self) -> AccountId {
        self.account
    }

    /// The ARN of the caller.
    pub fn caller_arn(&self) -> &str {
        &self.caller_arn
    }

    /// The feed's revision that the caller's policies were read at.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// What was decided about.
    pub fn action(&self) -> Action {
        self.action
    }

    /// On what.
    pub fn resource(&self) -> &Resource {
        &self.resource
    }

    /// The type of policy that allowed or denied, or that was the first not to allow; in AWS's words.
    pub fn policy_type(&self) -> &'static str {
        name(self.stage)
    }

    /// What decided; `None` when nothing allowed it, and for root, whom nothing needs to allow.
    pub fn statement(&self) -> Option<&DecidingStatement> {
        self.statement.as_ref()
    }

    /// Condition keys that statements for this action and resource asked for and the request had not;
    /// the first few of them, and no more of a name than is kept.
    pub fn missing_keys(&self) -> impl Iterator<Item = &str> {
        self.missing.iter().map(|key| &**key)
    }

    /// The caller's identity-based policies, all of which were looked at.
    pub fn identity_policies(&self) -> &[PolicyName] {
        &self.identity
    }

    /// The caller's permissions boundary.
    pub fn boundary(&self) -> Option<&PolicyName> {
        self.boundary.first()
    }

    /// The policies that were passed when the caller's session was made.
    pub fn session_policies(&self) -> &[PolicyName] {
        &self.session
    }

    /// About how much memory it takes at most: decisions by the same permissions share the names of the policies.
    pub fn memory_bytes(&self) -> usize {
        /// An ARN, or the names of an inline policy and its owner.
        const NAME_BYTES: usize = 128;

        let names = self.identity.len() + self.boundary.len() + self.session.len();
        let missing: usize = self
            .missing
            .iter()
            .map(|key| size_of::<Box<str>>() + key.len())
            .sum();
        let sid = self.statement.as_ref().and_then(|found| found.sid.as_ref());
        size_of::<Self>()
            + self.resource.arn().len()
            + sid.map_or(0, |sid| sid.len())
            + missing
            + names * (size_of::<PolicyName>() + NAME_BYTES)
    }
}

fn deciding(
    permissions: &Permissions,
    trust: Option<&TrustPolicy>,
    found: StatementRef,
) -> Option<DecidingStatement> {
    let set = match found.policy_type {
        PolicyType::Identity => permissions.identity(),
        PolicyType::Boundary => permissions.boundary(),
        PolicyType::Session => permissions.passed(),
        PolicyType::Trust | PolicyType::Resource => trust.map(TrustPolicy::set),
        PolicyType::ServiceControl | PolicyType::ResourceControl => None,
    }?;
    let statement = set
        .policies
        .policies()
        .get(found.policy)?
        .statements()
        .get(found.statement)?;
    Some(DecidingStatement {
        policy: set.names.get(found.policy)?.clone(),
        index: found.statement,
        sid: statement.sid().map(Box::from),
        effect: statement.effect(),
        line: statement.span().start.line,
    })
}

impl Denied {
    /// A denial; the decision must be one.
    pub(crate) fn new(decided: Decided) -> Self {
        Self { decided }
    }

    /// A denial that no policy was asked for: nobody may do this to what is not there, so that nobody
    /// learns whether it is.
    pub fn unasked(permissions: &Permissions, action: Action, resource: &Resource) -> Box<Self> {
        Box::new(Self::new(Decided::denied(permissions, action, resource)))
    }

    /// What was decided, and why.
    pub fn decided(&self) -> &Decided {
        &self.decided
    }

    /// The same, to be kept.
    pub fn into_decided(self) -> Decided {
        self.decided
    }
}

/// AWS's sentence, as it was recorded: with the type of policy and, for an explicit deny of a managed
/// policy, with its ARN.
impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decided = &self.decided;
        let (caller, action, resource) = (decided.caller_arn(), decided.action, &decided.resource);
        write!(f, "User: {caller} is not authorized to perform")?;
        if !resource.has_colon() {
            return write!(f, " {action} on resource: {resource}");
        }
        write!(f, ": {action} on resource: {resource}")?;
        if !resource.is_explained() {
            return Ok(());
        }
        f.write_str(" ")?;
        if decided.outcome != Outcome::ExplicitDeny {
            return write!(f, "because no {} allows the {action} action", name(decided.stage));
        }
        write!(f, "with an explicit deny in {}", with_article(decided.stage))?;
        match decided.statement().and_then(|statement| statement.policy.arn()) {
            Some(arn) => write!(f, ": {arn}"),
            None => Ok(()),
        }
    }
}

impl Error for Denied {}

/// The types of policy, as AWS calls them in its denials.
fn name(stage: PolicyType) -> &'static str {
    match stage {
        PolicyType::Identity => "identity-based policy",
        PolicyType::Boundary => "permissions boundary",
        PolicyType::Session => "session policy",
        PolicyType::Resource => "resource-based policy",
        PolicyType::Trust => "role trust policy",
        PolicyType::ServiceControl => "service control policy",
        PolicyType::ResourceControl => "resource control policy",
    }
}

fn with_article(stage: PolicyType) -> &'static str {
    match stage {
        PolicyType::Identity => "an identity-based policy",
        PolicyType::Boundary => "a permissions boundary",
        // AWS's own spelling.
        PolicyType::Session => "a sessions policy",
        PolicyType::Resource => "a resource-based policy",
        PolicyType::Trust => "the role trust policy",
        PolicyType::ServiceControl => "a service control policy",
        PolicyType::ResourceControl => "a resource control policy",
    }
}
