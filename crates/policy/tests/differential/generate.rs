//! Cases by chance, biased so that statements often match and that everything meets everything.

use serde_json::{Map, Value as Json, json};

use crate::{
    case::{Case, Held, Who},
    random::Random,
    vocabulary::{
        ACTION_PATTERNS, ACTIONS, ARNS, BINARIES, BOOLEANS, DATES, FOREIGN, NETWORKS, NUMBERS, OWN,
        PRINCIPALS, RESOURCE_PATTERNS, RESOURCES, TEXTS, TRUST_ACTIONS, callers, keys,
    },
};

/// Operators with the values that belong to them and the keys that have such values.
const FAMILIES: [(&[&str], &[&str], &[&str]); 7] = [
    (
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        &TEXTS,
        &[
            "aws:username",
            "aws:PrincipalTag/team",
            "aws:TagKeys",
            "AWS:tagkeys",
            "aws:none",
        ],
    ),
    (
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &NUMBERS,
        &["s3:max-keys", "app:numbers"],
    ),
    (
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &DATES,
        &["aws:CurrentTime", "app:dates", "AWS:CURRENTTIME"],
    ),
    (&["Bool"], &BOOLEANS, &["aws:SecureTransport"]),
    (&["BinaryEquals"], &BINARIES, &["app:digest"]),
    (
        &["IpAddress", "NotIpAddress"],
        &NETWORKS,
        &["aws:SourceIp", "app:addresses"],
    ),
    (
        &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"],
        &ARNS,
        &["aws:SourceArn", "app:arns"],
    ),
];

/// Letters of patterns, and of the texts that are held against them.
const PATTERN_LETTERS: &str = "aab***?é/";
const TEXT_LETTERS: &str = "aaabbé/";

pub(crate) fn case(random: &mut Random) -> Case {
    let mut case = Case::of(random.pick(&callers()));
    case.must_allow = random.chance(20);
    case.is_trust = case.must_allow && random.chance(60);
    case.action = if case.is_trust && random.chance(90) {
        "sts:AssumeRole".to_owned()
    } else {
        random.pick(&ACTIONS).to_owned()
    };
    case.resource_arn = random.pick(&RESOURCES).to_owned();
    if random.chance(20) {
        case.resource_arn = format!("arn:aws:s3:::{}", letters(random, TEXT_LETTERS));
    }
    case.resource_account = random
        .pick(&[None, None, Some(OWN), Some(FOREIGN)])
        .map(str::to_owned);
    let has_identity = matches!(
        case.who,
        Who::User { .. } | Who::RoleSession { .. } | Who::FederatedUser { .. }
    );
    let is_session = matches!(case.who, Who::RoleSession { .. } | Who::FederatedUser { .. });
    if has_identity && random.chance(85) {
        case.identity = Some(policies(random, Kind::Identity, &case.who));
    }
    if has_identity && random.chance(25) {
        case.boundary = Some(policies(random, Kind::Limit, &case.who));
    }
    if is_session && random.chance(45) {
        case.session = Some(policies(random, Kind::Limit, &case.who));
    }
    if random.chance(if has_identity { 50 } else { 85 }) {
        let kind = if case.is_trust {
            Kind::Trust
        } else {
            Kind::Resource
        };
        case.resource = Some(policies(random, kind, &case.who));
    }
    let levels = random.pick(&[0, 0, 0, 0, 0, 1, 2]);
    case.service_control = (0..levels)
        .map(|_| policies(random, Kind::Limit, &case.who))
        .collect();
    let levels = random.pick(&[0, 0, 0, 0, 0, 0, 1]);
    case.resource_control = (0..levels)
        .map(|_| policies(random, Kind::ResourceControl, &case.who))
        .collect();
    for (name, values) in keys() {
        if random.chance(70) {
            case.context.push((name.to_owned(), random.pick(&values)));
        }
    }
    case.context.push((
        "app:letters".to_owned(),
        Held::Text(letters(random, TEXT_LETTERS)),
    ));
    case
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Identity,
    /// What only limits, and should therefore often allow.
    Limit,
    Resource,
    Trust,
    ResourceControl,
}

