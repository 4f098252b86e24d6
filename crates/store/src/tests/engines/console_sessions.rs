use keystead_types::AccessKeyId;

use super::{Case, Fixture};
use crate::{
    ConsoleLinkRecord, ConsoleSessionRecord, ConsoleSessionState,
    tests::{account, at, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_session_is_known_by_its_token", sessions),
    ("the_oldest_session_makes_room", room),
    ("sessions_end", ends),
    ("a_link_is_a_users_only_one", links),
    ("what_expired_is_removed", expiry),
];

fn access_key(number: usize) -> AccessKeyId {
    let digits: String = number
        .to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'A'))
        .collect();
    format!("ASIA{digits:Q>16}").parse().unwrap()
}

fn session(number: usize) -> ConsoleSessionRecord {
    ConsoleSessionRecord {
        id: format!("session {number}"),
        account: account(),
        user: user_id(1),
        access_key: access_key(number),
        state: ConsoleSessionState::SignedIn,
        created_at: at(number as i64),
        expires_at: at(1000 + number as i64),
        last_seen_at: at(number as i64),
        mfa_at: None,
        source_address: "127.0.0.1".to_owned(),
        user_agent: "Firefox".to_owned(),
    }
}

fn insert(fixture: &Fixture<'_>, number: usize) {
    fixture.write(|tx| tx.insert_console_session(&format!("token {number}"), &session(number)));
}

fn sessions(fixture: &Fixture<'_>) {
    let half = ConsoleSessionRecord {
        state: ConsoleSessionState::SecondFactorRequired,
        mfa_at: Some(at(3)),
        ..session(1)
    };
    fixture.write(|tx| tx.insert_console_session("token 1", &half));
    let found = |token: &str| fixture.read(|reader| reader.console_session(token));
    assert_eq!(found("token 1"), Some(half));
    assert_eq!(found("token 2"), None);
    let verified = |token: &str| fixture.read(|reader| reader.directory_console_session(token));
    assert!(verified("token 1").is_none(), "a sign-in that is half done");
    assert!(!fixture.read(|reader| reader.is_console_session(access_key(1))));
    insert(fixture, 2);
    let second = verified("token 2").unwrap();
    assert_eq!((second.access_key_id, second.mfa_at), (access_key(2), None));
    assert!(fixture.read(|reader| reader.is_console_session(access_key(2))));
    fixture.write(|tx| tx.note_console_session("token 2", at(9)));
    assert_eq!(found("token 2").unwrap().last_seen_at, at(9));
}

fn room(fixture: &Fixture<'_>) {
    let most = keystead_types::limits::CONSOLE_SESSIONS_PER_USER;
    for number in 0..=most {
        insert(fixture, number);
    }
    let left = fixture.read(|reader| reader.console_sessions_of_user(account(), user_id(1)));
    assert_eq!(left.len(), most);
    assert_eq!(left[0].id, "session 1");
    for number in most + 1..=2 * most + 1 {
        let half_done = ConsoleSessionRecord {
            state: ConsoleSessionState::SecondFactorRequired,
            ..session(number)
        };
        fixture.write(|tx| tx.insert_console_session(&format!("token {number}"), &half_done));
    }
    let both = fixture.read(|reader| reader.console_sessions_of_user(account(), user_id(1)));
    assert_eq!(
        both[..most],
        left,
        "who is signed in makes no room for who is not"
    );
    assert_eq!(both.len(), 2 * most);
    assert_eq!(both[most].id, format!("session {}", most + 2));
}

fn ends(fixture: &Fixture<'_>) {
    for number in 1..=4 {
        insert(fixture, number);
    }
    assert!(fixture.write(|tx| tx.delete_console_session("token 1")));
    assert!(!fixture.write(|tx| tx.delete_console_session("token 1")));
    let end = |user, id: &str| fixture.write(|tx| tx.end_console_session(account(), user, id));
    assert!(!end(user_id(2), "session 2"), "another user's");
    assert!(end(user_id(1), "session 2"));
    let but = Some(access_key(4));
    assert_eq!(
        fixture.write(|tx| tx.end_console_sessions(account(), user_id(1), but)),
        1
    );
    let left = fixture.read(|reader| reader.console_sessions_of_user(account(), user_id(1)));
    assert_eq!(left, [session(4)]);
    assert_eq!(
        fixture.write(|tx| tx.end_console_sessions(account(), user_id(1), None)),
        1
    );
}

fn links(fixture: &Fixture<'_>) {
    let link = ConsoleLinkRecord {
        account: account(),
        user: user_id(1),
        expires_at: at(10),
    };
    let found = |token: &str| fixture.read(|reader| reader.console_link(token));
    fixture.write(|tx| tx.insert_console_link("first", &link));
    assert_eq!(found("first"), Some(link));
    fixture.write(|tx| tx.insert_console_link("second", &link));
    assert_eq!((found("first"), found("second")), (None, Some(link)));
    fixture.write(|tx| tx.delete_console_links(account(), user_id(1)));
    assert_eq!(found("second"), None);
}

fn expiry(fixture: &Fixture<'_>) {
    insert(fixture, 1);
    insert(fixture, 2);
    let link = ConsoleLinkRecord {
        account: account(),
        user: user_id(1),
        expires_at: at(1001),
    };
    fixture.write(|tx| tx.insert_console_link("link", &link));
    fixture.write(|tx| tx.remove_expired_console_sessions(at(1001)));
    let left = fixture.read(|reader| reader.console_sessions_of_user(account(), user_id(1)));
    assert_eq!(left, [session(2)]);
    assert_eq!(fixture.read(|reader| reader.console_link("link")), None);
}
