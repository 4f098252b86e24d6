use proptest::prelude::*;

use super::*;
use crate::context::{Context, Key};
use crate::keys::EveryMissing;

/// The key `k`, if it has a value, and `user`, which is `alice`.
struct One<'v>(Option<Value<'v>>);

impl Context for One<'_> {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        match key.as_str() {
            "k" => self.0,
            "user" => Some(Value::Text("alice")),
            _ => None,
        }
    }
}

fn holds(operator: &str, written: &[&str], value: Option<Value<'_>>) -> bool {
    let operator = Operator::parse(operator).unwrap();
    let mut keys = Interner::default();
    let condition = Condition::compile(operator, "K", written, true, &mut keys);
    let keys = keys.finish();
    let mut missing = EveryMissing::default();
    let mut lookup = Lookup {
        context: &One(value),
        keys: &keys,
        missing: &mut missing,
    };
    let holds = condition.holds(&mut lookup);
    assert_eq!(
        missing.into_sorted().contains(&"K"),
        value.is_none_or(|value| value == Value::List(&[]))
    );
    holds
}

/// Each positive operator: policy values, a value that matches, one that does not.
#[test]
fn values_by_operator() {
    use Value::{Address, Bool, Date, Integer, Text};
    let address = |text: &str| Address(text.parse().unwrap());
    let rows: Vec<(&str, &[&str], Value<'_>, Value<'_>)> = vec![
        ("StringEquals", &["a", "b"], Text("b"), Text("B")),
        ("StringEquals", &["*"], Text("*"), Text("a")),
        ("StringEquals", &["true"], Bool(true), Bool(false)),
        ("StringEquals", &["-7"], Integer(-7), Integer(7)),
        (
            "StringEquals",
            &["192.0.2.1"],
            address("::ffff:192.0.2.1"),
            address("::1"),
        ),
        (
            "StringEquals",
            &["2024-01-31T12:00:00Z"],
            Date(1_706_702_400),
            Date(0),
        ),
        ("StringEquals", &["${user}"], Text("alice"), Text("${user}")),
        ("StringEquals", &[""], Text(""), Text("a")),
        ("StringEqualsIgnoreCase", &["É", "b"], Text("é"), Text("c")),
        ("StringLike", &["a*c", "?"], Text("abbc"), Text("ab")),
        ("StringLike", &["a?c"], Text("aéc"), Text("Aéc")),
        ("StringLike", &["x${user}*"], Text("xalice-1"), Text("xbob")),
        ("NumericEquals", &["1", "2.50"], Text("2.5"), Text("3")),
        ("NumericEquals", &["10"], Integer(10), Integer(1)),
        ("NumericEquals", &["0"], Date(0), Bool(false)),
        ("NumericEquals", &["a", "1"], Text("1.0"), Text("a")),
        ("NumericLessThan", &["10"], Text("9.99"), Text("10")),
        ("NumericLessThanEquals", &["10"], Text("10"), Text("10.01")),
        ("NumericGreaterThan", &["-1"], Integer(0), Integer(-1)),
        ("NumericGreaterThanEquals", &["-1"], Integer(-1), Integer(-2)),
        (
            "DateEquals",
            &["2024-01-31T12:00:00Z"],
            Date(1_706_702_400),
            Date(1),
        ),
        (
            "DateEquals",
            &["1706702400"],
            Text("2024-01-31T13:00:00+01:00"),
            Text("x"),
        ),
        (
            "DateLessThan",
            &["2024-01-31T12:00:00Z"],
            Date(1_706_702_399),
            Date(1_706_702_400),
        ),
        (
            "DateLessThan",
            &["2024-01-31T12:00:00.5Z"],
            Date(1_706_702_400),
            Date(1_706_702_401),
        ),
        (
            "DateLessThanEquals",
            &["2024"],
            Integer(1_704_067_200),
            Integer(1_704_067_201),
        ),
        (
            "DateGreaterThan",
            &["2024"],
            Date(1_704_067_201),
            Date(1_704_067_200),
        ),
        (
            "DateGreaterThanEquals",
            &["2024"],
            Date(1_704_067_200),
            Date(1_704_067_199),
        ),
        ("Bool", &["true"], Bool(true), Bool(false)),
        ("Bool", &["false"], Text("FALSE"), Text("0")),
        ("Bool", &["${user}", "x"], Bool(true), Bool(true)),
        ("BinaryEquals", &["Zm9v"], Text("Zm9v"), Text("Zm8=")),
        (
            "IpAddress",
            &["192.0.2.0/24", "2001:db8::/32"],
            address("2001:db8::1"),
            address("192.0.3.1"),
        ),
        (
            "IpAddress",
            &["192.0.2.1"],
            Text("192.0.2.1"),
            Text("192.0.2.1/32"),
        ),
        (
            "IpAddress",
            &["192.0.2.1"],
            address("::ffff:192.0.2.1"),
            Integer(1),
        ),
        (
            "ArnEquals",
            &["arn:aws:s3:::b*"],
            Text("arn:aws:s3:::b:c/d"),
            Text("arn:aws:s3:::c"),
        ),
        (
            "ArnLike",
            &["arn:aws:iam::*:role/x"],
            Text("arn:aws:iam::1:role/x"),
            Text("arn:aws:iam::1:2:role/x"),
        ),
        (
            "ArnLike",
            &["arn:aws:iam::*:user/${user}"],
            Text("arn:aws:iam::1:user/alice"),
            Text("arn:aws:iam::1:user/b"),
        ),
        ("ArnLike", &["*"], Text("arn:aws:iam::1:user/a"), Text("a")),
    ];
    for (operator, written, yes, no) in rows {
        if operator == "Bool" && written.contains(&"x") {
            // Variables mean nothing to Bool.
            assert!(!holds(operator, written, Some(yes)));
            continue;
        }
        let negated = match operator {
            "IpAddress" => Some("NotIpAddress".to_owned()),
            _ => ["String", "Numeric", "Date", "Arn"].iter().find_map(|family| {
                let rest = operator.strip_prefix(family)?;
                (rest.starts_with("Equals") || rest == "Like").then(|| format!("{family}Not{rest}"))
            }),
        };
        for (set, suffix) in [
            ("", ""),
            ("", "IfExists"),
            ("ForAnyValue:", ""),
            ("ForAllValues:", "IfExists"),
        ] {
            let name = format!("{set}{operator}{suffix}");
            assert!(holds(&name, written, Some(yes)), "{name} {written:?} {yes:?}");
            assert!(!holds(&name, written, Some(no)), "{name} {written:?} {no:?}");
            if let Some(negated) = &negated {
                let name = format!("{set}{negated}{suffix}");
                assert!(!holds(&name, written, Some(yes)), "{name} {written:?} {yes:?}");
                assert!(holds(&name, written, Some(no)), "{name} {written:?} {no:?}");
            }
        }
    }
}

