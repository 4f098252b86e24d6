//! Temporary credentials: what verifies, what is refused and how, and what is looked up for it.

use std::{
    future::Future,
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::{Context, Poll, Waker},
};

use keystead_types::{
    AccessKeyId, Ancestor, Identity, Principal, RoleIdentity, RoleSessionIdentity, Session, Timestamp,
    UniqueId,
};

use super::support::{
    By, Counting, MIDNIGHT, Map, NOON, account, key, permissions, policy_id, principal, user_id, verifier,
};
use crate::{
    Authenticated, DirectoryPermissions, Failure, Holder, Options, PermissionsSnapshot, PoliciesSnapshot,
    RootSnapshot, Subject, UnknownKey, UnreadablePolicy, Verifier,
};

const ID: &str = "ASIA0000000000000001";
const TOKEN: &str = "a-token";
const HOUR: i64 = 3600;

pub(crate) fn role_id(number: u32) -> UniqueId {
    user_id(number).as_str().replace("AIDA", "AROA").parse().unwrap()
}

pub(crate) fn role(number: u32) -> RoleIdentity {
    RoleIdentity {
        id: role_id(number),
        name: format!("role{number}").parse().unwrap(),
        path: "/ops/".parse().unwrap(),
    }
}

pub(crate) fn role_session(number: u32) -> Arc<Principal> {
    Arc::new(Principal {
        account: account(),
        identity: Identity::RoleSession(RoleSessionIdentity {
            role: role(number),
            session: "build".parse().unwrap(),
        }),
    })
}

/// Role `number`, with these inline documents.
pub(crate) fn role_permissions(number: u32, documents: &[&str]) -> DirectoryPermissions {
    DirectoryPermissions {
        holder: Holder::Role(role(number)),
        ..permissions(documents)
    }
}

/// Made at noon for an hour, and nothing besides.
pub(crate) fn session() -> Session {
    Session {
        issued_at: Timestamp::from_seconds(NOON),
        expires_at: Timestamp::from_seconds(NOON + HOUR),
        mfa_at: None,
        source_identity: None,
        tags: Box::default(),
        policy: None,
        policy_ids: Box::default(),
        ancestors: Box::default(),
    }
}

/// A session of role 1, made by user 2.
fn made_by_user_2() -> Session {
    Session {
        ancestors: [Ancestor {
            account: account(),
            id: user_id(2),
            issued_at: Timestamp::from_seconds(NOON),
        }]
        .into(),
        ..session()
    }
}

fn with(principal: Arc<Principal>, session: Session) -> Verifier<Map> {
    let map = Map::with_two_keys();
    map.revision.store(1, Ordering::SeqCst);
    let id: AccessKeyId = ID.parse().unwrap();
    map.sessions
        .lock()
        .insert((id, TOKEN.to_owned()), (principal, Arc::new(session)));
    let mut holders = map.users.lock();
    holders.insert(role_id(1), role_permissions(1, &[]));
    holders.insert(user_id(1), permissions(&[]));
    let bob = DirectoryPermissions {
        holder: super::support::holder(2, "bob"),
        ..permissions(&[])
    };
    holders.insert(user_id(2), bob);
    drop(holders);
    verifier(map)
}

fn by_session() -> By<'static> {
    By {
        id: ID,
        token: Some(TOKEN),
        ..By::default()
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future)
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("this directory answers at once"),
    }
}

fn ask(verifier: &Verifier<Map>, by: By<'_>, now: i64) -> Result<Authenticated, Failure> {
    let signed = By { at: now, ..by }.sign();
    ready(signed.authenticate(verifier, now))
}

/// Changes a user or role, and tells the verifier.
fn change(
    verifier: &Verifier<Map>,
    id: UniqueId,
    subject: Subject,
    work: impl FnOnce(Option<DirectoryPermissions>) -> Option<DirectoryPermissions>,
) {
    let map = verifier.directory();
    let mut holders = map.users.lock();
    if let Some(changed) = work(holders.remove(&id)) {
        holders.insert(id, changed);
    }
    drop(holders);
    let revision = map.revision.fetch_add(1, Ordering::SeqCst) + 1;
    verifier.forget(&subject, revision);
}

fn revoked_at(seconds: i64) -> impl FnOnce(Option<DirectoryPermissions>) -> Option<DirectoryPermissions> {
    move |found| {
        Some(DirectoryPermissions {
            not_before: Some(Timestamp::from_seconds(seconds)),
            ..found?
        })
    }
}

