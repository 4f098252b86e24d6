//! The cases of `corpus/`, read strictly and put to both evaluators.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Map, Value as Json, json};

use crate::{
    case::{Case, Held, Verdict, Who},
    engine, naive,
};

/// A case with what is expected of it.
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) case: Case,
    outcome: String,
    by: Option<String>,
    statement: Option<String>,
    missing: Option<Vec<String>>,
    /// The condition alone, where the case is about one.
    pub(crate) condition: Option<Json>,
}

impl Row {
    pub(crate) fn is_allowed(&self) -> bool {
        self.outcome == "allowed"
    }
}

/// How many cases the corpus has at least.
const CASES_MIN: usize = 1000;

#[test]
fn the_library_answers_as_the_corpus_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        let answer = engine::answer(&row.case);
        differences(&row, &answer.verdict, &mut wrong);
        if row.statement.is_some() && answer.sid != row.statement {
            wrong.push(format!(
                "{}: statement {:?}, not {:?}",
                row.name, answer.sid, row.statement
            ));
        }
        if row.outcome == "implicitDeny" && answer.has_statement {
            wrong.push(format!("{}: no statement decides an implicit deny", row.name));
        }
        if row
            .missing
            .as_ref()
            .is_some_and(|missing| *missing != answer.missing)
        {
            wrong.push(format!(
                "{}: missing {:?}, not {:?}",
                row.name, answer.missing, row.missing
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} cases differ",
        wrong.join("\n"),
        wrong.len()
    );
}

#[test]
fn the_naive_evaluator_answers_as_the_corpus_says() {
    let mut wrong = Vec::new();
    for row in rows() {
        differences(&row, &naive::decide(&row.case), &mut wrong);
    }
    assert!(
        wrong.is_empty(),
        "{}\n{} cases differ",
        wrong.join("\n"),
        wrong.len()
    );
}

#[test]
fn the_corpus_does_not_shrink() {
    assert!(rows().len() >= CASES_MIN, "{} cases", rows().len());
}

fn differences(row: &Row, verdict: &Verdict, wrong: &mut Vec<String>) {
    let by_is_right = row.by.as_ref().is_none_or(|by| by == verdict.by);
    if verdict.outcome != row.outcome || !by_is_right {
        let by = row.by.as_deref().unwrap_or("any");
        wrong.push(format!(
            "{}: {} by {}, not {} by {by}",
            row.name, verdict.outcome, verdict.by, row.outcome
        ));
    }
}

/// Every case of every file.
pub(crate) fn rows() -> Vec<Row> {
    let principals = principals();
    let mut rows = Vec::new();
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| !path.ends_with("principals.json"))
        .collect();
    files.sort();
    for file in files {
        let stem = file.file_stem().unwrap().to_str().unwrap();
        let text = fs::read_to_string(&file).unwrap();
        let content: Json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{stem}: {error}"));
        only(&content, &["about", "cases"], stem);
        for case in content["cases"].as_array().unwrap() {
            let row = row(stem, case, &principals);
            let is_new = rows.iter().all(|other: &Row| other.name != row.name);
            assert!(is_new, "two cases are called {}", row.name);
            rows.push(row);
        }
    }
    rows
}

/// Where the corpus lies.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Panics when an object has another member than these: a misspelled one would silently test nothing.
pub(crate) fn only(value: &Json, members: &[&str], place: &str) {
    for member in value
        .as_object()
        .unwrap_or_else(|| panic!("{place} is no object"))
        .keys()
    {
        assert!(
            members.contains(&member.as_str()),
            "{place} has an unknown member {member}"
        );
    }
}

const MEMBERS: [&str; 20] = [
    "name",
    "why",
    "identity",
    "boundary",
    "session",
    "resource",
    "trust",
    "resourceRule",
    "serviceControl",
    "resourceControl",
    "condition",
    "principal",
    "action",
    "on",
    "resourceAccount",
    "context",
    "outcome",
    "by",
    "statement",
    "missing",
];

