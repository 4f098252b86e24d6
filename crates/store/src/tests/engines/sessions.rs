use keystead_types::limits;

use super::{Case, Fixture, subjects};
use crate::{
    SessionOwner, StoreError, Subject,
    tests::{account, at, role, role_id, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("sessions_are_revoked_by_their_time", revocation),
    ("session_keys_take_turns", keys),
    ("a_session_key_opens_under_its_own_id_alone", bound),
];

fn revocation(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_role(&role(1, "ops")));
    let (user, role) = (SessionOwner::User(user_id(1)), SessionOwner::Role(role_id(1)));
    let rows = [
        (user, 5, Subject::User(user_id(1)), (None, Some(5), None)),
        (role, 6, Subject::Role(role_id(1)), (None, Some(5), Some(6))),
        (
            SessionOwner::Root,
            7,
            Subject::Account(account()),
            (Some(7), Some(5), Some(6)),
        ),
        (user, 9, Subject::User(user_id(1)), (Some(7), Some(9), Some(6))),
        (user, 8, Subject::User(user_id(1)), (Some(7), Some(8), Some(6))),
    ];
    for (owner, seconds, told, expected) in rows {
        let (answer, changes) =
            fixture.write_and_listen(|tx| tx.revoke_sessions(account(), owner, at(seconds)));
        assert!(answer);
        assert_eq!(subjects(&changes), [told]);
        let (root, user, role) = expected;
        assert_eq!(fixture.account().root_sessions_not_before, root.map(at));
        assert_eq!(fixture.user(1).sessions_not_before, user.map(at));
        assert_eq!(fixture.role(1).sessions_not_before, role.map(at));
    }
    // A role's id is no user, and the other way round.
    for nobody in [
        SessionOwner::User(user_id(9)),
        SessionOwner::User(role_id(1)),
        SessionOwner::Role(role_id(9)),
        SessionOwner::Role(user_id(1)),
    ] {
        assert!(!fixture.refused(|tx| tx.revoke_sessions(account(), nobody, at(1))));
    }
}

fn keys(fixture: &Fixture<'_>) {
    let (turn, life) = (limits::SESSION_KEY_SECONDS, limits::SESSION_SECONDS_MAX);
    let key_at = |seconds| fixture.write_and_listen(|tx| tx.session_key_for(at(seconds)));
    let known = || {
        let keys = fixture.read(|reader| reader.session_keys());
        keys.iter().map(|key| key.id).collect::<Vec<_>>()
    };
    assert_eq!(known(), [0; 0]);
    let (first, changes) = key_at(0);
    assert_eq!((first.created_at, changes), (at(0), vec![]));
    for seconds in [0, turn - 1] {
        let again = fixture.refused(|tx| tx.session_key_for(at(seconds)));
        assert_eq!((again.id, again.key), (first.id, first.key.clone()));
    }
    let (second, _) = key_at(turn);
    assert_ne!((second.id, &second.key), (first.id, &first.key));
    assert_eq!(known(), [second.id, first.id]);
    let (third, _) = key_at(turn + life - 1);
    assert_eq!(
        known(),
        [third.id, second.id, first.id],
        "its last token is valid"
    );
    let (fourth, _) = key_at(turn + life - 1 + turn);
    assert_eq!(known(), [fourth.id, third.id, second.id]);
    // A clock that was set back: what was made in its future does not seal, and still opens.
    let (past, _) = key_at(-10);
    assert!(!known().contains(&first.id));
    assert_eq!(known().last(), Some(&past.id));
    let opened = fixture.read(|reader| reader.session_keys());
    let third_again = opened.iter().find(|key| key.id == third.id).unwrap();
    assert_eq!(
        (third_again.created_at, &third_again.key),
        (third.created_at, &third.key)
    );
}

fn bound(fixture: &Fixture<'_>) {
    let key = fixture.write(|tx| tx.session_key_for(at(0)));
    fixture
        .engine()
        .execute("UPDATE session_key SET id = 7", &[])
        .unwrap();
    fixture.read(|reader| {
        let error = reader.session_keys().err().unwrap();
        assert!(matches!(error, StoreError::Sealed(_)), "{error}");
        Ok(())
    });
    assert_ne!(key.id, 7);
}
