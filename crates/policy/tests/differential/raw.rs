//! Arbitrary and hostile texts: nothing panics, and nothing takes a time that grows out of bounds. The functions are those of the
//! fuzz targets.

use proptest::prelude::*;
use serde_json::json;

#[path = "../../../../fuzz/src/policy_decision.rs"]
mod policy_decision;
#[path = "../../../../fuzz/src/policy_document.rs"]
mod policy_document;

const DOCUMENTS: [&str; 4] = [
    r#"{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A","Effect":"Allow","Action":["s3:Get*","iam:?et"],"Resource":"arn:aws:s3:::b/${aws:username, 'x'}/*","Condition":{"StringLike":{"aws:a":["*x*","${*}"]},"ForAnyValue:DateLessThanIfExists":{"d":"2026-01-31T12:00:00.5+02:00"}}}]}"#,
    r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"iam:*","NotResource":["arn:aws:sqs","*"],"Condition":{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","2001:db8::/32"]},"NumericLessThan":{"n":-1.5e0},"BinaryEquals":{"b":"cmVk"},"Null":{"k":true}}}}"#,
    r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":["111122223333","arn:aws:iam::111122223333:role/R"],"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#,
    r#"{"Version":"2008-10-17","Statement":[{"Effect":"Deny","NotPrincipal":{"AWS":"*"},"Action":"*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket/key"}]}"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_as_documents(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        policy_document::read(&bytes);
    }

    #[test]
    fn documents_with_pieces_replaced(
        which in 0_usize..4, start in 0_usize..400, length in 0_usize..30, piece in "[ -~\\n\\x00ü%{}\\[\\]\",:$*]{0,12}",
    ) {
        let mut bytes = DOCUMENTS[which].as_bytes().to_vec();
        let start = start.min(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, piece.bytes());
        policy_document::read(&bytes);
    }

    #[test]
    fn arbitrary_parts_of_policies_and_requests(
        operator in any::<u8>(), parts in prop::collection::vec("[a*?:/${},'0-9.TZé+-]{0,24}", 6),
    ) {
        let mut bytes = vec![operator, b'\n'];
        bytes.extend_from_slice(parts.join("\n").as_bytes());
        let _ = policy_decision::decide_on(&bytes);
    }
}

#[test]
fn valid_documents_decide() {
    for document in DOCUMENTS {
        assert!(policy_document::read(document.as_bytes()) > 0, "{document}");
    }
}

/// What backtracks without bound on any of these does not come back.
#[test]
fn hostile_patterns_end() {
    let stars = "*".repeat(2000);
    let starred = "a*".repeat(2000);
    let questions = "*?".repeat(1000);
    let text = "a".repeat(20_000);
    for pattern in [
        &stars,
        &starred,
        &questions,
        &format!("{starred}b"),
        &"${*}".repeat(2000),
        &"${k}".repeat(2000),
    ] {
        for operator in [0_u8, 2, 4, 5, 22, 27 + 4, 54 + 4, 81 + 5] {
            let parts = [pattern.as_str(), pattern, pattern, &text, &text, &text].join("\n");
            let mut bytes = vec![operator, b'\n'];
            bytes.extend_from_slice(parts.as_bytes());
            let begins: String = pattern.chars().take(8).collect();
            assert!(policy_decision::decide_on(&bytes), "{operator} {begins}");
        }
    }
}

#[test]
fn hostile_documents_are_answered() {
    let deep = format!(
        "{{\"Version\":\"2012-10-17\",\"Statement\":{}{}}}",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    let refused = [
        "[".repeat(100_000),
        "{\"Statement\":".repeat(50_000),
        deep,
        format!("\"{}\"", "\\u0000".repeat(50_000)),
        "\u{feff}{}".to_owned(),
    ];
    for document in refused {
        assert_eq!(
            policy_document::read(document.as_bytes()),
            0,
            "{}",
            &document[..20]
        );
    }
    let statement = json!({ "Effect": "Allow", "Action": "s3:Get*", "Resource": "*" });
    let many_statements = json!({ "Version": "2012-10-17", "Statement": vec![statement; 2000] });
    let many_values = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": vec!["s3:*a*"; 1500], "Resource": vec!["arn:aws:s3:::*${aws:username}*"; 1500],
        "Condition": { "StringLike": { "k": vec!["*${a}*${b}*"; 1500] } },
    } });
    for document in [many_statements, many_values] {
        assert!(policy_document::read(document.to_string().as_bytes()) > 0);
    }
}