fn row(file: &str, from: &Json, principals: &BTreeMap<String, Who>) -> Row {
    let name = format!("{file}: {}", from["name"].as_str().unwrap());
    only(from, &MEMBERS, &name);
    let who = text(from, "principal").unwrap_or_else(|| "alice".to_owned());
    let who = principals
        .get(&who)
        .unwrap_or_else(|| panic!("{name}: nobody is called {who}"));
    let condition = from.get("condition").cloned();
    let mut case = Case::of(who.clone());
    case.identity = from.get("identity").map(documents);
    if let Some(condition) = &condition {
        assert!(
            case.identity.is_none(),
            "{name} has a condition and an identity policy"
        );
        case.identity = Some(documents(&json!({
            "Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition,
        })));
    }
    case.boundary = from.get("boundary").map(documents);
    case.session = from.get("session").map(documents);
    case.is_trust = from.get("trust").is_some();
    case.resource = from.get("trust").or(from.get("resource")).map(documents);
    case.must_allow = match text(from, "resourceRule").as_deref() {
        None => case.is_trust,
        Some("mustAllow") => true,
        Some(other) => panic!("{name}: no rule is called {other}"),
    };
    case.service_control = levels(from, "serviceControl");
    case.resource_control = levels(from, "resourceControl");
    case.action = text(from, "action").unwrap_or(case.action);
    case.resource_arn = text(from, "on").unwrap_or(case.resource_arn);
    case.resource_account = text(from, "resourceAccount");
    case.context = from.get("context").map(context).unwrap_or_default();
    let mut missing = from.get("missing").map(strings);
    if let Some(missing) = &mut missing {
        missing.iter_mut().for_each(|key| *key = key.to_lowercase());
        missing.sort();
    }
    let outcome = text(from, "outcome").unwrap();
    assert!(
        ["allowed", "explicitDeny", "implicitDeny"].contains(&outcome.as_str()),
        "{name}: {outcome}"
    );
    Row {
        outcome,
        by: text(from, "by"),
        statement: text(from, "statement"),
        missing,
        condition,
        case,
        name,
    }
}

/// One or several; each a document, or a statement that stands for a document of the present version.
fn documents(value: &Json) -> Vec<Json> {
    let items = match value {
        Json::Array(items) => items.clone(),
        single => vec![single.clone()],
    };
    let document = |item: Json| {
        if item.get("Statement").is_some() {
            item
        } else {
            json!({ "Version": "2012-10-17", "Statement": item })
        }
    };
    items.into_iter().map(document).collect()
}

fn levels(from: &Json, member: &str) -> Vec<Vec<Json>> {
    let levels = from.get(member).map(|levels| levels.as_array().unwrap());
    levels.into_iter().flatten().map(documents).collect()
}

fn context(value: &Json) -> Vec<(String, Held)> {
    let held = |value: &Json| match value {
        Json::String(text) => Held::Text(text.clone()),
        Json::Bool(value) => Held::Bool(*value),
        Json::Number(number) => Held::Integer(number.as_i64().unwrap()),
        Json::Array(_) => Held::List(strings(value)),
        Json::Object(object) => typed(object),
        Json::Null => panic!("null is no value of a key"),
    };
    let members = value.as_object().unwrap().iter();
    members.map(|(key, value)| (key.clone(), held(value))).collect()
}

fn typed(object: &Map<String, Json>) -> Held {
    let (kind, value) = object.iter().next().unwrap();
    let value = value.as_str().unwrap();
    match kind.as_str() {
        "date" => Held::Date(naive::seconds(value).unwrap()),
        "address" => Held::Address(value.to_owned()),
        other => panic!("no type of value is called {other}"),
    }
}

fn principals() -> BTreeMap<String, Who> {
    let text = fs::read_to_string(folder().join("principals.json")).unwrap();
    let content: Json = serde_json::from_str(&text).unwrap();
    only(&content, &["about", "principals"], "principals");
    let members = content["principals"].as_object().unwrap().iter();
    members.map(|(name, from)| (name.clone(), who(from))).collect()
}

fn who(from: &Json) -> Who {
    let get = |member: &str| text(from, member).unwrap_or_else(|| panic!("{from} lacks {member}"));
    let (account, arn) = (|| get("account"), || get("arn"));
    match get("kind").as_str() {
        "root" => Who::Root {
            account: account(),
            arn: arn(),
        },
        "user" => Who::User {
            account: account(),
            arn: arn(),
            id: get("id"),
        },
        "roleSession" => Who::RoleSession {
            account: account(),
            arn: arn(),
            role: get("role"),
            role_id: get("roleId"),
        },
        "federatedUser" => Who::FederatedUser {
            account: account(),
            arn: arn(),
            user: get("user"),
            user_id: get("userId"),
        },
        "service" => Who::Service { name: get("name") },
        "federated" => Who::Federated {
            provider: get("provider"),
        },
        "anonymous" => Who::Anonymous,
        other => panic!("no kind of caller is called {other}"),
    }
}

fn text(from: &Json, member: &str) -> Option<String> {
    from.get(member).map(|value| value.as_str().unwrap().to_owned())
}

fn strings(value: &Json) -> Vec<String> {
    let items = value.as_array().unwrap().iter();
    items.map(|item| item.as_str().unwrap().to_owned()).collect()
}
