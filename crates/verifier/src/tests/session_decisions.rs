//! What a session may do: never more than its role or user, and what policies get to know of it.

use std::{net::IpAddr, sync::Arc};

use super::{
    sessions::{role_id, role_permissions, role_session, session},
    support::{
        NOON, account, caller, managed, permissions, policy_id, principal, user_id, user_identity, verifier,
    },
};
use crate::{
    Action, Allowed, Authenticated, Circumstances, Denied, DirectoryPermissions, DirectoryPolicy, Failure,
    Permissions, PermissionsSnapshot, PoliciesSnapshot, Resource, RootSnapshot, TrustPolicy,
    UnreadablePolicy, Wanted, authenticated::Scope, decide, session::Opened, tests::support::Map,
};
use keystead_types::{
    FederatedUserIdentity, Identity, Principal, Session, SessionTag, Timestamp, UniqueId, UserIdentity,
};

pub(super) struct Operation;

#[derive(Debug)]
struct Unexpected;

impl From<Failure> for Unexpected {
    fn from(_: Failure) -> Self {
        Self
    }
}

impl From<UnreadablePolicy> for Unexpected {
    fn from(_: UnreadablePolicy) -> Self {
        Self
    }
}

/// A session's permissions, and the session as a caller.
pub(super) fn of_session(
    principal: &Arc<Principal>,
    session: Session,
    found: &DirectoryPermissions,
    managed: &[DirectoryPolicy],
) -> (Authenticated, Arc<Permissions>) {
    let verifier = verifier(Map::default());
    let opened = Opened::new(Arc::clone(principal), Arc::new(session), &verifier.permissions);
    let scope = Scope {
        date: "20260102".into(),
        region: "us-east-1".into(),
        service: "s3".into(),
    };
    let id = "ASIA0000000000000001".parse().unwrap();
    let caller = Authenticated::of_session(id, Arc::new(opened), Arc::new(scope));
    let snapshot = |_, _: UniqueId| {
        Ok::<_, Unexpected>(PermissionsSnapshot {
            revision: 1,
            permissions: Some(found.clone()),
        })
    };
    let root = |_| {
        Ok(RootSnapshot {
            revision: 1,
            not_before: None,
        })
    };
    let policies = |_, ids: &[UniqueId]| {
        let named = |policy: &&DirectoryPolicy| {
            ids.iter()
                .any(|id| matches!(&policy.name, crate::PolicyName::Managed { id: known, .. } if known == id))
        };
        Ok(PoliciesSnapshot {
            revision: 1,
            policies: managed.iter().filter(named).cloned().collect(),
        })
    };
    let permissions = verifier
        .permissions_within(&caller, snapshot, root, policies)
        .unwrap();
    (caller, permissions)
}

fn circumstances(one_time_code: bool) -> Circumstances {
    Circumstances {
        now: Timestamp::from_seconds(NOON + 60),
        source: IpAddr::from([192, 0, 2, 1]),
        secure_transport: true,
        user_agent: "aws-cli/2.0".into(),
        referer: None,
        one_time_code,
    }
}

pub(super) fn ask(
    (caller, found): &(Authenticated, Arc<Permissions>),
    action: &'static str,
    trust: Option<&TrustPolicy>,
    one_time_code: bool,
) -> Result<Allowed<Operation>, Box<Denied>> {
    let resource = match trust {
        Some(_) => Resource::new(Some(account()), "arn:aws:iam::123456789012:role/ops/role9"),
        None => Resource::everything(),
    };
    let wanted = Wanted {
        action: Action::new(action),
        resource: &resource,
        trust,
        is_granted: false,
        keys: &(),
        region: "us-east-1",
    };
    decide(caller, found, &circumstances(one_time_code), wanted, &[])
}

pub(super) fn federated(user: Option<UserIdentity>) -> Arc<Principal> {
    Arc::new(Principal {
        account: account(),
        identity: Identity::FederatedUser(FederatedUserIdentity {
            name: "bob".parse().unwrap(),
            user,
        }),
    })
}

fn statement(effect: &str, action: &str) -> String {
    format!(
        r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "{effect}", "Action": "{action}", "Resource": "*"}}}}"#
    )
}

