//! Times, as pages show them: how long ago, with the moment itself at hand.

use std::fmt;

use askama::filters::HtmlSafe;
use keystead_types::Timestamp;

use crate::environment::now;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// From then on the day says more than how many days ago it was.
const LONG_AGO: i64 = 60 * DAY;

/// A moment in a page. Without script it says how long ago it was, or on which day, with the moment in UTC as its
/// title; the console's script puts it into the reader's own zone, and shows the moment itself at a press.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Moment {
    at: Timestamp,
    now: Timestamp,
}

impl From<Timestamp> for Moment {
    fn from(at: Timestamp) -> Self {
        Self { at, now: now() }
    }
}

impl Moment {
    /// Whole days since then.
    pub(super) fn days(&self) -> i64 {
        self.seconds_ago() / DAY
    }

    /// Seconds since then.
    pub(super) fn seconds_ago(&self) -> i64 {
        (self.now.seconds() - self.at.seconds()).max(0)
    }

    /// How long ago it was, in words; long ago, the day.
    fn ago(&self) -> String {
        let seconds = self.now.seconds() - self.at.seconds();
        let (count, unit) = match seconds.abs() {
            seconds if seconds < MINUTE => {
                return if self.at > self.now { "soon" } else { "just now" }.to_owned();
            }
            seconds if seconds < HOUR => (seconds / MINUTE, "minute"),
            seconds if seconds < DAY => (seconds / HOUR, "hour"),
            seconds if seconds < LONG_AGO => (seconds / DAY, "day"),
            _ => return self.at.to_string().chars().take_while(|c| *c != 'T').collect(),
        };
        let plural = if count == 1 { "" } else { "s" };
        match seconds < 0 {
            true => format!("in {count} {unit}{plural}"),
            false => format!("{count} {unit}{plural} ago"),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.at.to_string();
        let utc = at.replacen('T', " ", 1).replacen('Z', " UTC", 1);
        write!(f, r#"<time datetime="{at}" title="{utc}">{}</time>"#, self.ago())
    }
}

/// It is made of digits and words of its own.
impl HtmlSafe for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_says_how_long_ago_and_when() {
        let rows = [
            (0, "just now"),
            (59, "just now"),
            (60, "1 minute ago"),
            (7200, "2 hours ago"),
            (59 * DAY, "59 days ago"),
            (60 * DAY, "2023-09-15"),
            (-30, "soon"),
            (-7200, "in 2 hours"),
        ];
        for (seconds, said) in rows {
            let now = Timestamp::from_seconds(1_700_000_000);
            let at = Timestamp::from_seconds(1_700_000_000 - seconds);
            assert_eq!(Moment { at, now }.ago(), said, "{seconds}");
        }
        let at = Timestamp::from_seconds(1_700_000_000);
        assert_eq!(
            Moment { at, now: at }.to_string(),
            r#"<time datetime="2023-11-14T22:13:20Z" title="2023-11-14 22:13:20 UTC">just now</time>"#
        );
    }
}
