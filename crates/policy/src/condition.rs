//! Conditions: one operator, one key, its values; compiled by the operator's family and evaluated against a request.

use std::net::IpAddr;

use crate::base64;
use crate::context::Value;
use crate::date::Instant;
use crate::keys::{Interner, KeyIndex, Lookup, Missing};
use crate::network::Network;
use crate::number::Decimal;
use crate::operator::{Comparison, Operator, Order, SetOperator, TextMatch};
use crate::pattern::{Mode, Pattern, Special, after_five_colons};
use crate::render::with_text;

#[derive(Debug)]
pub(crate) struct Condition {
    key: KeyIndex,
    set: Option<SetOperator>,
    if_exists: bool,
    negated: bool,
    test: Test,
}

/// What a value of the request is held against. Any one of the policy's values suffices; one that cannot be read as the
/// operator wants it suffices never.
#[derive(Debug)]
enum Test {
    Equals(Box<[Pattern]>),
    EqualsIgnoreCase(Box<[Pattern]>),
    Like(Box<[Pattern]>),
    Arn(Box<[Pattern]>),
    Numeric(Order, Box<[Box<str>]>),
    Date(Order, Box<[Instant]>),
    Bool(Box<[bool]>),
    Binary(Box<[Box<[u8]>]>),
    Address(Box<[Network]>),
    /// Whether the key must be absent.
    Null(Box<[bool]>),
}

impl Condition {
    /// `variables`: whether the document's version has them. They mean something to the operators of texts and ARNs alone.
    pub(crate) fn compile(
        operator: Operator,
        key: &str,
        values: &[&str],
        variables: bool,
        keys: &mut Interner,
    ) -> Self {
        let key = keys.intern(key);
        let mut patterns = |wildcards: bool| -> Box<[Pattern]> {
            let special = Special { wildcards, variables };
            values
                .iter()
                .map(|value| Pattern::compile(value, special, keys))
                .collect()
        };
        let test = match operator.comparison {
            Comparison::String { like, .. } => match like {
                TextMatch::Equals => Test::Equals(patterns(false)),
                TextMatch::EqualsIgnoreCase => Test::EqualsIgnoreCase(patterns(false)),
                TextMatch::Like => Test::Like(patterns(true)),
            },
            Comparison::Arn { .. } => Test::Arn(patterns(true)),
            Comparison::Numeric { order, .. } => {
                let numbers = values.iter().filter(|value| Decimal::parse(value).is_some());
                Test::Numeric(order, numbers.map(|value| (*value).into()).collect())
            }
            Comparison::Date { order, .. } => Test::Date(
                order,
                values.iter().filter_map(|value| Instant::parse(value)).collect(),
            ),
            Comparison::Bool => Test::Bool(values.iter().filter_map(|value| truth(value)).collect()),
            Comparison::Null => Test::Null(values.iter().filter_map(|value| truth(value)).collect()),
            Comparison::Binary => Test::Binary(
                values
                    .iter()
                    .filter_map(|value| base64::decode_all(value))
                    .collect(),
            ),
            Comparison::Address { .. } => {
                Test::Address(values.iter().filter_map(|value| Network::parse(value)).collect())
            }
        };
        Self {
            key,
            set: operator.set,
            if_exists: operator.if_exists,
            negated: operator.comparison.is_negated(),
            test,
        }
    }

    pub(crate) fn holds<'r, 'p: 'r, M: Missing<'p>>(&'p self, lookup: &mut Lookup<'r, 'p, M>) -> bool {
        let value = lookup.value(self.key);
        if let Test::Null(wanted) = &self.test {
            return wanted.contains(&value.is_none());
        }
        let Some(value) = value else {
            return match self.set {
                Some(SetOperator::ForAllValues) => true,
                Some(SetOperator::ForAnyValue) => self.if_exists,
                None => self.if_exists || self.negated,
            };
        };
        match (self.set, value) {
            (Some(SetOperator::ForAllValues), Value::List(texts)) => {
                texts.iter().all(|text| self.passes(Value::Text(text), lookup))
            }
            (Some(SetOperator::ForAnyValue), Value::List(texts)) => {
                texts.iter().any(|text| self.passes(Value::Text(text), lookup))
            }
            // A multi-valued key without a set operator matches nothing.
            (None, Value::List(_)) => self.negated,
            (_, single) => self.passes(single, lookup),
        }
    }

