//! Requests of a key per day, drawn as SVG with its words beneath: letters in the drawing would shrink with it.

use std::fmt::{self, Write};

use askama::filters::HtmlSafe;
use keystead_types::{SECONDS_PER_DAY, Timestamp};

/// Days that a chart shows.
pub(super) const DAYS: i64 = 30;

const BAR: i64 = 10;
const GAP: i64 = 3;
const HEIGHT: i64 = 90;
const WIDTH: i64 = DAYS * (BAR + GAP);

/// A chart of the last [`DAYS`] days. It renders itself, out of numbers alone.
pub(super) struct Chart {
    /// Requests of each day, oldest first.
    days: Vec<(i64, u64)>,
}

impl Chart {
    /// A chart that ends with `today`, in days since 1970-01-01. Days without requests may be missing.
    pub(super) fn new(today: i64, requests: &[(i64, u64)]) -> Self {
        let of = |day| {
            requests
                .iter()
                .filter(|(of, _)| *of == day)
                .map(|(_, count)| *count)
                .sum()
        };
        Self {
            days: (today - DAYS + 1..=today).map(|day| (day, of(day))).collect(),
        }
    }

    /// Days with requests, latest first, as text: what the chart says to those who do not see it.
    pub(super) fn rows(&self) -> impl Iterator<Item = (String, u64)> {
        let used = self.days.iter().rev().filter(|(_, count)| *count > 0);
        used.map(|(day, count)| (date(*day), *count))
    }

    pub(super) fn total(&self) -> u64 {
        self.days.iter().map(|(_, count)| count).sum()
    }

    fn most(&self) -> u64 {
        self.days
            .iter()
            .map(|(_, count)| *count)
            .max()
            .unwrap_or_default()
    }
}

fn date(day: i64) -> String {
    let midnight = Timestamp::from_seconds(day * SECONDS_PER_DAY).to_string();
    midnight.split('T').next().unwrap_or_default().to_owned()
}

/// How high a bar is; whatever was used at all can be seen.
fn height(count: u64, most: u64) -> i64 {
    match count {
        0 => 0,
        count => {
            let share = u128::from(count) * HEIGHT as u128 / u128::from(most.max(1));
            i64::try_from(share).unwrap_or(HEIGHT).max(2)
        }
    }
}

impl fmt::Display for Chart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let most = self.most();
        write!(
            f,
            r#"<figure class="chart"><svg viewBox="0 0 {WIDTH} {}" role="img" aria-label="{} requests in {DAYS} days, at most {most} a day">"#,
            HEIGHT + 1,
            self.total()
        )?;
        let mut bars = String::new();
        for ((day, count), index) in self.days.iter().zip(0..) {
            let (x, height) = (index * (BAR + GAP), height(*count, most));
            if height > 0 {
                write!(
                    bars,
                    r#"<rect x="{x}" y="{}" width="{BAR}" height="{height}" rx="1"><title>{}: {count}</title></rect>"#,
                    HEIGHT - height,
                    date(*day)
                )?;
            }
        }
        f.write_str(&bars)?;
        write!(
            f,
            r#"<line x1="0" y1="{HEIGHT}" x2="{WIDTH}" y2="{HEIGHT}"/></svg>"#
        )?;
        if let [(first, _), .., (last, _)] = self.days.as_slice() {
            let (first, last) = (date(*first), date(*last));
            write!(
                f,
                "<p><span>{first}</span> <span>at most {most} a day</span> <span>{last}</span></p>"
            )?;
        }
        f.write_str("</figure>")
    }
}

impl HtmlSafe for Chart {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_shows_thirty_days_in_proportion() {
        let chart = Chart::new(20_000, &[(20_000, 100), (19_999, 1), (19_000, 7)]);
        assert_eq!((chart.days.len(), chart.total(), chart.most()), (30, 101, 100));
        assert_eq!((height(100, 100), height(1, 100), height(0, 100)), (90, 2, 0));
        assert_eq!(height(u64::MAX, u64::MAX), 90);
        let drawn = chart.to_string();
        assert_eq!(drawn.matches("<rect").count(), 2);
        assert!(drawn.contains("2024-10-04: 100"), "{drawn}");
        assert_eq!(chart.rows().next(), Some(("2024-10-04".to_owned(), 100)));
    }

    #[test]
    fn a_key_that_was_never_used_has_an_empty_chart() {
        let drawn = Chart::new(20_000, &[]).to_string();
        assert!(
            drawn.contains("0 requests in 30 days") && !drawn.contains("<rect"),
            "{drawn}"
        );
    }
}
