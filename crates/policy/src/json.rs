//! JSON with the place of each value. Syntax is serde_json's; only the punctuation between values is read here, because a
//! `serde_json::Value` knows no places and drops all but the last of equal keys.

use serde_json::Deserializer;
use serde_json::value::RawValue;

use crate::limits::NESTING_MAX;

/// A value and where it stands, in bytes from the beginning of the document.
#[derive(Debug)]
pub(crate) struct Node {
    pub start: usize,
    pub end: usize,
    pub value: Json,
}

#[derive(Debug)]
pub(crate) enum Json {
    /// Members in the order of the document. No two have the same key.
    Object(Vec<Member>),
    Array(Vec<Node>),
    Text(String),
    /// A number, `true` or `false`, as written.
    Literal(String),
    Null,
}

#[derive(Debug)]
pub(crate) struct Member {
    pub key: String,
    pub key_start: usize,
    pub value: Node,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Syntax,
    TooDeep,
    DuplicateKey,
}

/// A fault and its offset in bytes.
pub(crate) type At<T> = Result<T, (Fault, usize)>;

pub(crate) fn parse(text: &str) -> At<Node> {
    check_depth(text)?;
    let whole: &RawValue = serde_json::from_str(text)
        .map_err(|error| (Fault::Syntax, offset_of(text, error.line(), error.column())))?;
    let start = text.len() - text.trim_start_matches(is_space).len();
    node(text, start, whole.get())
}

/// Refuses what would be too deep before anything recurses into it.
fn check_depth(text: &str) -> At<()> {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for (offset, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                if depth > NESTING_MAX {
                    return Err((Fault::TooDeep, offset));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The value that `raw`, which begins at `start` of `text`, holds. It has passed serde_json once.
fn node(text: &str, start: usize, raw: &str) -> At<Node> {
    let value = match raw.as_bytes().first() {
        Some(b'{') => Json::Object(object(text, start)?),
        Some(b'[') => Json::Array(array(text, start)?),
        // A text may still hold half of a surrogate pair.
        Some(b'"') => Json::Text(serde_json::from_str(raw).map_err(|_| (Fault::Syntax, start))?),
        Some(b'n') => Json::Null,
        _ => Json::Literal(raw.to_owned()),
    };
    Ok(Node {
        start,
        end: start + raw.len(),
        value,
    })
}

fn object(text: &str, start: usize) -> At<Vec<Member>> {
    let mut members: Vec<Member> = Vec::new();
    let mut walk = Walk { text, at: start + 1 };
    while !walk.ends(b'}') {
        let (key_start, raw) = walk.value()?;
        let key: String = serde_json::from_str(raw).map_err(|_| (Fault::Syntax, key_start))?;
        walk.ends(b':');
        let (value_start, raw) = walk.value()?;
        members.push(Member {
            key,
            key_start,
            value: node(text, value_start, raw)?,
        });
        walk.ends(b',');
    }
    refuse_duplicates(&members)?;
    Ok(members)
}

fn array(text: &str, start: usize) -> At<Vec<Node>> {
    let mut nodes = Vec::new();
    let mut walk = Walk { text, at: start + 1 };
    while !walk.ends(b']') {
        let (value_start, raw) = walk.value()?;
        nodes.push(node(text, value_start, raw)?);
        walk.ends(b',');
    }
    Ok(nodes)
}

fn refuse_duplicates(members: &[Member]) -> At<()> {
    let mut keys: Vec<(&str, usize)> = members
        .iter()
        .map(|member| (member.key.as_str(), member.key_start))
        .collect();
    keys.sort_unstable();
    let twice = keys.windows(2).find_map(|pair| match pair {
        [(first, _), (second, at)] if first == second => Some(*at),
        _ => None,
    });
    twice.map_or(Ok(()), |at| Err((Fault::DuplicateKey, at)))
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Walk<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Whether this punctuation comes next; steps over it if so.
    fn ends(&mut self, punctuation: u8) -> bool {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches(is_space);
        self.at += rest.len() - trimmed.len();
        let found = trimmed.as_bytes().first() == Some(&punctuation);
        self.at += usize::from(found);
        found
    }

    /// Steps over one value and gives its place and its text.
    fn value(&mut self) -> At<(usize, &'t str)> {
        let mut values = Deserializer::from_str(self.rest()).into_iter::<&'t RawValue>();
        let raw = match values.next() {
            Some(Ok(raw)) => raw.get(),
            _ => return Err((Fault::Syntax, self.at)),
        };
        self.at += values.byte_offset();
        Ok((self.at - raw.len(), raw))
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\n' | '\r')
}

/// serde_json counts lines from 1 and columns in bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let before: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    let offset = (before + column.saturating_sub(1)).min(text.len());
    (0..=offset)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The value again, in serde_json's compact form.
    fn rendered(node: &Node) -> String {
        let quoted = |text: &str| serde_json::to_string(text).unwrap();
        match &node.value {
            Json::Null => "null".to_owned(),
            Json::Literal(raw) => raw.clone(),
            Json::Text(text) => quoted(text),
            Json::Array(nodes) => format!("[{}]", nodes.iter().map(rendered).collect::<Vec<_>>().join(",")),
            Json::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .map(|member| format!("{}:{}", quoted(&member.key), rendered(&member.value)))
                    .collect();
                format!("{{{}}}", members.join(","))
            }
        }
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = " {\"a\" : [1, \"é\\n\", {}] , \"b\":null}\n";
        let node = parse(text).unwrap();
        assert_eq!(rendered(&node), r#"{"a":[1,"é\n",{}],"b":null}"#);
        assert_eq!(text.get(node.start..node.end), Some(text.trim()));
        let Json::Object(members) = &node.value else {
            panic!("not an object")
        };
        let Json::Array(values) = &members[0].value.value else {
            panic!("not an array")
        };
        let places: Vec<_> = values.iter().map(|value| &text[value.start..value.end]).collect();
        assert_eq!(places, ["1", "\"é\\n\"", "{}"]);
        assert_eq!(text.get(members[1].key_start..), Some("\"b\":null}\n"));
    }

    #[test]
    fn faults_have_a_place() {
        let deep = "[".repeat(NESTING_MAX + 1);
        let rows = [
            ("", Fault::Syntax, 0),
            ("{\"a\":1,}", Fault::Syntax, 7),
            ("{\n  \"a\": tru }", Fault::Syntax, 12),
            ("[1 2]", Fault::Syntax, 3),
            ("{\"a\":1} x", Fault::Syntax, 8),
            ("{\"a\":{\"b\":1,\"b\":2}}", Fault::DuplicateKey, 12),
            ("{\"a\":1,\"\\u0061\":2}", Fault::DuplicateKey, 7),
            ("\"\\ud800\"", Fault::Syntax, 0),
            (&deep, Fault::TooDeep, NESTING_MAX),
        ];
        for (text, fault, at) in rows {
            assert_eq!(parse(text).map(|_| ()).unwrap_err(), (fault, at), "{text}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "[\\[\\]{}\":,a1\\\\é \n-]{0,40}") {
            let _ = parse(&text);
        }

        #[test]
        fn what_serde_json_reads_is_read_alike(
            text in r#"(\[|\{"a":)?(1|"x"|null|\[true, "y" \]|\{"b": 2 , "c":\[\]\})(,3)?[\]}]?"#
        ) {
            let expected = serde_json::from_str::<serde_json::Value>(&text);
            match parse(&text) {
                Ok(node) => prop_assert_eq!(rendered(&node), expected.unwrap().to_string()),
                Err(_) => prop_assert!(expected.is_err()),
            }
        }
    }
}
