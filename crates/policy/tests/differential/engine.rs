//! The library, asked what a case asks.

use std::{net::IpAddr, sync::Arc};

use keystead_policy::{
    Context, DocumentKind, Effect, Key, MatchedStatement, Policies, Policy, PolicySet, PolicyType, Principal,
    PrincipalKind, Request, ResourceRule, StatementRef, Value, decide, explain,
};
use serde_json::Value as Json;

use crate::case::{Case, Held, Matched, Verdict, Who};

/// A decision of the library in the words of the corpus.
pub(crate) struct Answer {
    pub(crate) verdict: Verdict,
    /// The Sid of the statement that decided.
    pub(crate) sid: Option<String>,
    pub(crate) has_statement: bool,
    /// Every key that was asked for and absent, in lower case, sorted.
    pub(crate) missing: Vec<String>,
    pub(crate) matched: Vec<Matched>,
}

pub(crate) fn answer(case: &Case) -> Answer {
    Compiled::of(case).answer(case)
}

/// The policies of a case, compiled.
struct Compiled {
    identity: Option<PolicySet>,
    boundary: Option<PolicySet>,
    session: Option<PolicySet>,
    resource: Option<PolicySet>,
    service_control: Vec<PolicySet>,
    resource_control: Vec<PolicySet>,
}

impl Compiled {
    fn of(case: &Case) -> Self {
        let one = |set: &Option<Vec<Json>>, kind| set.as_ref().map(|set| compile(set, kind));
        let several = |sets: &[Vec<Json>], kind| sets.iter().map(|set| compile(set, kind)).collect();
        let resource = if case.is_trust {
            DocumentKind::Trust
        } else {
            DocumentKind::Resource
        };
        Self {
            identity: one(&case.identity, DocumentKind::Inline),
            boundary: one(&case.boundary, DocumentKind::Managed),
            session: one(&case.session, DocumentKind::Session),
            resource: one(&case.resource, resource),
            service_control: several(&case.service_control, DocumentKind::Managed),
            resource_control: several(&case.resource_control, DocumentKind::Resource),
        }
    }

    fn answer(&self, case: &Case) -> Answer {
        let (service_control, resource_control): (Vec<_>, Vec<_>) = (
            self.service_control.iter().collect(),
            self.resource_control.iter().collect(),
        );
        let policies = Policies {
            identity: self.identity.as_ref(),
            boundary: self.boundary.as_ref(),
            session: self.session.as_ref(),
            resource: self.resource.as_ref(),
            resource_rule: if case.must_allow {
                ResourceRule::MustAllow
            } else {
                ResourceRule::Optional
            },
            service_control: &service_control,
            resource_control: &resource_control,
        };
        let context = TestContext::of(&case.context);
        let request = Request {
            principal: principal(&case.who),
            action: &case.action,
            resource: &case.resource_arn,
            resource_account: case.resource_account.as_deref(),
            context: &context,
        };
        let decision = decide(&policies, &request);
        let explanation = explain(&policies, &request);
        assert_eq!(explanation.decision, decision, "{case:#?}");
        let mut missing: Vec<String> = explanation.missing.iter().map(|key| key.to_lowercase()).collect();
        missing.sort();
        Answer {
            verdict: Verdict {
                outcome: decision.outcome.as_str(),
                by: name(decision.stage),
            },
            sid: decision.statement.and_then(|statement| self.sid(statement)),
            has_statement: decision.statement.is_some(),
            missing,
            matched: explanation.matched.iter().map(matched).collect(),
        }
    }

    fn sid(&self, statement: StatementRef) -> Option<String> {
        let set = match statement.policy_type {
            PolicyType::Identity => self.identity.as_ref().unwrap(),
            PolicyType::Boundary => self.boundary.as_ref().unwrap(),
            PolicyType::Session => self.session.as_ref().unwrap(),
            PolicyType::Resource | PolicyType::Trust => self.resource.as_ref().unwrap(),
            PolicyType::ServiceControl => &self.service_control[statement.level],
            PolicyType::ResourceControl => &self.resource_control[statement.level],
        };
        let statements = set.policies()[statement.policy].statements();
        statements[statement.statement].sid().map(str::to_owned)
    }
}

fn compile(set: &[Json], kind: DocumentKind) -> PolicySet {
    let policy = |document: &Json| match Policy::parse(&document.to_string(), kind) {
        Ok(policy) => Arc::new(policy),
        Err(error) => panic!("{error} ({:?}): {document}", error.check()),
    };
    PolicySet::new(set.iter().map(policy).collect())
}

fn principal(who: &Who) -> Principal<'_> {
    let (kind, account, arn, unique_id) = match who {
        Who::Root { account, arn } => (PrincipalKind::Root, account.as_str(), arn.as_str(), None),
        Who::User { account, arn, id } => (
            PrincipalKind::User,
            account.as_str(),
            arn.as_str(),
            Some(id.as_str()),
        ),
        Who::RoleSession {
            account,
            arn,
            role,
            role_id,
        } => {
            let kind = PrincipalKind::RoleSession {
                role_arn: role,
                role_id,
            };
            (kind, account.as_str(), arn.as_str(), None)
        }
        Who::FederatedUser {
            account,
            arn,
            user,
            user_id,
        } => {
            let kind = PrincipalKind::FederatedUser {
                user_arn: user,
                user_id,
            };
            (kind, account.as_str(), arn.as_str(), None)
        }
        Who::Service { name } => (PrincipalKind::Service { name }, "", "", None),
        Who::Federated { provider } => (PrincipalKind::Federated { provider }, "", "", None),
        Who::Anonymous => (PrincipalKind::Anonymous, "", "", None),
    };
    Principal {
        kind,
        account,
        arn,
        unique_id,
    }
}

fn matched(matched: &MatchedStatement) -> Matched {
    let StatementRef {
        policy_type,
        level,
        policy,
        statement,
    } = matched.statement;
    (
        name(policy_type),
        level,
        policy,
        statement,
        matched.effect == Effect::Allow,
    )
}

fn name(stage: PolicyType) -> &'static str {
    match stage {
        PolicyType::Identity => "identity",
        PolicyType::Boundary => "boundary",
        PolicyType::Session => "session",
        PolicyType::Resource => "resource",
        PolicyType::Trust => "trust",
        PolicyType::ServiceControl => "serviceControl",
        PolicyType::ResourceControl => "resourceControl",
    }
}

/// The context of a case: its names in lower case, its lists as slices.
struct TestContext<'c> {
    values: Vec<(String, &'c Held, Vec<&'c str>)>,
}

impl<'c> TestContext<'c> {
    fn of(context: &'c [(String, Held)]) -> Self {
        let value = |(name, held): &'c (String, Held)| {
            let items = match held {
                Held::List(items) => items.iter().map(String::as_str).collect(),
                _ => Vec::new(),
            };
            (name.to_ascii_lowercase(), held, items)
        };
        Self {
            values: context.iter().map(value).collect(),
        }
    }
}

impl Context for TestContext<'_> {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        let (_, held, items) = self.values.iter().find(|(name, ..)| name == key.as_str())?;
        Some(match held {
            Held::Text(text) => Value::Text(text),
            Held::Bool(value) => Value::Bool(*value),
            Held::Integer(value) => Value::Integer(*value),
            Held::Date(seconds) => Value::Date(*seconds),
            Held::Address(address) => Value::Address(address.parse::<IpAddr>().unwrap()),
            Held::List(_) => Value::List(items),
        })
    }
}