fn policies(random: &mut Random, kind: Kind, who: &Who) -> Vec<Json> {
    let count = random.pick(&[1, 1, 1, 2, 2, 0]);
    let mut policies: Vec<Json> = (0..count).map(|_| document(random, kind, who)).collect();
    let everything = match kind {
        Kind::Limit | Kind::ResourceControl => 70,
        Kind::Identity => 30,
        Kind::Resource | Kind::Trust => 0,
    };
    if random.chance(everything) {
        let mut statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*" });
        if kind == Kind::ResourceControl {
            statement["Principal"] = json!("*");
        }
        policies.push(json!({ "Version": "2012-10-17", "Statement": statement }));
    }
    policies
}

fn document(random: &mut Random, kind: Kind, who: &Who) -> Json {
    let count = random.pick(&[1, 1, 2, 3]);
    let statements: Vec<Json> = (0..count).map(|_| statement(random, kind, who)).collect();
    let statements = match <[Json; 1]>::try_from(statements) {
        Ok([single]) => single,
        Err(several) => Json::Array(several),
    };
    let may_be_old = !matches!(kind, Kind::Limit);
    match random.below(12) {
        0 if may_be_old => json!({ "Statement": statements }),
        1 if may_be_old => json!({ "Version": "2008-10-17", "Statement": statements }),
        _ => json!({ "Version": "2012-10-17", "Statement": statements }),
    }
}

fn statement(random: &mut Random, kind: Kind, who: &Who) -> Json {
    let mut statement = Map::new();
    let denies = random.chance(25);
    statement.insert("Effect".to_owned(), json!(if denies { "Deny" } else { "Allow" }));
    if matches!(kind, Kind::Resource | Kind::Trust | Kind::ResourceControl) {
        principal(random, kind, denies, who, &mut statement);
    }
    if kind == Kind::Trust {
        statement.insert("Action".to_owned(), one_or_more(random, &TRUST_ACTIONS));
    } else {
        let action = if random.chance(15) { "NotAction" } else { "Action" };
        statement.insert(action.to_owned(), one_or_more(random, &ACTION_PATTERNS));
        let resource = if random.chance(15) {
            "NotResource"
        } else {
            "Resource"
        };
        // Short ARNs mean something else in the policy of a resource.
        let patterns = if matches!(kind, Kind::Resource | Kind::ResourceControl) {
            &RESOURCE_PATTERNS[..24]
        } else {
            &RESOURCE_PATTERNS
        };
        let mut patterns = one_or_more(random, patterns);
        if random.chance(8) {
            patterns = json!(format!("arn:aws:s3:::{}", letters(random, PATTERN_LETTERS)));
        }
        statement.insert(resource.to_owned(), patterns);
    }
    if random.chance(45) {
        statement.insert("Condition".to_owned(), condition(random));
    }
    Json::Object(statement)
}

fn principal(random: &mut Random, kind: Kind, denies: bool, who: &Who, statement: &mut Map<String, Json>) {
    if kind == Kind::ResourceControl {
        statement.insert("Principal".to_owned(), json!("*"));
        return;
    }
    let negated = kind == Kind::Resource && denies && random.chance(30);
    let element = if negated { "NotPrincipal" } else { "Principal" };
    if !negated && random.chance(10) {
        statement.insert(element.to_owned(), json!("*"));
        return;
    }
    let mut kinds: Map<String, Json> = Map::new();
    for _ in 0..random.pick(&[1, 2, 3, if negated { 9 } else { 2 }]) {
        let (kind, entry) = if random.chance(50) {
            random.pick(&names_of(who))
        } else {
            let (kind, entry) = random.pick(&PRINCIPALS);
            (kind, entry.to_owned())
        };
        let entries = kinds.entry(kind).or_insert_with(|| json!([]));
        entries.as_array_mut().unwrap().push(json!(entry));
    }
    statement.insert(element.to_owned(), Json::Object(kinds));
}

