//! Audit events.

use std::sync::Arc;

use keystead_authority::{Asked, overview::EventFilter};
use keystead_store::{AuditOutcome, Call};
use keystead_types::{AccountId, Identity, Principal, Timestamp};

use crate::{
    EVERYTHING,
    world::{ADMIN_OF_OTHER, Keys, NOW, World},
};

/// Records what the server would, of the account's root.
fn record(world: &World, account: AccountId, number: i64, by: Option<&Keys>, error: Option<(&str, &str)>) {
    let principal = Arc::new(Principal {
        account,
        identity: Identity::Root,
    });
    let call = Call {
        time: Timestamp::from_seconds(NOW + number),
        request_id: world.context().request_id,
        account: principal.account,
        principal: by.map(|_| &principal),
        session: None,
        access_key: by.and_then(|keys| keys.id.parse().ok()),
        event_source: "iam.amazonaws.com",
        operation: "ListUsers",
        region: "eu-west-1",
        source: [192, 0, 2, 9].into(),
        user_agent: "<script>",
        error,
        response_elements: None,
        read_only: true,
    };
    world.store().audit_log().record(&call, || None);
}

#[tokio::test]
async fn events_are_shown_to_who_may_look_them_up() {
    let world = World::new().await;
    let looks = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "cloudtrail:LookupEvents", "Resource": "*"}}"#;
    let iam_alone =
        r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}}"#;
    let auditor = world.user("auditor", Some(looks)).await;
    let alice = world.user("alice", Some(iam_alone)).await;
    let carol = world.user(ADMIN_OF_OTHER, Some(EVERYTHING)).await;
    world
        .call(&alice, "CreateUser", &[("UserName", "bob")])
        .await
        .unwrap();
    let [here, other] = [111_122_223_333, 444_455_556_666].map(|id| AccountId::new(id).unwrap());
    record(&world, here, 1, Some(&alice), Some(("AccessDenied", "not you")));
    record(&world, here, 2, None, Some(("InvalidClientTokenId", "no")));
    record(&world, other, 3, Some(&carol), None);

    let events = async |by: &Keys, filter: EventFilter, after: Option<&str>| {
        let caller = world.caller(by, "iam", "").await?;
        let (context, mut asked) = (world.context(), Asked::default());
        let overview = world.authority().overview();
        let found = overview
            .events(&caller, &context, &mut asked, &filter, after, 50)
            .await;
        found.map_err(|error| error.to_string())
    };
    let all = events(&auditor, EventFilter::default(), None).await.unwrap();
    let [unknown, denied, made] = all.events.try_into().unwrap();
    assert_eq!(all.next, None);
    assert_eq!(unknown.caller.kind, "Unknown");
    assert_eq!(
        (unknown.outcome, unknown.error_code.as_deref()),
        (AuditOutcome::Failed, Some("InvalidClientTokenId"))
    );
    assert_eq!(
        (denied.outcome, denied.error_message.as_deref()),
        (AuditOutcome::Denied, Some("not you"))
    );
    assert_eq!(
        (denied.region.as_str(), denied.user_agent.as_str()),
        ("eu-west-1", "<script>")
    );
    assert_eq!(denied.access_key.as_deref(), Some(alice.id.as_str()));
    assert_eq!(made.caller.user_name.as_deref(), Some("alice"));
    assert_eq!(
        made.caller.arn.as_deref(),
        Some("arn:aws:iam::111122223333:user/alice")
    );
    assert!(
        made.record.contains(r#""requestParameters":{"userName":"bob"}"#),
        "{}",
        made.record
    );

    let denial = events(&alice, EventFilter::default(), None).await.unwrap_err();
    assert!(denial.contains("cloudtrail:LookupEvents"), "{denial}");
    let others = events(&carol, EventFilter::default(), None).await.unwrap();
    assert_eq!(others.events.len(), 1, "{others:?}");
    let junk = events(&auditor, EventFilter::default(), Some("junk"))
        .await
        .unwrap_err();
    assert!(junk.contains("Invalid Marker"), "{junk}");

    let alice_id = made.caller.principal_id.unwrap();
    let some = |text: &str| Some(text.to_owned());
    let by = |user: &str| EventFilter {
        user: some(user),
        ..EventFilter::default()
    };
    #[rustfmt::skip]
    let rows = [
        (by("alice"), 1), (by(&alice_id), 1), (by("111122223333"), 1), (by("nobody"), 0), (by("AROAEXAMPLE:ci"), 0),
        (EventFilter { access_key: some(&alice.id), ..EventFilter::default() }, 2),
        (EventFilter { access_key: some("AKIA"), ..EventFilter::default() }, 0),
        (EventFilter { operation: some("CreateUser"), ..EventFilter::default() }, 1),
        (EventFilter { outcome: Some(AuditOutcome::Denied), ..EventFilter::default() }, 1),
        (EventFilter { from: Some(Timestamp::from_seconds(NOW + 1)), ..EventFilter::default() }, 2),
        (EventFilter { until: Some(Timestamp::from_seconds(NOW + 1)), ..EventFilter::default() }, 1),
    ];
    for (filter, expected) in &rows {
        let found = events(&auditor, filter.clone(), None).await.unwrap();
        assert_eq!(found.events.len(), *expected, "{filter:?}");
    }

    // Who is gone is still found under the name of then.
    let admin = world.user("admin", Some(EVERYTHING)).await;
    let user = ("UserName", "alice");
    let key = [user, ("AccessKeyId", &alice.id)];
    world.call(&admin, "DeleteAccessKey", &key).await.unwrap();
    world
        .call(&admin, "DeleteUserPolicy", &[user, ("PolicyName", "p")])
        .await
        .unwrap();
    world.call(&admin, "DeleteUser", &[user]).await.unwrap();
    assert_eq!(events(&auditor, by("alice"), None).await.unwrap().events.len(), 1);
    assert_eq!(events(&auditor, by("bob"), None).await.unwrap().events.len(), 0);
}
