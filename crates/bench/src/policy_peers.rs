//! Two policy engines of others, for the comparison in process: Cedar with policies that say the same, and iam-rs with the same
//! documents.

use std::{
    collections::{HashMap, HashSet},
    fmt::Write as _,
    hint::black_box,
    time::Duration,
};

use cedar_policy::{
    Authorizer, Context, Entities, Entity, EntityUid, PolicySet, Request, RestrictedExpression,
};
use iam_rs::{Arn, Context as IamContext, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId};

use crate::{
    Result, machine,
    policy_sets::{self, ADDRESS, Asked, FILLERS, SERVICES, USER_ARN, USER_NAME},
};

/// The five statements in Cedar. Actions that share a prefix are a group. What `${aws:username}` compares is an attribute of the
/// resource, for patterns in Cedar are literal.
const TYPICAL: &str = r#"
forbid (principal, action in [Action::"iam:DeleteUser", Action::"s3:DeleteBucket"], resource)
when { context has mfa && !context.mfa };
permit (principal == User::"alice", action in [Action::"iam:GetAccountSummary", Action::"iam:ListUsers"], resource);
permit (principal == User::"alice", action in [Action::"s3:GetObject", Action::"s3:ListBucket"], resource)
when { resource.arn == "arn:aws:s3:::reports" || resource.arn like "arn:aws:s3:::reports/*" };
permit (principal == User::"alice", action in [Action::"iam:CreateAccessKey", Action::"iam:DeleteAccessKey",
    Action::"iam:ListAccessKeys", Action::"iam:UpdateAccessKey"], resource)
when { resource.arn like "arn:aws:iam::*:user/*" && resource.owner == principal.name };
permit (principal == User::"alice", action in Action::"s3:", resource)
when { resource.arn like "arn:aws:s3:::home/*" && resource.owner == principal.name
    && context.secure && context.ip.isInRange(ip("203.0.113.0/24")) };
"#;

/// Cedar with everything prepared that a server can keep.
pub(crate) struct Cedar {
    authorizer: Authorizer,
    policies: PolicySet,
    entities: Entities,
    request: Request,
}

impl Cedar {
    pub(crate) fn new(asked: &Asked, is_large: bool) -> Result<Self> {
        let mut text = String::new();
        for number in (0..FILLERS).filter(|_| is_large) {
            let (service, team) = policy_sets::filler_of(number);
            writeln!(
                text,
                r#"permit (principal == User::"alice", action in [Action::"{service}:Get", Action::"{service}:List"], resource)
when {{ resource.arn like "arn:aws:{service}:*team-{team}/*" }};"#
            )?;
        }
        text.push_str(TYPICAL);
        let (principal, action, resource): (EntityUid, EntityUid, EntityUid) = (
            r#"User::"alice""#.parse()?,
            format!("Action::{:?}", asked.action).parse()?,
            r#"Resource::"it""#.parse()?,
        );
        let string = |value: &str| RestrictedExpression::new_string(value.to_owned());
        let name = HashMap::from([("name".to_owned(), string(USER_NAME))]);
        let of_resource = HashMap::from([
            ("arn".to_owned(), string(asked.resource)),
            ("owner".to_owned(), string(USER_NAME)),
        ]);
        let entities = [
            Entity::new(principal.clone(), name, HashSet::new())?,
            Entity::new(action.clone(), HashMap::new(), groups(asked.action)?)?,
            Entity::new(resource.clone(), of_resource, HashSet::new())?,
        ];
        let [a, b, c, d] = ADDRESS;
        let context = Context::from_pairs([
            ("mfa".to_owned(), RestrictedExpression::new_bool(true)),
            ("secure".to_owned(), RestrictedExpression::new_bool(true)),
            (
                "ip".to_owned(),
                RestrictedExpression::new_ip(format!("{a}.{b}.{c}.{d}")),
            ),
        ])?;
        let cedar = Self {
            authorizer: Authorizer::new(),
            policies: text.parse()?,
            entities: Entities::from_entities(entities, None)?,
            request: Request::new(principal, action, resource, context, None)?,
        };
        if cedar.is_allowed() == asked.is_allowed {
            Ok(cedar)
        } else {
            Err(format!("cedar decides {} wrongly", asked.name).into())
        }
    }

    /// Processor time of so many decisions.
    pub(crate) fn decide(&self, count: usize) -> Result<Duration> {
        let begin = machine::thread_time();
        for _ in 0..count {
            black_box(black_box(self).is_allowed());
        }
        Ok(machine::thread_time() - begin)
    }

    fn is_allowed(&self) -> bool {
        let response = self
            .authorizer
            .is_authorized(&self.request, &self.policies, &self.entities);
        response.decision() == cedar_policy::Decision::Allow
    }
}

/// The groups that an action is in: its service's, and those of `Get*` and `List*`.
fn groups(action: &str) -> Result<HashSet<EntityUid>> {
    let service = SERVICES
        .iter()
        .find(|service| action.starts_with(&format!("{service}:")));
    let service = service.ok_or("an action of no service")?;
    let prefixes = ["", "Get", "List"].map(|prefix| format!("{service}:{prefix}"));
    let of_action = prefixes
        .iter()
        .filter(|prefix| action.starts_with(prefix.as_str()));
    of_action
        .map(|prefix| Ok(format!("Action::{prefix:?}").parse()?))
        .collect()
}

/// iam-rs with documents parsed and a request made ready.
pub(crate) struct IamRs {
    evaluator: PolicyEvaluator,
    request: IAMRequest,
}

impl IamRs {
    pub(crate) fn new(asked: &Asked, is_large: bool) -> Result<Self> {
        let documents = if is_large {
            policy_sets::large()
        } else {
            policy_sets::typical()
        };
        let policies = documents.iter().map(|document| IAMPolicy::from_json(document));
        let principal = Principal::Aws(PrincipalId::String(USER_ARN.to_owned()));
        let resource = Arn::parse(asked.resource).map_err(|error| error.to_string())?;
        let [a, b, c, d] = ADDRESS;
        let context = IamContext::new()
            .with_string("aws:username", USER_NAME)
            .with_string("aws:SourceIp", format!("{a}.{b}.{c}.{d}"))
            .with_boolean("aws:SecureTransport", true)
            .with_boolean("aws:MultiFactorAuthPresent", true);
        let iam_rs = Self {
            evaluator: PolicyEvaluator::with_policies(policies.collect::<std::result::Result<_, _>>()?),
            request: IAMRequest::new_with_context(principal, asked.action, resource, context),
        };
        if iam_rs.is_allowed()? == asked.is_allowed {
            Ok(iam_rs)
        } else {
            Err(format!("iam-rs decides {} wrongly", asked.name).into())
        }
    }

    /// Processor time of so many decisions.
    pub(crate) fn decide(&self, count: usize) -> Result<Duration> {
        let begin = machine::thread_time();
        for _ in 0..count {
            black_box(black_box(self).is_allowed()?);
        }
        Ok(machine::thread_time() - begin)
    }

    fn is_allowed(&self) -> Result<bool> {
        let result = self
            .evaluator
            .evaluate(&self.request)
            .map_err(|error| error.to_string())?;
        Ok(result.decision == iam_rs::Decision::Allow)
    }
}