    /// Whether one value passes. A negated operator negates here, value by value: negating what ForAllValues or ForAnyValue
    /// makes of the values would turn one into the other.
    fn passes<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        value: Value<'_>,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        self.test.matches(value, lookup) != self.negated
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.test.memory_bytes()
    }
}

impl Test {
    fn matches<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        value: Value<'_>,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        match self {
            Self::Equals(patterns) | Self::Like(patterns) => with_text(value, |text| {
                let mut patterns = patterns.iter();
                patterns.any(|pattern| pattern.matches(text, Mode::Plain, lookup))
            }),
            Self::EqualsIgnoreCase(patterns) => with_text(value, |text| {
                let mut patterns = patterns.iter();
                patterns.any(|pattern| pattern.equals_ignoring_case(text, lookup))
            }),
            Self::Arn(patterns) => with_text(value, |text| {
                let mut patterns = patterns.iter();
                after_five_colons(text).is_some()
                    && patterns.any(|pattern| pattern.matches(text, Mode::Arn, lookup))
            }),
            Self::Numeric(order, numbers) => number(value).is_some_and(|value| {
                with_text(value, |text| {
                    let requested = Decimal::parse(text);
                    requested.is_some_and(|requested| {
                        let mut written = numbers.iter().filter_map(|number| Decimal::parse(number));
                        written.any(|written| order.holds(&requested, &written))
                    })
                })
            }),
            Self::Date(order, instants) => instant(value)
                .is_some_and(|requested| instants.iter().any(|written| order.holds(&requested, written))),
            Self::Bool(wanted) => match value {
                Value::Bool(value) => wanted.contains(&value),
                Value::Text(text) => truth(text).is_some_and(|value| wanted.contains(&value)),
                _ => false,
            },
            Self::Binary(wanted) => match value {
                Value::Text(text) => wanted
                    .iter()
                    .any(|bytes| base64::decode(text).eq(bytes.iter().map(|byte| Some(*byte)))),
                _ => false,
            },
            Self::Address(networks) => {
                address(value).is_some_and(|address| networks.iter().any(|network| network.contains(address)))
            }
            Self::Null(_) => false,
        }
    }

    fn memory_bytes(&self) -> usize {
        match self {
            Self::Equals(patterns)
            | Self::EqualsIgnoreCase(patterns)
            | Self::Like(patterns)
            | Self::Arn(patterns) => {
                let texts: usize = patterns.iter().map(Pattern::memory_bytes).sum();
                texts + size_of_val::<[Pattern]>(patterns)
            }
            Self::Numeric(_, numbers) => numbers
                .iter()
                .map(|number| size_of::<Box<str>>() + number.len())
                .sum(),
            Self::Date(_, instants) => size_of_val::<[Instant]>(instants),
            Self::Bool(wanted) | Self::Null(wanted) => size_of_val::<[bool]>(wanted),
            Self::Binary(wanted) => wanted
                .iter()
                .map(|bytes| size_of::<Box<[u8]>>() + bytes.len())
                .sum(),
            Self::Address(networks) => size_of_val::<[Network]>(networks),
        }
    }
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// A date is a number too: its Unix seconds (aws:EpochTime is both).
fn number(value: Value<'_>) -> Option<Value<'_>> {
    match value {
        Value::Date(seconds) => Some(Value::Integer(seconds)),
        Value::Text(_) | Value::Integer(_) => Some(value),
        Value::Bool(_) | Value::Address(_) | Value::List(_) => None,
    }
}

fn instant(value: Value<'_>) -> Option<Instant> {
    match value {
        Value::Date(seconds) | Value::Integer(seconds) => Some(Instant::from_seconds(seconds)),
        Value::Text(text) => Instant::parse(text),
        Value::Bool(_) | Value::Address(_) | Value::List(_) => None,
    }
}

fn address(value: Value<'_>) -> Option<IpAddr> {
    match value {
        Value::Address(address) => Some(address),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