/// One row per combination of policies: the holder's, its boundary, those of the session, and what is allowed.
#[test]
fn session_policies_limit_and_never_give() {
    let all = statement("Allow", "*");
    let gets = statement("Allow", "s3:Get*");
    let denies = statement("Deny", "s3:GetObject");
    let session_policy = "session policy";
    type Row<'a> = (
        &'a str,
        &'a [&'a str],
        Option<&'a str>,
        Option<&'a str>,
        Option<&'a str>,
    );
    let rows: [Row<'_>; 8] = [
        ("a role alone", &[&all], None, None, None),
        (
            "a role without policies",
            &[],
            None,
            Some(&all),
            Some("identity-based policy"),
        ),
        ("a wide session policy", &[&gets], None, Some(&all), None),
        (
            "a narrow one",
            &[&all],
            None,
            Some(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#,
            ),
            Some(session_policy),
        ),
        (
            "one that only denies",
            &[&all],
            None,
            Some(&denies),
            Some(session_policy),
        ),
        (
            "a boundary that does not allow",
            &[&all],
            Some(
                r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"ec2:*","Resource":"*"}]}"#,
            ),
            Some(&all),
            Some("permissions boundary"),
        ),
        ("all three", &[&all], Some(&all), Some(&gets), None),
        (
            "a denying role",
            &[&all, &denies],
            None,
            Some(&all),
            Some("identity-based policy"),
        ),
    ];
    for (name, documents, boundary, passed, denied_by) in rows {
        let found = DirectoryPermissions {
            boundary: boundary.map(|document| managed(7, 1, document)),
            ..role_permissions(1, documents)
        };
        let session = Session {
            policy: passed.map(Into::into),
            ..session()
        };
        let asked = ask(
            &of_session(&role_session(1), session, &found, &[]),
            "s3:GetObject",
            None,
            false,
        );
        let decided_by = asked.map(|_| ()).map_err(|denied| denied.decided().policy_type());
        assert_eq!(decided_by.err(), denied_by, "{name}");
    }
}

#[test]
fn a_federated_user_needs_a_session_policy_and_root_makes_no_difference() {
    let all = statement("Allow", "*");
    let of_alice = permissions(&[&all]);
    let with_policy = || Session {
        policy: Some(all.as_str().into()),
        ..session()
    };
    let maker = || federated(Some(user_identity(1, "alice")));
    assert!(
        ask(
            &of_session(&maker(), session(), &of_alice, &[]),
            "s3:GetObject",
            None,
            false
        )
        .is_err()
    );
    assert!(
        ask(
            &of_session(&maker(), with_policy(), &of_alice, &[]),
            "s3:GetObject",
            None,
            false
        )
        .is_ok()
    );
    assert!(
        ask(
            &of_session(&maker(), with_policy(), &permissions(&[]), &[]),
            "s3:GetObject",
            None,
            false
        )
        .is_err()
    );
    assert!(
        ask(
            &of_session(&federated(None), session(), &of_alice, &[]),
            "s3:GetObject",
            None,
            false
        )
        .is_err()
    );
    assert!(
        ask(
            &of_session(&federated(None), with_policy(), &of_alice, &[]),
            "s3:GetObject",
            None,
            false
        )
        .is_ok()
    );
}

#[test]
fn a_managed_session_policy_that_is_gone_leaves_nothing() {
    let all = statement("Allow", "*");
    let passed = |ids: &[u32]| Session {
        policy: Some(all.as_str().into()),
        policy_ids: ids.iter().map(|id| policy_id(*id)).collect(),
        ..session()
    };
    let there = [managed(1, 1, &all), managed(2, 1, &statement("Deny", "s3:Put*"))];
    let found = role_permissions(1, &[&all]);
    let may = |session| {
        let session = of_session(&role_session(1), session, &found, &there);
        ["s3:GetObject", "s3:PutObject"].map(|action| ask(&session, action, None, false).is_ok())
    };
    assert_eq!(may(passed(&[1])), [true, true]);
    assert_eq!(may(passed(&[1, 2])), [true, false]);
    assert_eq!(may(passed(&[1, 3])), [false, false]);
}

