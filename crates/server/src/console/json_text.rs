//! JSON as people like to read it.

/// Two spaces for each level.
const INDENT: &str = "  ";

/// JSON with one element on each line; order, numbers and strings stay as they are written. Text that is no JSON comes
/// back as something else that is no JSON.
pub(super) fn indented(text: &str) -> String {
    let mut written = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut characters = text.chars().filter(|c| !c.is_control()).peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => {
                written.push('"');
                while let Some(inner) = characters.next() {
                    written.push(inner);
                    match inner {
                        '\\' => written.extend(characters.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            '{' | '[' => {
                written.push(character);
                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                if let Some(closing) = characters.next_if(|next| matches!(next, '}' | ']')) {
                    written.push(closing);
                } else {
                    depth += 1;
                    begin_line(&mut written, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                begin_line(&mut written, depth);
                written.push(character);
            }
            ',' => {
                written.push(',');
                begin_line(&mut written, depth);
            }
            ':' => written.push_str(": "),
            character if character.is_whitespace() => {}
            other => written.push(other),
        }
    }
    written
}

fn begin_line(written: &mut String, depth: usize) {
    written.push('\n');
    // Deeper than any policy is, it is not worth a line that grows with it.
    written.extend(std::iter::repeat_n(INDENT, depth.min(32)));
}

/// The lines from `first` to `last`, counted from 1.
pub(super) fn lines(text: &str, first: u32, last: u32) -> String {
    let (first, last) = (first.max(1) as usize, last as usize);
    let lines: Vec<&str> = text
        .lines()
        .skip(first - 1)
        .take((last + 1).saturating_sub(first))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_gets_a_line() {
        let text = r#"{"b":[1,{"c":"x, \"{y}\""}],"a":{},"d":[ ]}"#;
        let shown = "{\n  \"b\": [\n    1,\n    {\n      \"c\": \"x, \\\"{y}\\\"\"\n    }\n  ],\n  \"a\": {},\n  \"d\": []\n}";
        assert_eq!(indented(text), shown);
        assert_eq!(indented(shown), shown);
    }

    #[test]
    fn what_is_no_json_does_no_harm() {
        for text in ["", "}}}", "\"", "\"\\", "[[[[", &"[".repeat(100)] {
            indented(text);
        }
    }

    #[test]
    fn some_lines_of_a_text() {
        assert_eq!(lines("a\nb\nc\nd", 2, 3), "b\nc");
        assert_eq!(lines("a\nb", 0, 9), "a\nb");
        assert_eq!(lines("a\nb", 2, 1), "");
    }
}
