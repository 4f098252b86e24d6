//! Decisions of policies in process, against the SHA-256 blocks of an S3 GET's verification and against peers.

use std::{hint::black_box, net::IpAddr, sync::Arc, time::Duration};

use keystead_policy::{
    Context as Keys, DocumentKind, Key, Policies, Policy, PolicySet, Principal, PrincipalKind, Request,
    Value, decide,
};

use crate::{
    Context, Result,
    in_process::{Case, hash_blocks, take_rounds},
    machine,
    policy_sets::{self, ADDRESS, ASKED, Asked, USER_ARN, USER_NAME},
    requests::{self, Credentials},
    table::{Goal, Row, Table},
};

/// Length of the text that a hostile pattern is held against, and of the pattern's hostile part.
const HOSTILE_TEXT: usize = 2000;
const HOSTILE_STARS: usize = 500;

pub(crate) fn measure(context: &Context, table: &mut Table) -> Result<()> {
    table.note("Policy: nanoseconds of the thread's own processor time; floor: compress256 over the blocks of an S3 GET");
    let typical = set(policy_sets::typical())?;
    let large = set(policy_sets::large())?;
    for asked in &ASKED {
        one_request(context, table, asked, &typical, &large)?;
    }
    hostile(context, table)
}

fn one_request(
    context: &Context,
    table: &mut Table,
    asked: &Asked,
    typical: &PolicySet,
    large: &PolicySet,
) -> Result<()> {
    let blocks = blocks_of_a_get()?;
    let mut cases = vec![
        Case::new("floor", Box::new(move |count| Ok(hash_blocks(blocks, count)))),
        Case::new("typical", Box::new(|count| ours(typical, asked, count))),
        Case::new("200 statements", Box::new(|count| ours(large, asked, count))),
    ];
    cases.extend(peers(asked)?);
    take_rounds(context.rounds, &mut cases)?;
    let [floor, typical, large, peers @ ..] = cases.as_slice() else {
        return Err("the cases are fewer than were made".into());
    };
    let name = asked.name;
    let row = Row::new(format!("decide, 5 statements, {name}"), typical.show()?);
    let row = row.floor(format!("{} ({blocks} blocks)", floor.show()?));
    table.push(row.ratio(typical.ratio_to(floor)?, Some(Goal::AtMost(1.0))));
    let row = Row::new(format!("decide, 200 statements, {name}"), large.show()?);
    let row = row.floor(format!("{} (5 statements)", typical.show()?));
    table.push(row.ratio(large.ratio_to(typical)?, Some(Goal::AtMost(3.0))));
    for peer in peers {
        let (against, goal) = match peer.name {
            "cedar, 5 statements" => (typical, Some(Goal::AtLeast(20.0))),
            "iam-rs, 5 statements" => (typical, None),
            _ => (large, None),
        };
        let row = Row::new(
            format!("{}: {name}, in multiples of ours", peer.name),
            peer.show()?,
        );
        table.push(row.floor(against.show()?).ratio(peer.ratio_to(against)?, goal));
    }
    Ok(())
}

