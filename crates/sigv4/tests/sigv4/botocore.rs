//! Requests that botocore signed; `tests/botocore_corpus/generate.py` made them.

use keystead_sigv4::{Form, ServiceKind, present};
use serde_json::Value;

use crate::support::{ACCESS_KEY_ID, NOW, Owned, SECRET, expected};

struct Row {
    service: String,
    kind: ServiceKind,
    form: Form,
    request: Owned,
}

fn corpus() -> (Value, Vec<Row>) {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/botocore_corpus/corpus.jsonl"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let mut lines = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let head = lines.next().unwrap();
    (head, lines.map(|line| row(&line)).collect())
}

fn row(line: &Value) -> Row {
    let text = |index: usize| line[index].as_str().unwrap();
    let pairs = line[6].as_array().unwrap().iter();
    let headers = pairs.map(|pair| {
        (
            pair[0].as_str().unwrap().into(),
            latin_1(pair[1].as_str().unwrap()),
        )
    });
    Row {
        service: text(0).into(),
        kind: if text(1) == "s3" {
            ServiceKind::S3
        } else {
            ServiceKind::Other
        },
        form: if text(2) == "query" {
            Form::Query
        } else {
            Form::Header
        },
        request: Owned {
            headers: headers.collect(),
            body: latin_1(text(7)),
            ..Owned::new(text(3), text(4), text(5))
        },
    }
}

fn latin_1(text: &str) -> Vec<u8> {
    text.chars()
        .map(|character| u8::try_from(character).unwrap())
        .collect()
}

#[test]
fn every_request_is_verified_and_none_under_another_secret() {
    let (head, rows) = corpus();
    assert_eq!(head["now_seconds"], NOW);
    assert_eq!(head["access_key_id"], ACCESS_KEY_ID);
    assert_eq!(head["secret_access_key"], SECRET);
    let token = head["session_token"].as_str().unwrap();
    assert!(rows.len() >= 2000);
    for Row {
        service,
        kind,
        form,
        request,
    } in &rows
    {
        let expected = expected(service, *kind);
        assert_eq!(request.check(&expected, NOW), Ok(()), "{request:?}");
        let outcome = request.check_with("another secret", &expected, NOW);
        assert_eq!(outcome.unwrap_err().check(), "signature", "{request:?}");
        request.with(|parts| {
            let presented = present(parts, &expected, NOW).unwrap();
            assert_eq!(presented.access_key_id(), ACCESS_KEY_ID);
            assert_eq!(presented.form(), *form);
            assert!(presented.session_token().is_none_or(|sent| sent == token));
        });
    }
}

#[test]
fn no_request_passes_as_one_of_another_kind_service_or_day() {
    let (_, rows) = corpus();
    for Row {
        service,
        kind,
        request,
        ..
    } in rows.iter().step_by(7)
    {
        let elsewhere = request.check(&expected("cloudtrail", *kind), NOW).unwrap_err();
        assert_eq!(elsewhere.check(), "scope-service", "{request:?}");
        let tomorrow = request.check(&expected(service, *kind), NOW + 86_400);
        assert!(tomorrow.is_err(), "{request:?}");
    }
}
