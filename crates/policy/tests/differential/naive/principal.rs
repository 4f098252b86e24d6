//! Who a statement of a resource policy speaks of.

use serde_json::Value as Json;

use super::statement::strings;
use crate::case::{Case, Who};

/// How a statement names the caller, from nothing to the caller itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grant {
    Nothing,
    /// By its account, which delegates to that account's identity policies.
    Account,
    /// By the role or user behind a session: boundary and session policies still limit.
    Behind,
    /// By its own name, or by naming everybody.
    Itself,
}

/// The level at which the statement speaks of the caller. A statement without a principal speaks of everybody.
pub(super) fn matches(statement: &Json, case: &Case) -> Grant {
    if let Some(principal) = statement.get("Principal") {
        return named(principal, &case.who, statement["Effect"] == "Deny");
    }
    match statement.get("NotPrincipal") {
        Some(principal) if is_exempt(principal, case) => Grant::Nothing,
        _ => Grant::Itself,
    }
}

fn named(principal: &Json, who: &Who, denies: bool) -> Grant {
    if principal == "*" {
        return Grant::Itself;
    }
    let mut best = Grant::Nothing;
    for (kind, entries) in principal.as_object().unwrap() {
        for entry in strings(entries) {
            // AWS documents both as the same. An Allow takes the narrower meaning, a Deny the wider.
            if denies && kind == "AWS" && entry == "*" {
                return Grant::Itself;
            }
            best = best.max(entry_names(kind, entry, who));
        }
    }
    best
}

fn entry_names(kind: &str, entry: &str, who: &Who) -> Grant {
    let is_itself = |same: bool| if same { Grant::Itself } else { Grant::Nothing };
    match (kind, who) {
        ("AWS", Who::Service { .. } | Who::Federated { .. }) => Grant::Nothing,
        ("AWS", _) if entry == "*" => Grant::Itself,
        ("Service", Who::Service { name }) => is_itself(entry == name),
        ("Federated", Who::Federated { provider }) => is_itself(entry == provider),
        ("AWS", Who::Root { account, .. }) => is_itself(is_account(entry, account)),
        ("AWS", Who::User { account, arn, id }) => {
            if entry == arn || entry == id {
                Grant::Itself
            } else {
                by_account(entry, account)
            }
        }
        (
            "AWS",
            Who::RoleSession {
                account,
                arn,
                role,
                role_id,
            },
        ) => session(entry, account, arn, role, role_id),
        (
            "AWS",
            Who::FederatedUser {
                account,
                arn,
                user,
                user_id,
            },
        ) => session(entry, account, arn, user, user_id),
        _ => Grant::Nothing,
    }
}

fn session(entry: &str, account: &str, arn: &str, behind: &str, behind_id: &str) -> Grant {
    if entry == arn {
        Grant::Itself
    } else if entry == behind || entry == behind_id {
        Grant::Behind
    } else {
        by_account(entry, account)
    }
}

fn by_account(entry: &str, account: &str) -> Grant {
    if is_account(entry, account) {
        Grant::Account
    } else {
        Grant::Nothing
    }
}

fn is_account(entry: &str, account: &str) -> bool {
    !account.is_empty() && (entry == account || entry == format!("arn:aws:iam::{account}:root"))
}

/// Whether `NotPrincipal` lets the caller off: its account and its user or role must both be listed. A caller with a
/// boundary is never let off.
fn is_exempt(principal: &Json, case: &Case) -> bool {
    if case.boundary.is_some() {
        return false;
    }
    let mut listed = Vec::new();
    for (kind, entries) in principal.as_object().unwrap() {
        for entry in strings(entries) {
            match entry_names(kind, entry, &case.who) {
                Grant::Itself if entry == "*" => return true,
                grant => listed.push(grant),
            }
        }
    }
    let lists = |grant| listed.contains(&grant);
    match case.who {
        Who::User { .. } => lists(Grant::Account) && lists(Grant::Itself),
        Who::RoleSession { .. } => lists(Grant::Account) && lists(Grant::Behind),
        Who::FederatedUser { .. } => lists(Grant::Account) && (lists(Grant::Behind) || lists(Grant::Itself)),
        _ => lists(Grant::Itself),
    }
}
