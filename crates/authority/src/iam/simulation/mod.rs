//! The policy simulator: what the engine that decides every request would answer to one that nobody makes.

mod caller;
mod context;
mod cost;
mod custom;
mod exclusion;
mod principal;
mod result;

use std::sync::Arc;

use keystead_policy::{DocumentKind, Explanation, Policies, Policy, PolicySet, Request, explain};
use keystead_types::Timestamp;
use keystead_wire::{
    ApiError, Operate,
    iam::{ContextEntry, EvaluationResult, OrderedOrganizationPolicyType, SimulatePolicyResponse},
};

use self::{
    caller::Caller,
    context::{Entries, Keys},
    cost::Patterns,
    result::{Evaluated, Findings},
};
use super::{
    context_keys::compile,
    page::{Page, PageRequest},
};
use crate::operation::Scene;

/// What both operations are asked in the same words.
struct Asked<'i> {
    action_names: &'i [String],
    resource_arns: &'i [String],
    policies: &'i [String],
    boundaries: &'i [String],
    organization: &'i [OrderedOrganizationPolicyType],
    resource_policy: Option<&'i str>,
    resource_owner: Option<&'i str>,
    caller_arn: Option<&'i str>,
    context_entries: &'i [ContextEntry],
    max_items: Option<i32>,
    marker: Option<&'i str>,
}

/// Policies of one type that take part, with what results call them.
#[derive(Default)]
struct Sources {
    policies: Vec<Arc<Policy>>,
    names: Vec<String>,
    patterns: Patterns,
}

/// A simulation, ready to be asked about actions.
struct Simulation<'i> {
    resources: Vec<&'i str>,
    /// Whether resources were named, and so have results of their own.
    has_resources: bool,
    identity: Named,
    boundary: Option<Named>,
    resource_policy: Option<Named>,
    organization: Vec<PolicySet>,
    caller: Caller,
    entries: Entries<'i>,
    /// The account of resources whose ARNs name none.
    owner: Option<&'i str>,
    now: Timestamp,
    patterns: Patterns,
}

/// A policy set whose policies have names.
struct Named {
    set: PolicySet,
    names: Vec<String>,
}

/// Runs a simulation and answers with a page of its results, one for each action.
///
/// `own` and `boundary` are the principal's, if one is simulated; policies of the request come on top, and a
/// boundary of the request takes the principal's place.
fn simulate<O: Operate>(
    asked: &Asked<'_>,
    own: Sources,
    boundary: Option<Sources>,
    caller: Caller,
    scene: &Scene,
) -> Result<SimulatePolicyResponse, ApiError> {
    let filters: Vec<&str> = asked.action_names.iter().map(String::as_str).collect();
    let page = PageRequest::of::<O>(scene, &filters, asked.marker, asked.max_items)?;
    let simulation = Simulation::new(asked, own, boundary, caller, scene.context.now)?;
    let mut done: usize = page.after.parse().unwrap_or_default();
    let mut left = simulation.actions_per_page()?.min(page.entries_max as usize);
    let mut findings = Findings::default();
    let mut results = Vec::new();
    for action in asked.action_names.iter().skip(done) {
        if left == 0 || findings.fill_a_page() {
            break;
        }
        results.push(simulation.evaluate(action, &mut findings)?);
        left -= 1;
        done += 1;
    }
    let more = done < asked.action_names.len();
    let Page { marker, is_truncated } = page.end(more.then(|| done.to_string()));
    Ok(SimulatePolicyResponse {
        evaluation_results: Some(results),
        is_truncated,
        marker,
    })
}

impl Sources {
    fn push(&mut self, name: String, policy: Arc<Policy>, document: &str) {
        self.policies.push(policy);
        self.names.push(name);
        self.patterns.add(Patterns::of(document));
    }

    /// Policies of the request.
    fn add_given(&mut self, list: &str, documents: &[String]) -> Result<(), ApiError> {
        let compiled = compile(list, documents)?.into_iter().zip(documents);
        for (index, (policy, document)) in compiled.enumerate() {
            self.push(format!("{list}.{}", index + 1), policy, document);
        }
        Ok(())
    }
}

impl From<Sources> for Named {
    fn from(sources: Sources) -> Self {
        Self {
            set: PolicySet::new(sources.policies),
            names: sources.names,
        }
    }
}

impl<'i> Simulation<'i> {
    fn new(
        asked: &Asked<'i>,
        mut own: Sources,
        boundary: Option<Sources>,
        caller: Caller,
        now: Timestamp,
    ) -> Result<Self, ApiError> {
        let resources = resources(asked.resource_arns)?;
        if asked.action_names.iter().any(|action| !action.contains(':')) {
            return Err(ApiError::simulated_action_unfit());
        }
        let entries = Entries::read(asked.context_entries)?;
        own.add_given("PolicyInputList", asked.policies)?;
        let boundary = match asked.boundaries {
            [] => boundary,
            [_] => {
                let mut given = Sources::default();
                given.add_given("PermissionsBoundaryPolicyInputList", asked.boundaries)?;
                Some(given)
            }
            _ => return Err(ApiError::too_many_boundaries()),
        };
        let owner = asked.resource_owner.map(account_of).transpose()?;
        let resource_policy = resource_policy(asked, &caller, &resources)?;
        let (organization, mut patterns) = organization(asked.organization)?;
        patterns.add(own.patterns);
        patterns.add(
            boundary
                .as_ref()
                .map(|boundary| boundary.patterns)
                .unwrap_or_default(),
        );
        patterns.add(asked.resource_policy.map(Patterns::of).unwrap_or_default());
        Ok(Self {
            has_resources: resources != ["*"],
            resources,
            identity: own.into(),
            boundary: boundary.map(Named::from),
            resource_policy,
            organization,
            caller,
            entries,
            owner,
            now,
            patterns,
        })
    }

