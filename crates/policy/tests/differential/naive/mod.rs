//! The rules of policy evaluation, as simply as they can be written: JSON values, strings and recursion. It shares no
//! code with the library, so that a mistake would have to be made twice to go unseen.

mod compare;
mod condition;
mod date;
mod glob;
mod principal;
mod statement;
mod variable;

use serde_json::Value as Json;

use crate::case::{Case, Matched, Verdict, Who};
use principal::Grant;

/// Decides by the rules: explicit denies; control policies; the resource's policy; identity, boundary, session.
pub(crate) fn decide(case: &Case) -> Verdict {
    let resource_type = resource_type(case);
    let identity_types = [
        ("identity", &case.identity),
        ("boundary", &case.boundary),
        ("session", &case.session),
    ];
    for set in &case.resource_control {
        if denies(set, case) {
            return deny("resourceControl");
        }
    }
    for set in &case.service_control {
        if denies(set, case) {
            return deny("serviceControl");
        }
    }
    if case.resource.as_ref().is_some_and(|set| denies(set, case)) {
        return deny(resource_type);
    }
    for (name, set) in identity_types {
        if set.as_ref().is_some_and(|set| denies(set, case)) {
            return deny(name);
        }
    }
    for set in &case.resource_control {
        if grant(set, case) == Grant::Nothing {
            return lack("resourceControl");
        }
    }
    for set in &case.service_control {
        if grant(set, case) == Grant::Nothing {
            return lack("serviceControl");
        }
    }
    let granted = case
        .resource
        .as_ref()
        .map_or(Grant::Nothing, |set| grant(set, case));
    if (case.must_allow || !is_same_account(case)) && granted == Grant::Nothing {
        return lack(resource_type);
    }
    if is_same_account(case) {
        same_account(case, granted, resource_type)
    } else {
        cross_account(case, resource_type)
    }
}

fn same_account(case: &Case, granted: Grant, resource_type: &'static str) -> Verdict {
    // Root owes its rights to no statement.
    if let Who::Root { .. } = case.who {
        return allow("identity");
    }
    if granted == Grant::Itself {
        return allow(resource_type);
    }
    if granted < Grant::Behind && !allows(&case.identity, case) {
        return lack("identity");
    }
    if let Some(limit) = limited(case) {
        return limit;
    }
    allow(if granted == Grant::Behind {
        resource_type
    } else {
        "identity"
    })
}

/// The resource's side has allowed; now the caller's.
fn cross_account(case: &Case, resource_type: &'static str) -> Verdict {
    match case.who {
        Who::Root { .. } => allow("identity"),
        Who::Service { .. } | Who::Federated { .. } | Who::Anonymous => allow(resource_type),
        _ if !allows(&case.identity, case) => lack("identity"),
        _ => limited(case).unwrap_or(allow("identity")),
    }
}

/// Boundary and session policies.
fn limited(case: &Case) -> Option<Verdict> {
    if case.boundary.is_some() && !allows(&case.boundary, case) {
        return Some(lack("boundary"));
    }
    let needs_session = matches!(case.who, Who::FederatedUser { .. }) || case.session.is_some();
    if needs_session && !allows(&case.session, case) {
        return Some(lack("session"));
    }
    None
}

fn is_same_account(case: &Case) -> bool {
    let own = case.who.account();
    let in_arn = case.resource_arn.split(':').nth(4).unwrap_or_default();
    let owner = match &case.resource_account {
        Some(account) => account.as_str(),
        None if !in_arn.is_empty() => in_arn,
        None => own,
    };
    !own.is_empty() && own == owner
}

fn resource_type(case: &Case) -> &'static str {
    if case.must_allow && case.action.to_lowercase().starts_with("sts:") {
        "trust"
    } else {
        "resource"
    }
}

fn allows(set: &Option<Vec<Json>>, case: &Case) -> bool {
    set.as_ref().is_some_and(|set| grant(set, case) > Grant::Nothing)
}

/// The most that an `Allow` statement of the set grants.
fn grant(set: &[Json], case: &Case) -> Grant {
    let grants = matching(set, case, "Allow");
    grants.into_iter().max().unwrap_or(Grant::Nothing)
}

fn denies(set: &[Json], case: &Case) -> bool {
    !matching(set, case, "Deny").is_empty()
}

fn matching(set: &[Json], case: &Case, effect: &str) -> Vec<Grant> {
    let mut grants = Vec::new();
    for (_, _, statement, grant) in each_matching(set, case) {
        if statement["Effect"] == effect {
            grants.push(grant);
        }
    }
    grants
}

/// Every statement that matches, with the index of its policy and its own.
fn each_matching<'s>(set: &'s [Json], case: &Case) -> Vec<(usize, usize, &'s Json, Grant)> {
    let mut matching = Vec::new();
    for (policy, document) in set.iter().enumerate() {
        let variables = document.get("Version").and_then(Json::as_str) == Some("2012-10-17");
        for (index, statement) in statement::list(document.get("Statement")).into_iter().enumerate() {
            let grant = statement::matches(statement, variables, case);
            if grant > Grant::Nothing {
                matching.push((policy, index, statement, grant));
            }
        }
    }
    matching
}

/// Every statement that matches: its type, level, policy and place, and whether it allows.
pub(crate) fn matched(case: &Case) -> Vec<Matched> {
    let mut matched = Vec::new();
    let mut add = |name: &'static str, level: usize, set: &[Json]| {
        for (policy, index, statement, _) in each_matching(set, case) {
            matched.push((name, level, policy, index, statement["Effect"] == "Allow"));
        }
    };
    let single = [
        ("identity", &case.identity),
        ("boundary", &case.boundary),
        ("session", &case.session),
        (resource_type(case), &case.resource),
    ];
    for (name, set) in single {
        add(name, 0, set.as_deref().unwrap_or_default());
    }
    for (name, levels) in [
        ("serviceControl", &case.service_control),
        ("resourceControl", &case.resource_control),
    ] {
        for (level, set) in levels.iter().enumerate() {
            add(name, level, set);
        }
    }
    matched
}

fn allow(by: &'static str) -> Verdict {
    Verdict {
        outcome: "allowed",
        by,
    }
}

fn deny(by: &'static str) -> Verdict {
    Verdict {
        outcome: "explicitDeny",
        by,
    }
}

fn lack(by: &'static str) -> Verdict {
    Verdict {
        outcome: "implicitDeny",
        by,
    }
}

/// A moment as seconds since 1970.
pub(crate) fn seconds(text: &str) -> Option<i64> {
    date::read(text).map(|(seconds, _)| seconds)
}

/// Seconds since 1970 as `2026-01-31T12:00:00Z`.
pub(crate) fn moment(seconds: i64) -> String {
    date::text(seconds)
}

/// Whether a text is of a pattern with `*` and `?`.
pub(crate) fn is_like(text: &str, pattern: &str) -> bool {
    glob::matches(&glob::plain(pattern), text)
}
