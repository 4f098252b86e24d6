//! A caller's permissions are those of the directory, by every change that was announced before the question.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use keystead_types::UniqueId;

use super::support::{
    Counting, Map, account, caller, group_id, holder, inline, managed, permissions, policy_id, principal,
    user_id, verifier,
};
use crate::{Directory, DirectoryPermissions, Failure, Options, Permissions, Subject, UnknownKey, Verifier};

const ALLOW: &str =
    r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// Alice, in group 1 and with managed policies 1 and (as her boundary) 2.
fn alice() -> DirectoryPermissions {
    DirectoryPermissions {
        groups: vec![group_id(1)],
        policies: vec![inline(ALLOW), managed(1, 1, ALLOW)],
        boundary: Some(managed(2, 1, ALLOW)),
        ..permissions(&[])
    }
}

/// Whether nothing was read anew between the two.
fn is_same(one: &Permissions, other: &Permissions) -> bool {
    std::ptr::eq(one.held(), other.held())
}

fn with_alice() -> Verifier<Map> {
    let map = Map::default();
    map.users.lock().insert(user_id(1), alice());
    verifier(map)
}

fn ask<D: Directory>(verifier: &Verifier<D>, user: u32) -> Result<Arc<Permissions>, Failure> {
    let asker = caller(principal(user, "alice"));
    let mut asking = pin!(verifier.permissions(&asker));
    match asking.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(found) => found,
        Poll::Pending => unreachable!("the directory answers at once"),
    }
}

/// Announces a change of the directory.
fn change(verifier: &Verifier<Map>, subject: &Subject) -> u64 {
    let revision = verifier.directory().revision.fetch_add(1, Ordering::SeqCst) + 1;
    verifier.forget(subject, revision);
    revision
}

#[test]
fn the_directory_is_asked_once() {
    let verifier = with_alice();
    let first = ask(&verifier, 1).unwrap();
    assert!(is_same(&first, &ask(&verifier, 1).unwrap()));
    assert_eq!(verifier.statistics().directory_lookups, 1);
    assert_eq!(verifier.statistics().permissions, 1);
}

#[test]
fn what_concerns_them_makes_them_new_and_nothing_else_does() {
    let mine = [
        Subject::User(user_id(1)),
        Subject::Group(group_id(1)),
        Subject::Policy(policy_id(1)),
        Subject::Policy(policy_id(2)),
        Subject::Account(account()),
    ];
    let others = [
        Subject::User(user_id(2)),
        Subject::Group(group_id(2)),
        Subject::Policy(policy_id(3)),
        Subject::Key("AKIAIOSFODNN7EXAMPLE".parse().unwrap()),
    ];
    let rows = mine.map(|subject| (subject, true)).into_iter();
    for (subject, concerns) in rows.chain(others.map(|subject| (subject, false))) {
        let verifier = with_alice();
        let before = ask(&verifier, 1).unwrap();
        assert_eq!(
            verifier.still_hold(&before, [&subject]),
            !concerns,
            "within a transaction: {subject:?}"
        );
        let revision = change(&verifier, &subject);
        assert_eq!(verifier.still_hold(&before, []), !concerns, "{subject:?}");
        let after = ask(&verifier, 1).unwrap();
        assert_eq!(is_same(&before, &after), !concerns, "{subject:?}");
        if concerns {
            assert_eq!(after.revision(), revision);
        }
    }
}

#[test]
fn a_change_of_a_source_is_seen_after_other_sources_have_changed() {
    let verifier = with_alice();
    let first = ask(&verifier, 1).unwrap();
    for _ in 0..3 {
        change(&verifier, &Subject::Group(group_id(2)));
        assert!(is_same(&first, &ask(&verifier, 1).unwrap()));
    }
    change(&verifier, &Subject::Policy(policy_id(1)));
    assert!(!is_same(&first, &ask(&verifier, 1).unwrap()));
}

#[test]
fn a_user_who_is_gone_may_nothing() {
    let verifier = with_alice();
    ask(&verifier, 1).unwrap();
    verifier.directory().users.lock().remove(&user_id(1));
    change(&verifier, &Subject::User(user_id(1)));
    for _ in 0..2 {
        assert_eq!(
            ask(&verifier, 1).err(),
            Some(Failure::UnknownKey(UnknownKey::Absent))
        );
    }
}

