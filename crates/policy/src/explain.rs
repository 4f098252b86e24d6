//! A decision with its reasons, for people.

use crate::decide::{Case, Policies, decide, holder, reference};
use crate::decision::{Explanation, MatchedStatement, Outcome, TypeOutcome};
use crate::keys::EveryMissing;
use crate::request::Request;
use crate::statement::Effect;

/// What [`decide`] answers, and everything that a simulator shows with it. Allocates, and looks at every statement.
pub fn explain<'p>(policies: &Policies<'p>, request: &Request<'_>) -> Explanation<'p> {
    let case = Case::new(policies, request);
    let mut missing = EveryMissing::default();
    let mut matched = Vec::new();
    let mut outcomes = Vec::new();
    for (policy_type, level, set) in case.sets() {
        let mut outcome = Outcome::ImplicitDeny;
        for (at, statement) in set.statements() {
            let Some((policy, _)) = set.statement(at) else {
                continue;
            };
            let reach = case
                .question()
                .matches(policy, statement, holder(policy_type), &mut missing);
            if reach.is_none() {
                continue;
            }
            outcome = match (outcome, statement.effect()) {
                (Outcome::ExplicitDeny, _) | (_, Effect::Deny) => Outcome::ExplicitDeny,
                (_, Effect::Allow) => Outcome::Allowed,
            };
            matched.push(MatchedStatement {
                statement: reference(policy_type, level, at),
                effect: statement.effect(),
            });
        }
        outcomes.push(TypeOutcome {
            policy_type,
            level,
            outcome,
        });
    }
    Explanation {
        decision: decide(policies, request),
        matched,
        missing: missing.into_sorted(),
        outcomes,
    }
}
