use std::net::IpAddr;

use keystead_policy::{Key, Outcome, Value};
use keystead_types::{AccountId, Identity, Principal, Timestamp, limits};

use super::*;
use crate::{
    DirectoryPermissions,
    tests::support::{self, NOON, account, caller, holder, managed, permissions},
};

const REGION: &str = "us-east-1";
const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
const BOB: &str = "arn:aws:iam::123456789012:user/bob";

struct Operation;

fn compiled(found: DirectoryPermissions) -> Arc<Permissions> {
    let snapshot = crate::PermissionsSnapshot {
        revision: 1,
        permissions: Some(found),
    };
    let verifier = support::verifier(support::Map::default());
    let held = verifier.permissions.compile(&snapshot).unwrap().unwrap();
    Arc::new(Permissions::own(held).unwrap())
}

fn circumstances() -> Circumstances {
    Circumstances {
        now: Timestamp::from_seconds(NOON),
        source: IpAddr::from([192, 0, 2, 1]),
        secure_transport: true,
        user_agent: "aws-cli/2.0".into(),
        referer: None,
        one_time_code: false,
    }
}

fn user(arn: &str) -> Resource {
    Resource::new(Some(account()), arn).named("user", arn.rsplit('/').next().unwrap())
}

fn ask(
    found: &Arc<Permissions>,
    action: &'static str,
    resource: &Resource,
    keys: &dyn ServiceKeys,
) -> Result<Allowed<Operation>, Box<Denied>> {
    let wanted = Wanted {
        action: Action::new(action),
        resource,
        trust: None,
        is_granted: false,
        keys,
        region: REGION,
    };
    decide(
        &caller(Arc::clone(found.principal())),
        found,
        &circumstances(),
        wanted,
        &[],
    )
}

/// A document of one statement.
fn document(effect: &str, action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Sid": "only", "Effect": "{effect}", "Action": "{action}",
            "Resource": "{resource}", "Condition": {{{condition}}}}}}}"#
    )
}

#[test]
fn who_has_no_policy_may_do_nothing() {
    let denied = ask(&compiled(permissions(&[])), "iam:GetUser", &user(ALICE), &())
        .err()
        .unwrap();
    assert_eq!(denied.decided().outcome(), Outcome::ImplicitDeny);
    assert!(denied.decided().statement().is_none());
}

