//! What texts the condition operators read as values.

use std::net::IpAddr;

use crate::base64;
use crate::date::Instant;
use crate::number::Decimal;

/// The types of values that operators read out of texts. A text that is of no such type equals nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ValueType {
    /// A whole or decimal number.
    Numeric,
    /// `true` or `false`, in any case.
    Bool,
    /// A date of ISO 8601, or Unix seconds.
    Date,
    /// An IPv4 or IPv6 address.
    Address,
    /// Bytes in base64.
    Binary,
}

impl ValueType {
    /// Whether the text is a value of this type, as the operators read it in a request.
    pub fn reads(self, text: &str) -> bool {
        match self {
            Self::Numeric => Decimal::parse(text).is_some(),
            Self::Bool => ["true", "false"]
                .iter()
                .any(|word| text.eq_ignore_ascii_case(word)),
            Self::Date => Instant::parse(text).is_some(),
            Self::Address => text.parse::<IpAddr>().is_ok(),
            Self::Binary => base64::decode_all(text).is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_each_type_and_others() {
        use ValueType::{Address, Binary, Bool, Date, Numeric};
        let rows: [(ValueType, &[&str], &[&str]); 5] = [
            (Numeric, &["0", "-1.5", "10"], &["", "ten", "1,5"]),
            (Bool, &["true", "FALSE"], &["", "yes", "1"]),
            (
                Date,
                &["2026-01-31T12:00:00Z", "1767322800"],
                &["", "yesterday", "2026-13-01T00:00:00Z"],
            ),
            (
                Address,
                &["203.0.113.7", "::1"],
                &["", "203.0.113.0/24", "localhost"],
            ),
            (Binary, &["", "QQ==", "AAEC"], &["?", "QQ=", "Q"]),
        ];
        for (kind, good, bad) in rows {
            good.iter()
                .for_each(|text| assert!(kind.reads(text), "{kind:?} {text:?}"));
            bad.iter()
                .for_each(|text| assert!(!kind.reads(text), "{kind:?} {text:?}"));
        }
    }
}
