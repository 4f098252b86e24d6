//! How the policies of all types combine: the one place that knows.
//!
//! **Explicit denies first.** A matching `Deny` in any policy that applies denies, whatever allows. (Identity policies and
//! boundaries do not apply to a root user; see below.)
//!
//! **Then every policy type that has a say must allow**, in this order; the first that does not is named:
//!
//! | type | has a say |
//! |---|---|
//! | resource control policies | each level given |
//! | service control policies | each level given |
//! | resource policy | caller of another account, caller without an account, or [`ResourceRule::MustAllow`] |
//! | identity policies | callers with an account, except root |
//! | permissions boundary | if given, except for root |
//! | session policies | if given; a federated user's session without any is allowed nothing |
//!
//! **What an `Allow` of the resource's policy replaces, in the caller's own account**, depends on whom it names:
//!
//! | named | caller | identity policies | boundary | session policies |
//! |---|---|---|---|---|
//! | the user (ARN or id) | the user | replaced | replaced | must allow, if given |
//! | the session's ARN | a session of a role, a federated user's session | replaced | replaced | replaced |
//! | the role (ARN or id) | a session of it | replaced | must allow | must allow |
//! | the user (ARN or id) | a federated session of the user | replaced | must allow | must allow |
//! | the account | anyone in it | must allow | must allow | must allow |
//! | `*` | anyone | as if the caller itself were named | | |
//!
//! **Across accounts** it replaces nothing: the resource's policy must allow or delegate, and the caller's policies must allow.
//!
//! **Root** has every permission of its account's identity policies, and no boundary. What denies it is a resource policy or a
//! control policy, and it needs a resource policy that must allow as everyone does.
//!
//! **Callers without an account** (services, holders of a provider's token, the anonymous) are allowed by the resource's policy
//! or not at all.
//!
//! Nothing that applies means an implicit deny. There is no mode in which only denies count.

use crate::decision::{Decision, MissingKeys, Outcome, PolicyType, StatementRef};
use crate::evaluate::{Grant, Holder, Question, Verdict};
use crate::keys::Missing;
use crate::principal::Reach;
use crate::request::{PrincipalKind, Request};
use crate::resource::RequestedResource;
use crate::set::{Place, PolicySet};

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

/// Decides. Allocates nothing and never panics. Takes at most time in patterns × text, a pattern of 2,000 `*` included.
pub fn decide<'p>(policies: &Policies<'p>, request: &Request<'_>) -> Decision<'p> {
    let mut missing = MissingKeys::default();
    let (outcome, stage, statement) = Case::new(policies, request).decide(&mut missing);
    Decision {
        outcome,
        stage,
        statement,
        missing,
    }
}

type Answer = (Outcome, PolicyType, Option<StatementRef>);

/// One request under the policies that apply to it.
pub(crate) struct Case<'c, 'p> {
    policies: &'c Policies<'p>,
    question: Question<'c>,
    caller: Caller,
    same_account: bool,
}

/// The caller as far as the table tells callers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    /// All of the account's permissions, without identity policies.
    Root,
    User,
    RoleSession,
    /// Of a user, or of root.
    FederatedSession {
        of_root: bool,
    },
    WithoutAccount,
}

impl<'c, 'p> Case<'c, 'p> {
    pub(crate) fn new(policies: &'c Policies<'p>, request: &'c Request<'c>) -> Self {
        let caller = Caller::of(request);
        let bounded = policies.boundary.is_some() && caller != Caller::Root;
        let question = Question::new(request, bounded);
        Self {
            policies,
            question,
            caller,
            same_account: is_same_account(request, question.resource),
        }
    }

