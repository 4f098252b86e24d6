//! "What may this user do?", answered by the simulator.

use keystead_wire::iam;

use super::super::{fields::Fields, visitor::Visitor};
use crate::api::Refused;

/// Actions on a resource.
#[derive(Default)]
pub(super) struct Question {
    /// As they were typed, separated by spaces, commas or lines.
    pub(super) actions: String,
    /// An ARN; empty for `*`.
    pub(super) resource: String,
}

/// What is decided of one action.
pub(super) struct Verdict {
    pub(super) action: String,
    pub(super) resource: String,
    pub(super) decision: Decision,
    /// The statements that decide, as policy and place in it.
    pub(super) statements: Vec<String>,
    /// Condition keys that a policy asks for and a real request may have.
    pub(super) missing: Vec<String>,
    /// Whether the permissions boundary is what does not allow it.
    pub(super) is_out_of_bounds: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decision {
    Allowed,
    ExplicitlyDenied,
    NotAllowed,
}

impl Question {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self {
            actions: text("actions"),
            resource: text("resource"),
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        !self.action_names().is_empty()
    }

    fn action_names(&self) -> Vec<String> {
        let names = self.actions.split(|c: char| c == ',' || c.is_whitespace());
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }

    /// Asks the simulator about the user of an ARN.
    pub(super) async fn put(&self, visitor: &Visitor, user_arn: &str) -> Result<Vec<Verdict>, Refused> {
        let resource = Some(self.resource.clone()).filter(|resource| !resource.is_empty());
        let simulated = visitor
            .perform::<iam::SimulatePrincipalPolicy>(iam::SimulatePrincipalPolicyRequest {
                policy_source_arn: user_arn.to_owned(),
                action_names: self.action_names(),
                resource_arns: resource.map(|resource| vec![resource]),
                ..Default::default()
            })
            .await?;
        let results = simulated.evaluation_results.unwrap_or_default();
        Ok(results.into_iter().map(Verdict::from).collect())
    }
}

impl From<iam::EvaluationResult> for Verdict {
    fn from(result: iam::EvaluationResult) -> Self {
        let matched = result.matched_statements.unwrap_or_default();
        let boundary = result.permissions_boundary_decision_detail;
        Self {
            action: result.eval_action_name,
            resource: result.eval_resource_name.unwrap_or_else(|| "*".to_owned()),
            decision: match result.eval_decision.as_str() {
                "allowed" => Decision::Allowed,
                "explicitDeny" => Decision::ExplicitlyDenied,
                _ => Decision::NotAllowed,
            },
            statements: matched.iter().map(place).collect(),
            missing: result.missing_context_values.unwrap_or_default(),
            is_out_of_bounds: boundary
                .and_then(|boundary| boundary.allowed_by_permissions_boundary)
                .is_some_and(|allowed| !allowed),
        }
    }
}

impl Decision {
    pub(super) fn text(&self) -> &'static str {
        match self {
            Self::Allowed => "Allowed",
            Self::ExplicitlyDenied => "Denied by a statement",
            Self::NotAllowed => "Not allowed",
        }
    }

    /// The class of its badge.
    pub(super) fn class(&self) -> &'static str {
        match self {
            Self::Allowed => "good",
            Self::ExplicitlyDenied => "bad",
            Self::NotAllowed => "warn",
        }
    }
}

/// Where a statement is: its policy, and the lines.
fn place(statement: &iam::Statement) -> String {
    let policy = statement.source_policy_id.as_deref().unwrap_or("a policy");
    let line = |position: &Option<iam::Position>| position.as_ref().and_then(|position| position.line);
    match (line(&statement.start_position), line(&statement.end_position)) {
        (Some(start), Some(end)) if start != end => format!("{policy}, lines {start} to {end}"),
        (Some(start), _) => format!("{policy}, line {start}"),
        _ => policy.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_may_be_separated_in_any_way() {
        let question = Question {
            actions: "s3:GetObject, iam:ListUsers\n\tsts:AssumeRole,".to_owned(),
            resource: String::new(),
        };
        let named = ["s3:GetObject", "iam:ListUsers", "sts:AssumeRole"];
        assert_eq!(question.action_names(), named);
        assert!(!Question::default().is_asked());
    }

    #[test]
    fn a_statement_is_named_by_its_policy_and_lines() {
        let at = |line| {
            Some(iam::Position {
                line: Some(line),
                column: Some(1),
            })
        };
        let statement = |start, end| iam::Statement {
            source_policy_id: Some("user_bob_reads".to_owned()),
            start_position: start,
            end_position: end,
            ..Default::default()
        };
        assert_eq!(place(&statement(at(3), at(9))), "user_bob_reads, lines 3 to 9");
        assert_eq!(place(&statement(at(1), at(1))), "user_bob_reads, line 1");
        assert_eq!(place(&statement(None, None)), "user_bob_reads");
    }
}
