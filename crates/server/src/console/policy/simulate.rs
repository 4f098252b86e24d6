//! What a managed policy allows, by the policy simulator.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::Query,
        frame::Frame,
        json_text::lines,
        page::{Answer, page},
        visitor::Visitor,
    },
    detail::{Head, version},
};
use crate::api::Refused;

/// Actions that one page decides about.
const ACTIONS_MAX: usize = 50;

#[derive(Template)]
#[template(path = "policy/simulate.html")]
struct SimulatePage {
    frame: Frame,
    head: Head,
    actions: String,
    resource: String,
    context: String,
    /// None before anything was asked.
    decisions: Option<Result<Vec<Decision>, Refused>>,
}

/// What is decided about one action.
struct Decision {
    action: String,
    resource: String,
    /// `allowed`, `explicitDeny` or `implicitDeny`.
    outcome: String,
    statements: Vec<Matched>,
    missing: Vec<String>,
}

/// A statement that decided.
struct Matched {
    first: u32,
    last: u32,
    text: String,
}

impl Decision {
    fn new(found: iam::EvaluationResult, document: &str) -> Self {
        let line = |position: Option<iam::Position>| {
            let line = position.and_then(|position| position.line);
            line.and_then(|line| u32::try_from(line).ok()).unwrap_or(1)
        };
        let matched = found.matched_statements.unwrap_or_default().into_iter();
        let statements = matched.map(|statement| {
            let (first, last) = (line(statement.start_position), line(statement.end_position));
            let text = lines(document, first, last);
            Matched { first, last, text }
        });
        Self {
            action: found.eval_action_name,
            resource: found.eval_resource_name.unwrap_or_else(|| "*".to_owned()),
            outcome: found.eval_decision,
            statements: statements.collect(),
            missing: found.missing_context_values.unwrap_or_default(),
        }
    }

    fn is_allowed(&self) -> bool {
        self.outcome == "allowed"
    }

    /// In words.
    fn label(&self) -> &'static str {
        match self.outcome.as_str() {
            "allowed" => "Allowed",
            "explicitDeny" => "Denied by a statement",
            _ => "Not allowed by any statement",
        }
    }
}

/// `/console/policy/simulate?arn=…&actions=…&resource=…&context=…`
pub(super) async fn simulate(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let head = Head::load(&visitor, arn, "simulate").await?;
    let decisions = match query.given("actions") {
        Some(actions) => {
            let version = head.default_version();
            Some(decide(&visitor, arn, version, words(actions), &query).await)
        }
        None => None,
    };
    page(SimulatePage {
        frame: head.frame.clone(),
        head,
        actions: query.text("actions").to_owned(),
        resource: query.given("resource").unwrap_or("*").to_owned(),
        context: query.text("context").to_owned(),
        decisions,
    })
}

async fn decide(
    visitor: &Visitor,
    arn: &str,
    version_id: &str,
    actions: Vec<String>,
    query: &Query,
) -> Result<Vec<Decision>, Refused> {
    let document = version(visitor, arn, version_id).await?;
    let simulated = visitor
        .perform::<iam::SimulateCustomPolicy>(iam::SimulateCustomPolicyRequest {
            policy_input_list: vec![document.clone()],
            action_names: actions,
            resource_arns: query.given("resource").map(|resource| vec![resource.to_owned()]),
            context_entries: Some(context(query.text("context"))).filter(|entries| !entries.is_empty()),
            ..Default::default()
        })
        .await?;
    let found = simulated.evaluation_results.unwrap_or_default().into_iter();
    Ok(found.map(|one| Decision::new(one, &document)).collect())
}

/// Actions, with white space or commas between them.
fn words(actions: &str) -> Vec<String> {
    let words = actions.split(|c: char| c.is_whitespace() || c == ',');
    let words = words.filter(|word| !word.is_empty());
    words.take(ACTIONS_MAX).map(str::to_owned).collect()
}

/// Condition keys with their values, a line each: `aws:SourceIp = 192.0.2.1`.
fn context(text: &str) -> Vec<iam::ContextEntry> {
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let pairs = pairs.map(|(key, value)| (key.trim(), value.trim()));
    pairs
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| iam::ContextEntry {
            context_key_name: Some(key.to_owned()),
            context_key_values: Some(vec![value.to_owned()]),
            context_key_type: Some("string".to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_words() {
        assert_eq!(
            words(" s3:Get*, iam:ListUsers\r\nsts:X"),
            ["s3:Get*", "iam:ListUsers", "sts:X"]
        );
        assert_eq!(words(&"a:b ".repeat(99)).len(), ACTIONS_MAX);
    }

    #[test]
    fn a_context_is_lines_of_keys_and_values() {
        let entries = context("aws:SourceIp = 192.0.2.1\n\nnothing\n=x\naws:PrincipalTag/a=b=c");
        let pairs: Vec<_> = entries
            .iter()
            .map(|entry| {
                let values = entry.context_key_values.as_deref().unwrap_or_default();
                (
                    entry.context_key_name.as_deref().unwrap_or_default(),
                    values[0].as_str(),
                )
            })
            .collect();
        assert_eq!(
            pairs,
            [("aws:SourceIp", "192.0.2.1"), ("aws:PrincipalTag/a", "b=c")]
        );
    }
}
