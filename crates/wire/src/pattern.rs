//! The patterns of AWS's models, translated by hand.
//!
//! There are few distinct ones and almost all are a class of characters, so a function each is
//! smaller and faster than a regular expression engine. [`Pattern::of`] is evaluated while
//! compiling: a model with a pattern that is missing here does not compile.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// A pattern, matched against the whole text. `\w` and `\d` are ASCII.
pub(crate) struct Pattern {
    /// As the model, and so AWS's message, writes it.
    pub(crate) text: &'static str,
    matcher: fn(&str) -> bool,
}

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        (self.matcher)(text)
    }

    #[expect(
        clippy::panic,
        clippy::indexing_slicing,
        reason = "evaluated while compiling the shapes"
    )]
    pub(crate) const fn of(text: &str) -> &'static Self {
        let mut index = 0;
        while index < PATTERNS.len() {
            if equal(PATTERNS[index].text, text) {
                return &PATTERNS[index];
            }
            index += 1;
        }
        panic!("the model has a pattern without a matcher in pattern.rs");
    }
}

#[expect(clippy::indexing_slicing, reason = "evaluated while compiling the shapes")]
const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

macro_rules! patterns {
    ($($text:literal => $matcher:expr,)*) => {
        const PATTERNS: &[Pattern] = &[$(Pattern { text: $text, matcher: $matcher },)*];
    };
}

patterns! {
    // Names and ids.
    r"[\w]+" => |text| some(text, word),
    r"[\w]*" => |text| any(text, word),
    r"[\w-]+" => |text| some(text, |c| word(c) || c == '-'),
    r"[\w-]*" => |text| any(text, |c| word(c) || c == '-'),
    r"[\w._-]+" => |text| some(text, |c| word(c) || ".-".contains(c)),
    r"[\w+=,.@-]+" => |text| some(text, name),
    r"[\w+=,.@-]*" => |text| any(text, name),
    r"[\w+=/:,.@-]+" => |text| some(text, |c| name(c) || "/:".contains(c)),
    r"[\w+=/:,.@-]*" => |text| any(text, |c| name(c) || "/:".contains(c)),
    r"[\w+=,.@:\/-]*" => |text| any(text, |c| name(c) || "/:".contains(c)),
    r"[A-Z0-9]+" => |text| some(text, |c| c.is_ascii_uppercase() || c.is_ascii_digit()),
    r"^[A-Za-z][A-Za-z0-9/_-]*$" => |text| {
        text.starts_with(|c: char| c.is_ascii_alphabetic()) && any(text, |c| word(c) || "/-".contains(c))
    },
    r"[\d]+" => |text| some(text, |c| c.is_ascii_digit()),
    r"[\d]*" => |text| any(text, |c| c.is_ascii_digit()),
    r"\d{12}" => |text| text.len() == 12 && any(text, |c| c.is_ascii_digit()),
    r"^[a-zA-Z0-9:_.-]+$" => |text| some(text, |c| word(c) || ":.-".contains(c)),
    r"^[a-zA-Z0-9:/+=,.@_-]+$" => |text| some(text, |c| name(c) || ":/".contains(c)),
    r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$" => account_alias,
    r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*" => organizations_entity_path,
    r"^p-[0-9a-zA-Z_]{8,128}$" => |text| {
        text.strip_prefix("p-").is_some_and(|rest| (8..=128).contains(&rest.len()) && any(rest, word))
    },
    r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?" => policy_version,
    // Paths and addresses.
    r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)" => path,
    r"\u002F[\u0021-\u007F]*" => |text| {
        text.strip_prefix('/').is_some_and(|rest| any(rest, |c| matches!(c, '\u{21}'..='\u{7f}')))
    },
    r"((/[A-Za-z0-9\.,\+@=_-]+)*)/" => policy_path,
    r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$" => redirect_url,
    // Free text.
    r"[ -~]+" => |text| some(text, |c| matches!(c, ' '..='~')),
    r"[\u0020-\u00FF]+" => |text| some(text, |c| matches!(c, '\u{20}'..='\u{ff}')),
    r"[\u0009\u000A\u000D\u0020-\u00FF]+" => |text| some(text, |c| layout(c) || matches!(c, '\u{20}'..='\u{ff}')),
    r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]+" => |text| some(text, printable_latin),
    r"[\u0009\u000A\u000D\u0020-\u007E\u00A1-\u00FF]*" => |text| any(text, printable_latin),
    r"[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+" => |text| some(text, |c| {
        layout(c) || matches!(c, '\u{20}'..='\u{7e}' | '\u{85}' | '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
    }),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]+" => |text| some(text, tag),
    r"[\p{L}\p{Z}\p{N}_.:/=+\-@]*" => |text| any(text, tag),
}

