//! What needs attention.

use keystead_authority::{
    Asked,
    overview::{Attention, Count, KeyToLookAfter, KeysToLookAfter},
};
use keystead_store::{InsertAccessKey, KeyOwner, NewAccessKey};
use keystead_types::{AccessKeyId, AccessKeyStatus, AccountId, SecretAccessKey, Timestamp, UserName};

use crate::{
    EVERYTHING, lists_users,
    world::{ADMIN_OF_OTHER, Keys, NOW, World},
};

/// Gives a user one more key, of so many days ago.
async fn old_key(world: &World, name: &str, days: i64) -> AccessKeyId {
    let account = AccountId::new(111_122_223_333).unwrap();
    let made = Timestamp::from_seconds(NOW - days * 86_400 - 1);
    let id = AccessKeyId::generate(account, world.random());
    let secret = SecretAccessKey::generate(world.random());
    let name: UserName = name.parse().unwrap();
    world
        .write(move |tx| {
            let owner = tx
                .user_by_name(account, &name)?
                .map_or(KeyOwner::Root, |user| KeyOwner::User(user.id));
            let status = AccessKeyStatus::Active;
            let key = NewAccessKey {
                id,
                account,
                owner,
                status,
                created_at: made,
            };
            assert_eq!(tx.insert_access_key(&key, &secret)?, InsertAccessKey::Created);
            Ok(())
        })
        .await;
    id
}

#[tokio::test]
async fn what_needs_attention_is_counted_and_listed() {
    let world = World::new().await;
    let reports = r#"{"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetCredentialReport", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:ListAccessKeys", "Resource": "arn:aws:iam::*:user/bob"}]}"#;
    let reporter = world.user("reporter", Some(reports)).await;
    let lister = world.user("lister", Some(&lists_users(""))).await;
    let carol = world.user(ADMIN_OF_OTHER, Some(EVERYTHING)).await;
    world.user("alice", None).await;
    world.user("bob", None).await;
    let of_bob = old_key(&world, "bob", 100).await;
    old_key(&world, "alice", 90).await;
    old_key(&world, "lister", 2).await;
    // No user is called so: it becomes root's.
    old_key(&world, "root", 200).await;
    let account = AccountId::new(111_122_223_333).unwrap();
    world
        .write(move |tx| {
            let bob = tx.user_by_name(account, &"bob".parse().unwrap())?.unwrap().id;
            tx.insert_login_profile(account, bob, "hash", false, Timestamp::from_seconds(NOW))?;
            Ok(())
        })
        .await;
    let (overview, context) = (world.authority().overview(), world.context());
    let exactly = |number| Count { number, more: false };
    let attention = async |by: &Keys| {
        let caller = world.caller(by, "iam", "").await.unwrap();
        overview.attention(&caller, &context, &mut Asked::default()).await
    };
    let expected = Attention {
        old_keys: exactly(3),
        unused_keys: exactly(4),
        users_without_mfa: exactly(1),
        root_keys: 1,
    };
    assert_eq!(attention(&reporter).await.unwrap(), expected);
    let denied = attention(&lister).await.unwrap_err().to_string();
    assert!(denied.contains("iam:GetCredentialReport"), "{denied}");
    assert_eq!(attention(&carol).await.unwrap().old_keys, exactly(0));

    let caller = world.caller(&reporter, "iam", "").await.unwrap();
    let mut asked = Asked::default();
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let page =
            overview.keys_to_look_after(&caller, &context, &mut asked, KeysToLookAfter::Old, &after, 2);
        let page = page.await.unwrap();
        rows.extend(
            page.keys
                .into_iter()
                .map(|key| (key.user.map(|user| user.to_string()), key.id)),
        );
        match page.next {
            Some(next) => after = next,
            None => break,
        }
        let elsewhere =
            overview.keys_to_look_after(&caller, &context, &mut asked, KeysToLookAfter::Unused, &after, 2);
        let error = elsewhere.await.unwrap_err().to_string();
        assert!(error.contains("Invalid Marker"), "{error}");
        // It would give the id away.
        assert!(!after.contains("AKIA"), "{after}");
    }
    // The ids of keys are for who may list them.
    let bob = (Some("bob".to_owned()), Some(of_bob));
    assert_eq!(rows, [(None, None), bob, (Some("alice".to_owned()), None)]);
    let page = overview
        .users_to_look_after(&caller, &context, &mut asked, "", 10)
        .await
        .unwrap();
    assert_eq!(page.users.len(), 1);
    assert_eq!(page.users[0].name.as_str(), "bob");
    let caller = world.caller(&lister, "iam", "").await.unwrap();
    let page = overview
        .users_to_look_after(&caller, &context, &mut asked, "", 10)
        .await;
    assert!(page.is_err());
    let page = overview
        .keys_to_look_after(&caller, &context, &mut asked, KeysToLookAfter::Unused, "", 2)
        .await;
    assert!(page.is_err());
}

#[tokio::test]
async fn a_key_whose_use_is_not_written_down_yet_is_used() {
    let world = World::new().await;
    let admin = world.user("admin", Some(EVERYTHING)).await;
    world.user("bob", None).await;
    for number in 0..120 {
        let name = format!("user{number}");
        world.user(&name, None).await;
        old_key(&world, &name, 5).await;
    }
    let (overview, context) = (world.authority().overview(), world.context());
    let caller = world.caller(&admin, "iam", "").await.unwrap();
    let counts = overview
        .attention(&caller, &context, &mut Asked::default())
        .await
        .unwrap();
    assert_eq!(
        counts.unused_keys,
        Count {
            number: 100,
            more: true
        }
    );
    assert_eq!(counts.old_keys.number, 0);
    // The administrator's own key is used by asking.
    let mut later = world.context();
    later.now = Timestamp::from_seconds(NOW + 400 * 86_400);
    let page = async |after: &str| {
        let (mut asked, which) = (Asked::default(), KeysToLookAfter::Unused);
        let page = overview.keys_to_look_after(&caller, &later, &mut asked, which, after, 100);
        page.await.unwrap()
    };
    let first = page("").await;
    let second = page(first.next.as_deref().unwrap()).await;
    let third = page(second.next.as_deref().unwrap()).await;
    let pages = [first.keys, second.keys, third.keys];
    assert_eq!(pages.iter().map(Vec::len).sum::<usize>(), 2 * 120 + 1);
    let of_admin = |key: &KeyToLookAfter| key.user.as_ref().is_some_and(|user| user.as_str() == "admin");
    assert!(!pages.iter().flatten().any(of_admin));
}
