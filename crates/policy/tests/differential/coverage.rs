//! Whether the corpus has, for each operator in each form, a case of each situation.

use std::collections::BTreeSet;

use crate::{case::Held, corpus};

/// Operators that take a suffix and a prefix.
const OPERATORS: [&str; 26] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnNotEquals",
    "ArnLike",
    "ArnNotLike",
];

#[test]
fn each_operator_occurs_in_each_situation() {
    let seen = situations();
    let mut wanted = Vec::new();
    for operator in OPERATORS {
        for situation in ["match", "no match", "missing", "multi-valued"] {
            wanted.push((operator.to_owned(), situation));
        }
        for situation in ["match", "no match", "missing"] {
            wanted.push((format!("{operator}IfExists"), situation));
        }
        for set in ["ForAllValues", "ForAnyValue"] {
            wanted.push((format!("{set}:{operator}"), "missing"));
            wanted.push((format!("{set}:{operator}"), "multi-valued, match"));
            wanted.push((format!("{set}:{operator}"), "multi-valued, no match"));
        }
    }
    for situation in ["match", "no match", "missing", "multi-valued"] {
        wanted.push(("Null".to_owned(), situation));
    }
    wanted.retain(|wanted| !seen.contains(wanted));
    assert!(wanted.is_empty(), "no case for {wanted:#?}");
}

/// What the cases with a single condition on a single key show.
fn situations() -> BTreeSet<(String, &'static str)> {
    let mut seen = BTreeSet::new();
    for row in corpus::rows() {
        let Some(condition) = row.condition.as_ref().and_then(|condition| condition.as_object()) else {
            continue;
        };
        for (operator, keys) in condition {
            for key in keys.as_object().unwrap().keys() {
                let held = row
                    .case
                    .context
                    .iter()
                    .find(|(name, _)| name.eq_ignore_ascii_case(key));
                let has_set = operator.contains(':');
                let situation = match (held, row.is_allowed()) {
                    (None, _) => "missing",
                    (Some((_, Held::List(_))), true) if has_set => "multi-valued, match",
                    (Some((_, Held::List(_))), false) if has_set => "multi-valued, no match",
                    (Some((_, Held::List(_))), _) => "multi-valued",
                    (Some(_), true) => "match",
                    (Some(_), false) => "no match",
                };
                seen.insert((operator.clone(), situation));
            }
        }
    }
    seen
}