/// A condition on the key, asked by each kind of caller: what it finds there.
#[test]
fn what_policies_get_to_know_of_a_caller() {
    let tagged = |mfa_at: Option<i64>| Session {
        mfa_at: mfa_at.map(Timestamp::from_seconds),
        source_identity: Some("ann".parse().unwrap()),
        tags: [SessionTag {
            key: "Team".into(),
            value: "blue".into(),
            is_transitive: false,
        }]
        .into(),
        policy: Some(statement("Allow", "*").as_str().into()),
        ..session()
    };
    let alice = || principal(1, "alice");
    let callers = [
        (role_session(1), tagged(None)),
        (alice(), tagged(None)),
        (alice(), tagged(Some(NOON))),
        (federated(Some(user_identity(1, "alice"))), tagged(None)),
    ];
    let role_arn = "arn:aws:iam::123456789012:role/ops/role1";
    let alice_arn = "arn:aws:iam::123456789012:user/alice";
    let bob_arn = "arn:aws:sts::123456789012:federated-user/bob";
    let role_user_id = format!("{}:build", role_id(1));
    // The value for each of the callers; `None` where the key must be absent.
    type Row<'a> = (&'a str, [Option<&'a str>; 4]);
    let rows: [Row<'_>; 12] = [
        (
            "aws:PrincipalArn",
            [Some(role_arn), Some(alice_arn), Some(alice_arn), Some(bob_arn)],
        ),
        (
            "aws:PrincipalType",
            [
                Some("AssumedRole"),
                Some("User"),
                Some("User"),
                Some("FederatedUser"),
            ],
        ),
        (
            "aws:userid",
            [
                Some(&role_user_id),
                Some(user_id(1).as_str()).map(|_| "AIDAAAAAAAAAAAAAAAAAB"),
                Some("AIDAAAAAAAAAAAAAAAAAB"),
                Some("123456789012:bob"),
            ],
        ),
        ("aws:username", [None, Some("alice"), Some("alice"), None]),
        ("aws:PrincipalAccount", [Some("123456789012"); 4]),
        ("aws:TokenIssueTime", [Some("2026-01-02T12:00:00Z"); 4]),
        (
            "aws:MultiFactorAuthPresent",
            [Some("false"), Some("false"), Some("true"), Some("false")],
        ),
        ("aws:MultiFactorAuthAge", [None, None, Some("60"), None]),
        ("aws:SourceIdentity", [Some("ann"); 4]),
        ("aws:PrincipalTag/team", [Some("blue"); 4]),
        ("aws:PrincipalTag/own", [Some("held"); 4]),
        ("aws:FederatedProvider", [None; 4]),
    ];
    for (key, values) in rows {
        for ((principal, session), expected) in callers.iter().zip(values) {
            let condition = match expected {
                Some(value) => format!(r#"{{"StringEquals": {{"{key}": "{value}"}}}}"#),
                None => format!(r#"{{"Null": {{"{key}": "true"}}}}"#),
            };
            let document = format!(
                r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
            );
            let holder = match principal.role() {
                Some(_) => role_permissions(1, &[&document]),
                None => permissions(&[&document]),
            };
            let found = DirectoryPermissions {
                // The session's own tag of the key counts.
                tags: vec![("team".into(), "red".into()), ("Own".into(), "held".into())],
                ..holder
            };
            let asked = of_session(principal, session.clone(), &found, &[]);
            assert!(
                ask(&asked, "s3:GetObject", None, false).is_ok(),
                "{key} of {}: {condition}",
                principal.arn()
            );
        }
    }
}

/// For a long-term key MFA is absent, not false; a code that comes with the request is there for the request.
#[test]
fn a_long_term_key_has_no_mfa_unless_a_code_comes_along() {
    let condition = |condition: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {condition}}}}}"#
        );
        let snapshot = PermissionsSnapshot {
            revision: 1,
            permissions: Some(permissions(&[&document])),
        };
        let verifier = verifier(Map::default());
        let held = verifier.permissions.compile(&snapshot).unwrap().unwrap();
        (
            caller(principal(1, "alice")),
            Arc::new(Permissions::own(held).unwrap()),
        )
    };
    let rows = [
        (
            r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
            false,
            false,
        ),
        (r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#, false, true),
        (
            r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
            true,
            false,
        ),
        (r#"{"Null": {"aws:MultiFactorAuthPresent": "true"}}"#, true, false),
        (
            r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "300"}}"#,
            false,
            true,
        ),
        (r#"{"Null": {"aws:TokenIssueTime": "true"}}"#, true, true),
        (r#"{"Null": {"aws:SourceIdentity": "true"}}"#, true, true),
    ];
    for (text, without, with) in rows {
        let asked = condition(text);
        assert_eq!(
            ask(&asked, "s3:GetObject", None, false).is_ok(),
            without,
            "{text}"
        );
        assert_eq!(ask(&asked, "s3:GetObject", None, true).is_ok(), with, "{text}");
    }
}

/// AWS's "revoke active sessions": a policy of the role.
#[test]
fn a_policy_about_the_time_of_issue_ends_older_sessions() {
    let revoke = |before: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
               "Condition": {{"DateLessThan": {{"aws:TokenIssueTime": "{before}"}}}}}}]}}"#
        )
    };
    let all = statement("Allow", "*");
    for (before, is_allowed) in [("2026-01-02T12:00:00Z", true), ("2026-01-02T12:00:01Z", false)] {
        let found = role_permissions(1, &[&all, &revoke(before)]);
        let asked = ask(
            &of_session(&role_session(1), session(), &found, &[]),
            "s3:GetObject",
            None,
            false,
        );
        assert_eq!(asked.is_ok(), is_allowed, "{before}");
    }
}

