//! Condition blocks: all operators and all keys must hold.

use serde_json::Value as Json;

use super::{compare, statement::list, variable};
use crate::case::Held;

/// What the name of an operator says.
struct Operator<'n> {
    set: Option<&'n str>,
    /// Without prefix, suffix and negation.
    base: &'n str,
    negated: bool,
    if_exists: bool,
}

const OPERATORS: [(&str, &str, bool); 26] = [
    ("StringEquals", "StringEquals", false),
    ("StringNotEquals", "StringEquals", true),
    ("StringEqualsIgnoreCase", "StringEqualsIgnoreCase", false),
    ("StringNotEqualsIgnoreCase", "StringEqualsIgnoreCase", true),
    ("StringLike", "StringLike", false),
    ("StringNotLike", "StringLike", true),
    ("NumericEquals", "NumericEquals", false),
    ("NumericNotEquals", "NumericEquals", true),
    ("NumericLessThan", "NumericLessThan", false),
    ("NumericLessThanEquals", "NumericLessThanEquals", false),
    ("NumericGreaterThan", "NumericGreaterThan", false),
    ("NumericGreaterThanEquals", "NumericGreaterThanEquals", false),
    ("DateEquals", "DateEquals", false),
    ("DateNotEquals", "DateEquals", true),
    ("DateLessThan", "DateLessThan", false),
    ("DateLessThanEquals", "DateLessThanEquals", false),
    ("DateGreaterThan", "DateGreaterThan", false),
    ("DateGreaterThanEquals", "DateGreaterThanEquals", false),
    ("Bool", "Bool", false),
    ("BinaryEquals", "BinaryEquals", false),
    ("IpAddress", "IpAddress", false),
    ("NotIpAddress", "IpAddress", true),
    ("ArnEquals", "ArnLike", false),
    ("ArnLike", "ArnLike", false),
    ("ArnNotEquals", "ArnLike", true),
    ("ArnNotLike", "ArnLike", true),
];

pub(super) fn holds(block: Option<&Json>, variables: bool, context: &[(String, Held)]) -> bool {
    let Some(block) = block else {
        return true;
    };
    block.as_object().unwrap().iter().all(|(name, keys)| {
        keys.as_object()
            .unwrap()
            .iter()
            .all(|(key, values)| key_holds(name, key, values, variables, context))
    })
}

fn key_holds(name: &str, key: &str, values: &Json, variables: bool, context: &[(String, Held)]) -> bool {
    // A key with no values is as good as absent.
    let held = variable::find(key, context).filter(|held| **held != Held::List(Vec::new()));
    let wanted: Vec<String> = list(Some(values)).into_iter().map(text).collect();
    if name == "Null" {
        return wanted.iter().any(|value| match value.as_str() {
            "true" => held.is_none(),
            "false" => held.is_some(),
            _ => false,
        });
    }
    let operator = parse(name);
    let one = |value: &Held| {
        let any = wanted
            .iter()
            .any(|wanted| compare::equals(operator.base, wanted, value, variables, context));
        any != operator.negated
    };
    let several: Vec<Held> = match held {
        Some(Held::List(items)) => items.iter().cloned().map(Held::Text).collect(),
        Some(single) => vec![single.clone()],
        None => Vec::new(),
    };
    match (operator.set, held) {
        (Some("ForAllValues"), _) => several.iter().all(one),
        (Some(_), None) => operator.if_exists,
        (Some(_), Some(_)) => several.iter().any(one),
        (None, None) => operator.negated || operator.if_exists,
        // A multi-valued key needs a set operator: nothing equals it.
        (None, Some(Held::List(_))) => operator.negated,
        (None, Some(single)) => one(single),
    }
}

fn parse(name: &str) -> Operator<'_> {
    let (set, rest) = match name.split_once(':') {
        Some((set, rest)) => (Some(set), rest),
        None => (None, name),
    };
    let (plain, if_exists) = match rest.strip_suffix("IfExists") {
        Some(plain) => (plain, true),
        None => (rest, false),
    };
    let (_, base, negated) = OPERATORS.iter().find(|(known, ..)| *known == plain).unwrap();
    Operator {
        set,
        base,
        negated: *negated,
        if_exists,
    }
}

/// Numbers and booleans of the policy are compared by their text.
fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