#[test]
fn a_further_request_asks_nobody() {
    let verifier = with(role_session(1), made_by_user_2());
    let first = ask(&verifier, by_session(), NOON).unwrap();
    assert_eq!(
        first.principal().arn(),
        "arn:aws:sts::123456789012:assumed-role/role1/build"
    );
    assert_eq!(
        first.session().unwrap().expires_at,
        Timestamp::from_seconds(NOON + HOUR)
    );
    let lookups = verifier.statistics().directory_lookups;
    for second in 1..100 {
        ask(&verifier, by_session(), NOON + second).unwrap();
    }
    let statistics = verifier.statistics();
    assert_eq!(verifier.directory().opened.load(Ordering::SeqCst), 1);
    assert_eq!(
        (statistics.directory_lookups, lookups),
        (2, 2),
        "the role and its maker"
    );
    assert_eq!((statistics.session_hits, statistics.session_misses), (99, 1));
    // The secret is not held: another region's key is derived from the token again.
    let elsewhere = By {
        region: "eu-central-1",
        ..by_session()
    };
    ask(&verifier, elsewhere, NOON).unwrap();
    ask(&verifier, elsewhere, NOON).unwrap();
    assert_eq!(verifier.directory().opened.load(Ordering::SeqCst), 2);
    assert_eq!(verifier.statistics().sessions, 1);
    assert_eq!(
        verifier.usage().keys(),
        0,
        "no use is counted for an id that has no row"
    );
}

