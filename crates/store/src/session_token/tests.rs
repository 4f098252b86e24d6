use std::sync::Arc;

use keystead_types::{AccountId, Identity, Timestamp};

use super::*;
use crate::sealing::SessionKey;

const SECRET: &str = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY00";

struct Counting(std::sync::atomic::AtomicU8);

impl Random for Counting {
    fn fill(&self, bytes: &mut [u8]) {
        bytes.fill(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed));
    }
}

fn key(id: u8, byte: u8) -> SessionKey {
    SessionKey {
        id: u32::from(id),
        created_at: Timestamp::from_seconds(0),
        key: Zeroizing::new([byte; 32]),
    }
}

/// Keys of these numbers, the latest first.
fn keys(numbers: &[u8]) -> SessionKeys {
    let keys = SessionKeys::default();
    let drawn: Vec<SessionKey> = numbers.iter().map(|number| key(*number, *number)).collect();
    keys.replace(&drawn).unwrap();
    keys
}

fn id(account: u64) -> AccessKeyId {
    AccessKeyId::generate_temporary(AccountId::new(account).unwrap(), &Counting(7.into()))
}

fn sealed(keys: &SessionKeys, id: AccessKeyId) -> String {
    let principal = Principal {
        account: id.embedded_account().unwrap(),
        identity: Identity::Root,
    };
    let session = Session {
        issued_at: Timestamp::from_seconds(1_767_312_000),
        expires_at: Timestamp::from_seconds(1_767_315_600),
        mfa_at: None,
        source_identity: None,
        tags: Box::default(),
        policy: Some(Arc::from("{}")),
        policy_ids: Box::default(),
        ancestors: Box::default(),
    };
    let content = content::write(&principal, &session, &SecretAccessKey::import(SECRET).unwrap());
    let random = Counting(1.into());
    keys.seal(FORM, &place(id, &account_of(id).unwrap()), &content, &random)
        .unwrap()
}

fn opens(keys: &SessionKeys, id: AccessKeyId, token: &str) -> bool {
    let account = id.embedded_account().unwrap().to_string();
    let content = keys.open(FORM, &place(id, &account), token);
    content.is_some_and(|content| content::read(&content).is_some())
}

#[test]
fn a_token_opens_with_its_own_key_id_and_keys_alone() {
    let (one, token) = (keys(&[1]), sealed(&keys(&[1]), id(123_456_789_012)));
    assert!(opens(&one, id(123_456_789_012), &token));
    assert!(
        !opens(&one, id(210_987_654_321), &token),
        "another account, so another id"
    );
    let other =
        AccessKeyId::generate_temporary(AccountId::new(123_456_789_012).unwrap(), &Counting(8.into()));
    assert!(!opens(&one, other, &token), "another id of the account");
    assert!(!opens(&keys(&[2]), id(123_456_789_012), &token), "no such key");
    let foreign = SessionKeys::default();
    foreign.replace(&[key(1, 9)]).unwrap();
    assert!(
        !opens(&foreign, id(123_456_789_012), &token),
        "another server's key of the number"
    );
    assert!(
        opens(&keys(&[2, 1]), id(123_456_789_012), &token),
        "after an exchange"
    );
    assert!(keys(&[]).seal(FORM, "", b"", &Counting(1.into())).is_err());
}

#[test]
fn a_token_that_was_touched_does_not_open() {
    let (keys, id) = (keys(&[1]), id(123_456_789_012));
    let token = sealed(&keys, id);
    assert!(
        token
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    );
    for length in 0..token.len() {
        assert!(!opens(&keys, id, &token[..length]), "{length}");
    }
    let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).unwrap();
    for position in 0..bytes.len() {
        for bit in 0..8 {
            let mut bytes = bytes.clone();
            bytes[position] ^= 1 << bit;
            assert!(
                !opens(&keys, id, &BASE64URL_NOPAD.encode(&bytes)),
                "{position} {bit}"
            );
        }
    }
    let odd = [
        "",
        "=",
        "A",
        "AA==",
        "\u{e4}",
        &format!("{token}="),
        &format!("{token}AAAA"),
        &"A".repeat(1 << 20),
    ];
    for token in odd {
        assert!(!opens(&keys, id, token), "{token:.20}");
    }
}

#[test]
fn an_explanation_is_no_session() {
    let keys = keys(&[1]);
    let id = id(123_456_789_012);
    let token = sealed(&keys, id);
    let place = place(id, "123456789012");
    assert!(keys.open(FORM_OF_EXPLANATION, &place, &token).is_none());
}
