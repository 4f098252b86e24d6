//! The documents of `corpus/documents/`, and AWS's answer to each.

use std::fs;

use keystead_policy::{DocumentKind, Policy};
use serde_json::{Value as Json, json};

use crate::corpus::{folder, only};

/// How many documents there are at least.
const DOCUMENTS_MIN: usize = 220;

#[test]
fn documents_are_answered_as_aws_answers() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(folder().join("documents")).unwrap() {
        let path = entry.unwrap().path();
        let file = path.file_stem().unwrap().to_str().unwrap();
        let content: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        only(&content, &["about", "kind", "documents"], file);
        let kind = kind(content["kind"].as_str().unwrap());
        let mut names = Vec::new();
        for document in content["documents"].as_array().unwrap() {
            only(
                document,
                &["name", "known", "text", "document", "statement", "answer"],
                file,
            );
            let name = document["name"].as_str().unwrap();
            assert!(!names.contains(&name), "{file}: two documents are called {name}");
            names.push(name);
            let known = document["known"].as_str().unwrap();
            assert!(
                ["recorded", "issue", "docs", "inferred"].contains(&known),
                "{file}: {name}: {known}"
            );
            let (expected, parsed) = (
                document["answer"].as_str().unwrap(),
                Policy::parse(&text(document), kind),
            );
            let answer = match &parsed {
                Ok(_) => "accepted".to_owned(),
                Err(_) if expected == "refused" => "refused".to_owned(),
                Err(error) => error.to_string(),
            };
            if answer != expected {
                wrong.push(format!("{file}: {name} ({known}): {answer}, not {expected}"));
            }
            count += 1;
        }
    }
    assert!(count >= DOCUMENTS_MIN, "{count} documents");
    assert!(
        wrong.is_empty(),
        "{}\n{} documents differ",
        wrong.join("\n"),
        wrong.len()
    );
}

fn kind(name: &str) -> DocumentKind {
    match name {
        "managed" => DocumentKind::Managed,
        "inline" => DocumentKind::Inline,
        "session" => DocumentKind::Session,
        "trust" => DocumentKind::Trust,
        "resource" => DocumentKind::Resource,
        other => panic!("no kind is called {other}"),
    }
}

fn text(from: &Json) -> String {
    match (from.get("text"), from.get("document"), from.get("statement")) {
        (Some(text), None, None) => text.as_str().unwrap().to_owned(),
        (None, Some(document), None) => document.to_string(),
        (None, None, Some(statement)) => {
            json!({ "Version": "2012-10-17", "Statement": statement }).to_string()
        }
        _ => panic!("{from} has no text, document or statement, or has several"),
    }
}