/// Twice the text must cost about twice the time, whatever the pattern.
fn hostile(context: &Context, table: &mut Table) -> Result<()> {
    // What a matcher that tries again from each place pays most for; the text has an `a` everywhere and a `b` nowhere.
    for (name, pattern) in [
        ("stars", "*".repeat(HOSTILE_STARS)),
        ("letters and stars", "a*".repeat(HOSTILE_STARS) + "b*"),
        ("a long piece", format!("*{}b*", "a".repeat(HOSTILE_STARS))),
    ] {
        let statement =
            format!(r#"{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{pattern}"}}"#);
        let set = set(vec![format!(
            r#"{{"Version":"2012-10-17","Statement":{statement}}}"#
        )])?;
        let resource = |length| format!("arn:aws:s3:::{}", "a".repeat(length));
        let (short, long) = (resource(HOSTILE_TEXT), resource(2 * HOSTILE_TEXT));
        let set = &set;
        let run = |resource: &str, count| repeat(set, "s3:GetObject", resource, count);
        let mut cases = vec![
            Case::new("a text", Box::new(|count| run(&short, count))),
            Case::new("twice the text", Box::new(|count| run(&long, count))),
        ];
        take_rounds(context.rounds, &mut cases)?;
        let [short, long] = cases.as_slice() else {
            return Err("the cases are fewer than were made".into());
        };
        let row = Row::new(
            format!("decide, hostile pattern ({name}), twice the text"),
            long.show()?,
        );
        table.push(
            row.floor(short.show()?)
                .ratio(long.ratio_to(short)?, Some(Goal::AtMost(2.5))),
        );
    }
    Ok(())
}

/// Decides `count` times, after a look whether the answer is the expected one.
fn ours(set: &PolicySet, asked: &Asked, count: usize) -> Result<Duration> {
    if decide_on(set, asked.action, asked.resource) != asked.is_allowed {
        return Err(format!("{} is decided wrongly", asked.name).into());
    }
    repeat(set, asked.action, asked.resource, count)
}

fn repeat(set: &PolicySet, action: &str, resource: &str, count: usize) -> Result<Duration> {
    let begin = machine::thread_time();
    for _ in 0..count {
        black_box(decide_on(black_box(set), black_box(action), black_box(resource)));
    }
    Ok(machine::thread_time() - begin)
}

fn decide_on(set: &PolicySet, action: &str, resource: &str) -> bool {
    let policies = Policies {
        identity: Some(set),
        ..Policies::default()
    };
    let request = Request {
        principal: Principal {
            kind: PrincipalKind::User,
            account: "111122223333",
            arn: USER_ARN,
            unique_id: Some("AIDAQAAAAAAAAAALICE23"),
        },
        action,
        resource,
        resource_account: None,
        context: &RequestKeys,
    };
    decide(&policies, &request).is_allowed()
}

/// The keys as a server has them at hand.
struct RequestKeys;

impl Keys for RequestKeys {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        match key.as_str() {
            "aws:username" => Some(Value::Text(USER_NAME)),
            "aws:securetransport" => Some(Value::Bool(true)),
            "aws:sourceip" => Some(Value::Address(IpAddr::from(ADDRESS))),
            "aws:multifactorauthpresent" => Some(Value::Bool(true)),
            _ => None,
        }
    }
}

fn set(documents: Vec<String>) -> Result<PolicySet> {
    let policies = documents
        .iter()
        .map(|text| Policy::parse(text, DocumentKind::Managed).map(Arc::new));
    Ok(PolicySet::new(policies.collect::<std::result::Result<_, _>>()?))
}

/// The SHA-256 blocks that the verification of an S3 GET with a prepared key hashes.
fn blocks_of_a_get() -> Result<usize> {
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(),
    };
    let get = requests::s3_get(&credentials, "127.0.0.1:7450", requests::now_seconds()?);
    Ok(get.blocks.prepared)
}

#[cfg(feature = "peers")]
fn peers(asked: &Asked) -> Result<Vec<Case<'_>>> {
    use crate::policy_peers::{Cedar, IamRs};

    let mut cases = Vec::new();
    for (cedar_name, iam_rs_name, is_large) in [
        ("cedar, 5 statements", "iam-rs, 5 statements", false),
        ("cedar, 200 statements", "iam-rs, 200 statements", true),
    ] {
        let cedar = Cedar::new(asked, is_large)?;
        cases.push(Case::new(cedar_name, Box::new(move |count| cedar.decide(count))));
        let iam_rs = IamRs::new(asked, is_large)?;
        cases.push(Case::new(
            iam_rs_name,
            Box::new(move |count| iam_rs.decide(count)),
        ));
    }
    Ok(cases)
}

#[cfg(not(feature = "peers"))]
fn peers(_: &Asked) -> Result<Vec<Case<'_>>> {
    Ok(Vec::new())
}
