use std::borrow::Cow;

use crate::{
    Expected, Rejection, ServiceKind,
    date::{BasicDate, basic_bytes, parse_basic, parse_http},
    limits::EXPIRES_SECONDS_MAX,
    rejection::Skew,
    uri_encode::decode_query_text,
};

/// A request's time as it was sent.
#[derive(Clone, Copy)]
pub(super) enum Sent<'a> {
    /// `X-Amz-Date`, once.
    Amz(&'a [u8]),
    /// `X-Amz-Date` several times: the first and the last.
    Repeated(&'a [u8], &'a [u8]),
    /// `Date`, which may be in HTTP's own format.
    Http(&'a [u8]),
    /// The parameter, percent-encoded.
    Query(&'a str),
}

/// A request's time, read.
pub(super) struct Date {
    pub(super) text: BasicDate,
    seconds: i64,
}

/// Reads a request's time.
pub(super) fn read(sent: Sent<'_>) -> Result<Date, Rejection> {
    let (parsed, text) = match sent {
        Sent::Amz(text) => (parse_basic(text), text),
        Sent::Repeated(first, _) => (None, first),
        Sent::Http(text) => (parse_basic(text).or_else(|| parse_http(text)), text),
        Sent::Query(text) => (parse_basic(text.as_bytes()), text.as_bytes()),
    };
    match parsed {
        Some(seconds) => Ok(Date {
            text: <&BasicDate>::try_from(text).map_or_else(|_| basic_bytes(seconds), |text| *text),
            seconds,
        }),
        None => Err(Rejection::DateMalformed(sent.shown().into_owned())),
    }
}

/// Checks that a request is not too far from now. A difference of exactly the bound is accepted.
pub(super) fn check_skew(
    date: &Date,
    kind: ServiceKind,
    expected: &Expected<'_>,
    now_seconds: i64,
) -> Result<(), Rejection> {
    let age_seconds = now_seconds.saturating_sub(date.seconds);
    let skew = Skew {
        request_seconds: date.seconds,
        now_seconds,
        skew_seconds_max: expected.skew_seconds_max,
    };
    let too_old = age_seconds > expected.skew_seconds_max;
    let too_new = age_seconds < expected.skew_seconds_max.saturating_neg();
    match (kind, too_old, too_new) {
        (_, false, false) => Ok(()),
        (ServiceKind::S3, ..) => Err(Rejection::TimeTooSkewed),
        (ServiceKind::Other, true, _) => Err(Rejection::Expired(skew)),
        (ServiceKind::Other, false, true) => Err(Rejection::NotYetCurrent(skew)),
    }
}

/// Checks that a presigned request for S3 is within the time that it was made for. Its beginning
/// may lie in the future as far as clocks may differ.
pub(super) fn check_expiry(
    date: &Date,
    expires: Option<&str>,
    expected: &Expected<'_>,
    now_seconds: i64,
) -> Result<(), Rejection> {
    let expires = expires.ok_or(Rejection::ExpiresMissing)?;
    let digits = expires.strip_prefix('-').unwrap_or(expires);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Rejection::ExpiresNotANumber);
    }
    // More digits than a number holds is more than a week all the same.
    let seconds = match expires.starts_with('-') {
        true => 0,
        false => digits.parse().unwrap_or(i64::MAX),
    };
    let age_seconds = now_seconds.saturating_sub(date.seconds);
    if seconds < 1 {
        Err(Rejection::ExpiresNotPositive)
    } else if seconds > EXPIRES_SECONDS_MAX {
        Err(Rejection::ExpiresTooLong)
    } else if age_seconds > seconds {
        Err(Rejection::PresignedExpired)
    } else if age_seconds < expected.skew_seconds_max.saturating_neg() {
        Err(Rejection::PresignedNotYetValid)
    } else {
        Ok(())
    }
}

impl<'a> Sent<'a> {
    /// The time as AWS's text repeats it.
    fn shown(self) -> Cow<'a, str> {
        match self {
            Self::Amz(text) | Self::Http(text) => String::from_utf8_lossy(text),
            Self::Repeated(first, last) => {
                Cow::Owned([String::from_utf8_lossy(first), String::from_utf8_lossy(last)].join(","))
            }
            Self::Query(text) => decode_query_text(text).unwrap_or(Cow::Borrowed(text)),
        }
    }
}
