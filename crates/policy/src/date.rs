//! Dates of the date operators: the W3C profile of ISO 8601, as loosely as AWS reads it, or Unix seconds.

use std::fmt;

/// A point in time; an earlier one is less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant {
    pub seconds: i64,
    pub nanoseconds: u32,
}

impl Instant {
    pub(crate) fn from_seconds(seconds: i64) -> Self {
        Self {
            seconds,
            nanoseconds: 0,
        }
    }

    /// Digits alone are Unix seconds, except that four of them are a year. AWS accepts far more than its documentation shows
    /// (`01T`, `2016-12-13t2:00:00.593194+23`) and refuses an offset of one digit and a tenth digit of the fraction.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: i64 = text.parse().ok()?;
            return match text.len() {
                4 if digits.len() == 4 => Self::from_parts(number, 1, 1, 0, 0),
                _ => Some(Self::from_seconds(number)),
            };
        }
        let mut reader = Reader { rest: text };
        let sign = if reader.takes("-") { -1 } else { 1 };
        let year = sign * reader.number(1, 9)?;
        let month = if reader.takes("-") {
            reader.number(1, 2)?
        } else {
            1
        };
        let day = if reader.takes("-") {
            reader.number(1, 2)?
        } else {
            1
        };
        let (mut second, mut nanoseconds, mut offset) = (0, 0, 0);
        if reader.takes("Tt") {
            if reader.begins_with_digit() {
                (second, nanoseconds) = reader.time()?;
            }
            offset = reader.offset()?;
        }
        reader.rest.is_empty().then_some(())?;
        Self::from_parts(year, month, day, second - offset, nanoseconds)
    }

    /// `second` counts from the beginning of the day and may lie outside of it.
    fn from_parts(year: i64, month: i64, day: i64, second: i64, nanoseconds: u32) -> Option<Self> {
        let valid = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
        valid.then(|| Self {
            seconds: days_from_civil(year, month, day) * 86_400 + second,
            nanoseconds,
        })
    }
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    /// Steps over one of these characters, if one comes next.
    fn takes(&mut self, any_of: &str) -> bool {
        let mut characters = self.rest.chars();
        let found = characters.next().is_some_and(|next| any_of.contains(next));
        if found {
            self.rest = characters.as_str();
        }
        found
    }

    fn begins_with_digit(&self) -> bool {
        self.rest.starts_with(|next: char| next.is_ascii_digit())
    }

    /// All digits that come next, which must be so many.
    fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let after = self.rest.trim_start_matches(|next: char| next.is_ascii_digit());
        let digits = self.rest.get(..self.rest.len() - after.len())?;
        self.rest = after;
        (least..=most).contains(&digits.len()).then_some(())?;
        digits.parse().ok()
    }

    /// Seconds since midnight, and nanoseconds.
    fn time(&mut self) -> Option<(i64, u32)> {
        let hour = self.number(1, 2)?;
        let minute = if self.takes(":") { self.number(1, 2)? } else { 0 };
        let second = if self.takes(":") { self.number(1, 2)? } else { 0 };
        let nanoseconds = if self.takes(".,") { self.fraction()? } else { 0 };
        let valid = hour < 24 && minute < 60 && second < 60;
        valid.then_some((hour * 3600 + minute * 60 + second, nanoseconds))
    }

    fn fraction(&mut self) -> Option<u32> {
        let before = self.rest.len();
        let digits = self.number(1, 9)?;
        let missing = 9 - (before - self.rest.len());
        u32::try_from(digits * 10_i64.pow(u32::try_from(missing).ok()?)).ok()
    }

    /// Seconds east of Greenwich; none is Greenwich.
    fn offset(&mut self) -> Option<i64> {
        if self.takes("Zz") || self.rest.is_empty() {
            return Some(0);
        }
        let sign = if self.takes("-") { -1 } else { 1 };
        if sign == 1 && !self.takes("+") {
            return None;
        }
        let hour = self.number(2, 2)?;
        let minute = if self.takes(":") { self.number(2, 2)? } else { 0 };
        (hour < 24 && minute < 60).then_some(sign * (hour * 3600 + minute * 60))
    }
}

/// Unix seconds in the form of aws:CurrentTime, `2026-01-31T12:00:00Z`.
pub(crate) struct Written(pub i64);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0.div_euclid(86_400));
        let second = self.0.rem_euclid(86_400);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// Days since 1970-01-01 in the Gregorian calendar. Counts years from March, so that a leap day ends one.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = (shifted_month + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    days_from_civil(next_year, next_month, 1) - days_from_civil(year, month, 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_aws_accepts_is_a_date() {
        let rows = [
            ("1970-01-01T00:00:00Z", 0, 0),
            ("2017-07-01T00:00:00Z", 1_498_867_200, 0),
            ("2017-07-01T00:00:00", 1_498_867_200, 0),
            ("2017-07-01", 1_498_867_200, 0),
            ("2017-07", 1_498_867_200, 0),
            ("2017", 1_483_228_800, 0),
            ("2017-01-01T", 1_483_228_800, 0),
            ("2016-02-29T23:59Z", 1_456_790_340, 0),
            ("2016-12-13T21:20:37.593194+00:00", 1_481_664_037, 593_194_000),
            ("2016-12-13t2:00:00.593194+23", 1_481_511_600, 593_194_000),
            ("2016-12-13T02:00:00-00:30", 1_481_596_200, 0),
            ("01T", -62_135_596_800, 0),
            ("-292275054", -292_275_054, 0),
            ("1498867200", 1_498_867_200, 0),
            ("9223372036854775807", i64::MAX, 0),
            ("0", 0, 0),
        ];
        for (text, seconds, nanoseconds) in rows {
            let expected = Instant { seconds, nanoseconds };
            assert_eq!(Instant::parse(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_aws_refuses_is_none() {
        for text in [
            "",
            "-",
            "T",
            "sdfdsf",
            "234-13",
            "2016-12-13t2:00:00.593194+1",
            "2016-12-13t2:00:00.1999999999+10:59",
            "9223372036854775808",
            "2017-02-29",
            "2017-07-01T24:00:00Z",
            "2017-07-01T00:00:00Zx",
            "2017-07-01 00:00:00",
            "1e9",
            "é",
        ] {
            assert_eq!(Instant::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(seconds in -62_000_000_000i64..250_000_000_000) {
            let written = Written(seconds).to_string();
            prop_assert_eq!(Instant::parse(&written), Some(Instant::from_seconds(seconds)));
        }

        #[test]
        fn arbitrary_text_never_panics(text in "[-0-9TtZ:.,+é]{0,32}") {
            let _ = Instant::parse(&text);
        }
    }
}
