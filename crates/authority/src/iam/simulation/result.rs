use std::collections::{BTreeMap, BTreeSet};

use keystead_policy::{Effect, MatchedStatement, Outcome, PolicyType, StatementRef, TypeOutcome};
use keystead_types::limits;
use keystead_wire::{
    ApiError,
    iam::{
        EvaluationResult, OrganizationsDecisionDetail, PermissionsBoundaryDecisionDetail, Position,
        ResourceSpecificResult, Statement,
    },
};

use super::{Named, Simulation};

/// What a page lists so far, which bounds it.
#[derive(Default)]
pub(super) struct Findings(usize);

/// The answer about one action on one resource.
pub(super) struct Evaluated {
    outcome: Outcome,
    /// The statements that made it so; none for an implicit deny.
    statements: Vec<StatementRef>,
    missing: Vec<String>,
    /// What each policy type says on its own.
    outcomes: BTreeMap<PolicyType, Outcome>,
    is_cross_account: bool,
}

impl Findings {
    pub(super) fn fill_a_page(&self) -> bool {
        self.0 >= limits::SIMULATION_FINDINGS_MAX
    }

    /// Counts what an answer lists. A single action may not list more than two pages hold.
    pub(super) fn count(&mut self, evaluated: &Evaluated) -> Result<(), ApiError> {
        self.0 += evaluated.statements.len() + evaluated.missing.len();
        if self.0 > 2 * limits::SIMULATION_FINDINGS_MAX {
            return Err(ApiError::simulation_too_large());
        }
        Ok(())
    }
}

impl Evaluated {
    pub(super) fn new(
        outcome: Outcome,
        matched: &[MatchedStatement],
        missing: &[&str],
        outcomes: &[TypeOutcome],
        is_cross_account: bool,
    ) -> Self {
        let decides = |found: &&MatchedStatement| match (outcome, found.effect) {
            // What a boundary allows grants nothing.
            (Outcome::Allowed, Effect::Allow) => {
                matches!(
                    found.statement.policy_type,
                    PolicyType::Identity | PolicyType::Resource
                )
            }
            (Outcome::ExplicitDeny, Effect::Deny) => true,
            _ => false,
        };
        let mut by_type = BTreeMap::new();
        for found in outcomes {
            let so_far = by_type.entry(found.policy_type).or_insert(found.outcome);
            *so_far = stricter(*so_far, found.outcome);
        }
        Self {
            outcome,
            statements: matched
                .iter()
                .filter(decides)
                .map(|found| found.statement)
                .collect(),
            missing: missing.iter().map(|key| (*key).to_owned()).collect(),
            outcomes: by_type,
            is_cross_account,
        }
    }
}