/// What a policy may call the caller.
fn names_of(who: &Who) -> Vec<(&'static str, String)> {
    let aws = |names: [&String; 4]| names.map(|name| ("AWS", name.clone())).into();
    match who {
        Who::Root { account, arn } => aws([account, arn, account, arn]),
        Who::User { account, arn, id } => aws([account, arn, id, arn]),
        Who::RoleSession {
            account,
            arn,
            role,
            role_id,
        } => aws([account, arn, role, role_id]),
        Who::FederatedUser {
            account,
            arn,
            user,
            user_id,
        } => aws([account, arn, user, user_id]),
        Who::Service { name } => vec![("Service", name.clone())],
        Who::Federated { provider } => vec![("Federated", provider.clone())],
        Who::Anonymous => vec![("AWS", "*".to_owned())],
    }
}

fn one_or_more(random: &mut Random, items: &[&str]) -> Json {
    match random.below(3) {
        0 => json!([random.pick(items), random.pick(items)]),
        1 => json!([random.pick(items)]),
        _ => json!(random.pick(items)),
    }
}

/// A few letters of `alphabet`: patterns and texts that nearly match each other.
fn letters(random: &mut Random, alphabet: &str) -> String {
    let alphabet: Vec<char> = alphabet.chars().collect();
    let length = random.below(8);
    (0..length).map(|_| random.pick(&alphabet)).collect()
}

fn condition(random: &mut Random) -> Json {
    let mut blocks = Map::new();
    for _ in 0..random.pick(&[1, 1, 1, 2]) {
        let (operators, values, own_keys) = random.pick(&FAMILIES);
        if random.chance(10) {
            let key = random.pick(&keys()).0;
            blocks.insert("Null".to_owned(), json!({ key: random.pick(&BOOLEANS) }));
            continue;
        }
        if random.chance(10) {
            let operator = random.pick(&["StringLike", "StringNotLike"]);
            let pattern = letters(random, PATTERN_LETTERS);
            blocks.insert(operator.to_owned(), json!({ "app:letters": pattern }));
            continue;
        }
        let mut name = random.pick(operators).to_owned();
        if random.chance(25) {
            name += "IfExists";
        }
        match random.below(4) {
            0 => name.insert_str(0, "ForAllValues:"),
            1 => name.insert_str(0, "ForAnyValue:"),
            _ => {}
        }
        let mut block = Map::new();
        for _ in 0..random.pick(&[1, 1, 2]) {
            let key = if random.chance(85) {
                random.pick(own_keys)
            } else {
                random.pick(&keys()).0
            };
            block.insert(key.to_owned(), condition_values(random, values));
        }
        blocks.insert(name, Json::Object(block));
    }
    Json::Object(blocks)
}

fn condition_values(random: &mut Random, values: &[&str]) -> Json {
    match random.below(8) {
        0 => json!([]),
        1 | 2 => json!([random.pick(values), random.pick(values), random.pick(values)]),
        _ => json!(random.pick(values)),
    }
}

/// What a run of cases covered, for a test that it covers what it should.
pub(crate) fn operators_of(case: &Case, into: &mut impl Extend<String>) {
    let sets = [&case.identity, &case.boundary, &case.session, &case.resource];
    for document in sets.into_iter().flatten().flatten() {
        let statements = match &document["Statement"] {
            Json::Array(statements) => statements.clone(),
            single => vec![single.clone()],
        };
        for statement in statements {
            if let Some(blocks) = statement.get("Condition").and_then(Json::as_object) {
                into.extend(blocks.keys().cloned());
            }
        }
    }
}

/// Whether the case has a key with several values.
pub(crate) fn has_list(case: &Case) -> bool {
    case.context.iter().any(|(_, held)| matches!(held, Held::List(_)))
}
