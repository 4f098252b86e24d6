//! The first page: the account, what is in it, and what somebody should look after.

mod attention;

use std::{collections::BTreeMap, sync::Arc};

use askama::Template;
use axum::{Router, routing::get};
use keystead_authority::overview::EventFilter;
use keystead_store::AuditOutcome;

use super::{
    Shared, account,
    events::{self, EventRow},
    frame::{Frame, Section},
    origin::Origin,
    page::{Answer, page},
    visitor::Visitor,
};
use crate::api::Refused;
use attention::Task;

/// Recent denials that are shown.
const DENIALS: usize = 5;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/", get(dashboard))
        .route("/console/attention/{kind}", get(attention::list))
}

#[derive(Template)]
#[template(path = "dashboard/dashboard.html")]
struct DashboardPage {
    frame: Frame,
    alias: Result<Option<String>, Refused>,
    sign_in_url: String,
    counts: Result<Vec<Count>, Refused>,
    /// Whether there is nobody but who started it, as far as the visitor may see.
    is_fresh: bool,
    tasks: Result<Vec<Task>, Refused>,
    denials: Result<Vec<EventRow>, Refused>,
}

struct Count {
    what: &'static str,
    number: i32,
    /// Where the list is.
    path: &'static str,
}

/// `/console/`
async fn dashboard(visitor: Visitor, origin: Origin) -> Answer {
    let alias = account::alias(&visitor).await;
    let summary = account::summary(&visitor).await;
    let denied = EventFilter {
        outcome: Some(AuditOutcome::Denied),
        ..EventFilter::default()
    };
    let denials = events::find(&visitor, &denied, None, DENIALS).await;
    page(DashboardPage {
        frame: visitor.frame(Section::Dashboard, "Dashboard"),
        sign_in_url: account::sign_in_url(&visitor, &origin, &alias),
        alias,
        is_fresh: summary.as_ref().is_ok_and(is_fresh),
        counts: summary.map(|summary| counts(&summary)),
        tasks: attention::tasks(&visitor).await,
        denials: denials.map(|found| found.events.into_iter().map(EventRow::from).collect()),
    })
}

/// The words of an operation's name, between which it may be broken.
fn words_of(operation: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut begun = 0;
    let letters = operation.char_indices().zip(operation.chars().skip(1));
    for ((at, letter), following) in letters {
        if letter.is_lowercase() && following.is_uppercase() {
            let end = at + letter.len_utf8();
            words.push(&operation[begun..end]);
            begun = end;
        }
    }
    words.push(&operation[begun..]);
    words
}

fn counts(summary: &BTreeMap<String, i32>) -> Vec<Count> {
    let rows = [
        ("Users", "Users", Section::Users),
        ("Groups", "Groups", Section::Groups),
        ("Roles", "Roles", Section::Roles),
        ("Policies", "Policies", Section::Policies),
    ];
    let count = |(what, entry, section): (&'static str, &str, Section)| Count {
        what,
        number: summary.get(entry).copied().unwrap_or_default(),
        path: section.path(),
    };
    rows.into_iter().map(count).collect()
}

/// Whether nothing was made yet: the user who started it is there from the beginning.
fn is_fresh(summary: &BTreeMap<String, i32>) -> bool {
    let number = |entry: &str| summary.get(entry).copied().unwrap_or_default();
    number("Users") <= 1 && number("Groups") == 0 && number("Roles") == 0 && number("Policies") == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_broken_between_its_words() {
        let rows: [(&str, &[&str]); 4] = [
            ("CreateVirtualMFADevice", &["Create", "Virtual", "MFADevice"]),
            ("lower", &["lower"]),
            ("ÄrgerÜber", &["Ärger", "Über"]),
            ("", &[""]),
        ];
        for (name, words) in rows {
            assert_eq!(words_of(name), words, "{name}");
        }
    }
}
