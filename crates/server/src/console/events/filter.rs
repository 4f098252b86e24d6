//! Which events are looked for, as the form's fields have it.

use form_urlencoded::Serializer;
use jiff::{civil::DateTime, tz::TimeZone};
use keystead_authority::overview::EventFilter;
use keystead_store::AuditOutcome;
use keystead_types::Timestamp;

use super::{super::fields::Fields, news::Shown};

/// How a call ended, in the words of addresses and of the form.
const OUTCOMES: [(&str, &str, AuditOutcome); 3] = [
    ("success", "Success", AuditOutcome::Success),
    ("denied", "Denied: a permission is missing", AuditOutcome::Denied),
    ("failed", "Failed for another reason", AuditOutcome::Failed),
];

/// The form's fields as they were typed.
pub(super) struct Filter {
    pub(super) key: String,
    pub(super) user: String,
    pub(super) operation: String,
    pub(super) outcome: String,
    pub(super) from: String,
    pub(super) until: String,
}

impl Filter {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self {
            key: text("key"),
            user: text("user"),
            operation: text("operation"),
            outcome: text("outcome"),
            from: text("from"),
            until: text("until"),
        }
    }

    /// What is looked for, or what is wrong with the fields.
    pub(super) fn wanted(&self) -> Result<EventFilter, &'static str> {
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let outcome = OUTCOMES.iter().find(|(word, ..)| *word == self.outcome);
        let from = moment(&self.from).ok_or("“From” is not a date and time.")?;
        let until = moment(&self.until).ok_or("“Until” is not a date and time.")?;
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err("“From” must be before “Until”.");
        }
        Ok(EventFilter {
            access_key: given(&self.key),
            user: given(&self.user),
            operation: given(&self.operation),
            outcome: outcome.map(|(.., outcome)| *outcome),
            from,
            until,
            arrived_after: None,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.fields().iter().all(|(_, value)| value.is_empty())
    }

    /// The choices of the form: word, text, and whether it is chosen.
    pub(super) fn outcomes(&self) -> impl Iterator<Item = (&'static str, &'static str, bool)> {
        OUTCOMES
            .into_iter()
            .map(|(word, text, _)| (word, text, word == self.outcome))
    }

    /// Whether events that are yet to come can be among those that are looked for.
    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        moment(&self.until).is_some_and(|until| until.is_none_or(|until| until > now))
    }

    /// The address of the events after a position.
    pub(super) fn path(&self, after: Option<&str>) -> String {
        self.address("/console/events?", after.map(|after| ("after", after)))
    }

    /// The address of what has happened since they were shown.
    pub(super) fn live_path(&self, since: Shown) -> String {
        self.address("/console/events/live?", Some(("since", &since.to_string())))
    }

    fn address(&self, path: &str, last: Option<(&str, &str)>) -> String {
        let mut query = Serializer::for_suffix(path.to_owned(), path.len());
        let fields = self.fields().into_iter();
        query.extend_pairs(fields.filter(|(_, value)| !value.is_empty()));
        query.extend_pairs(last);
        query.finish()
    }

    fn fields(&self) -> [(&'static str, &str); 6] {
        [
            ("key", &self.key),
            ("user", &self.user),
            ("operation", &self.operation),
            ("outcome", &self.outcome),
            ("from", &self.from),
            ("until", &self.until),
        ]
    }
}

/// A date and time in UTC, as browsers send it; `Some(None)` for none.
fn moment(text: &str) -> Option<Option<Timestamp>> {
    if text.is_empty() {
        return Some(None);
    }
    let moment: DateTime = text.parse().ok()?;
    let moment = moment.to_zoned(TimeZone::UTC).ok()?;
    Some(Some(Timestamp::from_seconds(moment.timestamp().as_second())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_utc() {
        let rows = [
            ("", Some(None)),
            ("2023-11-14T22:13", Some(Some(1_699_999_980))),
            ("2023-11-14T22:13:20", Some(Some(1_700_000_000))),
            ("2023-11-14", Some(Some(1_699_920_000))),
            ("yesterday", None),
        ];
        for (text, expected) in rows {
            let found = moment(text).map(|moment| moment.map(Timestamp::seconds));
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn an_address_repeats_what_was_typed() {
        let typed = Fields::parse(b"user=a%26b&outcome=denied&operation=");
        let filter = Filter::of(&typed);
        assert_eq!(
            filter.path(Some("1.2.3")),
            "/console/events?user=a%26b&outcome=denied&after=1.2.3"
        );
        assert!(!filter.is_empty());
        assert!(Filter::of(&Fields::default()).is_empty());
    }
}
