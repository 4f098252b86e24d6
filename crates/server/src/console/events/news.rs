//! What has happened since a list of events was shown: a line above the list, which is told anew.

use std::{fmt, str::FromStr, sync::Arc};

use askama::Template;
use axum::response::{IntoResponse, Response};
use keystead_authority::overview::{Event, EventFilter, EventPage};
use keystead_store::{AuditEnd, InvalidPosition, Statistics};
use keystead_types::{AccessKeyId, Timestamp};
use tokio::sync::Mutex;

use super::{
    super::{fields::Query, live, problem::Problem, visitor::Visitor},
    filter::Filter,
};
use crate::api::{OWN_SERVICE, Refused};

/// Seconds by which a record may come in after its call.
const LATE_SECONDS_MAX: i64 = 60;
/// Events up to which each is counted, so that a line that changes often does not change with each.
const COUNTED_MAX: usize = 10;
/// Events of which the line says no more than that there are more.
const MANY: usize = 50;

/// How far events had been recorded when a list of them was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) at: Timestamp,
    pub(super) end: AuditEnd,
}

/// What has happened since.
#[derive(Template)]
#[template(path = "events/news.html")]
struct News {
    /// Where it can be read.
    path: String,
    wanted: EventFilter,
    seen: Shown,
    number: usize,
}

/// `/console/events/live?…&since=…`
pub(super) async fn live(visitor: Option<Visitor>, query: Query) -> Response {
    let Some(visitor) = visitor else {
        return live::ended();
    };
    let filter = Filter::of(&query);
    let (Ok(wanted), Ok(seen)) = (filter.wanted(), query.text("since").parse()) else {
        return Problem::NotFound.into_response();
    };
    let mut news = News {
        path: filter.path(None),
        wanted,
        seen,
        number: 0,
    };
    if news.look(&visitor).await.is_err() {
        return live::ended();
    }
    let news = Arc::new(Mutex::new(news));
    let version = |done: &Statistics| done.commits + done.audit_records;
    visitor.tell("news", version, move |visitor| {
        let news = Arc::clone(&news);
        async move {
            let mut news = news.lock().await;
            news.look(&visitor).await.ok()?;
            news.render().ok()
        }
    })
}

impl News {
    /// Counts what has come since the last look.
    async fn look(&mut self, visitor: &Visitor) -> Result<(), Refused> {
        let mut read = visitor.begin_own_read("WatchEvents");
        let at = read.context.now;
        let wanted = self.seen.beyond(&self.wanted);
        let overview = visitor.api().authority.overview();
        let found = overview
            .events(
                visitor.caller(),
                &read.context,
                &mut read.asked,
                &wanted,
                None,
                MANY + 1,
            )
            .await;
        let found = visitor.end_own_read(read, found)?;
        self.number += told(&found, visitor.caller().access_key_id());
        self.seen = Shown { at, end: found.end };
        Ok(())
    }

    /// In words.
    fn count(&self) -> String {
        match self.number {
            0..=COUNTED_MAX => self.number.to_string(),
            number if number <= MANY => format!("{COUNTED_MAX}+"),
            _ => format!("{MANY}+"),
        }
    }
}

/// How many of the events are told. What a session's own pages look at is nothing new to its user.
fn told(found: &EventPage, own: AccessKeyId) -> usize {
    let is_own =
        |event: &&Event| event.source == OWN_SERVICE && event.access_key.as_deref() == Some(own.as_str());
    found.events.iter().filter(|event| !is_own(event)).count()
}

impl Shown {
    /// Of the events that are wanted, those that have been recorded since.
    fn beyond(self, wanted: &EventFilter) -> EventFilter {
        let late = Timestamp::from_seconds(self.at.seconds().saturating_sub(LATE_SECONDS_MAX));
        EventFilter {
            from: wanted.from.max(Some(late)),
            arrived_after: Some(self.end),
            ..wanted.clone()
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.at.seconds(), self.end)
    }
}

impl FromStr for Shown {
    type Err = InvalidPosition;

    fn from_str(text: &str) -> Result<Self, InvalidPosition> {
        let (at, end) = text.split_once('.').ok_or(InvalidPosition)?;
        let at = at.parse().map_err(|_| InvalidPosition)?;
        Ok(Self {
            at: Timestamp::from_seconds(at),
            end: end.parse()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_shown_survives_its_address() {
        let shown: Shown = "1700000000.12.40".parse().unwrap();
        assert_eq!(shown.at.seconds(), 1_700_000_000);
        assert_eq!(shown.to_string(), "1700000000.12.40");
        for text in ["", "1700000000", "1700000000.12", "x.12.40", "1.2.3.4"] {
            assert_eq!(text.parse::<Shown>(), Err(InvalidPosition), "{text}");
        }
    }

    #[test]
    fn a_late_record_is_looked_for_within_what_is_wanted() {
        let shown: Shown = "1000.1.1".parse().unwrap();
        let rows = [(None, 940), (Some(900), 940), (Some(2000), 2000)];
        for (from, expected) in rows {
            let wanted = EventFilter {
                from: from.map(Timestamp::from_seconds),
                ..EventFilter::default()
            };
            let from = shown.beyond(&wanted).from;
            assert_eq!(from, Some(Timestamp::from_seconds(expected)));
        }
    }

    #[test]
    fn few_events_are_counted_and_many_are_not() {
        let rows = [(1, "1"), (10, "10"), (11, "10+"), (50, "10+"), (51, "50+")];
        for (number, words) in rows {
            let news = News {
                path: String::new(),
                wanted: EventFilter::default(),
                seen: "0.0.0".parse().unwrap(),
                number,
            };
            assert_eq!(news.count(), words);
        }
    }
}
