//! What a managed policy allows, by the policy simulator.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::Query,
        frame::Frame,
        page::{Answer, page},
        simulation::{Verdict, actions, verdicts, wrong_action},
        visitor::Visitor,
    },
    detail::{Head, version},
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "policy/simulate.html")]
struct SimulatePage {
    frame: Frame,
    head: Head,
    actions: String,
    resource: String,
    context: String,
    /// What is wrong with the actions.
    wrong: Option<String>,
    /// None before anything was asked.
    verdicts: Option<Result<Vec<Verdict>, Refused>>,
}

/// `/console/policy/simulate?arn=…&actions=…&resource=…&context=…`
pub(super) async fn simulate(visitor: Visitor, query: Query) -> Answer {
    let arn = query.text("arn");
    let head = Head::load(&visitor, arn, "simulate").await?;
    let wrong = wrong_action(query.text("actions"));
    let verdicts = match query.given("actions") {
        Some(asked) if wrong.is_none() => {
            let version = head.default_version();
            Some(decide(&visitor, arn, version, actions(asked), &query).await)
        }
        _ => None,
    };
    page(SimulatePage {
        frame: head.frame.clone(),
        head,
        actions: query.text("actions").to_owned(),
        resource: query.given("resource").unwrap_or("*").to_owned(),
        context: query.text("context").to_owned(),
        wrong,
        verdicts,
    })
}

async fn decide(
    visitor: &Visitor,
    arn: &str,
    version_id: &str,
    actions: Vec<String>,
    query: &Query,
) -> Result<Vec<Verdict>, Refused> {
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
    Ok(verdicts(simulated.evaluation_results, Some(&document)))
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
