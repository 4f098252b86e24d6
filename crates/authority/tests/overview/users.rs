//! Users with their credentials.

use keystead_authority::{
    Asked,
    overview::{Last, UserOverview, UsersPage},
};
use keystead_types::{AccessKeyStatus, AccountId, Timestamp};

use crate::{
    EVERYTHING, NOTHING, lists_users,
    world::{ADMIN_OF_OTHER, Keys, NOW, World},
};

/// What may be seen of a user, and the operations that would tell it: groups, keys, their use, MFA devices, password.
const PARTS: [(&str, &str); 5] = [
    ("g", "ListGroupsForUser"),
    ("k", "ListAccessKeys"),
    ("u", "GetAccessKeyLastUsed"),
    ("m", "ListMFADevices"),
    ("p", "GetLoginProfile"),
];

async fn users(world: &World, by: &Keys, search: &str, after: &str, limit: u32) -> Result<UsersPage, String> {
    let caller = world.caller(by, "iam", "").await?;
    let overview = world.authority().overview();
    let context = world.context();
    let mut asked = Asked::default();
    let found = overview.users(&caller, &context, &mut asked, search, after, limit);
    let found = found.await.map_err(|error| error.to_string());
    assert_eq!(
        asked.take_decisions().len(),
        1,
        "what was decided can be explained"
    );
    found
}

/// The first letters of what was shown.
fn shown(user: &UserOverview) -> String {
    let use_is_shown = user
        .access_keys
        .iter()
        .flatten()
        .any(|key| key.last_use != Last::Hidden);
    let is_shown = [
        user.groups.is_some(),
        user.access_keys.is_some(),
        use_is_shown,
        user.mfa_devices.is_some(),
        user.has_password.is_some(),
    ];
    assert_eq!(user.last_activity == Last::Hidden, !use_is_shown);
    let shown = PARTS.iter().zip(is_shown).filter(|(_, is_shown)| *is_shown);
    shown.map(|((letter, _), _)| *letter).collect()
}

/// The same, by running the operations. The use of a key is of no use to who cannot see the key.
async fn told(world: &World, by: &Keys, user: &str, key: &Keys) -> String {
    let mut letters = String::new();
    for (letter, operation) in PARTS {
        let parameter = match operation {
            "GetAccessKeyLastUsed" => ("AccessKeyId", key.id.as_str()),
            _ => ("UserName", user),
        };
        let answer = world.call(by, operation, &[parameter]).await;
        let is_denied = answer.is_err_and(|error| error.contains("AccessDenied"));
        if !is_denied && (letter != "u" || letters.contains('k')) {
            letters.push_str(letter);
        }
    }
    letters
}

#[tokio::test]
async fn of_a_user_is_shown_what_the_operations_would_tell() {
    let own =
        r#", {"Effect": "Allow", "Action": "iam:*", "Resource": "arn:aws:iam::*:user/${aws:username}"}"#;
    let alice_keys =
        r#", {"Effect": "Allow", "Action": "iam:ListAccessKeys", "Resource": "arn:aws:iam::*:user/alice"}"#;
    let use_alone = r#", {"Effect": "Allow", "Action": "iam:GetAccessKeyLastUsed", "Resource": "*"}"#;
    let keys_and_use = r#", {"Effect": "Allow",
        "Action": ["iam:ListAccessKeys", "iam:GetAccessKeyLastUsed"], "Resource": "*"}"#;
    let not_the_red = r#", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
        {"Effect": "Deny", "Action": ["iam:ListMFADevices", "iam:ListAccessKeys"], "Resource": "*",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "red"}}}"#;
    let groups = r#", {"Effect": "Allow", "Action": "iam:ListGroupsForUser", "Resource": "*"}"#;
    let password = r#", {"Effect": "Allow", "Action": "iam:GetLoginProfile",
        "Resource": "arn:aws:iam::*:user/bob"}"#;
    let elsewhere = r#", {"Effect": "Allow", "Action": "iam:*", "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    // What is shown of alice, who is tagged team=red, and of bob.
    #[rustfmt::skip]
    let rows = [
        (EVERYTHING.to_owned(), "gkump", "gkump"),
        (lists_users(""), "", ""),
        (lists_users(own), "", ""),
        (lists_users(alice_keys), "k", ""),
        (lists_users(use_alone), "", ""),
        (lists_users(keys_and_use), "ku", "ku"),
        (lists_users(not_the_red), "gp", "gkump"),
        (lists_users(groups), "g", "g"),
        (lists_users(password), "", "p"),
        (lists_users(elsewhere), "", ""),
    ];
    for (policy, of_alice, of_bob) in rows {
        let world = World::new().await;
        let alice = world.user("alice", None).await;
        let bob = world.user("bob", None).await;
        let admin = world.user("admin", Some(EVERYTHING)).await;
        let red = [
            ("UserName", "alice"),
            ("Tags.member.1.Key", "team"),
            ("Tags.member.1.Value", "red"),
        ];
        world.call(&admin, "TagUser", &red).await.unwrap();
        let viewer = world.user("viewer", Some(&policy)).await;
        let page = users(&world, &viewer, "", "", 10).await.unwrap();
        for (name, key, expected) in [("alice", &alice, of_alice), ("bob", &bob, of_bob)] {
            let user = page.users.iter().find(|user| user.name.as_str() == name).unwrap();
            assert_eq!(shown(user), expected, "{name} by {policy}");
            assert_eq!(
                told(&world, &viewer, name, key).await,
                expected,
                "{name} by {policy}"
            );
        }
        let itself = page
            .users
            .iter()
            .find(|user| user.name.as_str() == "viewer")
            .unwrap();
        assert_eq!(
            shown(itself),
            told(&world, &viewer, "viewer", &viewer).await,
            "{policy}"
        );
    }
}

