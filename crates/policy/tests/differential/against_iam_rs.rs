//! The library against iam-rs (MIT), where that crate covers the feature: identity policies of one caller. It tells no
//! policy types apart, so that only the outcome is compared. `iam_rs.json` explains every case of the corpus on which the two disagree,
//! and may only shrink.

use std::collections::BTreeSet;

use iam_rs::{
    Arn, Context, ContextValue, Decision, IAMPolicy, IAMRequest, PolicyEvaluator, Principal, PrincipalId,
};
use serde_json::Value as Json;

use crate::{
    case::{Case, Held, Who},
    corpus, engine, generate, naive,
    random::Random,
    vocabulary,
};

/// How many cases the two must be able to compare at least.
const COMPARED_MIN: usize = 800;

/// How many generated cases are put to both, and how many of them they must be able to compare.
const CASES: u64 = 40_000;
const GENERATED_MIN: usize = 2_000;

#[test]
fn every_disagreement_with_iam_rs_is_explained() {
    let reasons: Json = serde_json::from_str(include_str!("iam_rs.json")).unwrap();
    let lists = reasons.as_object().unwrap().values();
    let patterns: Vec<&str> = lists
        .flat_map(|list| list.as_array().unwrap())
        .map(|pattern| pattern.as_str().unwrap())
        .collect();
    let mut unused: BTreeSet<&str> = patterns.iter().copied().collect();
    let (mut compared, mut wrong) = (0, Vec::new());
    for row in corpus::rows() {
        let Some(theirs) = answer(&row.case) else {
            continue;
        };
        compared += 1;
        let ours = engine::answer(&row.case).verdict.outcome;
        let mut explained = patterns
            .iter()
            .filter(|pattern| naive::is_like(&row.name, pattern))
            .peekable();
        match (ours == theirs, explained.peek()) {
            (true, Some(pattern)) => wrong.push(format!("{}: no disagreement, yet {pattern}", row.name)),
            (false, None) => wrong.push(format!("{}: {ours}, iam-rs {theirs}: unexplained", row.name)),
            _ => {}
        }
        explained.for_each(|pattern| _ = unused.remove(pattern));
    }
    assert!(compared >= COMPARED_MIN, "{compared} cases were compared");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "explains nothing: {unused:#?}");
}

/// Generated cases within what the list above leaves.
#[test]
fn generated_cases_are_decided_as_iam_rs_decides() {
    let (mut compared, mut wrong) = (0, Vec::new());
    for seed in 0..CASES {
        let mut case = generate::case(&mut Random::new(seed));
        case.who = vocabulary::callers().swap_remove(0);
        case.boundary = None;
        case.session = None;
        case.resource = None;
        case.service_control.clear();
        case.resource_control.clear();
        case.must_allow = false;
        case.is_trust = false;
        case.resource_account = None;
        case.context
            .retain(|(_, held)| !matches!(held, Held::List(_)) && !is_mapped(held));
        if !is_common_ground(&case) {
            continue;
        }
        let Some(theirs) = answer(&case) else {
            continue;
        };
        compared += 1;
        let ours = engine::answer(&case).verdict.outcome;
        if ours != theirs {
            wrong.push(format!("seed {seed}: {ours}, iam-rs {theirs}: {case:#?}"));
        }
    }
    assert!(compared >= GENERATED_MIN, "{compared} cases were compared");
    wrong.truncate(5);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether it is an IPv4 address in IPv6 form.
fn is_mapped(held: &Held) -> bool {
    matches!(held, Held::Address(address) if address.starts_with("::ffff:"))
}

/// Whether the case keeps to what both understand alike.
fn is_common_ground(case: &Case) -> bool {
    const DIFFERENT: [&str; 12] = [
        "${",
        "ForA",
        "Arn",
        "Bool",
        "Binary",
        "2008",
        "sqs\"",
        "444455556666\"",
        "app:",
        "2026-01-31\"",
        "[]",
        "Date",
    ];
    // An ARN that ends in a colon is an error there.
    let is_arn = !case.resource_arn.ends_with(':') && !case.resource_arn.contains("444455556666");
    let documents: Vec<String> = case.identity.iter().flatten().map(Json::to_string).collect();
    let is_plain =
        |text: &String| text.contains("\"Version\"") && DIFFERENT.iter().all(|word| !text.contains(word));
    is_arn && documents.iter().all(is_plain)
}

/// What iam-rs answers; `None` for what it has no notion of.
pub(crate) fn answer(case: &Case) -> Option<&'static str> {
    let Who::User { arn, .. } = &case.who else {
        return None;
    };
    let others = [&case.boundary, &case.session, &case.resource];
    let is_identity_alone = others.into_iter().all(Option::is_none)
        && case.service_control.is_empty()
        && case.resource_control.is_empty()
        && !case.must_allow;
    let resource = Arn::parse(&case.resource_arn).ok()?;
    if !is_identity_alone || case.identity.is_none() || case.resource_account.is_some() {
        return None;
    }
    let mut policies = Vec::new();
    for document in case.identity.iter().flatten() {
        match IAMPolicy::from_json(&document.to_string()) {
            Ok(policy) => policies.push(policy),
            Err(_) => return Some("refused"),
        }
    }
    let principal = Principal::Aws(PrincipalId::String(arn.clone()));
    let mut context = Context::new();
    for (key, held) in &case.context {
        context.insert(key.clone(), value(held));
    }
    let request = IAMRequest::new_with_context(principal, case.action.as_str(), resource, context);
    Some(
        match PolicyEvaluator::with_policies(policies).evaluate(&request) {
            Ok(result) => match result.decision {
                Decision::Allow => "allowed",
                Decision::Deny => "explicitDeny",
                Decision::NotApplicable => "implicitDeny",
            },
            Err(_) => "error",
        },
    )
}

fn value(held: &Held) -> ContextValue {
    match held {
        Held::Text(text) => ContextValue::String(text.clone()),
        Held::Bool(value) => ContextValue::Boolean(*value),
        Held::Integer(value) => ContextValue::Number(*value as f64),
        Held::Date(seconds) => ContextValue::String(naive::moment(*seconds)),
        Held::Address(address) => ContextValue::String(address.clone()),
        Held::List(items) => ContextValue::StringList(items.clone()),
    }
}
