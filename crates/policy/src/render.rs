//! A context value as text, without allocation.

use std::fmt::{self, Write};
use std::net::IpAddr;

use crate::context::Value;
use crate::date;

/// Longest text of a value that is not a text: an IPv6 address.
const TYPED_MAX: usize = 45;

/// Hands the value's text on; `T`'s default (no, none) for a multi-valued key, which has no one text.
pub(crate) fn with_text<T: Default>(value: Value<'_>, then: impl FnOnce(&str) -> T) -> T {
    match value {
        Value::Text(text) => then(text),
        Value::Bool(true) => then("true"),
        Value::Bool(false) => then("false"),
        Value::Integer(number) => Buffer::with(format_args!("{number}"), then),
        Value::Date(seconds) => Buffer::with(format_args!("{}", date::Written(seconds)), then),
        Value::Address(address) => Buffer::with(format_args!("{}", unmapped(address)), then),
        Value::List(_) => T::default(),
    }
}

struct Buffer {
    bytes: [u8; TYPED_MAX],
    length: usize,
}

impl Buffer {
    fn with<T: Default>(text: fmt::Arguments<'_>, then: impl FnOnce(&str) -> T) -> T {
        let mut buffer = Self {
            bytes: [0; TYPED_MAX],
            length: 0,
        };
        let written = buffer.write_fmt(text).is_ok();
        let bytes = buffer.bytes.get(..buffer.length).filter(|_| written);
        match bytes.map(std::str::from_utf8) {
            Some(Ok(text)) => then(text),
            _ => T::default(),
        }
    }
}

impl Write for Buffer {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length + text.len();
        let room = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// An IPv4 address in IPv6 form is the IPv4 address.
pub(crate) fn unmapped(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(six) => six.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_have_aws_s_text() {
        let longest = "1111:2222:3333:4444:5555:6666:7777:8888";
        let rows = [
            (Value::Text("a"), Some("a")),
            (Value::Bool(true), Some("true")),
            (Value::Integer(i64::MIN), Some("-9223372036854775808")),
            (Value::Date(1_706_702_400), Some("2024-01-31T12:00:00Z")),
            (
                Value::Address("::ffff:192.0.2.1".parse().unwrap()),
                Some("192.0.2.1"),
            ),
            (Value::Address(longest.parse().unwrap()), Some(longest)),
            (Value::List(&["a"]), None),
        ];
        for (value, expected) in rows {
            let text = with_text(value, |text| Some(text.to_owned()));
            assert_eq!(text.as_deref(), expected, "{value:?}");
        }
        for seconds in [i64::MIN, i64::MAX] {
            assert!(with_text(Value::Date(seconds), |text| text.ends_with('Z')));
        }
    }
}