#[test]
fn a_snapshot_behind_the_feed_is_not_used() {
    let verifier = with_alice();
    // Announced, but the directory does not have it yet.
    verifier.forget(&Subject::Policy(policy_id(2)), 7);
    assert!(matches!(ask(&verifier, 1), Err(Failure::DirectoryUnavailable(_))));
    assert!(verifier.statistics().stale_snapshots > 0);
    verifier.directory().revision.store(7, Ordering::SeqCst);
    assert_eq!(ask(&verifier, 1).unwrap().revision(), 7);
}

#[test]
fn what_cannot_be_read_allows_nothing() {
    let verifier = with_alice();
    let broken = DirectoryPermissions {
        policies: vec![inline(ALLOW), inline("{")],
        ..permissions(&[])
    };
    verifier.directory().users.lock().insert(user_id(1), broken);
    let Err(Failure::DirectoryUnavailable(why)) = ask(&verifier, 1) else {
        unreachable!("a broken policy was passed over")
    };
    assert!(
        why.reason.contains("inline policy p of user alice"),
        "{}",
        why.reason
    );
    verifier.directory().unavailable.store(true, Ordering::SeqCst);
    assert!(matches!(ask(&verifier, 1), Err(Failure::DirectoryUnavailable(_))));
}

#[test]
fn a_managed_policy_is_compiled_once_for_all_who_have_it() {
    let verifier = with_alice();
    let bob = DirectoryPermissions {
        holder: holder(2, "bob"),
        ..alice()
    };
    verifier.directory().users.lock().insert(user_id(2), bob);
    let (alice, bob) = (ask(&verifier, 1).unwrap(), ask(&verifier, 2).unwrap());
    let policy =
        |permissions: &Permissions| Arc::clone(&permissions.identity().unwrap().policies.policies()[1]);
    assert!(Arc::ptr_eq(&policy(&alice), &policy(&bob)));
    // Another version is another text.
    let next = DirectoryPermissions {
        policies: vec![inline(ALLOW), managed(1, 2, &ALLOW.replace("Allow", "Deny"))],
        ..permissions(&[])
    };
    verifier.directory().users.lock().insert(user_id(1), next);
    change(&verifier, &Subject::User(user_id(1)));
    assert!(!Arc::ptr_eq(&policy(&ask(&verifier, 1).unwrap()), &policy(&bob)));
}

#[test]
fn memory_is_bounded() {
    const BYTES_MAX: usize = 1024 * 1024;
    let options = Options {
        permissions_bytes_max: BYTES_MAX,
        ..Options::default()
    };
    let verifier = Verifier::new(Map::default(), options, &Counting::default());
    let fixed = verifier.statistics().permissions_memory_bytes;
    for user in 0..3000 {
        let found = DirectoryPermissions {
            holder: holder(user, "alice"),
            ..permissions(&[ALLOW])
        };
        verifier.directory().users.lock().insert(user_id(user), found);
        ask(&verifier, user).unwrap();
    }
    let statistics = verifier.statistics();
    assert!(statistics.permissions_memory_bytes - fixed <= BYTES_MAX + BYTES_MAX / 8);
    assert!(
        (100..3000).contains(&statistics.permissions),
        "{}",
        statistics.permissions
    );
}

#[test]
fn a_directory_that_went_back_is_read_anew() {
    let verifier = with_alice();
    let before = ask(&verifier, 1).unwrap();
    verifier.directory().revision.store(5, Ordering::SeqCst);
    verifier.clear(5);
    assert_eq!(verifier.statistics().permissions, 0);
    assert!(!verifier.still_hold(&before, []));
    assert_eq!(ask(&verifier, 1).unwrap().revision(), 5);
    let gone: UniqueId = user_id(9);
    assert!(!verifier.directory().users.lock().contains_key(&gone));
    assert_eq!(
        ask(&verifier, 9).err(),
        Some(Failure::UnknownKey(UnknownKey::Absent))
    );
}
