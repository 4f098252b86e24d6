//! Dates in the profile of ISO 8601 that AWS documents, and seconds since 1970.

/// Seconds since 1970, and nanoseconds.
pub(super) type Moment = (i64, i64);

pub(super) fn read(text: &str) -> Option<Moment> {
    if let Ok(seconds) = text.parse::<i64>() {
        return Some((seconds, 0));
    }
    let (day, time) = text.split_once(['T', 't']).unwrap_or((text, "00:00:00Z"));
    let mut fields = day.splitn(3, '-');
    let year: i64 = fields.next()?.parse().ok()?;
    let month: i64 = fields.next().unwrap_or("01").parse().ok()?;
    let date: i64 = fields.next().unwrap_or("01").parse().ok()?;
    if !(1..=12).contains(&month) || !(1..=days_of_month(year, month)).contains(&date) {
        return None;
    }
    let at = time.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = time.split_at(at);
    let mut fields = clock.splitn(3, ':');
    let hours: i64 = fields.next()?.parse().ok()?;
    let minutes: i64 = fields.next()?.parse().ok()?;
    let (seconds, fraction) = fields.next().map_or(("0", ""), |seconds| {
        seconds.split_once('.').unwrap_or((seconds, ""))
    });
    let seconds: i64 = seconds.parse().ok()?;
    let nanoseconds: i64 = format!("{fraction:0<9}")[..9].parse().ok()?;
    let whole = days(year, month, date) * 86_400 + hours * 3600 + minutes * 60 + seconds;
    Some((whole - offset(zone)?, nanoseconds))
}

/// `2026-01-31T12:00:00Z`
pub(super) fn text(seconds: i64) -> String {
    let (mut year, mut month, mut left) = (1970, 1, seconds.div_euclid(86_400));
    while left < 0 {
        year -= 1;
        left += days_of_year(year);
    }
    while left >= days_of_year(year) {
        left -= days_of_year(year);
        year += 1;
    }
    while left >= days_of_month(year, month) {
        left -= days_of_month(year, month);
        month += 1;
    }
    let clock = seconds.rem_euclid(86_400);
    let (hours, minutes, seconds) = (clock / 3600, clock / 60 % 60, clock % 60);
    format!(
        "{year:04}-{month:02}-{:02}T{hours:02}:{minutes:02}:{seconds:02}Z",
        left + 1
    )
}

fn offset(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let digits = zone[1..].replace(':', "");
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i64 = if minutes.is_empty() {
        0
    } else {
        minutes.parse().ok()?
    };
    Some(sign * (hours.parse::<i64>().ok()? * 3600 + minutes * 60))
}

/// Days since 1970, counted one year and one month at a time.
fn days(year: i64, month: i64, date: i64) -> i64 {
    let years: i64 = if year >= 1970 {
        (1970..year).map(days_of_year).sum()
    } else {
        -(year..1970).map(days_of_year).sum::<i64>()
    };
    years + (1..month).map(|month| days_of_month(year, month)).sum::<i64>() + date - 1
}

fn days_of_year(year: i64) -> i64 {
    (1..=12).map(|month| days_of_month(year, month)).sum()
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
