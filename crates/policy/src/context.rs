//! Where the values of condition keys come from.

use std::net::IpAddr;

/// Answers for the condition keys of one request.
///
/// Server-derived keys must not be readable from what a client sent: an implementation that mixes both in one map
/// lets a caller write its own `aws:userid`.
pub trait Context {
    /// The value of a key; `None` when the request has none, which is not the same as an empty text.
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>>;
}

/// No key has a value.
impl Context for () {
    fn get<'a>(&'a self, _key: &Key<'_>) -> Option<Value<'a>> {
        None
    }
}

/// The name of a condition key. AWS compares names without regard to case, the tag key after the `/` included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    lowered: &'a str,
}

impl<'a> Key<'a> {
    /// `lowered` must have no upper-case ASCII letter; this holds for every key in a compiled policy.
    pub(crate) fn new(lowered: &'a str) -> Self {
        Self { lowered }
    }

    /// The name in lower case (ASCII letters only).
    pub fn as_str(&self) -> &'a str {
        self.lowered
    }

    /// Whether this is the key of that name, in whatever case it is written.
    pub fn is(&self, name: &str) -> bool {
        self.lowered.eq_ignore_ascii_case(name)
    }

    /// What follows the prefix, which may be written in any case: `aws:resourcetag/` leaves the tag's key, in lower case.
    pub fn strip_prefix(&self, prefix: &str) -> Option<&'a str> {
        let (head, rest) = self.lowered.split_at_checked(prefix.len())?;
        head.eq_ignore_ascii_case(prefix).then_some(rest)
    }
}

/// The value of a condition key, typed so that a request formats nothing that no policy asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text; number, date and address operators parse it.
    Text(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A time in Unix seconds. As text it is `2026-01-31T12:00:00Z`.
    Date(i64),
    /// An address; an IPv4 address in IPv6 form counts as IPv4.
    Address(IpAddr),
    /// A multi-valued key, even when it holds one value or none. Everything else is single-valued.
    List(&'a [&'a str]),
}
