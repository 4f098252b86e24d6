//! A context value as text, without allocation.

use std::fmt::{self, Write};
use std::net::IpAddr;

use crate::context::Value;
use crate::date;

/// Longest text of a value that is not a text: an IPv6 address.
const TYPED_MAX: usize = 45;

#[derive(Clone, Copy)]
pub(crate) struct Rendered<'a>(Text<'a>);

#[derive(Clone, Copy)]
enum Text<'a> {
    Borrowed(&'a str),
    Buffer(Buffer),
}

#[derive(Clone, Copy)]
struct Buffer {
    bytes: [u8; TYPED_MAX],
    length: usize,
}

impl<'a> Rendered<'a> {
    /// `None` for a multi-valued key, which has no one text.
    pub(crate) fn of(value: Value<'a>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(Self::borrowed(text)),
            Value::Bool(true) => Some(Self::borrowed("true")),
            Value::Bool(false) => Some(Self::borrowed("false")),
            Value::Integer(number) => Buffer::written(format_args!("{number}")),
            Value::Date(seconds) => Buffer::written(format_args!("{}", date::Written(seconds))),
            Value::Address(address) => Buffer::written(format_args!("{}", unmapped(address))),
            Value::List(_) => None,
        }
    }

    pub(crate) fn borrowed(text: &'a str) -> Self {
        Self(Text::Borrowed(text))
    }

    pub(crate) fn as_str(&self) -> &str {
        match &self.0 {
            Text::Borrowed(text) => text,
            Text::Buffer(buffer) => {
                let bytes = buffer.bytes.get(..buffer.length).unwrap_or_default();
                std::str::from_utf8(bytes).unwrap_or_default()
            }
        }
    }
}

impl Buffer {
    fn written<'a>(text: fmt::Arguments<'_>) -> Option<Rendered<'a>> {
        let mut buffer = Self {
            bytes: [0; TYPED_MAX],
            length: 0,
        };
        buffer.write_fmt(text).ok()?;
        Some(Rendered(Text::Buffer(buffer)))
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
            let rendered = Rendered::of(value);
            assert_eq!(rendered.as_ref().map(Rendered::as_str), expected, "{value:?}");
        }
        assert!(Rendered::of(Value::Date(i64::MIN)).is_some());
        assert!(Rendered::of(Value::Date(i64::MAX)).is_some());
    }
}