/// What holds without a value, with a list of none, and with a list of several.
#[test]
fn absent_and_multi_valued_keys() {
    // Policy values are `a` and `b`: operator; absent or empty; [a]; [a, b]; [a, c]; [c].
    let rows = [
        ("StringEquals", [false, false, false, false, false]),
        ("StringNotEquals", [true, true, true, true, true]),
        ("StringEqualsIfExists", [true, false, false, false, false]),
        ("StringNotEqualsIfExists", [true, true, true, true, true]),
        ("ForAllValues:StringEquals", [true, true, true, false, false]),
        ("ForAllValues:StringNotEquals", [true, false, false, false, true]),
        ("ForAnyValue:StringEquals", [false, true, true, true, false]),
        ("ForAnyValue:StringNotEquals", [false, false, false, true, true]),
        (
            "ForAllValues:StringEqualsIfExists",
            [true, true, true, false, false],
        ),
        (
            "ForAnyValue:StringEqualsIfExists",
            [true, true, true, true, false],
        ),
        (
            "ForAnyValue:StringNotEqualsIfExists",
            [true, false, false, true, true],
        ),
    ];
    let lists: [&[&str]; 5] = [&[], &["a"], &["a", "b"], &["a", "c"], &["c"]];
    for (operator, expected) in rows {
        assert_eq!(
            holds(operator, &["a", "b"], None),
            expected[0],
            "{operator} without"
        );
        for (list, expected) in lists.iter().zip(expected) {
            let value = Some(Value::List(list));
            assert_eq!(
                holds(operator, &["a", "b"], value),
                expected,
                "{operator} {list:?}"
            );
        }
    }
}

