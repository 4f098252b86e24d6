use std::{
    fmt,
    marker::PhantomData,
    sync::{Arc, LazyLock},
};

use keystead_policy::{
    self as policy, Decision, DocumentKind, Outcome, Policies, Policy, PolicySet, PolicyType, PrincipalKind,
    Request, ResourceRule,
};
use keystead_types::AccessKeyId;

use crate::{
    Authenticated, Circumstances, Decided, Denied, Permissions, Resource, ServiceKeys, TrustPolicy,
    circumstances::RequestKeys,
};

/// What a request does, in IAM's words: `iam:CreateUser`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Action {
    name: &'static str,
}

/// One thing that a request wants to do. A request may want several, and is denied unless each is allowed.
#[derive(Clone, Copy)]
pub struct Wanted<'a> {
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub resource: &'a Resource,
    /// The trust policy of the role that is to be assumed, for what assuming it takes. Then nothing is allowed that
    /// it does not allow, or leave to the policies of the caller's account.
    pub trust: Option<&'a TrustPolicy>,
    /// Whether the account itself lets its users do it. That counts as one more policy of the caller's, which allows
    /// it: boundaries, session policies and every deny hold against it.
    pub is_granted: bool,
    /// The condition keys that belong to it.
    pub keys: &'a dyn ServiceKeys,
    /// The region that the service is in, for `aws:RequestedRegion`.
    pub region: &'a str,
}

/// Proof that the policies let a caller do everything that the operation `O` wants. Only [`decide`]
/// makes one, and a write of that operation asks for it.
pub struct Allowed<O> {
    access_key_id: AccessKeyId,
    decisions: Vec<Decided>,
    operation: PhantomData<fn() -> O>,
}

/// Decides whether the caller may do what is wanted, and all the others that the same request wants.
///
/// # Errors
///
/// The first that is denied.
pub fn decide<O>(
    caller: &Authenticated,
    permissions: &Arc<Permissions>,
    circumstances: &Circumstances,
    wanted: Wanted<'_>,
    others: &[Wanted<'_>],
) -> Result<Allowed<O>, Box<Denied>> {
    let mut decisions = Vec::with_capacity(1 + others.len());
    for wanted in std::iter::once(&wanted).chain(others) {
        let decided = decide_one(permissions, circumstances, wanted);
        if !decided.is_allowed() {
            return Err(Box::new(Denied::new(decided)));
        }
        decisions.push(decided);
    }
    Ok(Allowed {
        access_key_id: caller.access_key_id(),
        decisions,
        operation: PhantomData,
    })
}

fn decide_one(permissions: &Arc<Permissions>, circumstances: &Circumstances, wanted: &Wanted<'_>) -> Decided {
    let principal = permissions.principal();
    let foreign = wanted
        .resource
        .account()
        .filter(|owner| *owner != principal.account);
    let foreign = foreign.map(|owner| owner.to_string());
    let account = permissions.held().account_text();
    let resource_account = foreign.as_deref().unwrap_or(account);
    let keys = RequestKeys {
        permissions,
        circumstances,
        region: wanted.region,
        resource_account,
        service: wanted.keys,
    };
    let request = Request {
        principal: policy::Principal {
            kind: permissions.kind(),
            account,
            arn: &permissions.named().arn,
            unique_id: principal.user().map(|user| user.id.as_str()),
        },
        action: wanted.action.name(),
        resource: wanted.resource.arn(),
        resource_account: Some(resource_account),
        context: &keys,
    };
    let policies = Policies {
        identity: permissions.identity().map(|set| &set.policies),
        boundary: permissions.boundary().map(|set| &set.policies),
        session: permissions.passed().map(|set| &set.policies),
        resource: wanted.trust.map(|trust| &trust.set().policies),
        resource_rule: match wanted.trust {
            Some(_) => ResourceRule::MustAllow,
            None => ResourceRule::Optional,
        },
        ..Policies::default()
    };
    let mut decision = policy::decide(&policies, &request);
    // An explicit deny anywhere has had its say by now.
    if wanted.is_granted && decision.outcome == Outcome::ImplicitDeny {
        let granted = Policies {
            identity: Some(&EVERYTHING),
            ..policies
        };
        let decision = Decision {
            statement: None,
            ..policy::decide(&granted, &request)
        };
        return Decided::new(permissions, wanted, &decision);
    }
    if decision.is_allowed() && wanted.trust.is_some() && !session_allows(permissions, &request) {
        decision.outcome = Outcome::ImplicitDeny;
        decision.stage = PolicyType::Session;
        decision.statement = None;
    }
    Decided::new(permissions, wanted, &decision)
}

/// Whether the policies that were passed for the caller's session let it assume the role. AWS lets a trust policy that
/// names the session stand in for them; here nobody gets rid of such a limit by way of a role that trusts everybody.
fn session_allows(permissions: &Permissions, request: &Request<'_>) -> bool {
    let Some(passed) = permissions.passed() else {
        return true;
    };
    let alone = Policies {
        identity: Some(&passed.policies),
        ..Policies::default()
    };
    let request = Request {
        principal: policy::Principal {
            kind: PrincipalKind::User,
            ..request.principal
        },
        // Whose the role is has been dealt with.
        resource_account: Some(request.principal.account),
        ..*request
    };
    policy::decide(&alone, &request).is_allowed()
}

/// Allows everything; or nothing, if the policy language should ever not know this policy.
static EVERYTHING: LazyLock<PolicySet> = LazyLock::new(|| {
    let document = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let policy = Policy::parse(document, DocumentKind::Inline);
    PolicySet::new(policy.ok().map(Arc::new).into_iter().collect())
});

impl Action {
    /// The action of this name, such as `iam:CreateUser`.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }

    /// The name, service and all.
    pub fn name(self) -> &'static str {
        self.name
    }
}

impl<O> Allowed<O> {
    /// The key that signed the request; a write looks at its status again.
    pub fn access_key_id(&self) -> AccessKeyId {
        self.access_key_id
    }

    /// What was decided, one for each thing that was wanted.
    pub fn into_decisions(self) -> Vec<Decided> {
        self.decisions
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[cfg(test)]
mod tests;
