//! Searches and comparisons of short texts, where the standard library's cost more to begin than to run.

/// A one in each byte of a word.
const EACH: u64 = 0x0101_0101_0101_0101;

/// Whether a text has an ASCII space or control character (but delete).
#[inline]
pub(crate) fn has_space_or_control(text: &[u8]) -> bool {
    let (words, rest) = text.as_chunks::<8>();
    // A byte below the bound makes the subtraction borrow, and has its own top bit clear.
    let in_words = words.iter().fold(0, |found, word| {
        let word = u64::from_le_bytes(*word);
        found | (word.wrapping_sub(EACH * 0x21) & !word & (EACH << 7))
    });
    in_words != 0 || rest.iter().any(|byte| *byte < 0x21)
}

/// The place of the first `byte`.
#[inline]
fn find(text: &[u8], byte: u8) -> Option<usize> {
    let (words, rest) = text.as_chunks::<8>();
    for (index, word) in words.iter().enumerate() {
        // The lowest byte that became zero is marked exactly; those above it need not be.
        let zeroed = u64::from_le_bytes(*word) ^ (EACH * u64::from(byte));
        let marks = zeroed.wrapping_sub(EACH) & !zeroed & (EACH << 7);
        if marks != 0 {
            return Some(index * 8 + marks.trailing_zeros() as usize / 8);
        }
    }
    let place = rest.iter().position(|candidate| *candidate == byte)?;
    Some(words.len() * 8 + place)
}

/// Whether two texts are equal.
#[inline]
pub(crate) fn are_equal(text: &str, other: &str) -> bool {
    let (text, other) = (text.as_bytes(), other.as_bytes());
    if text.len() != other.len() {
        return false;
    }
    // Two words, which may overlap, are all of most names.
    match (text.first_chunk::<8>(), text.last_chunk::<8>()) {
        (Some(first), Some(last)) => {
            Some(first) == other.first_chunk()
                && Some(last) == other.last_chunk()
                && (text.len() <= 16 || text == other)
        }
        _ => text.iter().eq(other),
    }
}

/// The text before and behind the first `byte`, which is an ASCII character.
#[inline]
pub(crate) fn split_once(text: &str, byte: u8) -> Option<(&str, &str)> {
    let place = find(text.as_bytes(), byte)?;
    Some((text.get(..place)?, text.get(place + 1..)?))
}

/// The parts of a text between `byte`s, an ASCII character; one part, if there is none.
pub(crate) fn split(text: &str, byte: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (part, behind) = match split_once(text, byte) {
            Some((part, behind)) => (part, Some(behind)),
            None => (text, None),
        };
        rest = behind;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn spaces_and_controls_are_seen_anywhere(text in "[!-~\u{80}-\u{ff}]{0,20}", place in 0_usize..20, byte: u8) {
            proptest::prop_assert!(!has_space_or_control(text.as_bytes()));
            let mut bytes = text.into_bytes();
            let place = place.min(bytes.len());
            bytes.insert(place, byte);
            proptest::prop_assert_eq!(has_space_or_control(&bytes), byte <= b' ');
        }

        #[test]
        fn equality_is_that_of_the_standard_library(text in "[ab]{0,20}", other in "[ab]{0,20}") {
            proptest::prop_assert_eq!(are_equal(&text, &other), text == other);
            proptest::prop_assert!(are_equal(&text, &text.clone()));
        }

        #[test]
        fn as_the_standard_library_does(text in "[;a\\x00\\x01ü:<]{0,40}") {
            proptest::prop_assert_eq!(find(text.as_bytes(), b';'), text.find(';'));
            proptest::prop_assert!(split(&text, b';').eq(text.split(';')));
        }
    }
}
