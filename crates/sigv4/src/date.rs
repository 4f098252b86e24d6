//! The two forms of a request's time: ISO 8601 basic format and HTTP's own.

const SECONDS_PER_DAY: i64 = 86_400;

/// `YYYYMMDDThhmmssZ`.
pub(crate) type BasicDate = [u8; 16];

/// Seconds since 1970 of a time in basic format, or `None` when it is no such time.
pub(crate) fn parse_basic(text: &[u8]) -> Option<i64> {
    let text: &BasicDate = text.try_into().ok()?;
    let [
        y1,
        y2,
        y3,
        y4,
        mo1,
        mo2,
        d1,
        d2,
        b'T',
        h1,
        h2,
        mi1,
        mi2,
        s1,
        s2,
        b'Z',
    ] = *text
    else {
        return None;
    };
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    seconds(
        year,
        two_digits(mo1, mo2)?,
        two_digits(d1, d2)?,
        [two_digits(h1, h2)?, two_digits(mi1, mi2)?, two_digits(s1, s2)?],
    )
}

/// Seconds since 1970 of a time as the `Date` header carries it, `Sun, 06 Nov 1994 08:49:37 GMT`
/// (RFC 9110, IMF-fixdate), or `None` when it is no such time. The day of the week is not checked.
///
/// botocore writes the zone as mail does, `-0000`.
pub(crate) fn parse_http(text: &[u8]) -> Option<i64> {
    const MONTHS: [&[u8; 3]; 12] = [
        b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
    ];
    let (text, zone) = text.split_first_chunk::<25>()?;
    if !matches!(zone, b" GMT" | b" -0000" | b" +0000") {
        return None;
    }
    let [_, _, _, b',', b' ', d1, d2, b' ', rest @ ..] = text else {
        return None;
    };
    let [
        m1,
        m2,
        m3,
        b' ',
        y1,
        y2,
        y3,
        y4,
        b' ',
        h1,
        h2,
        b':',
        mi1,
        mi2,
        b':',
        s1,
        s2,
    ] = *rest
    else {
        return None;
    };
    let month = MONTHS.iter().position(|month| **month == [m1, m2, m3])? as i64 + 1;
    let year = two_digits(y1, y2)? * 100 + two_digits(y3, y4)?;
    seconds(
        year,
        month,
        two_digits(*d1, *d2)?,
        [two_digits(h1, h2)?, two_digits(mi1, mi2)?, two_digits(s1, s2)?],
    )
}

/// A time in basic format, as bytes. Times outside the years 0 to 9999 are shown as the nearest within.
pub(crate) fn basic_bytes(seconds: i64) -> BasicDate {
    const YEAR_0: i64 = -62_167_219_200;
    const END_OF_YEAR_9999: i64 = 253_402_300_799;
    let seconds = seconds.clamp(YEAR_0, END_OF_YEAR_9999);
    let (year, month, day) = civil(seconds.div_euclid(SECONDS_PER_DAY));
    let time = seconds.rem_euclid(SECONDS_PER_DAY);
    let [y1, y2] = digits(year / 100);
    let [y3, y4] = digits(year % 100);
    let [mo1, mo2] = digits(month);
    let [d1, d2] = digits(day);
    let [h1, h2] = digits(time / 3600);
    let [mi1, mi2] = digits(time / 60 % 60);
    let [s1, s2] = digits(time % 60);
    [
        y1, y2, y3, y4, mo1, mo2, d1, d2, b'T', h1, h2, mi1, mi2, s1, s2, b'Z',
    ]
}

/// A time in basic format.
pub(crate) fn basic_format(seconds: i64) -> String {
    basic_bytes(seconds)
        .iter()
        .map(|byte| char::from(*byte))
        .collect()
}

fn seconds(year: i64, month: i64, day: i64, [hour, minute, second]: [i64; 3]) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_of_month = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    let exists = (1..=days_of_month).contains(&day) && hour < 24 && minute < 60 && second < 60;
    exists.then(|| days(year, month, day) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a day of the proleptic Gregorian calendar, counted in years that begin in
/// March, so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days`]: year, month, day.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

fn two_digits(high: u8, low: u8) -> Option<i64> {
    let digits = high.is_ascii_digit() && low.is_ascii_digit();
    digits.then(|| i64::from(high - b'0') * 10 + i64::from(low - b'0'))
}

fn digits(number: i64) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_name_the_same_moment() {
        let rows: [(&str, Option<i64>); 14] = [
            ("20150830T123600Z", Some(1_440_938_160)),
            ("19700101T000000Z", Some(0)),
            ("20240229T235959Z", Some(1_709_251_199)),
            ("20230229T000000Z", None),
            ("21000229T000000Z", None),
            ("20150830T240000Z", None),
            ("20150830T126000Z", None),
            ("20151330T120000Z", None),
            ("20150800T120000Z", None),
            ("20150830T123600", None),
            ("2015-08-30T12:36:00Z", None),
            ("20150830t123600Z", None),
            ("2015083 T123600Z", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_basic(text.as_bytes()), expected, "{text}");
            if let Some(seconds) = expected {
                assert_eq!(basic_format(seconds), text);
            }
        }
        let rows = [
            ("Sun, 30 Aug 2015 12:36:00 GMT", Some(1_440_938_160)),
            ("Sun, 30 Aug 2015 12:36:00 -0000", Some(1_440_938_160)),
            ("Sun, 30 Aug 2015 12:36:00 +0200", None),
            ("Sun, 30 Aug 2015 12:36:00", None),
            ("Sun, 30 aug 2015 12:36:00 GMT", None),
            ("Sunday, 30-Aug-15 12:36:00 GMT", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_http(text.as_bytes()), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_written_is_read(seconds in -62_167_219_200_i64..=253_402_300_799) {
            proptest::prop_assert_eq!(parse_basic(&basic_bytes(seconds)), Some(seconds));
        }
    }
}
