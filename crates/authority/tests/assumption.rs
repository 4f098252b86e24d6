//! Assuming roles, by the operation itself: over a store in memory, with signed requests.

#[cfg(test)]
mod world;

use keystead_types::limits;
use world::{ADMIN_OF_OTHER, NOW, Trust, World};

const ASSUME: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}"#;
const DENY: &str = r#"{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}, {"Effect": "Deny", "Action": "sts:AssumeRole", "Resource": "*"}]}"#;
const ONLY_IAM: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}"#;

const ALICE: &str = r#"{"AWS": "arn:aws:iam::111122223333:user/alice"}"#;
const ACCOUNT: &str = r#"{"AWS": "arn:aws:iam::111122223333:root"}"#;
const OTHER_ACCOUNT: &str = r#"{"AWS": "444455556666"}"#;
const CAROL: &str = r#"{"AWS": "arn:aws:iam::444455556666:user/carol"}"#;
const EVERYBODY: &str = r#"{"AWS": "*"}"#;

/// alice is of the role's account, carol of another.
#[tokio::test]
async fn who_may_assume_a_role() {
    let plain = "";
    let external = r#", "Condition": {"StringEquals": {"sts:ExternalId": "tenant-7"}}"#;
    let named = r#", "Condition": {"StringLike": {"sts:RoleSessionName": "ci-*"}}"#;
    let mfa = r#", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#;
    let tagged = r#", "Condition": {"StringEquals": {"aws:ResourceTag/env": "test"}}"#;
    let external_id: &[(&str, &str)] = &[("ExternalId", "tenant-7")];
    let wrong_id: &[(&str, &str)] = &[("ExternalId", "tenant-8")];
    let nothing: &[(&str, &str)] = &[];
    type Row<'a> = (
        &'a str,
        &'a str,
        &'a str,
        Option<&'a str>,
        &'a [(&'a str, &'a str)],
        bool,
    );
    #[rustfmt::skip]
    let rows: [Row<'_>; 26] = [
        // Within the account: a trust policy that names the user suffices.
        ("alice", ALICE, plain, None, nothing, true),
        ("alice", ALICE, plain, Some(ONLY_IAM), nothing, true),
        ("alice", ALICE, plain, Some(DENY), nothing, false),
        // One that names the account leaves it to the user's policies.
        ("alice", ACCOUNT, plain, None, nothing, false),
        ("alice", ACCOUNT, plain, Some(ASSUME), nothing, true),
        ("alice", ACCOUNT, plain, Some(ONLY_IAM), nothing, false),
        ("alice", ACCOUNT, plain, Some(DENY), nothing, false),
        ("alice", EVERYBODY, plain, None, nothing, true),
        ("alice", EVERYBODY, plain, Some(DENY), nothing, false),
        // One that names neither.
        ("alice", OTHER_ACCOUNT, plain, Some(ASSUME), nothing, false),
        ("alice", r#"{"Service": "ec2.amazonaws.com"}"#, plain, Some(ASSUME), nothing, false),
        ("alice", r#"{"AWS": "arn:aws:iam::111122223333:user/bob"}"#, plain, Some(ASSUME), nothing, false),
        // Another account's user needs both.
        ("carol", CAROL, plain, None, nothing, false),
        ("carol", CAROL, plain, Some(ASSUME), nothing, true),
        ("carol", OTHER_ACCOUNT, plain, Some(ASSUME), nothing, true),
        ("carol", OTHER_ACCOUNT, plain, None, nothing, false),
        ("carol", EVERYBODY, plain, None, nothing, false),
        ("carol", EVERYBODY, plain, Some(ASSUME), nothing, true),
        ("carol", ACCOUNT, plain, Some(ASSUME), nothing, false),
        ("carol", CAROL, plain, Some(DENY), nothing, false),
        // Conditions.
        ("carol", CAROL, external, Some(ASSUME), external_id, true),
        ("carol", CAROL, external, Some(ASSUME), wrong_id, false),
        ("carol", CAROL, external, Some(ASSUME), nothing, false),
        ("alice", ALICE, named, None, nothing, true),
        ("alice", ALICE, mfa, None, nothing, false),
        ("alice", ALICE, tagged, None, nothing, true),
    ];
    for (user, principal, condition, identity, parameters, is_allowed) in rows {
        let world = World::new().await;
        let keys = world.user(user, identity).await;
        let arn = world
            .role("target", Trust::Of(principal, "sts:AssumeRole", condition), &[])
            .await;
        world.tag_role("target", "env", "test").await;
        let mut asked = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "ci-7")];
        asked.extend(parameters);
        let found = world.call(&keys, "AssumeRole", &asked).await;
        let case = format!("{user} by {principal}{condition} with {identity:?} {parameters:?}");
        match (&found, is_allowed) {
            (Ok(answer), true) => {
                assert!(
                    answer.contains("<Arn>arn:aws:sts::111122223333:assumed-role/target/ci-7</Arn>"),
                    "{case}"
                );
                assert!(!answer.contains("PackedPolicySize"), "{case}");
            }
            (Err(error), false) => {
                let account = if user == "alice" {
                    "111122223333"
                } else {
                    "444455556666"
                };
                let text = format!(
                    "AccessDenied: User: arn:aws:iam::{account}:user/{user} is not authorized to perform: \
                     sts:AssumeRole on resource: {arn}"
                );
                assert_eq!(error.to_string(), text, "{case}");
            }
            _ => panic!("{case}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn a_role_that_is_not_there_answers_like_one_that_trusts_nobody() {
    let world = World::new().await;
    let keys = world.user("alice", Some(ASSUME)).await;
    let there = world
        .role("there", Trust::Of(CAROL, "sts:AssumeRole", ""), &[])
        .await;
    for arn in [
        there.as_str(),
        "arn:aws:iam::111122223333:role/ops/none",
        "arn:aws:iam::111122223333:role/there",
        "arn:aws:iam::999999999999:role/ops/there",
        "arn:aws:s3:::a-bucket-of-some-length",
    ] {
        let asked = [("RoleArn", arn), ("RoleSessionName", "ci")];
        let error = world.call(&keys, "AssumeRole", &asked).await.unwrap_err();
        let text = format!(
            "AccessDenied: User: arn:aws:iam::111122223333:user/alice is not authorized to perform: sts:AssumeRole \
             on resource: {arn}"
        );
        assert_eq!(error.to_string(), text);
    }
    for arn in [
        "arn::b:::something/test-role",
        "arn:a:a::aaaaaaaaaa:",
        "nothing-valid-in-here",
    ] {
        let asked = [("RoleArn", arn), ("RoleSessionName", "ci")];
        let error = world.call(&keys, "AssumeRole", &asked).await.unwrap_err();
        assert_eq!(error.to_string(), format!("ValidationError: {arn} is invalid"));
    }
}

#[tokio::test]
async fn tags_and_the_source_identity_take_permissions_of_their_own_and_stay_along_a_chain() {
    let world = World::new().await;
    let keys = world.user("alice", None).await;
    let plain = world
        .role("plain", Trust::Of(EVERYBODY, "sts:AssumeRole", ""), &[ASSUME])
        .await;
    let open = world
        .role("open", Trust::Of(EVERYBODY, "sts:*", ""), &[ASSUME])
        .await;
    let tags = [
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "blue"),
        ("TransitiveTagKeys.member.1", "team"),
    ];
    let source = [("SourceIdentity", "ann")];
    for (parameters, action) in [
        (&tags[..], "sts:TagSession"),
        (&source[..], "sts:SetSourceIdentity"),
    ] {
        let error = world.assume(&keys, &plain, parameters).await.unwrap_err();
        assert!(
            error.contains(&format!("perform: {action} on resource: {plain}")),
            "{error}"
        );
        let session = world.assume(&keys, &open, parameters).await.unwrap();
        // What came along goes along, and takes the same permission again.
        let error = world.assume(&session, &plain, &[]).await.unwrap_err();
        assert!(
            error.contains(&format!("perform: {action} on resource: {plain}")),
            "{error}"
        );
        assert!(world.assume(&session, &open, &[]).await.is_ok());
    }
    let tagged = world.assume(&keys, &open, &tags).await.unwrap();
    let error = world
        .assume(
            &tagged,
            &open,
            &[("Tags.member.1.Key", "Team"), ("Tags.member.1.Value", "red")],
        )
        .await;
    assert!(
        error
            .unwrap_err()
            .starts_with("InvalidParameterValue: One of the specified transitive tag keys")
    );
    let ann = world.assume(&keys, &open, &source).await.unwrap();
    let error = world
        .assume(&ann, &open, &[("SourceIdentity", "bob")])
        .await
        .unwrap_err();
    assert!(error.starts_with("AccessDenied: "), "{error}");
    assert!(world.assume(&ann, &open, &source).await.is_ok());
}

#[tokio::test]
async fn how_long_a_session_holds() {
    let world = World::new().await;
    let keys = world.user("alice", None).await;
    let role = world
        .role("role", Trust::Of(EVERYBODY, "sts:*", ""), &[ASSUME])
        .await;
    let long = world
        .role_of_hours("long", 12, Trust::Of(EVERYBODY, "sts:*", ""), &[ASSUME])
        .await;
    let too_long =
        "ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    let chained = "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    let session = world.assume(&keys, &role, &[]).await.unwrap();
    #[rustfmt::skip]
    let rows = [
        (&keys, &role, None, Ok(3600)),
        (&keys, &role, Some("900"), Ok(900)),
        (&keys, &role, Some("3601"), Err(too_long)),
        (&keys, &long, None, Ok(3600)),
        (&keys, &long, Some("43200"), Ok(43_200)),
        (&session, &long, Some("3600"), Ok(3600)),
        (&session, &long, Some("3601"), Err(chained)),
    ];
    for (by, role, seconds, expected) in rows {
        let parameters: Vec<_> = seconds
            .map(|seconds| ("DurationSeconds", seconds))
            .into_iter()
            .collect();
        let found = world.assume(by, role, &parameters).await;
        let ends = found
            .as_ref()
            .map(|session| session.expires_at - NOW)
            .map_err(String::as_str);
        assert_eq!(ends, expected, "{seconds:?}");
    }
    // A child ends with its parent.
    let short = world
        .assume(&keys, &role, &[("DurationSeconds", "900")])
        .await
        .unwrap();
    let child = world
        .assume(&short, &long, &[("DurationSeconds", "3600")])
        .await
        .unwrap();
    assert_eq!(child.expires_at, short.expires_at);
}

/// Two roles that let each other be assumed, each with less than the other: nothing comes back.
#[tokio::test]
async fn a_chain_gains_neither_a_permission_nor_a_second() {
    let world = World::new().await;
    let keys = world.user("alice", None).await;
    let open = || Trust::Of(EVERYBODY, "sts:*", "");
    let role = world.role("role", open(), &[ASSUME, ONLY_IAM]).await;
    let narrow = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/ops/none"}}"#;
    let limited = world
        .assume(&keys, &role, &[("Policy", narrow), ("DurationSeconds", "1800")])
        .await
        .unwrap();
    // The session policy forbids what the role may: to assume itself anew, and to list.
    assert!(
        world
            .assume(&limited, &role, &[])
            .await
            .unwrap_err()
            .starts_with("AccessDenied")
    );
    assert!(
        world
            .call(&limited, "GetUser", &[("UserName", "alice")])
            .await
            .is_err()
    );
    let free = world
        .assume(&keys, &role, &[("DurationSeconds", "1800")])
        .await
        .unwrap();
    assert!(
        world
            .call(&free, "GetUser", &[("UserName", "alice")])
            .await
            .is_ok()
    );
    let mut session = free;
    for _ in 0..5 {
        let next = world
            .assume(&session, &role, &[("DurationSeconds", "3600")])
            .await
            .unwrap();
        assert!(next.expires_at <= session.expires_at);
        session = next;
    }
    // Who ends the first ends all.
    world.revoke_user("alice").await;
    assert!(
        world
            .call(&session, "GetCallerIdentity", &[])
            .await
            .unwrap_err()
            .starts_with("InvalidClientTokenId")
    );
    assert!(
        world.call(&keys, "GetCallerIdentity", &[]).await.is_ok(),
        "a long-term key is no session"
    );
    let again = world.assume(&keys, &role, &[]).await.unwrap();
    assert!(
        world.call(&again, "GetCallerIdentity", &[]).await.is_ok(),
        "made in the second of the revocation"
    );
}

#[tokio::test]
async fn a_chain_is_only_so_long() {
    let world = World::new().await;
    let keys = world.user("alice", None).await;
    let mut session = keys;
    for number in 0..=limits::SESSION_ANCESTORS_MAX {
        let role = world
            .role(
                &format!("role{number}"),
                Trust::Of(EVERYBODY, "sts:*", ""),
                &[ASSUME],
            )
            .await;
        let next = world.assume(&session, &role, &[]).await;
        if number == limits::SESSION_ANCESTORS_MAX {
            assert!(next.unwrap_err().starts_with("ValidationError"));
            return;
        }
        session = next.unwrap();
    }
}

#[tokio::test]
async fn session_policies_are_checked_and_take_their_room() {
    let world = World::new().await;
    let keys = world.user("alice", None).await;
    let role = world.role("role", Trust::Of(EVERYBODY, "sts:*", ""), &[]).await;
    let long = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::{}"}}}}"#,
        "b".repeat(1900)
    );
    let too_long = format!("{long}{}", " ".repeat(200));
    let many: Vec<(String, String)> = (0..40)
        .flat_map(|number| {
            let key = (format!("Tags.member.{}.Key", number + 1), format!("key{number}"));
            let value = (format!("Tags.member.{}.Value", number + 1), "v".repeat(60));
            [key, value]
        })
        .collect();
    let many: Vec<(&str, &str)> = many
        .iter()
        .map(|(key, value)| (key.as_str(), value.as_str()))
        .collect();
    let policy = |text| vec![("Policy", text)];
    #[rustfmt::skip]
    let rows = [
        (policy("{}"), Err("MalformedPolicyDocument: ")),
        (policy(&too_long), Err("ValidationError: 1 validation error detected: Value '{")),
        (policy(&long), Ok("<PackedPolicySize>66</PackedPolicySize>")),
        (vec![("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess")], Ok("<PackedPolicySize>1</PackedPolicySize>")),
        (vec![("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/NoSuchThing")], Err("ValidationError: ARN ")),
        (many.clone(), Ok("<PackedPolicySize>")),
        ([many, policy(&long)].concat(), Err("PackedPolicyTooLarge: Packed policy consumes 154% of allotted space")),
    ];
    for (parameters, expected) in rows {
        let mut asked = vec![("RoleArn", role.as_str()), ("RoleSessionName", "ci")];
        asked.extend(parameters);
        let found = world.call(&keys, "AssumeRole", &asked).await;
        match (found, expected) {
            (Ok(answer), Ok(part)) => assert!(answer.contains(part), "{answer}"),
            (Err(error), Err(start)) => assert!(error.starts_with(start), "{error}"),
            (found, expected) => panic!("{found:?} {expected:?}"),
        }
    }
}

#[tokio::test]
async fn accounts_see_nothing_of_each_other() {
    let world = World::new().await;
    let carol = world.user(ADMIN_OF_OTHER, Some(ASSUME)).await;
    let role = world
        .role("role", Trust::Of(OTHER_ACCOUNT, "sts:*", ""), &[ONLY_IAM])
        .await;
    let session = world.assume(&carol, &role, &[]).await.unwrap();
    // As the role it is of the role's account.
    let identity = world.call(&session, "GetCallerIdentity", &[]).await.unwrap();
    assert!(identity.contains("<Account>111122223333</Account>"), "{identity}");
    world.user("alice", None).await;
    assert!(
        world
            .call(&session, "GetUser", &[("UserName", "alice")])
            .await
            .is_ok()
    );
    assert!(
        world
            .call(&session, "GetUser", &[("UserName", "carol")])
            .await
            .is_err()
    );
}