#[tokio::test]
async fn who_may_not_list_users_sees_none_and_nobody_sees_another_accounts() {
    let world = World::new().await;
    let alice = world.user("alice", Some(NOTHING)).await;
    let carol = world.user(ADMIN_OF_OTHER, Some(EVERYTHING)).await;
    let denied = users(&world, &alice, "", "", 10).await.unwrap_err();
    assert!(denied.contains("AccessDenied"), "{denied}");
    assert!(denied.contains("iam:ListUsers"), "{denied}");
    for search in ["", "a"] {
        let page = users(&world, &carol, search, "", 10).await.unwrap();
        let names: Vec<_> = page.users.iter().map(|user| user.name.as_str()).collect();
        assert_eq!(names, ["carol"]);
    }
}

#[tokio::test]
async fn a_user_is_shown_as_it_is() {
    let world = World::new().await;
    let admin = world.user("admin", Some(EVERYTHING)).await;
    let bob = world.user("Bob", None).await;
    for group in ["zeta", "Alpha"] {
        world
            .call(&admin, "CreateGroup", &[("GroupName", group)])
            .await
            .unwrap();
        let joins = [("GroupName", group), ("UserName", "Bob")];
        world.call(&admin, "AddUserToGroup", &joins).await.unwrap();
    }
    let account = AccountId::new(111_122_223_333).unwrap();
    world
        .write(move |tx| {
            let id = tx.user_by_name(account, &"Bob".parse().unwrap())?.unwrap().id;
            tx.insert_login_profile(account, id, "hash", false, Timestamp::from_seconds(NOW))?;
            tx.note_password_use(account, id, Timestamp::from_seconds(NOW - 5))
        })
        .await;
    let bob_of = |page: UsersPage| page.users.into_iter().find(|user| user.name.as_str() == "Bob");
    let found = bob_of(users(&world, &admin, "", "", 10).await.unwrap()).unwrap();
    assert!(
        found
            .groups
            .unwrap()
            .iter()
            .map(|name| name.as_str())
            .eq(["Alpha", "zeta"])
    );
    assert_eq!((found.mfa_devices, found.has_password), (Some(0), Some(true)));
    assert_eq!(found.arn, "arn:aws:iam::111122223333:user/Bob");
    assert_eq!(found.last_activity, Last::At(Timestamp::from_seconds(NOW - 5)));
    let [key] = found.access_keys.unwrap().try_into().unwrap();
    assert_eq!(
        (key.id.to_string(), key.status),
        (bob.id.clone(), AccessKeyStatus::Active)
    );
    assert_eq!(key.last_use, Last::Never);

    // A use shows at once, before it is written down.
    world.call(&bob, "GetCallerIdentity", &[]).await.unwrap();
    let found = bob_of(users(&world, &admin, "", "", 10).await.unwrap()).unwrap();
    assert_eq!(found.last_activity, Last::At(Timestamp::from_seconds(NOW)));
    let [key] = found.access_keys.unwrap().try_into().unwrap();
    let Last::At(used) = key.last_use else {
        panic!("{key:?}")
    };
    assert_eq!((used.service.as_str(), used.at.seconds()), ("sts", NOW));
}

#[tokio::test]
async fn users_are_found_by_a_part_of_their_names() {
    let world = World::new().await;
    let admin = world.user("admin", Some(EVERYTHING)).await;
    for number in 0..30 {
        world.user(&format!("Dev-{number:02}"), None).await;
    }
    let names = async |search: &str, limit| {
        let (mut names, mut after) = (Vec::new(), String::new());
        loop {
            let page = users(&world, &admin, search, &after, limit).await.unwrap();
            assert!(page.users.len() <= limit as usize);
            names.extend(page.users.into_iter().map(|user| user.name.to_string()));
            match page.next {
                Some(next) => after = next,
                None => return names,
            }
        }
    };
    for limit in [1, 4, 100] {
        assert_eq!(names("", limit).await.len(), 31);
        assert_eq!(names("dEv-", limit).await.len(), 30);
        assert_eq!(names("v-2", limit).await.len(), 10);
        assert_eq!(names("MIN", limit).await, ["admin"]);
        assert_eq!(names("%", limit).await, Vec::<String>::new());
    }
}
