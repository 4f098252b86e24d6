//! The encoding in which answers hold policy documents.

/// Encodes all but RFC 3986's unreserved characters as `%XX`, so that neither a form decoder, which turns
/// `+` into a space, nor a URL decoder changes the text. AWS does so with every policy document that it returns.
pub fn percent_encode(text: &str) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F',
    ];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or_default();
    // A document in JSON grows by about half.
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.extend(['%', digit(byte >> 4), digit(byte & 0xf)]);
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        let rows = [
            ("AZaz09-._~", "AZaz09-._~"),
            ("", ""),
            ("a b\n\t\r", "a%20b%0A%09%0D"),
            ("*+/%", "%2A%2B%2F%25"),
            ("{\"a\":[1,2]}", "%7B%22a%22%3A%5B1%2C2%5D%7D"),
            (
                "!'()&=?#;@$<>\\^`|",
                "%21%27%28%29%26%3D%3F%23%3B%40%24%3C%3E%5C%5E%60%7C",
            ),
            ("é\u{ff}€", "%C3%A9%C3%BF%E2%82%AC"),
        ];
        for (text, encoded) in rows {
            assert_eq!(percent_encode(text), encoded);
        }
    }
}