impl Simulation<'_> {
    /// The result of an action: for all resources together the strictest answer, and each resource's own.
    pub(super) fn result(&self, action: &str, evaluated: &[Evaluated]) -> EvaluationResult {
        let answers = evaluated.iter().map(|one| one.outcome);
        let outcome = answers.reduce(stricter).unwrap_or(Outcome::ImplicitDeny);
        let deciding = evaluated.iter().filter(|one| one.outcome == outcome);
        let statements: BTreeMap<_, _> = deciding.flat_map(|one| &one.statements).map(in_order).collect();
        let missing: BTreeSet<&String> = evaluated.iter().flat_map(|one| &one.missing).collect();
        let mut outcomes = BTreeMap::new();
        for (policy_type, one) in evaluated.iter().flat_map(|one| &one.outcomes) {
            let so_far = outcomes.entry(*policy_type).or_insert(*one);
            *so_far = stricter(*so_far, *one);
        }
        let is_cross_account = evaluated.iter().any(|one| one.is_cross_account);
        let details = self.details(is_cross_account, &outcomes);
        let named = match self.resources.as_slice() {
            [one] => one,
            _ => "*",
        };
        EvaluationResult {
            eval_action_name: action.to_owned(),
            eval_resource_name: Some(named.to_owned()),
            eval_decision: outcome.as_str().to_owned(),
            matched_statements: Some(
                statements
                    .values()
                    .filter_map(|found| self.statement(found))
                    .collect(),
            ),
            missing_context_values: Some(missing.into_iter().cloned().collect()),
            organizations_decision_detail: outcomes.get(&PolicyType::ServiceControl).map(|outcome| {
                OrganizationsDecisionDetail {
                    allowed_by_organizations: Some(*outcome == Outcome::Allowed),
                }
            }),
            permissions_boundary_decision_detail: boundary_detail(&outcomes),
            eval_decision_details: details.or_else(|| self.has_resources.then(BTreeMap::new)),
            resource_specific_results: self.has_resources.then(|| {
                let resources = self.resources.iter().zip(evaluated);
                resources
                    .map(|(resource, one)| self.resource_result(resource, one))
                    .collect()
            }),
        }
    }

    fn resource_result(&self, resource: &str, evaluated: &Evaluated) -> ResourceSpecificResult {
        let statements = evaluated.statements.iter();
        ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: evaluated.outcome.as_str().to_owned(),
            matched_statements: Some(statements.filter_map(|found| self.statement(found)).collect()),
            missing_context_values: Some(evaluated.missing.clone()),
            eval_decision_details: self.details(evaluated.is_cross_account, &evaluated.outcomes),
            permissions_boundary_decision_detail: boundary_detail(&evaluated.outcomes),
        }
    }

    /// What each policy type says, where two accounts have a say.
    fn details(
        &self,
        is_cross_account: bool,
        outcomes: &BTreeMap<PolicyType, Outcome>,
    ) -> Option<BTreeMap<String, String>> {
        let told = is_cross_account && self.resource_policy.is_some();
        let of = |(policy_type, outcome): (&PolicyType, &Outcome)| {
            source_type(*policy_type).map(|word| (word.to_owned(), outcome.as_str().to_owned()))
        };
        told.then(|| outcomes.iter().filter_map(of).collect())
    }

    fn statement(&self, found: &StatementRef) -> Option<Statement> {
        let named: &Named = match found.policy_type {
            PolicyType::Identity => Some(&self.identity),
            PolicyType::Boundary => self.boundary.as_ref(),
            PolicyType::Resource => self.resource_policy.as_ref(),
            _ => None,
        }?;
        let policy = named.set.policies().get(found.policy)?;
        let span = policy.statements().get(found.statement)?.span();
        let position = |at: keystead_policy::Position| Position {
            line: i32::try_from(at.line).ok(),
            column: i32::try_from(at.column).ok(),
        };
        Some(Statement {
            source_policy_id: named.names.get(found.policy).cloned(),
            source_policy_type: source_type(found.policy_type).map(str::to_owned),
            start_position: Some(position(span.start)),
            end_position: Some(position(span.end)),
        })
    }
}

fn boundary_detail(outcomes: &BTreeMap<PolicyType, Outcome>) -> Option<PermissionsBoundaryDecisionDetail> {
    let outcome = outcomes.get(&PolicyType::Boundary)?;
    Some(PermissionsBoundaryDecisionDetail {
        allowed_by_permissions_boundary: Some(*outcome == Outcome::Allowed),
    })
}

/// AWS's words, as it answers them; its model has others.
fn source_type(policy_type: PolicyType) -> Option<&'static str> {
    match policy_type {
        PolicyType::Identity => Some("IAM Policy"),
        PolicyType::Boundary => Some("Permissions Boundary Policy"),
        PolicyType::Resource => Some("Resource Policy"),
        _ => None,
    }
}

fn stricter(left: Outcome, right: Outcome) -> Outcome {
    let rank = |outcome| match outcome {
        Outcome::Allowed => 0,
        Outcome::ImplicitDeny => 1,
        Outcome::ExplicitDeny => 2,
    };
    if rank(right) > rank(left) { right } else { left }
}

/// Statements in the order in which the engine names them: the resource's policy before the caller's.
fn in_order(found: &StatementRef) -> ((bool, PolicyType, usize, usize), StatementRef) {
    let of_caller = found.policy_type != PolicyType::Resource;
    (
        (of_caller, found.policy_type, found.policy, found.statement),
        *found,
    )
}