#[test]
fn what_is_refused_and_how() {
    let huge = "a".repeat(100_000);
    let rows: [(&str, By<'_>, i64, Result<(), &str>); 11] = [
        ("as it was made", by_session(), NOON, Ok(())),
        ("in its last second", by_session(), NOON + HOUR - 1, Ok(())),
        (
            "a second late",
            by_session(),
            NOON + HOUR,
            Err("session-token-current"),
        ),
        (
            "before it was made, by clocks that differ",
            by_session(),
            NOON - 900,
            Ok(()),
        ),
        (
            "a clock that was set back",
            by_session(),
            NOON - 901,
            Err("session-token-valid"),
        ),
        (
            "another token",
            By {
                token: Some("b-token"),
                ..by_session()
            },
            NOON,
            Err("session-token-valid"),
        ),
        (
            "a part of it",
            By {
                token: Some("a-toke"),
                ..by_session()
            },
            NOON,
            Err("session-token-valid"),
        ),
        (
            "a huge one",
            By {
                token: Some(&huge),
                ..by_session()
            },
            NOON,
            Err("session-token-valid"),
        ),
        (
            "none",
            By {
                token: None,
                ..by_session()
            },
            NOON,
            Err("session-token-present"),
        ),
        (
            "of a long-term key",
            By {
                id: "AKIA0000000000000001",
                ..by_session()
            },
            NOON,
            Err("session-token-valid"),
        ),
        (
            "another secret",
            By {
                secret: "anotherSecretOfFortyCharactersIsHere0000",
                ..by_session()
            },
            NOON,
            Err("signature"),
        ),
    ];
    // Each is refused alike when the good one is held.
    for is_held in [false, true] {
        for (name, by, now, expected) in &rows {
            let verifier = with(role_session(1), made_by_user_2());
            if is_held {
                ask(&verifier, by_session(), NOON).unwrap();
            }
            let found = ask(&verifier, *by, *now)
                .map(|_| ())
                .map_err(|failure| failure.check());
            assert_eq!(found, *expected, "{name}, {is_held}");
            let held = usize::from(is_held || expected.is_ok());
            assert_eq!(
                verifier.statistics().sessions,
                held,
                "only what verified is held: {name}"
            );
        }
    }
}

#[test]
fn the_texts_are_aws_own() {
    let rows = [
        (
            Failure::SessionToken,
            "The security token included in the request is invalid",
        ),
        (
            Failure::SessionExpired,
            "The security token included in the request is expired",
        ),
        (
            Failure::UnknownKey(UnknownKey::PrincipalGone),
            "The security token included in the request is invalid.",
        ),
        (
            Failure::UnknownKey(UnknownKey::Revoked),
            "The security token included in the request is invalid.",
        ),
    ];
    for (failure, text) in rows {
        assert_eq!(failure.to_string(), text);
    }
}

type Work = fn(&Verifier<Map>);

#[test]
fn a_deletion_or_revocation_counts_at_the_next_request() {
    let rows: [(&str, Work, Result<(), UnknownKey>); 8] = [
        (
            "the role is deleted",
            |v| change(v, role_id(1), Subject::Role(role_id(1)), |_| None),
            Err(UnknownKey::PrincipalGone),
        ),
        (
            "its maker is deleted",
            |v| change(v, user_id(2), Subject::User(user_id(2)), |_| None),
            Err(UnknownKey::PrincipalGone),
        ),
        (
            "the role's sessions are revoked",
            |v| change(v, role_id(1), Subject::Role(role_id(1)), revoked_at(NOON + 1)),
            Err(UnknownKey::Revoked),
        ),
        (
            "its maker's sessions are revoked",
            |v| change(v, user_id(2), Subject::User(user_id(2)), revoked_at(NOON + 1)),
            Err(UnknownKey::Revoked),
        ),
        (
            "those before it are revoked",
            |v| change(v, role_id(1), Subject::Role(role_id(1)), revoked_at(NOON)),
            Ok(()),
        ),
        (
            "another user is deleted",
            |v| change(v, user_id(1), Subject::User(user_id(1)), |_| None),
            Ok(()),
        ),
        (
            "the role changes otherwise",
            |v| change(v, role_id(1), Subject::Role(role_id(1)), |found| found),
            Ok(()),
        ),
        (
            "the account changes otherwise",
            |v| change(v, role_id(1), Subject::Account(account()), |found| found),
            Ok(()),
        ),
    ];
    for (name, work, expected) in rows {
        let verifier = with(role_session(1), made_by_user_2());
        let before = ask(&verifier, by_session(), NOON).unwrap();
        work(&verifier);
        let failure = expected.map_err(Failure::UnknownKey);
        for _ in 0..2 {
            let found = ask(&verifier, by_session(), NOON + 2).map(|_| ());
            assert_eq!(found, failure, "{name}");
        }
        // Who had been authenticated before is not let through either.
        let found = ready(verifier.permissions(&before)).map(|_| ());
        assert_eq!(found.is_ok(), expected.is_ok(), "{name}");
    }
}

#[test]
fn a_session_token_of_a_user_goes_with_the_user() {
    let verifier = with(principal(1, "alice"), session());
    let alice = ask(&verifier, by_session(), NOON).unwrap();
    assert_eq!(alice.principal().arn(), "arn:aws:iam::123456789012:user/alice");
    // It is called as it is called now.
    change(&verifier, user_id(1), Subject::User(user_id(1)), |_| {
        Some(DirectoryPermissions {
            holder: super::support::holder(1, "alicia"),
            ..permissions(&[])
        })
    });
    let renamed = ready(verifier.permissions(&ask(&verifier, by_session(), NOON).unwrap())).unwrap();
    assert_eq!(renamed.principal().arn(), "arn:aws:iam::123456789012:user/alicia");
    change(
        &verifier,
        user_id(1),
        Subject::User(user_id(1)),
        revoked_at(NOON + 1),
    );
    assert_eq!(
        ask(&verifier, by_session(), NOON).err(),
        Some(Failure::UnknownKey(UnknownKey::Revoked))
    );
    // A long-term key is no session.
    assert!(ask(&verifier, By::default(), NOON).is_ok());
}

#[derive(Debug, PartialEq)]
enum Refused {
    Failure(Failure),
    Unreadable,
}

impl From<Failure> for Refused {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<UnreadablePolicy> for Refused {
    fn from(_: UnreadablePolicy) -> Self {
        Self::Unreadable
    }
}

/// What a transaction sees that has made changes and may not be committed.
#[test]
fn what_a_transaction_sees_is_judged_and_not_remembered() {
    let verifier = with(role_session(1), made_by_user_2());
    let caller = ask(&verifier, by_session(), NOON).unwrap();
    let permissions = ready(verifier.permissions(&caller)).unwrap();
    assert!(verifier.still_hold(&permissions, []));
    for subject in [
        Subject::Role(role_id(1)),
        Subject::User(user_id(2)),
        Subject::Account(account()),
    ] {
        assert!(!verifier.still_hold(&permissions, [&subject]), "{subject:?}");
    }
    assert!(verifier.still_hold(&permissions, [&Subject::User(user_id(1)), &Subject::Key(key(1))]));
    let within = |gone: Option<UniqueId>, not_before: Option<i64>| {
        let map = verifier.directory();
        let snapshot = |_, holder| {
            let found = map.users.lock().get(&holder).cloned();
            let found = found
                .filter(|_| gone != Some(holder))
                .map(|found| DirectoryPermissions {
                    not_before: not_before.map(Timestamp::from_seconds),
                    ..found
                });
            Ok::<_, Refused>(PermissionsSnapshot {
                // Of a change that is never committed.
                revision: 100,
                permissions: found,
            })
        };
        let root = |_| {
            Ok(RootSnapshot {
                revision: 100,
                not_before: None,
            })
        };
        let policies = |_, _: &[UniqueId]| {
            Ok(PoliciesSnapshot {
                revision: 100,
                policies: Vec::new(),
            })
        };
        verifier
            .permissions_within(&caller, snapshot, root, policies)
            .map(|_| ())
    };
    assert_eq!(within(None, None), Ok(()));
    let refused = |why| Err(Refused::Failure(Failure::UnknownKey(why)));
    assert_eq!(within(Some(role_id(1)), None), refused(UnknownKey::Absent));
    assert_eq!(within(Some(user_id(2)), None), refused(UnknownKey::PrincipalGone));
    assert_eq!(within(None, Some(NOON + 1)), refused(UnknownKey::Revoked));
    // The revision that was never committed confirmed nothing: a change of a lower one counts.
    change(
        &verifier,
        role_id(1),
        Subject::Role(role_id(1)),
        revoked_at(NOON + 1),
    );
    assert_eq!(
        ask(&verifier, by_session(), NOON).err(),
        Some(Failure::UnknownKey(UnknownKey::Revoked))
    );
}

#[test]
fn a_directory_that_went_back_opens_tokens_anew() {
    let verifier = with(role_session(1), made_by_user_2());
    ask(&verifier, by_session(), NOON).unwrap();
    verifier.directory().sessions.lock().clear();
    ask(&verifier, by_session(), NOON).unwrap();
    verifier.clear(9);
    verifier.directory().revision.store(9, Ordering::SeqCst);
    assert_eq!(
        ask(&verifier, by_session(), NOON).err(),
        Some(Failure::SessionToken)
    );
}

#[test]
fn memory_is_bounded() {
    const BYTES_MAX: usize = 256 * 1024;
    let map = Map::default();
    map.users.lock().insert(role_id(1), role_permissions(1, &[]));
    let large = Session {
        policy: Some("p".repeat(2000).into()),
        policy_ids: [policy_id(1)].into(),
        ..session()
    };
    let large = Arc::new(large);
    let id = |number: u32| format!("ASIA{number:016}");
    for number in 0..500 {
        let id = id(number).parse().unwrap();
        map.sessions
            .lock()
            .insert((id, TOKEN.to_owned()), (role_session(1), Arc::clone(&large)));
    }
    let options = Options {
        sessions_bytes_max: BYTES_MAX,
        ..Options::default()
    };
    let verifier = Verifier::new(map, options, &Counting::default());
    for number in 0..500 {
        let id = id(number);
        ask(
            &verifier,
            By {
                id: &id,
                ..by_session()
            },
            NOON,
        )
        .unwrap();
    }
    let statistics = verifier.statistics();
    assert!(
        statistics.sessions_memory_bytes <= BYTES_MAX + BYTES_MAX / 8,
        "{statistics:?}"
    );
    assert!((5..500).contains(&statistics.sessions), "{statistics:?}");
    // One session's scopes are bounded by themselves.
    for day in 0..30 {
        let now = MIDNIGHT + day * 60;
        let region = format!("region-{day}");
        let by = By {
            region: &region,
            id: "ASIA0000000000000001",
            ..by_session()
        };
        let _ = ask(&verifier, by, now.max(NOON));
    }
    assert!(verifier.statistics().sessions_memory_bytes <= BYTES_MAX + BYTES_MAX / 8);
}

#[test]
fn nobody_waits_for_a_directory_that_cannot_answer() {
    let verifier = with(role_session(1), made_by_user_2());
    verifier.directory().unavailable.store(true, Ordering::SeqCst);
    assert!(matches!(
        ask(&verifier, by_session(), NOON),
        Err(Failure::DirectoryUnavailable(_))
    ));
    verifier.directory().unavailable.store(false, Ordering::SeqCst);
    assert!(ask(&verifier, by_session(), NOON).is_ok());
    // What is known is not asked for again.
    verifier.directory().unavailable.store(true, Ordering::SeqCst);
    assert!(ask(&verifier, by_session(), NOON).is_ok());
}

#[test]
fn a_session_of_root_is_revoked_with_the_account() {
    let root = Arc::new(Principal {
        account: account(),
        identity: Identity::Root,
    });
    let verifier = with(root, session());
    assert!(ask(&verifier, by_session(), NOON).is_ok());
    *verifier.directory().root_not_before.lock() = Some(Timestamp::from_seconds(NOON + 1));
    change(&verifier, user_id(9), Subject::Account(account()), |_| None);
    assert_eq!(
        ask(&verifier, by_session(), NOON).err(),
        Some(Failure::UnknownKey(UnknownKey::Revoked))
    );
}