    /// The sets that apply, in the order in which denies and missing permissions are named.
    pub(crate) fn sets(&self) -> impl Iterator<Item = (PolicyType, usize, &'p PolicySet)> {
        let of = |policy_type, sets: &'p [&'p PolicySet]| {
            sets.iter()
                .enumerate()
                .map(move |(level, set)| (policy_type, level, *set))
        };
        let one = |policy_type, set: Option<&'p PolicySet>| set.map(|set| (policy_type, 0, set));
        let (identity, boundary) = match self.caller {
            Caller::Root => (None, None),
            _ => (self.policies.identity, self.policies.boundary),
        };
        of(PolicyType::ResourceControl, self.policies.resource_control)
            .chain(of(PolicyType::ServiceControl, self.policies.service_control))
            .chain(one(self.resource_type(), self.policies.resource))
            .chain(one(PolicyType::Identity, identity))
            .chain(one(PolicyType::Boundary, boundary))
            .chain(one(PolicyType::Session, self.policies.session))
    }

    pub(crate) fn question(&self) -> Question<'c> {
        self.question
    }

    fn decide<M: Missing<'p>>(&self, missing: &mut M) -> Answer {
        let mut found = Found::default();
        let mut unmet = None;
        for (policy_type, level, set) in self.sets() {
            let verdict = self.question.ask(set, holder(policy_type), missing);
            if let Some(at) = verdict.deny {
                let statement = reference(policy_type, level, at);
                return (Outcome::ExplicitDeny, policy_type, Some(statement));
            }
            match policy_type {
                PolicyType::ResourceControl | PolicyType::ServiceControl => {
                    if verdict.allow.is_none() {
                        unmet = unmet.or(Some(policy_type));
                    }
                }
                PolicyType::Resource | PolicyType::Trust => found.resource = verdict,
                PolicyType::Identity => found.identity = verdict,
                PolicyType::Boundary => found.boundary = Some(verdict),
                PolicyType::Session => found.session = Some(verdict),
            }
        }
        match unmet.or_else(|| self.unmet(&found)) {
            Some(stage) => (Outcome::ImplicitDeny, stage, None),
            None => self.allowed_by(&found),
        }
    }

    /// The first policy type that has a say and does not allow. Denies have been dealt with.
    fn unmet(&self, found: &Found) -> Option<PolicyType> {
        let reach = found.resource.allow.map(|grant| grant.reach);
        let needs_resource = !self.same_account
            || self.caller == Caller::WithoutAccount
            || self.policies.resource_rule == ResourceRule::MustAllow;
        if needs_resource && reach.is_none() {
            return Some(self.resource_type());
        }
        let replaced = self.replaced_by(reach);
        let allows = |verdict: &Verdict| verdict.allow.is_some();
        let needs_identity = match self.caller {
            Caller::Root | Caller::WithoutAccount | Caller::FederatedSession { of_root: true } => false,
            Caller::User | Caller::RoleSession | Caller::FederatedSession { of_root: false } => {
                !replaced.identity
            }
        };
        if needs_identity && !allows(&found.identity) {
            return Some(PolicyType::Identity);
        }
        if !replaced.boundary && found.boundary.as_ref().is_some_and(|verdict| !allows(verdict)) {
            return Some(PolicyType::Boundary);
        }
        let session_allows = match &found.session {
            Some(verdict) => allows(verdict),
            None => !matches!(self.caller, Caller::FederatedSession { .. }),
        };
        (!replaced.session && !session_allows).then_some(PolicyType::Session)
    }

    /// The second table.
    fn replaced_by(&self, reach: Option<Reach>) -> Replaced {
        let reach = reach.filter(|_| self.same_account);
        let is_session = matches!(self.caller, Caller::RoleSession | Caller::FederatedSession { .. });
        Replaced {
            identity: reach >= Some(Reach::Parent),
            boundary: reach == Some(Reach::Caller),
            session: reach == Some(Reach::Caller) && is_session,
        }
    }

    /// The statement that an allowed request owes its permission to: the resource policy's where it suffices.
    fn allowed_by(&self, found: &Found) -> Answer {
        let resource = found.resource.allow.map(|grant| (self.resource_type(), grant));
        let sufficient = resource.filter(|(_, grant)| {
            self.caller == Caller::WithoutAccount
                || (self.caller != Caller::Root && self.replaced_by(Some(grant.reach)).identity)
        });
        let identity = found.identity.allow.map(|grant| (PolicyType::Identity, grant));
        let (stage, grant) = match sufficient.or(identity) {
            Some((stage, grant)) => (stage, Some(grant)),
            None => (PolicyType::Identity, None),
        };
        let statement = grant.map(|Grant { statement, .. }| reference(stage, 0, statement));
        (Outcome::Allowed, stage, statement)
    }

    fn resource_type(&self) -> PolicyType {
        let must_allow = self.policies.resource_rule == ResourceRule::MustAllow;
        let of_sts = self.question.action.service.eq_ignore_ascii_case("sts");
        match must_allow && of_sts {
            true => PolicyType::Trust,
            false => PolicyType::Resource,
        }
    }
}

/// What the sets say that are not control policies.
#[derive(Default)]
struct Found {
    resource: Verdict,
    identity: Verdict,
    boundary: Option<Verdict>,
    session: Option<Verdict>,
}

/// Which policy types need not allow because the resource's policy does.
struct Replaced {
    identity: bool,
    boundary: bool,
    session: bool,
}

impl Caller {
    fn of(request: &Request<'_>) -> Self {
        match request.principal.kind {
            PrincipalKind::Root => Self::Root,
            PrincipalKind::User => Self::User,
            PrincipalKind::RoleSession { .. } => Self::RoleSession,
            PrincipalKind::FederatedUser { user_arn, .. } => Self::FederatedSession {
                of_root: user_arn.ends_with(":root"),
            },
            PrincipalKind::Service { .. } | PrincipalKind::Federated { .. } | PrincipalKind::Anonymous => {
                Self::WithoutAccount
            }
        }
    }
}

pub(crate) fn holder(policy_type: PolicyType) -> Holder {
    match policy_type {
        PolicyType::Resource | PolicyType::Trust => Holder::Resource,
        PolicyType::Identity
        | PolicyType::Boundary
        | PolicyType::Session
        | PolicyType::ServiceControl
        | PolicyType::ResourceControl => Holder::Caller,
    }
}

pub(crate) fn reference(policy_type: PolicyType, level: usize, at: Place) -> StatementRef {
    StatementRef {
        policy_type,
        level,
        policy: at.policy as usize,
        statement: at.statement as usize,
    }
}

/// A caller without an account is in nobody's. A resource that names no account (`*`, an S3 bucket) is the caller's, unless the
/// request says whose it is.
fn is_same_account(request: &Request<'_>, resource: RequestedResource<'_>) -> bool {
    let caller = request.principal.account;
    let is_number = |account: &&str| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let owner = request
        .resource_account
        .or_else(|| resource.account.filter(is_number));
    !caller.is_empty() && owner.is_none_or(|owner| owner == caller)
}

#[cfg(test)]
mod tests;
