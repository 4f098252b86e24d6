use proptest::prelude::*;

use super::*;

fn managed(statements: &str) -> Policy {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#);
    Policy::parse(&text, DocumentKind::Managed).unwrap()
}

#[test]
fn what_a_policy_says_of_itself() {
    let policy = managed(
        r#"[{"Sid":"A","Effect":"Allow","Action":["s3:Get*","SQS:Send"],"Resource":"arn:aws:s3:::${aws:username}/*",
             "Condition":{"StringLike":{"s3:prefix":["${aws:PrincipalTag/Team, 'none'}*"],"AWS:UserName":"x"},
                          "Bool":{"aws:SecureTransport":"${not:a-variable}"}}},
            {"Effect":"Deny","Action":"iam:*","Resource":"*"}]"#,
    );
    let keys = [
        "aws:PrincipalTag/Team",
        "aws:SecureTransport",
        "aws:username",
        "s3:prefix",
    ];
    assert_eq!(policy.context_keys(), keys);
    let [first, second] = policy.statements() else {
        panic!("not two statements")
    };
    assert_eq!((first.sid(), first.effect()), (Some("A"), Effect::Allow));
    assert_eq!((second.sid(), second.effect()), (None, Effect::Deny));
    assert_eq!((first.span().start.line, first.span().start.column), (1, 38));
    assert_eq!((second.span().start.line, second.span().start.column), (4, 13));
    assert_eq!((second.span().end.line, second.span().end.column), (4, 62));
    assert!(policy.memory_bytes() > 300);
}

#[test]
fn services_that_a_policy_grants() {
    let rows: [(&str, &[&str], &[&str]); 8] = [
        (
            r#""Allow","Action":["s3:Get*","SQS:Send"]"#,
            &["s3", "S3", "sqs"],
            &["iam", "s"],
        ),
        (r#""Allow","Action":"*""#, &["s3"], &[]),
        (r#""Allow","Action":"*:Get*""#, &["s3"], &[]),
        (r#""Deny","Action":"*""#, &[], &["s3"]),
        (r#""Allow","NotAction":"iam:*""#, &["s3"], &["iam"]),
        (
            r#""Allow","NotAction":["iam:Get*","iam:List"]"#,
            &["s3", "iam"],
            &[],
        ),
        (r#""Allow","NotAction":"*""#, &[], &["s3"]),
        (r#""Allow","Action":"s3""#, &[], &[]),
    ];
    for (statement, granted, not) in rows {
        let text =
            format!(r#"{{"Version":"2012-10-17","Statement":{{"Effect":{statement},"Resource":"*"}}}}"#);
        let Ok(policy) = Policy::parse(&text, DocumentKind::Managed) else {
            assert!(granted.is_empty() && not.is_empty(), "{statement}");
            continue;
        };
        for service in granted {
            assert!(policy.grants_service(service), "{statement} {service}");
        }
        for service in not {
            assert!(!policy.grants_service(service), "{statement} {service}");
        }
    }
}

#[test]
fn the_old_version_has_no_variables() {
    for (version, keys) in [("2008-10-17", 0), ("2012-10-17", 1)] {
        let text = format!(
            r#"{{"Version":"{version}","Statement":{{"Effect":"Allow","Action":"*","Resource":"arn:aws:s3:::${{aws:username}}"}}}}"#
        );
        let policy = Policy::parse(&text, DocumentKind::Inline).unwrap();
        assert_eq!(policy.context_keys().len(), keys, "{version}");
    }
}

#[test]
fn quotas_do_not_count_white_space() {
    assert_eq!(counted_characters(" {\n\t\"é\": \"a b\" }\r\n"), 10);
}

/// Documents that are nearly right, so that many pass and many fail late.
fn nearly_a_document() -> impl Strategy<Value = String> {
    let text = "(\\*|s3:Get\\*|arn:aws:s3:::b/\\$\\{k\\}\\*|arn:aws|x|2020|\\$\\{|true|10\\.0\\.0\\.0/8|)";
    let value = prop_oneof![
        text.prop_map(|text| format!("\"{text}\"")),
        prop::collection::vec(text, 0..3).prop_map(|texts| format!("{texts:?}")),
        Just("1".to_owned()),
        Just("{}".to_owned()),
    ];
    let operator = "(ForAnyValue:|ForAllValues:)?(StringLike|Bool|DateEquals|NumericEquals|IpAddress|ArnLike|Null|BinaryEquals)(IfExists)?";
    let element = prop_oneof![
        4 => ("(Not)?(Action|Resource)", value.clone()).prop_map(|(name, value)| format!("\"{name}\":{value}")),
        2 => (operator, value.clone()).prop_map(|(operator, value)| format!("\"Condition\":{{\"{operator}\":{{\"k\":{value}}}}}")),
        1 => value.prop_map(|value| format!("\"Principal\":{{\"AWS\":{value}}}")),
        1 => Just("\"Sid\":\"a\"".to_owned()),
    ];
    prop::collection::vec(element, 0..4).prop_map(|elements| {
        let statement = format!(
            "{{\"Effect\":\"Allow\",\"Action\":\"s3:*\",{}}}",
            elements.join(",")
        );
        let statement =
            statement
                .replace(",}", "}")
                .replacen("\"Action\":\"s3:*\",\"Action\"", "\"Action\"", 1);
        format!("{{\"Version\":\"2012-10-17\",\"Statement\":{statement}}}")
    })
}

const KINDS: [DocumentKind; 5] = [
    DocumentKind::Managed,
    DocumentKind::Inline,
    DocumentKind::Session,
    DocumentKind::Trust,
    DocumentKind::Resource,
];

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in ".{0,200}") {
        for kind in KINDS {
            let _ = Policy::parse(&text, kind);
        }
    }

    /// Compiling cannot fail; what is compiled has every statement, and can be asked.
    #[test]
    fn what_validates_compiles(text in nearly_a_document()) {
        for kind in KINDS {
            match Policy::parse(&text, kind) {
                Ok(policy) => prop_assert_eq!(policy.statements().len(), 1),
                Err(refused) => prop_assert!(refused.position().line == 1 && !refused.to_string().is_empty()),
            }
        }
    }

    #[test]
    fn a_document_cut_short_is_refused(text in nearly_a_document(), cut in 1usize..400) {
        let cut = text.len().saturating_sub(cut);
        if let Some(text) = text.get(..cut) {
            for kind in KINDS {
                prop_assert!(Policy::parse(text, kind).is_err());
            }
        }
    }
}
