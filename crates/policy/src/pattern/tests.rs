use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::context::{Context, Key, Value};
use crate::keys::EveryMissing;

const BOTH: Special = Special {
    wildcards: true,
    variables: true,
};

/// `k` is the text given; `n` a number; `list` has two values; `empty` is the empty text.
struct Keys(&'static str);

impl Context for Keys {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        match key.as_str() {
            "k" | "aws:k" => Some(Value::Text(self.0)),
            "n" => Some(Value::Integer(-7)),
            "list" => Some(Value::List(&["a", "b"])),
            "empty" => Some(Value::Text("")),
            _ => None,
        }
    }
}

fn matches_with(pattern: &str, text: &str, mode: Mode, context: &dyn Context) -> (bool, Vec<String>) {
    let mut keys = Interner::default();
    let compiled = Pattern::compile(pattern, BOTH, &mut keys);
    let keys = keys.finish();
    let mut missing = EveryMissing::default();
    let mut lookup = Lookup {
        context,
        keys: &keys,
        missing: &mut missing,
    };
    let matched = compiled.matches(text, mode, &mut lookup);
    (
        matched,
        missing.into_sorted().into_iter().map(str::to_owned).collect(),
    )
}

fn matches(pattern: &str, text: &str, mode: Mode) -> bool {
    matches_with(pattern, text, mode, &()).0
}

#[test]
fn wildcards() {
    let rows = [
        ("*", "", true),
        ("*", "a:b/c", true),
        ("", "", true),
        ("", "a", false),
        ("?", "", false),
        ("?", "a", true),
        ("?", "é", true),
        ("??", "é", false),
        ("a*", "a", true),
        ("a*", "b", false),
        ("*a", "ba", true),
        ("*a", "ab", false),
        ("a*a", "a", false),
        ("a*a", "aa", true),
        ("a**b", "ab", true),
        ("*é?", "ééx", true),
        ("*?é", "é", false),
        ("*ab*ba*", "aba", false),
        ("*ab*ba*", "abba", true),
        ("a?c*e", "abcde", true),
        ("a?c*e", "abde", false),
        ("*aab", "aaab", true),
        ("x*aab*", "xaaabz", true),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matches(pattern, text, Mode::Plain), expected, "{pattern} {text}");
    }
}

#[test]
fn wildcards_stay_within_a_part_of_an_arn() {
    let rows = [
        ("arn:aws:s3:::b/*", "arn:aws:s3:::b/c:d/e", true),
        ("arn:aws:s3:*", "arn:aws:s3:::b", false),
        ("arn:*:b", "arn:aws:s3:::b", false),
        ("arn:aws:iam::*:user/a", "arn:aws:iam::1:user/a", true),
        ("arn:aws:iam::*:user/a", "arn:aws:iam::1:x:user/a", false),
        ("arn:aws:iam::*user/a", "arn:aws:iam::1:user/a", false),
        ("arn:aws:iam::1*2:user/a", "arn:aws:iam::12:user/a", true),
        ("arn:aws:iam::?:*", "arn:aws:iam::1:user/a", true),
        ("arn:aws:iam:?1:user/a", "arn:aws:iam::1:user/a", false),
        ("arn:aws:s?:::*", "arn:aws:s3:::b", true),
        ("arn:*:s3:::*x*y", "arn:aws:s3:::x:y", true),
        ("arn:*:s3:::*x?y", "arn:aws:s3:::x:y", true),
        ("arn:aws:s3:::b", "*", false),
        ("*", "*", true),
        (
            "arn:aws:svc:*:111122223333:finance/*",
            "arn:aws:svc:us:e:111122223333:finance/x",
            false,
        ),
        ("arn:*:*:*:*:*", "arn:aws:s3:::b", true),
        ("arn:*:*:*:*:*", "arn:aws:s3", false),
    ];
    for (pattern, text, expected) in rows {
        assert_eq!(matches(pattern, text, Mode::Arn), expected, "{pattern} {text}");
    }
}

#[test]
fn variables() {
    // Pattern, value of `k`, text, whether it matches, what was missing.
    let rows: [(&str, &str, &str, bool, &[&str]); 24] = [
        ("${k}", "alice", "alice", true, &[]),
        ("${K}", "alice", "alice", true, &[]),
        ("${ k }", "alice", "alice", true, &[]),
        ("a/${aws:k}/*", "alice", "a/alice/x", true, &[]),
        ("a/${aws:k}/*", "alice", "a/bob/x", false, &[]),
        ("*/${k}", "alice", "a/b/alice", true, &[]),
        ("${k}${k}", "a", "aa", true, &[]),
        ("${k}", "*", "alice", false, &[]),
        ("${k}", "*", "*", true, &[]),
        ("x${k}*", "?", "xab", false, &[]),
        ("${k}", "${n}", "-7", false, &[]),
        ("${n}", "", "-7", true, &[]),
        ("${list}", "", "a", false, &[]),
        ("${none}", "", "", false, &["none"]),
        ("b${none}", "", "a", false, &[]),
        ("${none, 'all'}", "", "all", true, &["none"]),
        ("${none,'*'}", "", "x", false, &["none"]),
        ("${none, all}", "", "all", false, &["none, all"]),
        ("${k, 'all'}", "alice", "all", false, &[]),
        ("${empty, 'all'}", "", "all", true, &[]),
        ("${empty}", "", "", false, &[]),
        ("a${*}${?}${$}{b}", "", "a*?${b}", true, &[]),
        ("${k", "alice", "${k", true, &[]),
        ("${k}-${k}-${k}-${k}-${k}-${n}", "a", "a-a-a-a-a--7", true, &[]),
    ];
    for (pattern, value, text, expected, missing) in rows {
        let found = matches_with(pattern, text, Mode::Plain, &Keys(value));
        let missing: Vec<String> = missing.iter().map(|key| (*key).to_owned()).collect();
        assert_eq!(found, (expected, missing), "{pattern} {value} {text}");
    }
}

