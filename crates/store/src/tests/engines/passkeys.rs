use keystead_types::PasskeyArn;

use super::{Case, Fixture};
use crate::{
    ConsoleSessionRecord, ConsoleSessionState, DeleteUser, InsertPasskey, PasskeyRecord, Tx,
    tests::{account, at, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_passkey_is_one_users", passkeys),
    ("passkeys_count_as_mfa_devices", quota),
    ("what_a_browser_was_asked_stays_with_its_session", asked),
];

fn passkey(number: usize, of: u64) -> PasskeyRecord {
    let serial = format!("arn:aws:iam::123456789012:u2f/user/alice/key-{number}");
    PasskeyRecord {
        serial: serial.parse::<PasskeyArn>().unwrap(),
        user: user_id(of),
        enabled_at: at(number as i64),
        origin: "https://keys.example.com".to_owned(),
        credential: format!("{{\"counter\":{number}}}"),
    }
}

fn insert(fixture: &Fixture<'_>, number: usize, of: u64, credential: &str) -> InsertPasskey {
    fixture.write(|tx| tx.insert_passkey(&passkey(number, of), credential))
}

fn passkeys(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_user(&user(2, "bob")));
    assert_eq!(insert(fixture, 1, 1, "one"), InsertPasskey::Created);
    assert_eq!(insert(fixture, 2, 1, "two"), InsertPasskey::Created);
    assert_eq!(insert(fixture, 3, 2, "two"), InsertPasskey::AlreadyRegistered);
    assert_eq!(insert(fixture, 3, 9, "three"), InsertPasskey::NoUser);
    let of = |number| fixture.read(|reader| reader.passkeys_of(account(), user_id(number)));
    assert_eq!(of(1), [passkey(1, 1), passkey(2, 1)]);
    assert_eq!(of(2), []);
    assert!(fixture.write(|tx| tx.set_passkey_credential(&passkey(1, 1), "{}")));
    assert!(!fixture.write(|tx| tx.set_passkey_credential(&passkey(1, 2), "{}")));
    assert_eq!(of(1)[0].credential, "{}");
    let serial = passkey(1, 1).serial;
    let delete = |number| fixture.write(|tx| tx.delete_passkey(&serial, user_id(number)));
    assert!(!delete(2), "it is another user's");
    assert!(delete(1));
    assert!(!delete(1));
    assert_eq!(of(1), [passkey(2, 1)]);
    assert_eq!(
        insert(fixture, 1, 2, "one"),
        InsertPasskey::Created,
        "it may be anew"
    );
}

fn quota(fixture: &Fixture<'_>) {
    for number in 1..=8 {
        let credential = format!("credential {number}");
        assert_eq!(insert(fixture, number, 1, &credential), InsertPasskey::Created);
    }
    assert_eq!(insert(fixture, 9, 1, "one more"), InsertPasskey::QuotaReached(8));
    let counts = || {
        (
            fixture.user(1).mfa_device_count,
            fixture.account().mfa_device_in_use_count,
        )
    };
    assert_eq!(counts(), (8, 8));
    let remove = |tx: &mut Tx<'_>| tx.delete_user(account(), user_id(1));
    assert_eq!(fixture.refused(remove), DeleteUser::HasMfaDevices);
    for number in 1..=8 {
        assert!(fixture.write(|tx| tx.delete_passkey(&passkey(number, 1).serial, user_id(1))));
    }
    assert_eq!(counts(), (0, 0));
    assert_eq!(fixture.write(remove), DeleteUser::Deleted);
}

fn asked(fixture: &Fixture<'_>) {
    let session = ConsoleSessionRecord {
        id: "session".to_owned(),
        account: account(),
        user: user_id(1),
        access_key: "ASIAQQQQQQQQQQQQQQQA".parse().unwrap(),
        state: ConsoleSessionState::SecondFactorRequired,
        created_at: at(1),
        expires_at: at(100),
        last_seen_at: at(1),
        mfa_at: None,
        source_address: "127.0.0.1".to_owned(),
        user_agent: "Firefox".to_owned(),
    };
    let key = session.access_key;
    let set = |asked: Option<&str>| fixture.write(|tx| tx.set_passkey_asked(key, asked));
    let get = || fixture.read(|reader| reader.passkey_asked(key));
    assert!(!set(Some("early")), "there is no session yet");
    assert_eq!(get(), None);
    fixture.write(|tx| tx.insert_console_session("token", &session));
    assert_eq!(get(), None);
    assert!(set(Some("first")));
    assert!(set(Some("second")));
    assert_eq!(get().as_deref(), Some("second"));
    assert!(set(None));
    assert_eq!(get(), None);
}
