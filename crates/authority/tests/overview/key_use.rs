//! What a key is used for.

use keystead_authority::{Asked, overview::KeyUse};
use keystead_store::UsageRecord;
use keystead_types::Timestamp;

use crate::{
    EVERYTHING,
    world::{ADMIN_OF_OTHER, Keys, NOW, World},
};

async fn key_use(world: &World, by: &Keys, user: &str, key: &str) -> Result<KeyUse, String> {
    let caller = world.caller(by, "iam", "").await?;
    let (context, mut asked) = (world.context(), Asked::default());
    let overview = world.authority().overview();
    let found = overview.key_use(&caller, &context, &mut asked, user, key).await;
    found.map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_use_of_a_key_counts_what_is_written_down_and_what_is_not() {
    let world = World::new().await;
    let admin = world.user("admin", Some(EVERYTHING)).await;
    let bob = world.user("bob", None).await;
    let unused = key_use(&world, &admin, "bob", &bob.id).await.unwrap();
    assert_eq!(
        (unused.last, unused.days, unused.sources),
        (None, Vec::new(), Vec::new())
    );
    let shown = async || {
        let found = key_use(&world, &admin, "bob", &bob.id).await.unwrap();
        let sources = found
            .sources
            .iter()
            .map(|source| (source.service.clone(), source.source_address.clone()));
        let counts: Vec<_> = found.days.iter().map(|day| (day.day, day.requests)).collect();
        (found.last.unwrap().service, counts, sources.collect::<Vec<_>>())
    };
    let source = |service: &str| (service.to_owned(), "192.0.2.1".to_owned());
    let today = Timestamp::from_seconds(NOW).day();
    for _ in 0..2 {
        world.call(&bob, "GetCallerIdentity", &[]).await.unwrap();
    }
    assert_eq!(
        shown().await,
        ("sts".to_owned(), vec![(today, 2)], vec![source("sts")])
    );

    let drained = world.verifier().usage().drain().unwrap();
    let records: Vec<_> = drained.batch().iter().map(UsageRecord::from).collect();
    assert_eq!(shown().await.1, [(today, 2)], "on its way");
    world.store().add_usage(records).await.unwrap();
    drained.commit();
    assert_eq!(
        shown().await,
        ("sts".to_owned(), vec![(today, 2)], vec![source("sts")])
    );
    world.call(&bob, "GetUser", &[]).await.unwrap_err();
    let (last, counts, mut sources) = shown().await;
    sources.sort();
    assert_eq!((last.as_str(), counts), ("iam", vec![(today, 3)]));
    assert_eq!(sources, [source("iam"), source("sts")]);
}

#[tokio::test]
async fn the_use_of_a_key_is_shown_to_who_may_ask_for_its_last() {
    let world = World::new().await;
    let own = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow",
        "Action": "iam:GetAccessKeyLastUsed", "Resource": "arn:aws:iam::*:user/${aws:username}"}}"#;
    let admin = world.user("admin", Some(EVERYTHING)).await;
    let alice = world.user("alice", Some(own)).await;
    let bob = world.user("bob", None).await;
    let carol = world.user(ADMIN_OF_OTHER, Some(EVERYTHING)).await;
    #[rustfmt::skip]
    let rows = [
        (&admin, "bob", &bob, "shown"),
        (&admin, "alice", &bob, "NoSuchEntity"),
        (&admin, "nobody", &bob, "NoSuchEntity"),
        (&alice, "alice", &alice, "shown"),
        (&alice, "bob", &bob, "AccessDenied"),
        (&alice, "alice", &bob, "AccessDenied"),
        (&bob, "bob", &bob, "AccessDenied"),
        // What is not this account's is as good as not there.
        (&admin, "carol", &carol, "AccessDenied"),
        (&carol, "bob", &bob, "AccessDenied"),
    ];
    for (by, user, key, expected) in rows {
        let found = key_use(&world, by, user, &key.id).await;
        let is_expected = match &found {
            Ok(shown) => expected == "shown" && shown.user.as_str() == user,
            Err(error) => error.contains(expected),
        };
        assert!(is_expected, "{user}: {expected}, not {found:?}");
    }
    let junk = key_use(&world, &admin, "bob", "no key").await.unwrap_err();
    assert!(junk.contains("AccessDenied"), "{junk}");
}