#[test]
fn null_asks_whether_there_is_a_value() {
    let rows: [(&[&str], Option<Value<'_>>, bool); 10] = [
        (&["true"], None, true),
        (&["true"], Some(Value::Text("")), false),
        (&["true"], Some(Value::List(&[])), true),
        (&["true"], Some(Value::List(&["a"])), false),
        (&["false"], None, false),
        (&["false"], Some(Value::Bool(false)), true),
        (&["FALSE"], Some(Value::Bool(false)), true),
        (&["true", "false"], None, true),
        (&["x"], None, false),
        (&[], None, false),
    ];
    for (written, value, expected) in rows {
        assert_eq!(holds("Null", written, value), expected, "{written:?} {value:?}");
    }
}

#[test]
fn an_empty_list_of_policy_values_matches_nothing() {
    for (operator, with, without) in [
        ("StringEquals", false, false),
        ("StringNotEquals", true, true),
        ("NumericLessThan", false, false),
        ("ForAllValues:StringEquals", false, true),
        ("ForAnyValue:StringNotEquals", true, false),
    ] {
        assert_eq!(holds(operator, &[], Some(Value::Text("a"))), with, "{operator}");
        assert_eq!(holds(operator, &[], None), without, "{operator}");
    }
}

#[test]
fn a_variable_without_a_value_differs_from_everything() {
    for value in ["", "a", "${none}"] {
        assert!(!holds("StringEquals", &["${none}"], Some(Value::Text(value))));
        assert!(holds("StringNotEquals", &["${none}"], Some(Value::Text(value))));
        assert!(!holds("StringLike", &["${none}*"], Some(Value::Text(value))));
    }
    assert!(holds("StringEquals", &["${none, 'a'}"], Some(Value::Text("a"))));
}

proptest! {
    /// Not all match the negation, if and only if some match; and the other way round.
    #[test]
    fn the_set_operators_are_each_other_s_duals(values in prop::collection::vec("[abc]", 1..4), written in prop::collection::vec("[abc]", 0..3)) {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let written: Vec<&str> = written.iter().map(String::as_str).collect();
        let holds = |operator: &str| holds(operator, &written, Some(Value::List(&values)));
        prop_assert_eq!(holds("ForAllValues:StringNotEquals"), !holds("ForAnyValue:StringEquals"));
        prop_assert_eq!(holds("ForAnyValue:StringNotEquals"), !holds("ForAllValues:StringEquals"));
    }

    #[test]
    fn a_negated_operator_holds_where_its_positive_form_does_not(value in "[ab0-9:.*-]{0,6}", written in "[ab0-9:.*-]{0,6}") {
        let pairs = [
            ("StringEquals", "StringNotEquals"),
            ("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"),
            ("StringLike", "StringNotLike"),
            ("NumericEquals", "NumericNotEquals"),
            ("DateEquals", "DateNotEquals"),
            ("IpAddress", "NotIpAddress"),
            ("ArnLike", "ArnNotLike"),
        ];
        for (positive, negated) in pairs {
            for value in [Some(Value::Text(&value)), None] {
                prop_assert_ne!(holds(positive, &[&written], value), holds(negated, &[&written], value));
            }
        }
    }
}
