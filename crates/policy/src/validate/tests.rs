//! The recorded answers, row by row: what AWS refused and its text, and what it accepted although it looks odd.

use super::*;
use crate::policy::Policy;

const SYNTAX: &str = "Syntax errors in policy.";
const VERSION: &str = "Policy document must be version 2012-10-17 or greater.";
const ACTIONS: &str = "Policy statement must contain actions.";

/// A document of version 2012-10-17 with these statements, in which `$E`, `$A` and `$R` stand for an effect, an action and a
/// resource that nobody minds.
fn document(statements: &str) -> String {
    let statements = statements
        .replace("$AR", "$A,$R")
        .replace("$A", r#""Action":"s3:ListBucket""#)
        .replace("$R", r#""Resource":"arn:aws:s3:::example_bucket""#)
        .replace("$E", r#""Effect":"Allow""#);
    format!(r#"{{"Version":"2012-10-17","Statement":{statements}}}"#)
}

fn refusal(text: &str, kind: DocumentKind) -> Option<(String, Check)> {
    let refused = Policy::parse(text, kind).err()?;
    Some((refused.to_string(), refused.check()))
}

#[test]
fn whole_documents_that_aws_refuses() {
    let statement = r#""Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::b"}"#;
    let rows = [
        ("This is not a json document", Check::Json, SYNTAX),
        ("", Check::Json, SYNTAX),
        ("null", Check::ElementType, SYNTAX),
        ("[]", Check::ElementType, SYNTAX),
        ("\"a\"", Check::ElementType, SYNTAX),
        ("{}", Check::StatementMissing, SYNTAX),
        (r#"{"Version":"2012-10-17"}"#, Check::StatementMissing, SYNTAX),
        (
            r#"{"Version":"2012-10-17","Statement":[]}"#,
            Check::StatementMissing,
            SYNTAX,
        ),
        (
            r#"{"Version":"2012-10-17","Statement":["afd"]}"#,
            Check::ElementType,
            SYNTAX,
        ),
        (
            r#"{"Version":"2012-10-17","Statement":null}"#,
            Check::ElementType,
            SYNTAX,
        ),
        ("{S}", Check::VersionRequired, VERSION),
        (r#"{"Version":"2008-10-17",S}"#, Check::VersionRequired, VERSION),
        (r#"{"Version":"2013-10-17",S}"#, Check::VersionUnknown, SYNTAX),
        (r#"{"Version":2012,S}"#, Check::ElementType, SYNTAX),
        (r#"{"version":"2012-10-17",S}"#, Check::UnknownElement, SYNTAX),
        (
            r#"{"Version":"2012-10-17",S,"Extra field":"value"}"#,
            Check::UnknownElement,
            SYNTAX,
        ),
        (
            r#"{"Version":"2012-10-17","Id":["cd3a"],S}"#,
            Check::ElementType,
            SYNTAX,
        ),
        (
            r#"{"Version":"2012-10-17","Id":{},S}"#,
            Check::ElementType,
            SYNTAX,
        ),
        (
            r#"{"Version":"2012-10-17","Version":"2012-10-17",S}"#,
            Check::DuplicateKey,
            SYNTAX,
        ),
        (r#"{"Version":"2012-10-17",S} x"#, Check::Json, SYNTAX),
        // Of two faults the earlier check's is named.
        (
            r#"{"Statement":[{"Sid":"s","Effect":"Allow","Action":"s3:A","Resource":"*"},{"Sid":"s","Effect":"Allow"}]}"#,
            Check::VersionRequired,
            VERSION,
        ),
        (
            r#"{"Statement":{"Effect":"Allow","Action":"s3:A","Resource":"*","Condition":{"DateGreaterThan":{"a":"sdfdsf"}}}}"#,
            Check::VersionRequired,
            VERSION,
        ),
        (
            r#"{"Statement":{"Effect":"denY","Action":"s3:A","Resource":"*"}}"#,
            Check::VersionRequired,
            VERSION,
        ),
    ];
    for (text, check, message) in rows {
        let text = text
            .replace("S}", &format!("{statement}}}"))
            .replace("S,", &format!("{statement},"));
        let refused = refusal(&text, DocumentKind::Managed);
        assert_eq!(refused, Some((message.to_owned(), check)), "{text}");
    }
    let deep = document(&format!("{}{}", "[".repeat(2000), "]".repeat(2000)));
    assert_eq!(
        refusal(&deep, DocumentKind::Managed),
        Some((SYNTAX.to_owned(), Check::Nesting))
    );
    let long = format!("{}{}", " ".repeat(131_072), document("{$E,$AR}"));
    assert_eq!(
        refusal(&long, DocumentKind::Managed),
        Some((SYNTAX.to_owned(), Check::Length))
    );
}

#[test]
fn statements_that_aws_refuses() {
    let mut expected = ("", "");
    for line in include_str!("refused.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
    {
        if let Some(heading) = line.strip_prefix("! ") {
            expected = heading.split_once(": ").unwrap();
        } else if !line.is_empty() {
            for kind in [DocumentKind::Managed, DocumentKind::Inline, DocumentKind::Session] {
                let (text, check) = refusal(&document(line), kind).unwrap();
                assert_eq!((format!("{check:?}").as_str(), text.as_str()), expected, "{line}");
            }
        }
    }
}

#[test]
fn statements_that_aws_accepts() {
    let lines = include_str!("accepted.txt").lines();
    for line in lines.filter(|line| !line.starts_with('#') && !line.is_empty()) {
        for kind in [DocumentKind::Managed, DocumentKind::Inline, DocumentKind::Session] {
            assert_eq!(refusal(&document(line), kind), None, "{line}");
        }
    }
    let with_id = document("{$E,$AR}").replacen('{', "{\"Id\":\"sdfsdfsdf\",", 1);
    assert_eq!(refusal(&with_id, DocumentKind::Managed), None);
    let statement_first =
        r#"{"Statement":{"Effect":"Allow","Action":"s3:A","Resource":"*"},"Version":"2012-10-17"}"#;
    assert_eq!(refusal(statement_first, DocumentKind::Managed), None);
}

#[test]
fn embedded_policies_may_be_of_the_old_version() {
    for version in ["", r#""Version":"2008-10-17","#] {
        let text = format!(r#"{{{version}"Statement":{{"Effect":"Allow","Action":"s3:A","Resource":"*"}}}}"#);
        assert_eq!(refusal(&text, DocumentKind::Inline), None);
        for kind in [DocumentKind::Managed, DocumentKind::Session] {
            assert_eq!(
                refusal(&text, kind),
                Some((VERSION.to_owned(), Check::VersionRequired))
            );
        }
    }
}

#[test]
fn trust_policies_have_texts_of_their_own() {
    const ACTION: &str = "AssumeRole policy may only specify STS AssumeRole actions.";
    const NOBODY: &str = "Invalid principal in policy: com.amazon.balsa.error.InvalidPolicyException: \
                          The passed in policy has a statement with no principals!";
    let principal = |name: &str| format!("Invalid principal in policy: \"AWS\":\"{name}\"");
    let base = r#""Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"}"#;
    let rows = [
        ("{B,\"Action\":\"sts:AssumeRole\"}", None),
        (
            "{B,\"Action\":[\"sts:TagSession\",\"sts:*\",\"STS:assumerolewithsaml\",\"sts:SetSourceIdentity\"]}",
            None,
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}",
            None,
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"*\"},\"Action\":\"sts:AssumeRole\"}",
            None,
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[\"AROACKCEVSQ6C2EXAMPLE\",\"111122223333\",\
             \"arn:aws:iam::111122223333:user/a\",\"arn:aws:sts::111122223333:assumed-role/r/s\"]},\"Action\":\"sts:AssumeRole\"}",
            None,
        ),
        (
            "{B,\"Action\":\"s3:GetObject\"}",
            Some((ACTION.to_owned(), Check::TrustAction)),
        ),
        (
            "{B,\"Action\":\"*\"}",
            Some((ACTION.to_owned(), Check::TrustAction)),
        ),
        (
            "{B,\"Action\":\"sts:GetCallerIdentity\"}",
            Some((ACTION.to_owned(), Check::TrustAction)),
        ),
        (
            "{B,\"Action\":\"sts:AssumeRole\",\"Resource\":\"*\"}",
            Some(("Has prohibited field Resource".to_owned(), Check::FieldForbidden)),
        ),
        (
            "{B,\"Action\":\"sts:AssumeRole\",\"NotResource\":\"*\"}",
            Some((
                "Has prohibited field NotResource".to_owned(),
                Check::FieldForbidden,
            )),
        ),
        (
            "{\"Effect\":\"Deny\",\"NotPrincipal\":\"*\",\"Action\":\"sts:AssumeRole\"}",
            Some((
                "Has prohibited field NotPrincipal".to_owned(),
                Check::FieldForbidden,
            )),
        ),
        (
            "{\"Effect\":\"Allow\",\"Action\":\"sts:AssumeRole\"}",
            Some((NOBODY.to_owned(), Check::PrincipalMissing)),
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[]},\"Action\":\"sts:AssumeRole\"}",
            Some((NOBODY.to_owned(), Check::PrincipalMissing)),
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"arn:aws:iam::111122223333:user/*\"},\"Action\":\"sts:AssumeRole\"}",
            Some((principal("arn:aws:iam::111122223333:user/*"), Check::Principal)),
        ),
        (
            "{\"Effect\":\"Allow\",\"Principal\":{\"AWS\":\"alice\"},\"Action\":\"sts:AssumeRole\"}",
            Some((principal("alice"), Check::Principal)),
        ),
        ("{B}", Some((ACTIONS.to_owned(), Check::ActionsMissing))),
        (
            "{B,\"Action\":\"sts:AssumeRole\",\"x\":1}",
            Some((SYNTAX.to_owned(), Check::UnknownElement)),
        ),
    ];
    for (statement, expected) in rows {
        let text = document(&statement.replace("{B", &format!("{{{base}")));
        assert_eq!(refusal(&text, DocumentKind::Trust), expected, "{statement}");
    }
    let no_json = Some(("This policy contains invalid Json".to_owned(), Check::Json));
    assert_eq!(refusal("not valid json", DocumentKind::Trust), no_json);
}

#[test]
fn resource_policies_say_whom_they_are_about() {
    let rows = [
        ("{$E,$AR,\"Principal\":\"*\"}", None),
        (
            "{\"Sid\":\"with space\",$E,$AR,\"NotPrincipal\":{\"AWS\":\"111122223333\"}}",
            None,
        ),
        (
            "{$E,$A,\"Principal\":{\"Service\":[\"a.amazonaws.com\"],\"Federated\":\"accounts.google.com\"}}",
            None,
        ),
        ("{$E,$AR}", Some(Check::PrincipalMissing)),
        ("{$E,$AR,\"Principal\":{}}", Some(Check::PrincipalMissing)),
        (
            "{$E,$AR,\"Principal\":{\"AWS\":\"1111\"}}",
            Some(Check::Principal),
        ),
        (
            "{$E,$AR,\"Principal\":{\"Service\":\"\"}}",
            Some(Check::Principal),
        ),
        (
            "{$E,$AR,\"Principal\":\"*\",\"NotPrincipal\":\"*\"}",
            Some(Check::BothForms),
        ),
    ];
    for (statement, expected) in rows {
        let refused = refusal(&document(statement), DocumentKind::Resource);
        assert_eq!(refused.map(|(_, check)| check), expected, "{statement}");
    }
}

#[test]
fn a_refusal_points_into_the_document() {
    let text = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Effect\": \"Allow\", \"Action\": \"é\", \"Resource\": \"x\"}\n  ]\n}";
    let refused = Policy::parse(text, DocumentKind::Managed).unwrap_err();
    assert_eq!(
        (refused.position().line, refused.position().column),
        (4, 52),
        "{refused}"
    );
    let refused = Policy::parse(&text.replace("\"x\"", "\"*\""), DocumentKind::Managed).unwrap_err();
    assert_eq!(
        (refused.position().line, refused.position().column),
        (4, 35),
        "{refused}"
    );
    let refused = Policy::parse(&text.replace("],", "]"), DocumentKind::Managed).unwrap_err();
    assert_eq!(refused.position().line, 4, "{refused}");
}