#[test]
fn variables_of_a_resource_stand_in_its_last_part() {
    let matches = |resource: &str, text: &str| {
        let mut keys = Interner::default();
        let compiled = Pattern::compile_resource(resource, true, &mut keys);
        let keys = keys.finish();
        let mut missing = EveryMissing::default();
        let mut lookup = Lookup {
            context: &Keys("1"),
            keys: &keys,
            missing: &mut missing,
        };
        compiled.matches(text, Mode::Arn, &mut lookup)
    };
    assert!(matches("arn:aws:iam::*:user/${k}", "arn:aws:iam::9:user/1"));
    assert!(!matches("arn:aws:iam::${k}:user/a", "arn:aws:iam::1:user/a"));
    assert!(matches("*", "arn:aws:iam::1:user/a"));
}

#[test]
fn letter_case_is_ignored_where_it_should_be() {
    assert!(matches("get*ject", "GETOBJECT", Mode::IgnoreCase));
    assert!(matches("getobject", "GetObject", Mode::IgnoreCase));
    assert!(!matches("getobject", "GetObject", Mode::Plain));
    let equal = |pattern: &str, text: &str| {
        let mut keys = Interner::default();
        let special = Special {
            wildcards: false,
            variables: true,
        };
        let compiled = Pattern::compile(pattern, special, &mut keys);
        let keys = keys.finish();
        let mut missing = EveryMissing::default();
        let mut lookup = Lookup {
            context: &Keys("É"),
            keys: &keys,
            missing: &mut missing,
        };
        compiled.equals_ignoring_case(text, &mut lookup)
    };
    assert!(equal("aÉ*", "Aé*"));
    assert!(equal("a${k}b", "AéB"));
    assert!(!equal("a", "ab"));
    assert!(!equal("ab", "a"));
    assert!(!equal("a${none}", "a"));
}

/// Far more than a request can hold, in well under what backtracking would need (2 to the power of thousands).
#[test]
fn hostile_patterns_take_no_more_than_pattern_times_text() {
    let text = "a".repeat(100_000);
    let started = Instant::now();
    for pattern in [
        "*".repeat(2000) + "b",
        "*a".repeat(2000) + "b",
        "*a?".repeat(2000) + "b*",
        "*".to_owned() + &"a".repeat(1000) + "b*",
    ] {
        assert!(!matches(&pattern, &text, Mode::Plain));
    }
    assert!(started.elapsed().as_secs() < 20);
}

/// Straight from the definition, with all its backtracking.
fn naive(pattern: &[char], text: &[char], colons: usize, arn: bool) -> bool {
    let may_cross = |character: char| !arn || colons >= 5 || character != ':';
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) if naive(rest, text, colons, arn) => true,
        (Some(('*', _)), Some((first, rest))) => {
            may_cross(*first) && naive(pattern, rest, colons + usize::from(*first == ':'), arn)
        }
        (Some(('?', after)), Some((first, rest))) => {
            may_cross(*first) && naive(after, rest, colons + usize::from(*first == ':'), arn)
        }
        (Some((wanted, after)), Some((first, rest))) => {
            wanted == first && naive(after, rest, colons + usize::from(*first == ':'), arn)
        }
        _ => false,
    }
}

fn characters(text: &str) -> Vec<char> {
    text.chars().collect()
}

proptest! {
    #[test]
    fn matching_is_what_it_is_defined_to_be(pattern in "[ab:é*?]{0,9}", text in "[ab:é]{0,12}") {
        let expected = naive(&characters(&pattern), &characters(&text), 0, false);
        prop_assert_eq!(matches(&pattern, &text, Mode::Plain), expected);
    }

    #[test]
    fn matching_of_arns_is_what_it_is_defined_to_be(
        pattern in "([ab*?]{0,2}:){4,6}[a:*?]{0,4}",
        text in "([ab]{0,2}:){4,6}[a:]{0,4}",
    ) {
        let is_arn = text.matches(':').count() >= 5;
        let expected = naive(&characters(&pattern), &characters(&text), 0, true);
        if pattern.contains(['*', '?']) && is_arn {
            prop_assert_eq!(matches(&pattern, &text, Mode::Arn), expected);
        }
    }

    #[test]
    fn the_value_of_a_variable_is_never_a_wildcard(value in "[ab*?${}]{1,5}", text in "[ab*?${}]{0,8}") {
        struct Named(String);
        impl Context for Named {
            fn get<'a>(&'a self, _key: &Key<'_>) -> Option<Value<'a>> {
                Some(Value::Text(&self.0))
            }
        }
        let context = Named(value.clone());
        let matched = |pattern: &str| matches_with(pattern, &text, Mode::Plain, &context).0;
        prop_assert_eq!(matched("${k}"), text == value);
        prop_assert_eq!(matched("${k}*"), text.starts_with(&value));
        prop_assert_eq!(matched("*${k}"), text.ends_with(&value));
        prop_assert_eq!(matched("*${k}*"), text.contains(&value));
    }

    #[test]
    fn arbitrary_patterns_never_panic(pattern in "[a*?$Éé{}', :]{0,24}", text in "[aé:*]{0,24}") {
        for mode in [Mode::Plain, Mode::IgnoreCase, Mode::Arn] {
            matches(&pattern, &text, mode);
        }
    }
}
