//! Percent-encoding as Signature Version 4 defines it: everything but `A-Z a-z 0-9 - . _ ~` becomes `%XX`
//! in upper case.

use std::borrow::Cow;

/// What is wrong with an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadEscape<'a> {
    /// The text ends within it.
    Truncated,
    /// It is not hexadecimal; holds the `%` and the two characters behind it.
    Illegal(&'a str),
}

/// Whether all escapes of a text are `%` and two hexadecimal digits. The other functions here expect that.
pub(crate) fn check_escapes(text: &str) -> Result<(), BadEscape<'_>> {
    for (position, _) in text.match_indices('%') {
        let mut characters = text.get(position..).unwrap_or_default().char_indices().skip(1);
        let (Some((_, high)), Some((_, low))) = (characters.next(), characters.next()) else {
            return Err(BadEscape::Truncated);
        };
        if !(high.is_ascii_hexdigit() && low.is_ascii_hexdigit()) {
            let length = 1 + high.len_utf8() + low.len_utf8();
            let escape = text.get(position..position + length).unwrap_or_default();
            return Err(BadEscape::Illegal(escape));
        }
    }
    Ok(())
}

/// Whether a byte stands for itself.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    const UNRESERVED: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let character = byte as u8;
            table[byte] = character.is_ascii_alphanumeric() || matches!(character, b'-' | b'.' | b'_' | b'~');
            byte += 1;
        }
        table
    };
    UNRESERVED[usize::from(byte)]
}

/// Whether a text is what encoding what it stands for would give.
pub(crate) fn is_canonical(text: &str) -> bool {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, rest @ ..] if !is_unreserved(byte_of(*high, *low)) => {
                if high.is_ascii_lowercase() || low.is_ascii_lowercase() {
                    return false;
                }
                rest
            }
            [byte, rest @ ..] if is_unreserved(*byte) => rest,
            _ => return false,
        };
    }
}

/// The bytes that a text stands for. `+` stands for a space in queries, and for itself in paths.
pub(crate) fn decode(text: &str, plus: Plus) -> impl Iterator<Item = u8> {
    let mut bytes = text.bytes();
    std::iter::from_fn(move || match bytes.next()? {
        b'%' => Some(byte_of(bytes.next()?, bytes.next()?)),
        b'+' if plus == Plus::Space => Some(b' '),
        byte => Some(byte),
    })
}

/// What `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plus {
    /// Itself: in a path.
    Plus,
    /// A space: in a query.
    Space,
}

/// Appends the encoding of `bytes`.
pub(crate) fn encode(bytes: impl Iterator<Item = u8>, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if is_unreserved(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// The text that a name or value of a query stands for, or `None` when it is not UTF-8.
pub(crate) fn decode_query_text(text: &str) -> Option<Cow<'_, str>> {
    if text.bytes().all(is_unreserved) {
        return Some(Cow::Borrowed(text));
    }
    let decoded = String::from_utf8(decode(text, Plus::Space).collect());
    decoded.ok().map(Cow::Owned)
}

/// The byte of two hexadecimal digits.
fn byte_of(high: u8, low: u8) -> u8 {
    let digit = |character: u8| char::from(character).to_digit(16).unwrap_or_default() as u8;
    digit(high) << 4 | digit(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(text: &str, plus: Plus) -> String {
        let mut out = String::new();
        encode(decode(text, plus), &mut out);
        out
    }

    #[test]
    fn encoding_of_single_texts() {
        let rows = [
            ("azAZ09-._~", "azAZ09-._~", "azAZ09-._~"),
            ("a+b", "a%2Bb", "a%20b"),
            ("a%2bb%20c", "a%2Bb%20c", "a%2Bb%20c"),
            ("%41%2D", "A-", "A-"),
            ("ü*!'()", "%C3%BC%2A%21%27%28%29", "%C3%BC%2A%21%27%28%29"),
            ("%e1%ff", "%E1%FF", "%E1%FF"),
            ("=/&", "%3D%2F%26", "%3D%2F%26"),
        ];
        for (text, path, query) in rows {
            assert_eq!(encoded(text, Plus::Plus), path, "{text}");
            assert_eq!(encoded(text, Plus::Space), query, "{text}");
        }
    }

    #[test]
    fn bad_escapes_are_named() {
        let rows = [
            ("", Ok(())),
            ("%41%zz", Err(BadEscape::Illegal("%zz"))),
            ("%4é", Err(BadEscape::Illegal("%4é"))),
            ("%%41", Err(BadEscape::Illegal("%%4"))),
            ("a%", Err(BadEscape::Truncated)),
            ("a%4", Err(BadEscape::Truncated)),
            ("a%é", Err(BadEscape::Truncated)),
        ];
        for (text, expected) in rows {
            assert_eq!(check_escapes(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn canonical_is_what_encoding_gives(text in "([a-c%+/~ü ]|%[0-9a-fA-F]{2}){0,8}") {
            if check_escapes(&text).is_ok() {
                proptest::prop_assert_eq!(is_canonical(&text), encoded(&text, Plus::Plus) == text);
                proptest::prop_assert!(is_canonical(&encoded(&text, Plus::Space)));
            }
        }
    }
}