    /// How many actions one page can afford.
    fn actions_per_page(&self) -> Result<usize, ApiError> {
        let values = self.entries.texts().chain(self.caller.texts());
        match cost::actions_per_page(cost::of_action(self.patterns, &self.resources, values)) {
            0 => Err(ApiError::simulation_too_large()),
            actions => Ok(actions),
        }
    }

    fn evaluate(&self, action: &str, findings: &mut Findings) -> Result<EvaluationResult, ApiError> {
        let mut evaluated = Vec::with_capacity(self.resources.len());
        for resource in &self.resources {
            let one = self.ask(action, resource);
            findings.count(&one)?;
            evaluated.push(one);
        }
        Ok(self.result(action, &evaluated))
    }

    fn ask(&self, action: &str, resource: &str) -> Evaluated {
        let owner = account_in(resource).or(self.owner);
        let owner = owner.unwrap_or(&self.caller.account);
        let keys = Keys {
            entries: &self.entries,
            caller: &self.caller,
            now: self.now,
            resource_account: owner,
            of_iam: action
                .get(..4)
                .is_some_and(|service| service.eq_ignore_ascii_case("iam:")),
        };
        // Whose a resource is matters to a caller who is somebody.
        let judged = if self.caller.arn.is_some() {
            owner
        } else {
            &self.caller.account
        };
        let request = Request {
            principal: self.caller.principal(),
            action,
            resource,
            resource_account: Some(judged),
            context: &keys,
        };
        let levels: Vec<&PolicySet> = self.organization.iter().collect();
        let policies = Policies {
            identity: Some(&self.identity.set),
            boundary: self.boundary.as_ref().map(|boundary| &boundary.set),
            resource: self.resource_policy.as_ref().map(|policy| &policy.set),
            service_control: &levels,
            ..Policies::default()
        };
        let Explanation {
            decision,
            matched,
            missing,
            outcomes,
        } = explain(&policies, &request);
        Evaluated::new(
            decision.outcome,
            &matched,
            &missing,
            &outcomes,
            judged != self.caller.account,
        )
    }
}

/// The resources that were named; `*` alone stands for none.
fn resources(given: &[String]) -> Result<Vec<&str>, ApiError> {
    if given.is_empty() {
        return Ok(vec!["*"]);
    }
    let is_fit = |resource: &str| {
        let mut parts = resource.splitn(6, ':');
        let mut next = || parts.next().unwrap_or_default();
        let (arn, partition, service) = (next(), next(), next());
        let (_, _, rest) = (next(), next(), next());
        arn == "arn" && !partition.is_empty() && !service.is_empty() && !rest.is_empty()
    };
    for resource in given {
        let is_everything = resource == "*" && given.len() == 1;
        if !is_everything && !is_fit(resource) {
            return Err(ApiError::simulated_resource_unfit(resource));
        }
    }
    Ok(given.iter().map(String::as_str).collect())
}

fn resource_policy(
    asked: &Asked<'_>,
    caller: &Caller,
    resources: &[&str],
) -> Result<Option<Named>, ApiError> {
    let Some(document) = asked.resource_policy else {
        return Ok(None);
    };
    if caller.arn.is_none() {
        return Err(ApiError::simulated_caller_missing());
    }
    // It is the policy of something.
    if resources == ["*"] {
        return Err(ApiError::not_an_entity_arn("*"));
    }
    let policy = Policy::parse(document, DocumentKind::Resource).map_err(|malformed| {
        ApiError::malformed_simulated_policy("ResourcePolicy", &malformed.to_string())
    })?;
    let mut sources = Sources::default();
    sources.push("ResourcePolicy".to_owned(), Arc::new(policy), document);
    Ok(Some(sources.into()))
}

/// The levels of an organization, from its root down, and what there is of them.
fn organization(levels: &[OrderedOrganizationPolicyType]) -> Result<(Vec<PolicySet>, Patterns), ApiError> {
    let mut patterns = Patterns::default();
    let mut sets = Vec::with_capacity(levels.len());
    for (index, level) in levels.iter().enumerate() {
        let documents = level
            .service_control_policy_input_list
            .as_deref()
            .unwrap_or_default();
        if documents.is_empty() {
            return Err(ApiError::organization_level_empty(index + 1));
        }
        for document in documents {
            patterns.add(Patterns::of(document));
        }
        let policies = compile("ServiceControlPolicyInputList", documents)?;
        sets.push(PolicySet::new(policies));
    }
    Ok((sets, patterns))
}

/// The account of `arn:aws:iam::ACCOUNT:root`, or of another ARN of IAM.
fn account_of(arn: &str) -> Result<&str, ApiError> {
    let is_of_iam = arn.starts_with("arn:aws:iam::");
    account_in(arn)
        .filter(|_| is_of_iam)
        .ok_or_else(ApiError::resource_owner_unfit)
}

/// The account that an ARN names.
fn account_in(arn: &str) -> Option<&str> {
    let is_account =
        |account: &&str| account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    arn.split(':').nth(4).filter(is_account)
}
