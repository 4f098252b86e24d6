use proptest::prelude::*;

use crate::context::{Context, Key, Value};
use crate::decide::{Policies, decide};
use crate::decision::{Decision, Outcome};
use crate::policy::DocumentKind;
use crate::request::Request;
use crate::set::PolicySet;
use crate::statement::Effect;
use crate::testing::{USER, caller, set};
use Outcome::{Allowed, ExplicitDeny, ImplicitDeny};

struct Keys;

impl Context for Keys {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        key.is("aws:UserName").then_some(Value::Text("alice"))
    }
}

fn ask<'p>(set: &'p PolicySet, action: &str, resource: &str) -> Decision<'p> {
    let policies = Policies {
        identity: Some(set),
        ..Policies::default()
    };
    let request = Request {
        principal: caller(USER),
        action,
        resource,
        resource_account: None,
        context: &Keys,
    };
    let explained = crate::explain(&policies, &request);
    let decision = decide(&policies, &request);
    assert_eq!(explained.decision, decision);
    for key in decision.missing.as_slice() {
        assert!(explained.missing.contains(key), "{key}");
    }
    decision
}

#[test]
fn the_first_statement_that_matches_decides() {
    let set = set(
        r#"{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::a/*"},
           {"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::a/*"},
           {"Effect":"Allow","NotAction":"iam:*","Resource":"arn:aws:s3:::a/x"},
           {"Effect":"Deny","Action":"*","Resource":"arn:aws:s3:::a/secret/*"},
           {"Effect":"Deny","Action":["S3:GETOBJECT","s3:Get*"],"Resource":"arn:aws:s3:::a/secret/b"},
           {"Effect":"Allow","Action":"sqs:*","NotResource":"arn:aws:sqs:*:*:q${aws:username}"}"#,
        DocumentKind::Managed,
    );
    let rows = [
        ("s3:GetObject", "arn:aws:s3:::a/x", Allowed, Some(0)),
        ("S3:getobject", "arn:aws:s3:::a/x", Allowed, Some(0)),
        ("s3:PutObject", "arn:aws:s3:::a/x", Allowed, Some(2)),
        ("s3:PutObject", "arn:aws:s3:::a/y", ImplicitDeny, None),
        ("s3:GetObject", "arn:aws:s3:::A/x", ImplicitDeny, None),
        ("iam:GetUser", "arn:aws:s3:::a/x", ImplicitDeny, None),
        ("s3:GetObject", "arn:aws:s3:::a/secret/b", ExplicitDeny, Some(3)),
        ("s3:GetObject", "arn:aws:s3:::a/secret/c", ExplicitDeny, Some(3)),
        ("sqs:Send", "arn:aws:sqs:r:1:qbob", Allowed, Some(5)),
        ("sqs:Send", "arn:aws:sqs:r:1:qalice", ImplicitDeny, None),
        ("", "arn:aws:s3:::a/x", Allowed, Some(2)),
    ];
    for (action, resource, outcome, statement) in rows {
        let decision = ask(&set, action, resource);
        assert_eq!(decision.outcome, outcome, "{action} {resource}");
        assert_eq!(
            decision.statement.map(|found| found.statement),
            statement,
            "{action} {resource}"
        );
    }
}

#[test]
fn statements_that_share_wildcards_stay_apart() {
    let set = set(
        r#"{"Effect":"Allow","Action":["s3:List*","s3:Get*"],"Resource":"arn:aws:s3:::a/*"},
           {"Effect":"Allow","Action":["s3:get*","s3:list*","s3:Get*"],"Resource":"arn:aws:s3:::b/*"},
           {"Effect":"Deny","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::*/secret"},
           {"Effect":"Allow","Action":["s3:Get*","sqs:Get*"],"Resource":["arn:aws:s3:::c/*","arn:aws:sqs:*:*:c"]},
           {"Effect":"Allow","Action":["s3:*Object","s3:Get*","s3:GetObject"],"Resource":"arn:*:s3:*:*:d/*"}"#,
        DocumentKind::Managed,
    );
    let rows = [
        ("s3:GetObject", "arn:aws:s3:::a/x", Allowed, Some(0)),
        ("s3:ListBucket", "arn:aws:s3:::b/x", Allowed, Some(1)),
        ("s3:PutObject", "arn:aws:s3:::b/x", ImplicitDeny, None),
        ("s3:ListBucket", "arn:aws:s3:::b/secret", ExplicitDeny, Some(2)),
        ("s3:GetObject", "arn:aws:s3:::c/x", Allowed, Some(3)),
        ("s3:ListBucket", "arn:aws:s3:::c/x", ImplicitDeny, None),
        ("sqs:GetQueueUrl", "arn:aws:sqs:r:1:c", Allowed, Some(3)),
        ("sqs:ListQueues", "arn:aws:sqs:r:1:c", ImplicitDeny, None),
        ("s3:PutObject", "arn:aws:s3:::d/x", Allowed, Some(4)),
        ("s3:GetObject", "arn:aws-cn:s3:r:1:d/x", Allowed, Some(4)),
        ("s3:GetObject", "arn:aws-cn:s3:r:1:e/x", ImplicitDeny, None),
    ];
    for (action, resource, outcome, statement) in rows {
        let decision = ask(&set, action, resource);
        assert_eq!(decision.outcome, outcome, "{action} {resource}");
        assert_eq!(
            decision.statement.map(|found| found.statement),
            statement,
            "{action} {resource}"
        );
    }
}

