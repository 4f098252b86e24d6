//! Whether a statement matches: principal, action, resource and condition.

use serde_json::Value as Json;

use super::{
    condition,
    glob::{self, Token},
    principal::{self, Grant},
    variable,
};
use crate::case::Case;

/// The level at which the statement matches the request.
pub(super) fn matches(statement: &Json, variables: bool, case: &Case) -> Grant {
    let granted = principal::matches(statement, case);
    let holds = action(statement, &case.action)
        && resource(statement, variables, case)
        && condition::holds(statement.get("Condition"), variables, &case.context);
    if holds { granted } else { Grant::Nothing }
}

/// AWS takes one of something for a list of one.
pub(super) fn list(value: Option<&Json>) -> Vec<&Json> {
    match value {
        None => Vec::new(),
        Some(Json::Array(items)) => items.iter().collect(),
        Some(item) => vec![item],
    }
}

pub(super) fn strings(value: &Json) -> Vec<&str> {
    list(Some(value))
        .into_iter()
        .map(|item| item.as_str().unwrap())
        .collect()
}

fn action(statement: &Json, asked: &str) -> bool {
    match (statement.get("Action"), statement.get("NotAction")) {
        (Some(patterns), _) => strings(patterns)
            .iter()
            .any(|pattern| action_matches(pattern, asked)),
        (None, Some(patterns)) => !strings(patterns)
            .iter()
            .any(|pattern| action_matches(pattern, asked)),
        (None, None) => false,
    }
}

fn action_matches(pattern: &str, asked: &str) -> bool {
    if pattern == "*" {
        return true;
    }
    let (pattern, asked) = (pattern.to_lowercase(), asked.to_lowercase());
    let (Some((service, name)), Some((asked_service, asked_name))) =
        (pattern.split_once(':'), asked.split_once(':'))
    else {
        return false;
    };
    service == asked_service && glob::matches(&glob::plain(name), asked_name)
}

fn resource(statement: &Json, variables: bool, case: &Case) -> bool {
    // A role's trust policy has no resource: it is the role's own.
    let (entries, wanted) = match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(entries), _) => (entries, true),
        (None, Some(entries)) => (entries, false),
        (None, None) => return true,
    };
    let mut any = false;
    for entry in strings(entries) {
        match resource_matches(entry, variables, case) {
            Some(matched) => any |= matched,
            // What cannot be resolved matches nothing, and must not be turned into a match either.
            None if !wanted => return false,
            None => {}
        }
    }
    any == wanted
}

/// `None` when a variable has no value.
fn resource_matches(pattern: &str, variables: bool, case: &Case) -> Option<bool> {
    if pattern == "*" {
        return Some(true);
    }
    let mut parts: Vec<&str> = pattern.splitn(6, ':').collect();
    while parts.len() < 6 {
        parts.push("*");
    }
    let last: Vec<Token> = if variables {
        variable::expand(parts[5], &case.context)?
    } else {
        glob::plain(parts[5])
    };
    let asked: Vec<&str> = case.resource_arn.splitn(6, ':').collect();
    if asked.len() < 6 {
        return Some(false);
    }
    let service_is_equal = parts[2] == asked[2];
    let others = [1, 3, 4];
    let others_match = others
        .iter()
        .all(|&part| glob::matches(&glob::plain(parts[part]), asked[part]));
    Some(service_is_equal && others_match && glob::matches(&last, asked[5]))
}
