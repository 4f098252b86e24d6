//! Numbers of the numeric operators: decimals of any length, compared exactly.

use std::cmp::Ordering;

/// A decimal as borrowed digits, without leading zeros before the point or trailing ones after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decimal<'a> {
    /// Never set for zero.
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    /// `None` for what is no integer or decimal; exponents are none of them.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
        let (integer, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let valid = !(integer.is_empty() && fraction.is_empty()) && digits(integer) && digits(fraction);
        if !valid || unsigned.is_empty() {
            return None;
        }
        let integer = integer.trim_start_matches('0');
        let fraction = fraction.trim_end_matches('0');
        let zero = integer.is_empty() && fraction.is_empty();
        Some(Self {
            negative: text.starts_with('-') && !zero,
            integer,
            fraction,
        })
    }

    fn magnitude(self, other: Self) -> Ordering {
        let by_integer = (self.integer.len(), self.integer).cmp(&(other.integer.len(), other.integer));
        by_integer.then_with(|| self.fraction.cmp(other.fraction))
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.magnitude(*other),
            (true, true) => other.magnitude(*self),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn decimals_compare_exactly() {
        let ascending = [
            "-100000000000000000000000000000001",
            "-100000000000000000000000000000000",
            "-2",
            "-1.5",
            "-0.1",
            "0",
            "0.00000000000000000000000000001",
            "0.1",
            "0.11",
            "9",
            "10",
            "9007199254740993",
            "9007199254740993.1",
        ];
        for pair in ascending.windows(2) {
            assert!(Decimal::parse(pair[0]) < Decimal::parse(pair[1]), "{pair:?}");
        }
        for (a, b) in [
            ("0", "-0.0"),
            ("1", "1.0"),
            ("01", "+1"),
            (".5", "0.50"),
            ("1.", "1"),
        ] {
            assert_eq!(Decimal::parse(a), Decimal::parse(b), "{a} {b}");
        }
        for text in [
            "", "-", ".", "1e3", " 1", "1,0", "0x1", "NaN", "--1", "1.2.3", "１",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_integers(a: i64, b: i64) {
            let (left, right) = (a.to_string(), b.to_string());
            let order = Decimal::parse(&left).unwrap().cmp(&Decimal::parse(&right).unwrap());
            prop_assert_eq!(order, a.cmp(&b));
        }
    }
}
