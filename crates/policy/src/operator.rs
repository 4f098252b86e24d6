//! Condition operators by name.

/// `ForAnyValue:StringEqualsIfExists`, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub set: Option<SetOperator>,
    pub comparison: Comparison,
    pub if_exists: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetOperator {
    ForAllValues,
    ForAnyValue,
}

/// The operator itself. A negated one holds where its positive form does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    String { like: TextMatch, negated: bool },
    Numeric { order: Order, negated: bool },
    Date { order: Order, negated: bool },
    Bool,
    Binary,
    Address { negated: bool },
    Arn { negated: bool },
    Null,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextMatch {
    Equals,
    EqualsIgnoreCase,
    Like,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Operator {
    /// `None` for any other name. Names are read in their own letter case only.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let (set, rest) = match name.split_once(':') {
            Some(("ForAllValues", rest)) => (Some(SetOperator::ForAllValues), rest),
            Some(("ForAnyValue", rest)) => (Some(SetOperator::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, name),
        };
        let (base, if_exists) = match rest.strip_suffix("IfExists") {
            Some(base) => (base, true),
            None => (rest, false),
        };
        let comparison = Comparison::parse(base)?;
        if comparison == Comparison::Null && (set.is_some() || if_exists) {
            return None;
        }
        Some(Self {
            set,
            comparison,
            if_exists,
        })
    }
}

impl Comparison {
    fn parse(name: &str) -> Option<Self> {
        use TextMatch::{Equals, EqualsIgnoreCase, Like};
        Some(match name {
            "StringEquals" => Self::String {
                like: Equals,
                negated: false,
            },
            "StringNotEquals" => Self::String {
                like: Equals,
                negated: true,
            },
            "StringEqualsIgnoreCase" => Self::String {
                like: EqualsIgnoreCase,
                negated: false,
            },
            "StringNotEqualsIgnoreCase" => Self::String {
                like: EqualsIgnoreCase,
                negated: true,
            },
            "StringLike" => Self::String {
                like: Like,
                negated: false,
            },
            "StringNotLike" => Self::String {
                like: Like,
                negated: true,
            },
            "Bool" => Self::Bool,
            "BinaryEquals" => Self::Binary,
            "IpAddress" => Self::Address { negated: false },
            "NotIpAddress" => Self::Address { negated: true },
            "ArnEquals" | "ArnLike" => Self::Arn { negated: false },
            "ArnNotEquals" | "ArnNotLike" => Self::Arn { negated: true },
            "Null" => Self::Null,
            _ => return Self::parse_ordered(name),
        })
    }

    fn parse_ordered(name: &str) -> Option<Self> {
        let numeric = name.strip_prefix("Numeric");
        let (order, negated) = match numeric.or_else(|| name.strip_prefix("Date"))? {
            "Equals" => (Order::Equals, false),
            "NotEquals" => (Order::Equals, true),
            "LessThan" => (Order::LessThan, false),
            "LessThanEquals" => (Order::LessThanEquals, false),
            "GreaterThan" => (Order::GreaterThan, false),
            "GreaterThanEquals" => (Order::GreaterThanEquals, false),
            _ => return None,
        };
        Some(match numeric {
            Some(_) => Self::Numeric { order, negated },
            None => Self::Date { order, negated },
        })
    }

    pub(crate) fn is_negated(self) -> bool {
        match self {
            Self::String { negated, .. }
            | Self::Numeric { negated, .. }
            | Self::Date { negated, .. }
            | Self::Address { negated }
            | Self::Arn { negated } => negated,
            Self::Bool | Self::Binary | Self::Null => false,
        }
    }
}

impl Order {
    /// Whether a value of the request stands so to one of the policy.
    pub(crate) fn holds<T: Ord>(self, requested: &T, written: &T) -> bool {
        match self {
            Self::Equals => requested == written,
            Self::LessThan => requested < written,
            Self::LessThanEquals => requested <= written,
            Self::GreaterThan => requested > written,
            Self::GreaterThanEquals => requested >= written,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operator_has_its_forms() {
        let bases = "StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike \
                     NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan \
                     NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan \
                     DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike";
        for base in bases.split_whitespace() {
            for set in ["", "ForAllValues:", "ForAnyValue:"] {
                for suffix in ["", "IfExists"] {
                    let name = format!("{set}{base}{suffix}");
                    let operator = Operator::parse(&name).unwrap();
                    assert_eq!(operator.set.is_some(), !set.is_empty(), "{name}");
                    assert_eq!(operator.if_exists, !suffix.is_empty(), "{name}");
                    assert_eq!(operator.comparison.is_negated(), base.contains("Not"), "{name}");
                }
            }
        }
        assert!(Operator::parse("Null").is_some());
    }

    #[test]
    fn nothing_else_is_an_operator() {
        for name in [
            "",
            "x",
            "stringequals",
            "StringEqual",
            "StringEquals ",
            "BoolNotEquals",
            "NumericLike",
            "NullIfExists",
            "ForAnyValue:Null",
            "ForAnyValue::StringEquals",
            "forAnyValue:StringEquals",
            "ForSomeValue:StringEquals",
            "StringEqualsIfExistsIfExists",
            "IfExists",
            "NumericEqualsIgnoreCase",
            "BinaryNotEquals",
            "IpAddressLike",
        ] {
            assert_eq!(Operator::parse(name), None, "{name}");
        }
    }
}
