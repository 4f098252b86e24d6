/// A text, cut between characters to at most `bytes_max`.
pub fn shortened(text: &str, bytes_max: usize) -> &str {
    if text.len() <= bytes_max {
        return text;
    }
    let mut cuts = (0..=bytes_max).rev().filter_map(|end| text.get(..end));
    cuts.next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_is_between_characters() {
        let rows = [
            ("", 0, ""),
            ("ab", 0, ""),
            ("ab", 1, "a"),
            ("ab", 2, "ab"),
            ("ab", 3, "ab"),
            ("aä", 2, "a"),
            ("ää", 3, "ä"),
        ];
        for (text, bytes_max, expected) in rows {
            assert_eq!(shortened(text, bytes_max), expected, "{text} {bytes_max}");
        }
    }
}