fn some(text: &str, class: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && any(text, class)
}

fn any(text: &str, class: impl Fn(char) -> bool) -> bool {
    text.chars().all(class)
}

fn word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn name(c: char) -> bool {
    word(c) || "+=,.@-".contains(c)
}

fn layout(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r')
}

fn printable_latin(c: char) -> bool {
    layout(c) || matches!(c, '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}')
}

fn tag(c: char) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Separator};
    name_of_tag(c) || (!c.is_ascii() && matches!(c.general_category_group(), Letter | Number | Separator))
}

fn name_of_tag(c: char) -> bool {
    c.is_ascii_alphanumeric() || " _.:/=+-@".contains(c)
}

fn lower_or_digit(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

fn account_alias(text: &str) -> bool {
    (3..=63).contains(&text.len())
        && any(text, |c| lower_or_digit(c) || c == '-')
        && !text.starts_with('-')
        && !text.ends_with('-')
        && !text.contains("--")
}

fn organization(id: &str) -> bool {
    (10..=32).contains(&id.len()) && any(id, lower_or_digit)
}

fn organizations_entity_path(text: &str) -> bool {
    let Some((id, rest)) = text.strip_prefix("o-").and_then(|text| text.split_once('/')) else {
        return false;
    };
    let root = rest.strip_prefix("r-").unwrap_or_default();
    let digits = root.chars().take_while(|c| lower_or_digit(*c)).count();
    organization(id) && digits >= 4 && any(root, |c| lower_or_digit(c) || c == '-' || c == '/')
}

fn policy_version(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('v') else {
        return false;
    };
    let (number, suffix) = match rest.split_once('.') {
        Some((number, suffix)) => (number, suffix),
        None => (rest, ""),
    };
    some(number, |c| c.is_ascii_digit())
        && !number.starts_with('0')
        && any(suffix, |c| c.is_ascii_alphanumeric() || c == '-')
}

fn path(text: &str) -> bool {
    let inner = text.strip_prefix('/').and_then(|rest| rest.strip_suffix('/'));
    text == "/" || inner.is_some_and(|inner| some(inner, |c| matches!(c, '!'..='~')))
}

fn policy_path(text: &str) -> bool {
    let Some(segments) = text.strip_suffix('/') else {
        return false;
    };
    segments.is_empty()
        || segments
            .strip_prefix('/')
            .is_some_and(|segments| segments.split('/').all(|segment| some(segment, name)))
}

fn redirect_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("http")
        .map(|rest| rest.strip_prefix('s').unwrap_or(rest));
    let Some(rest) = rest.and_then(|rest| rest.strip_prefix("://")) else {
        return false;
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
    let plain = |c: char| word(c) || ".-".contains(c);
    any(address, |c| plain(c) || c == '/')
        && any(query, |c| plain(c) || "=&".contains(c))
        && any(fragment, |c| plain(c) || c == '/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    /// The pattern as the `regex` crate writes it.
    fn expression(pattern: &Pattern) -> Regex {
        let text = pattern
            .text
            // The only pattern with a look-ahead; the expression says the same without.
            .replace(
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
                r"[a-z0-9](?:[a-z0-9]|-[a-z0-9]){1,62}",
            )
            .replace(r"\u10000-\u10FFFF", r"\x{10000}-\x{10FFFF}")
            .replace(r"\uD7FF\uE000", r"\x{D7FF}\x{E000}")
            .replace(r"\w", "A-Za-z0-9_")
            .replace(r"\d{12}", "[0-9]{12}")
            .replace(r"\d", "0-9")
            .replace(r"9a-z-\/", r"9a-z\-/");
        let mut expression = String::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once(r"\u") {
            let (digits, after) = after.split_at(4);
            expression.push_str(&format!(r"{before}\x{{{digits}}}"));
            rest = after;
        }
        expression.push_str(rest);
        Regex::new(&format!(r"\A(?:{expression})\z")).unwrap()
    }

    fn differs(pattern: &Pattern, expression: &Regex, text: &str) -> bool {
        let alias = pattern.text.contains("(?!");
        let expected = expression.is_match(text) && (!alias || (3..=63).contains(&text.len()));
        pattern.matches(text) != expected
    }

    #[test]
    fn every_character_is_in_a_class_exactly_when_the_expression_has_it() {
        // Tables of different Unicode versions differ in what is unassigned.
        let unassigned = Regex::new(r"\p{Cn}").unwrap();
        for pattern in PATTERNS {
            let expression = expression(pattern);
            for c in (0..=0x2fff_u32)
                .chain(0xd000..=0x1_0100)
                .filter_map(char::from_u32)
            {
                let text = c.to_string();
                let known = c.is_ascii()
                    || (c.general_category_group() != GeneralCategoryGroup::Other
                        && !unassigned.is_match(&text));
                assert!(
                    !known || !differs(pattern, &expression, &text),
                    "{} {c:?}",
                    pattern.text
                );
            }
        }
    }

    #[test]
    fn texts_at_the_bounds() {
        let rows = [
            (
                r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
                "a-b c a--b -ab ab- abc a1 a-b-c",
            ),
            (
                r"(\u002F)|(\u002F[\u0021-\u007E]+\u002F)",
                "/ // /// /a/ /a a/ /a//b/ a",
            ),
            (r"((/[A-Za-z0-9\.,\+@=_-]+)*)/", "/ // /a/ /a//b/ /a/b/ a/ /a"),
            (
                r"v[1-9][0-9]*(\.[A-Za-z0-9-]*)?",
                "v1 v v0 v10 v1. v1.a-b v1.a.b v1-2 w1",
            ),
            (r"\d{12}", "123456789012 12345678901 1234567890123"),
            (
                r"^p-[0-9a-zA-Z_]{8,128}$",
                "p-12345678 p-1234567 p-a_345678 q-12345678",
            ),
            (
                r"^o-[0-9a-z]{10,32}\/r-[0-9a-z]{4,32}[0-9a-z-\/]*",
                "o-1234567890/r-abcd o-1234567890/r-abc o-1234567890/r-abcd/ou-1-2 o-123/r-abcd o-1234567890/r-ab-cd",
            ),
            (
                r"^http(s?)://[a-zA-Z0-9._/-]*(\?[a-zA-Z0-9._=&-]*)?(#[a-zA-Z0-9._/-]*)?$",
                "http:// https://a/b?c=d&e#f http://a#f?x http://a?b?c http://a?b#c#d httpss://a ftp://a https://a?#",
            ),
        ];
        for (text, samples) in rows {
            let pattern = Pattern::of(text);
            let expression = expression(pattern);
            for sample in samples.split(' ').chain(["", "a\n", "/\n"]) {
                assert!(!differs(pattern, &expression, sample), "{text} {sample:?}");
            }
        }
        let alias = Pattern::of(r"^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$");
        for (length, fits) in [(2, false), (3, true), (63, true), (64, false)] {
            assert_eq!(alias.matches(&"a".repeat(length)), fits, "{length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        #[test]
        fn matchers_agree_with_the_expressions(
            text in "([a-z0-9AZ/_.:=+@,#?&v-]|o-|r-|p-|http://|https://|\\PC|[\\x00-\\x20]){0,40}"
        ) {
            for pattern in PATTERNS {
                prop_assert!(!differs(pattern, &expression(pattern), &text), "{} {:?}", pattern.text, text);
            }
        }
    }
}