#[test]
fn missing_keys_are_those_that_mattered() {
    let set = set(
        r#"{"Effect":"Allow","Action":"a:One","Resource":"*","Condition":{"StringEquals":{"Aws:First":"x"},"Bool":{"aws:Second":"true"}}},
           {"Effect":"Allow","Action":"a:Two","Resource":"*","Condition":{"StringEquals":{"aws:Third":"x"}}},
           {"Effect":"Deny","Action":"a:One","Resource":"arn:aws:s3:::b","Condition":{"Null":{"aws:Fourth":"false"}}},
           {"Effect":"Allow","Action":"a:One","Resource":"arn:aws:s3:::c/${aws:Fifth}"},
           {"Effect":"Allow","Action":"a:Three","NotResource":"arn:aws:s3:::c/${aws:Sixth}"}"#,
        DocumentKind::Managed,
    );
    let missing = |action: &str, resource: &str| ask(&set, action, resource).missing.as_slice().join(" ");
    assert_eq!(missing("a:One", "arn:aws:s3:::a"), "Aws:First");
    assert_eq!(missing("a:One", "arn:aws:s3:::b"), "aws:Fourth Aws:First");
    assert_eq!(missing("a:One", "arn:aws:s3:::c/x"), "Aws:First aws:Fifth");
    assert_eq!(missing("a:Three", "arn:aws:s3:::d"), "aws:Sixth");
    assert_eq!(missing("a:Four", "arn:aws:s3:::d"), "");

    let policies = Policies {
        identity: Some(&set),
        ..Policies::default()
    };
    let request = Request {
        principal: caller(USER),
        action: "a:One",
        resource: "arn:aws:s3:::b",
        resource_account: None,
        context: &(),
    };
    let explained = crate::explain(&policies, &request);
    assert_eq!(explained.missing, ["Aws:First", "aws:Fourth", "aws:Second"]);
}

#[test]
fn no_more_keys_are_kept_than_there_is_room_for() {
    let keys: Vec<String> = (0..10).map(|number| format!(r#""k{number}":"x""#)).collect();
    let statement = format!(
        r#"{{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{"StringNotEquals":{{{},"K1":"x"}}}}}}"#,
        keys.join(",")
    );
    let set = set(&statement, DocumentKind::Managed);
    let missing = ask(&set, "a:b", "*").missing;
    assert_eq!((missing.as_slice().len(), missing.more()), (8, 2));
}

proptest! {
    /// A set says the same however its statements are spread over policies.
    #[test]
    fn the_index_finds_what_a_scan_finds(
        statements in prop::collection::vec(("(Allow|Deny)", "(Action|NotAction)", "(\\*|[ab]:[xy]|[ab]:\\*|[ab]:[xy]?\\*|\\*:[xy])"), 1..8),
        action in "[abAB]:[xyXY]",
    ) {
        let statements: Vec<String> = statements
            .iter()
            .map(|(effect, element, pattern)| format!(r#"{{"Effect":"{effect}","{element}":"{pattern}","Resource":"*"}}"#))
            .collect();
        let whole = set(&statements.join(","), DocumentKind::Managed);
        let policies = Policies { identity: Some(&whole), ..Policies::default() };
        let request = Request {
            principal: caller(USER),
            action: &action,
            resource: "*",
            resource_account: None,
            context: &(),
        };
        let explained = crate::explain(&policies, &request);
        let first = |effect| {
            let mut matched = explained.matched.iter().filter(|matched| matched.effect == effect);
            matched.next().map(|matched| matched.statement)
        };
        let expected = match (first(Effect::Deny), first(Effect::Allow)) {
            (Some(deny), _) => (ExplicitDeny, Some(deny)),
            (None, Some(allow)) => (Allowed, Some(allow)),
            (None, None) => (ImplicitDeny, None),
        };
        prop_assert_eq!((explained.decision.outcome, explained.decision.statement), expected);
        prop_assert_eq!(explained.outcomes[0].outcome, expected.0);
    }
}