/// Whom a trust policy names, and what the caller needs besides.
#[test]
fn assuming_a_role_takes_the_trust_policy_and_what_it_leaves_to_the_caller() {
    let trust = |principal: &str| {
        let document = format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Principal": {principal}, "Action": "sts:AssumeRole"}}}}"#
        );
        TrustPolicy::new("role9", &document).unwrap()
    };
    let assume = statement("Allow", "sts:AssumeRole");
    let nothing: &[&str] = &[];
    let with: &[&str] = &[&assume];
    let denied = statement("Deny", "sts:AssumeRole");
    let rows = [
        (
            r#"{"AWS": "arn:aws:iam::123456789012:role/ops/role1"}"#,
            nothing,
            None,
            true,
        ),
        (r#"{"AWS": "AROAAAAAAAAAAAAAAAAAB"}"#, nothing, None, true),
        (
            r#"{"AWS": "arn:aws:sts::123456789012:assumed-role/role1/build"}"#,
            nothing,
            None,
            true,
        ),
        (
            r#"{"AWS": "arn:aws:iam::123456789012:root"}"#,
            nothing,
            None,
            false,
        ),
        (r#"{"AWS": "arn:aws:iam::123456789012:root"}"#, with, None, true),
        (r#"{"AWS": "*"}"#, nothing, None, true),
        (
            r#"{"AWS": "arn:aws:iam::123456789012:role/ops/role2"}"#,
            with,
            None,
            false,
        ),
        (r#"{"AWS": "210987654321"}"#, with, None, false),
        (r#"{"Service": "ec2.amazonaws.com"}"#, with, None, false),
        // A session policy limits what a role is trusted with.
        (
            r#"{"AWS": "arn:aws:iam::123456789012:role/ops/role1"}"#,
            nothing,
            Some(statement("Allow", "s3:*")),
            false,
        ),
        (
            r#"{"AWS": "arn:aws:iam::123456789012:role/ops/role1"}"#,
            nothing,
            Some(statement("Allow", "sts:*")),
            true,
        ),
        (
            r#"{"AWS": "arn:aws:sts::123456789012:assumed-role/role1/build"}"#,
            nothing,
            Some(statement("Allow", "s3:*")),
            false,
        ),
        (
            r#"{"AWS": "*"}"#,
            nothing,
            Some(statement("Allow", "s3:*")),
            false,
        ),
        (r#"{"AWS": "*"}"#, &[&denied], None, false),
        (r#"{"AWS": "*"}"#, nothing, Some(denied.clone()), false),
    ];
    for (named, documents, passed, is_allowed) in rows {
        let session = Session {
            policy: passed.as_deref().map(Into::into),
            ..session()
        };
        let asked = of_session(&role_session(1), session, &role_permissions(1, documents), &[]);
        let found = ask(&asked, "sts:AssumeRole", Some(&trust(named)), false);
        assert_eq!(found.is_ok(), is_allowed, "{named} {documents:?} {passed:?}");
    }
}
