//! Where a Rust file's strings and tests are, as far as the other rules need to know.

/// The string literals of a file with the line that each begins on, unescaped only as to line breaks.
pub(super) fn strings(text: &str) -> Vec<(usize, String)> {
    let mut strings = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while let Some(first) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some(raw) = raw_string(rest) {
            strings.push((line, raw.content.to_owned()));
            raw.length
        } else if first == '"' {
            let length = quoted_length(rest, '"');
            let content = rest.get(1..length.saturating_sub(1)).unwrap_or_default();
            strings.push((line, content.to_owned()));
            length
        } else if let Some(length) = character_literal(rest) {
            length
        } else {
            first.len_utf8()
        };
        let (passed, after) = rest.split_at(taken.min(rest.len()));
        line += passed.matches('\n').count();
        rest = after;
    }
    strings
}

/// The line after which a file holds tests, counted from 1; a file of nothing but tests begins with 0.
pub(super) fn tests_after(path: &str, text: &str) -> Option<usize> {
    if path.contains("/tests/") || path.ends_with("/tests.rs") || path.starts_with("tests/") {
        return Some(0);
    }
    let line = text.lines().position(|line| line.trim() == "#[cfg(test)]")?;
    // `#[cfg(test)] mod tests;` names another file.
    let inline = text
        .lines()
        .nth(line + 1)
        .is_some_and(|next| next.trim_end().ends_with('{'));
    inline.then_some(line + 1)
}

struct RawString<'a> {
    content: &'a str,
    length: usize,
}

/// `r"…"` or `r#"…"#`, with any number of hashes, at the beginning of the text.
fn raw_string(text: &str) -> Option<RawString<'_>> {
    let after_r = text.strip_prefix('r').or_else(|| text.strip_prefix("br"))?;
    let prefix = text.len() - after_r.len();
    let hashes = after_r.len() - after_r.trim_start_matches('#').len();
    let content = after_r.get(hashes..)?.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = content.find(&end)?;
    let content = content.get(..length)?;
    Some(RawString {
        content,
        length: prefix + hashes + 1 + length + end.len(),
    })
}

/// Bytes up to and including the closing quote.
fn quoted_length(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return index + 1;
        }
    }
    text.len()
}

/// `'"'` and the like; a lifetime is none.
fn character_literal(text: &str) -> Option<usize> {
    let mut characters = text.strip_prefix('\'')?.chars();
    let first = characters.next()?;
    if first == '\\' {
        return Some(quoted_length(text, '\''));
    }
    (characters.next() == Some('\'')).then(|| 2 + first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_found_and_nothing_else() {
        let text = "// \"no\"\nlet a = \"one\\\"\"; let b: &'a str = '\"';\nlet c = r#\"t\"w\no\"#; let d = \"three\";";
        let found = strings(text);
        let expected = [(2, "one\\\""), (3, "t\"w\no"), (4, "three")];
        assert_eq!(found, expected.map(|(line, content)| (line, content.to_owned())));
    }

    #[test]
    fn tests_are_where_they_are_said_to_be() {
        assert_eq!(tests_after("crates/a/tests/b.rs", ""), Some(0));
        assert_eq!(tests_after("crates/a/src/b/tests.rs", ""), Some(0));
        assert_eq!(
            tests_after("crates/a/src/b.rs", "x\n#[cfg(test)]\nmod tests {\n"),
            Some(2)
        );
        assert_eq!(
            tests_after("crates/a/src/b.rs", "x\n#[cfg(test)]\nmod tests;\n"),
            None
        );
    }
}