#[test]
fn every_wanted_thing_must_be_allowed() {
    let own = compiled(permissions(&[&document("Allow", "iam:*", ALICE, "")]));
    let caller = caller(Arc::clone(own.principal()));
    let (alice, bob) = (user(ALICE), user(BOB));
    let wanted = |resource| Wanted {
        action: Action::new("iam:UpdateUser"),
        resource,
        trust: None,
        is_granted: false,
        keys: &(),
        region: REGION,
    };
    let asked =
        |first, others: &[Wanted<'_>]| decide::<Operation>(&caller, &own, &circumstances(), first, others);
    assert!(asked(wanted(&alice), &[wanted(&alice)]).is_ok());
    for (first, other) in [(&alice, &bob), (&bob, &alice)] {
        let denied = asked(wanted(first), &[wanted(other)]).err().unwrap();
        assert_eq!(denied.decided().resource().arn(), BOB);
    }
}

#[test]
fn root_needs_no_policy_in_its_own_account_and_has_no_say_in_another() {
    let root = Arc::new(Principal {
        account: account(),
        identity: Identity::Root,
    });
    let verifier = support::verifier(support::Map::default());
    let found = futures_of_root(&verifier, &root);
    assert!(ask(&found, "iam:DeleteUser", &user(ALICE), &()).is_ok());
    let other = AccountId::new(210_987_654_321).unwrap();
    let foreign = Resource::new(Some(other), "arn:aws:iam::210987654321:user/alice");
    assert!(ask(&found, "iam:DeleteUser", &foreign, &()).is_err());
}

fn futures_of_root(verifier: &crate::Verifier<support::Map>, root: &Arc<Principal>) -> Arc<Permissions> {
    use std::{future::Future, pin::pin, task::Poll};
    let asker = caller(Arc::clone(root));
    let mut asking = pin!(verifier.permissions(&asker));
    match asking
        .as_mut()
        .poll(&mut std::task::Context::from_waker(std::task::Waker::noop()))
    {
        Poll::Ready(found) => found.unwrap(),
        Poll::Pending => unreachable!("root's are not looked up"),
    }
}

#[test]
fn a_user_called_root_is_not_the_root_user() {
    let impostor = DirectoryPermissions {
        holder: holder(1, "root"),
        ..permissions(&[])
    };
    assert!(ask(&compiled(impostor), "iam:GetUser", &user(ALICE), &()).is_err());
}

/// Keys that a service has of its own, some of which it should not have.
struct Own;

impl ServiceKeys for Own {
    fn get<'a>(&'a self, key: &Key<'_>) -> Option<Value<'a>> {
        Some(match key.as_str() {
            "iam:policyarn" => Value::Text("arn:aws:iam::aws:policy/ReadOnlyAccess"),
            "aws:requesttag/team" => Value::Text("red"),
            "aws:username"
            | "aws:principaltag/team"
            | "aws:multifactorauthpresent"
            | "aws:sourceidentity"
            | "aws:principalarn"
            | "aws:sourceip" => Value::Text("forged"),
            _ => return None,
        })
    }
}

#[test]
fn what_each_key_holds() {
    let rows = [
        ("StringEquals", "aws:username", "alice", true),
        ("StringEquals", "AWS:UserName", "alice", true),
        ("StringEquals", "aws:userid", "AIDAAAAAAAAAAAAAAAAAB", true),
        ("ArnEquals", "aws:PrincipalArn", ALICE, true),
        ("StringEquals", "aws:PrincipalAccount", "123456789012", true),
        ("StringEquals", "aws:PrincipalType", "User", true),
        ("StringEquals", "aws:PrincipalTag/Team", "blue", true),
        ("StringEquals", "aws:PrincipalTag/team", "blue", true),
        ("StringEquals", "aws:PrincipalTag/other", "blue", false),
        ("IpAddress", "aws:SourceIp", "192.0.2.0/24", true),
        ("Bool", "aws:SecureTransport", "true", true),
        ("StringEquals", "aws:UserAgent", "aws-cli/2.0", true),
        ("Null", "aws:Referer", "true", true),
        ("StringEquals", "aws:RequestedRegion", REGION, true),
        ("StringEquals", "aws:ResourceAccount", "123456789012", true),
        ("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", true),
        ("DateLessThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", false),
        ("NumericGreaterThan", "aws:EpochTime", "1767225600", true),
        ("Bool", "aws:ViaAWSService", "false", true),
        // Absent, not false, for a long-term key.
        ("Null", "aws:MultiFactorAuthPresent", "true", true),
        ("Bool", "aws:MultiFactorAuthPresent", "false", false),
        ("Null", "aws:TokenIssueTime", "true", true),
        ("Null", "aws:SourceIdentity", "true", true),
        // The service's own.
        (
            "StringEquals",
            "iam:PolicyARN",
            "arn:aws:iam::aws:policy/ReadOnlyAccess",
            true,
        ),
        ("StringEquals", "aws:RequestTag/team", "red", true),
    ];
    for (operator, key, value, allowed) in rows {
        let condition = format!(r#""{operator}": {{"{key}": "{value}"}}"#);
        let found = DirectoryPermissions {
            tags: vec![("Team".to_owned(), "blue".to_owned())],
            ..permissions(&[&document("Allow", "iam:GetUser", "*", &condition)])
        };
        let decision = ask(&compiled(found), "iam:GetUser", &user(ALICE), &Own);
        assert_eq!(decision.is_ok(), allowed, "{condition}");
    }
}

#[test]
fn denials_in_the_words_of_aws() {
    let managed_deny = DirectoryPermissions {
        policies: vec![managed(1, 1, &document("Deny", "iam:*", "*", ""))],
        ..permissions(&[])
    };
    let bounded = DirectoryPermissions {
        boundary: Some(managed(2, 1, &document("Allow", "s3:*", "*", ""))),
        ..permissions(&[&document("Allow", "*", "*", "")])
    };
    let bounded_deny = DirectoryPermissions {
        boundary: Some(managed(2, 1, &document("Deny", "iam:*", "*", ""))),
        ..permissions(&[&document("Allow", "*", "*", "")])
    };
    let nothing = || permissions(&[]);
    let key = |name| Resource::everything().unexplained("access key", name);
    let other = AccountId::new(210_987_654_321).unwrap();
    let foreign = Resource::new(Some(other), "arn:aws:iam::210987654321:policy/p");
    let rows = [
        (
            nothing(),
            user(BOB),
            "on resource: user bob because no identity-based policy allows the iam:X action",
        ),
        (
            nothing(),
            Resource::new(Some(account()), BOB),
            "on resource: arn:aws:iam::123456789012:user/bob because no identity-based policy allows the iam:X action",
        ),
        (
            permissions(&[&document("Deny", "iam:*", "*", "")]),
            user(BOB),
            "on resource: user bob with an explicit deny in an identity-based policy",
        ),
        (
            managed_deny,
            user(BOB),
            "on resource: user bob with an explicit deny in an identity-based policy: \
             arn:aws:iam::123456789012:policy/p1",
        ),
        (
            bounded,
            user(BOB),
            "on resource: user bob because no permissions boundary allows the iam:X action",
        ),
        (
            bounded_deny,
            user(BOB),
            "on resource: user bob with an explicit deny in a permissions boundary: \
             arn:aws:iam::123456789012:policy/p2",
        ),
        (
            permissions(&[&document("Allow", "*", "*", "")]),
            foreign,
            "on resource: arn:aws:iam::210987654321:policy/p because no resource-based policy allows the iam:X action",
        ),
    ];
    let start = format!("User: {ALICE} is not authorized to perform: iam:X ");
    for (found, resource, text) in rows {
        let denied = ask(&compiled(found), "iam:X", &resource, &()).err().unwrap();
        assert_eq!(denied.to_string(), format!("{start}{text}"));
    }
    let hidden = ask(&compiled(nothing()), "iam:X", &key("AKIAIOSFODNN7EXAMPLE"), &())
        .err()
        .unwrap();
    assert_eq!(
        hidden.to_string(),
        format!(
            "User: {ALICE} is not authorized to perform iam:X on resource: access key AKIAIOSFODNN7EXAMPLE"
        )
    );
}

#[test]
fn what_decided_is_told() {
    let tag = r#""StringEquals": {"aws:ResourceTag/team": "red"}"#;
    let found = DirectoryPermissions {
        policies: vec![
            managed(1, 3, &document("Allow", "iam:Get*", "*", "")),
            managed(2, 1, &document("Deny", "iam:Delete*", "*", "")),
            support::inline(&document("Allow", "iam:Tag*", "*", tag)),
        ],
        ..permissions(&[])
    };
    let found = compiled(found);
    let allowed = ask(&found, "iam:GetUser", &user(BOB), &())
        .ok()
        .unwrap()
        .into_decisions();
    let statement = allowed[0].statement().unwrap();
    assert_eq!(statement.policy, managed(1, 3, "").name);
    assert_eq!(
        (statement.sid.as_deref(), statement.index, statement.line),
        (Some("only"), 0, 1)
    );
    let denied = ask(&found, "iam:DeleteUser", &user(BOB), &())
        .err()
        .unwrap()
        .into_decided();
    assert_eq!(denied.statement().unwrap().policy, managed(2, 1, "").name);
    assert_eq!(denied.outcome(), Outcome::ExplicitDeny);
    let missing = ask(&found, "iam:TagUser", &user(BOB), &())
        .err()
        .unwrap()
        .into_decided();
    assert_eq!(
        missing.missing_keys().collect::<Vec<_>>(),
        ["aws:ResourceTag/team"]
    );
    assert_eq!(missing.identity_policies().len(), 3);
    assert!(missing.statement().is_none());
}

/// The quotas on policies do not count white space, so a key's name may be as long as a document.
#[test]
fn of_a_missing_key_no_more_is_kept_than_fits() {
    let long = format!("aws:ä{}", " ".repeat(10_000));
    let condition = format!(r#""StringEquals": {{"{long}": "x"}}"#);
    let found = compiled(DirectoryPermissions {
        policies: vec![support::inline(&document(
            "Allow",
            "iam:GetUser",
            "*",
            &condition,
        ))],
        ..permissions(&[])
    });
    let denied = ask(&found, "iam:GetUser", &user(BOB), &())
        .err()
        .unwrap()
        .into_decided();
    let kept: Vec<_> = denied.missing_keys().collect();
    assert_eq!(kept, [&long[..limits::EXPLAINED_KEY_BYTES_MAX]]);
}
