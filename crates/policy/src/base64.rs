//! Base64 of BinaryEquals, as bytes one after another.

/// The bytes of a text in the standard alphabet, padding required. The last item is `None` when the text is not base64.
pub(crate) fn decode(text: &str) -> impl Iterator<Item = Option<u8>> + '_ {
    let bytes = text.as_bytes();
    let groups = bytes.chunks(4);
    let last = groups.len().saturating_sub(1);
    groups.enumerate().flat_map(move |(index, group)| {
        let mut out = [Some(None), None, None];
        if let Some((decoded, length)) = decode_group(group, index == last) {
            for (slot, byte) in out.iter_mut().zip(decoded).take(length) {
                *slot = Some(Some(byte));
            }
        }
        out.into_iter().flatten()
    })
}

pub(crate) fn decode_all(text: &str) -> Option<Box<[u8]>> {
    decode(text).collect()
}

/// Up to three bytes; fewer only in the last group.
fn decode_group(group: &[u8], last: bool) -> Option<([u8; 3], usize)> {
    let &[first, second, third, fourth] = group else {
        return None;
    };
    let (padding, third, fourth) = match (third, fourth) {
        (b'=', b'=') if last => (2, b'A', b'A'),
        (_, b'=') if last => (1, third, b'A'),
        _ => (0, third, fourth),
    };
    let bits = [first, second, third, fourth]
        .iter()
        .try_fold(0u32, |bits, byte| Some(bits << 6 | sextet(*byte)?))?;
    let [_, a, b, c] = bits.to_be_bytes();
    let unused = match padding {
        2 => [0, b, c],
        1 => [0, 0, c],
        _ => [0, 0, 0],
    };
    (unused == [0, 0, 0]).then_some(([a, b, c], 3 - padding))
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(u32::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_of_rfc_4648() {
        let rows = [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ];
        for (text, bytes) in rows {
            assert_eq!(decode_all(text).as_deref(), Some(bytes.as_bytes()), "{text}");
        }
        for text in [
            "Z", "Zg", "Zg=", "Zh==", "Zg==Zg==", "Z===", "====", "Zm9é", "Zm_v",
        ] {
            assert_eq!(decode_all(text), None, "{text}");
        }
    }
}
