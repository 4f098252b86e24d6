//! Who did what: the audit events of the account.

mod filter;
mod news;
mod row;

use std::sync::Arc;

use askama::Template;
use axum::{Router, extract::Path, routing::get};
use http::StatusCode;
use keystead_authority::overview::{EventFilter, EventPage};
use keystead_store::AuditOutcome;
use keystead_types::{Timestamp, limits};

use super::{
    Shared,
    fields::Query,
    frame::{Frame, Section},
    page::{Answer, page, refused_page},
    problem::Problem,
    visitor::Visitor,
};
use crate::{api::Refused, environment::now};
use filter::Filter;
use news::Shown;
pub(super) use row::EventRow;

/// Events on a page, whose records make it long.
const EVENTS_PER_PAGE: usize = 15;
/// How often one event is looked for further back within its second.
const LOOKS_FOR_ONE: usize = 10;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/events", get(list))
        .route("/console/events/live", get(news::live))
        .route("/console/events/{id}", get(one))
}

#[derive(Template)]
#[template(path = "events/list.html")]
struct EventsPage {
    frame: Frame,
    filter: Filter,
    /// Whether the list starts at the latest event.
    is_first: bool,
    events: Vec<EventRow>,
    /// Where older events are.
    older: Option<String>,
    /// Where it is told what has happened since; where nothing can come before the list, nowhere.
    live: Option<String>,
    wrong: Option<&'static str>,
}

/// `/console/events?key=…&user=…&operation=…&outcome=…&from=…&until=…&after=…`
async fn list(visitor: Visitor, query: Query) -> Answer {
    let filter = Filter::of(&query);
    let after = query.given("after");
    let mut shown = EventsPage {
        frame: visitor.frame(Section::Events, "Events"),
        is_first: after.is_none(),
        events: Vec::new(),
        older: None,
        live: None,
        wrong: None,
        filter,
    };
    let wanted = match shown.filter.wanted() {
        Ok(wanted) => wanted,
        Err(wrong) => {
            shown.wrong = Some(wrong);
            return refused_page(StatusCode::BAD_REQUEST, shown);
        }
    };
    let at = now();
    let found = find(&visitor, &wanted, after, EVENTS_PER_PAGE).await?;
    if shown.is_first && shown.filter.is_open(at) {
        shown.live = Some(shown.filter.live_path(Shown { at, end: found.end }));
    }
    shown.events = found.events.into_iter().map(EventRow::from).collect();
    shown.older = found.next.map(|next| shown.filter.path(Some(&next)));
    page(shown)
}

#[derive(Template)]
#[template(path = "events/one.html")]
struct OneEventPage {
    frame: Frame,
    event: EventRow,
}

/// `/console/events/{id}?at=…`, with the seconds since the epoch at which the event came.
async fn one(visitor: Visitor, Path(id): Path<String>, query: Query) -> Answer {
    let at: i64 = query.text("at").parse().map_err(|_| Problem::NotFound)?;
    let wanted = EventFilter {
        from: Some(Timestamp::from_seconds(at)),
        until: Some(Timestamp::from_seconds(at.saturating_add(1))),
        ..EventFilter::default()
    };
    let mut after = None;
    for _ in 0..LOOKS_FOR_ONE {
        let found = find(
            &visitor,
            &wanted,
            after.as_deref(),
            limits::AUDIT_PAGE_RECORDS_MAX,
        )
        .await?;
        if let Some(event) = found.events.into_iter().find(|event| event.id == id) {
            return page(OneEventPage {
                frame: visitor.frame(Section::Events, format!("{} event", event.operation)),
                event: event.into(),
            });
        }
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    Err(Problem::NotFound)
}

/// Reads events, latest first.
pub(super) async fn find(
    visitor: &Visitor,
    wanted: &EventFilter,
    after: Option<&str>,
    limit: usize,
) -> Result<EventPage, Refused> {
    let mut read = visitor.begin_own_read("FindEvents");
    let found = visitor
        .api()
        .authority
        .overview()
        .events(
            visitor.caller(),
            &read.context,
            &mut read.asked,
            wanted,
            after,
            limit,
        )
        .await;
    visitor.end_own_read(read, found)
}
