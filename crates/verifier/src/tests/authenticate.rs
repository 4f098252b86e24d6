//! What is answered, and in which order the checks fail.

use std::sync::atomic::Ordering;

use keystead_sigv4::Rejection;
use keystead_types::limits;

use super::support::{By, Map, NOON, account, key, principal, verifier};
use crate::{Failure, UnknownKey};

const TOKEN_INVALID: &str = "The security token included in the request is invalid";

#[tokio::test]
async fn a_valid_signature_tells_who_signed_and_for_what() {
    let verifier = verifier(Map::with_two_keys());
    let by = By {
        region: "home",
        service: "iam",
        ..By::default()
    };
    let authenticated = by.sign().authenticate(&verifier, NOON).await.unwrap();
    assert_eq!(authenticated.access_key_id(), key(1));
    assert_eq!(**authenticated.principal(), *principal(1, "alice"));
    assert_eq!(authenticated.principal().account, account());
    assert_eq!((authenticated.region(), authenticated.service()), ("home", "iam"));
}

#[tokio::test]
async fn failures_in_the_order_and_words_of_aws() {
    let good = By::default();
    let inactive = By {
        id: "AKIA0000000000000002",
        ..good
    };
    let absent = By {
        id: "AKIA0000000000000003",
        ..good
    };
    let other_secret = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99";
    let wrong = |by| By {
        secret: other_secret,
        ..by
    };
    let with_token = |by| By {
        token: Some("AQoDYXdz"),
        ..by
    };
    let odd = By {
        id: "AKIA000000000*+-0001",
        ..good
    };
    let too_long = "A".repeat(128);
    let rows = [
        (wrong(good), "signature", "The request signature we calculated"),
        (inactive, "access-key-active", TOKEN_INVALID),
        (wrong(inactive), "access-key-active", TOKEN_INVALID),
        (absent, "access-key-known", TOKEN_INVALID),
        (wrong(absent), "access-key-known", TOKEN_INVALID),
        (By { id: "AKIA", ..good }, "access-key-known", TOKEN_INVALID),
        (odd, "access-key-known", TOKEN_INVALID),
        (
            By {
                id: &too_long,
                ..good
            },
            "access-key-known",
            TOKEN_INVALID,
        ),
        (
            By {
                id: "ASIA0000000000000001",
                ..good
            },
            "session-token-present",
            TOKEN_INVALID,
        ),
        (with_token(good), "session-token-valid", TOKEN_INVALID),
        (with_token(absent), "session-token-valid", TOKEN_INVALID),
        (
            with_token(By {
                id: "ASIA0000000000000001",
                ..good
            }),
            "session-token-valid",
            TOKEN_INVALID,
        ),
        // Whatever is wrong with the signature's form or time comes first.
        (
            By {
                at: NOON - 901,
                ..with_token(absent)
            },
            "not-too-old",
            "Signature expired: ",
        ),
    ];
    for (by, check, text) in rows {
        // Twice: from the directory, then from what is remembered.
        let verifier = verifier(Map::with_two_keys());
        for _ in 0..2 {
            let failure = by.sign().authenticate(&verifier, NOON).await.unwrap_err();
            assert_eq!(failure.check(), check, "{failure:?}");
            assert!(failure.to_string().starts_with(text), "{failure}");
            let full_stop = matches!(failure, Failure::UnknownKey(_));
            if text == TOKEN_INVALID {
                assert_eq!(failure.to_string().ends_with('.'), full_stop);
            }
        }
    }
}

#[tokio::test]
async fn a_changed_body_is_refused() {
    let verifier = verifier(Map::with_two_keys());
    let mut signed = By::default().sign();
    signed.body = b"Action=GetSessionToken&Version=2011-06-15";
    let failure = signed.authenticate(&verifier, NOON).await.unwrap_err();
    assert_eq!(failure, Failure::Rejected(Rejection::SignatureMismatch));
}

#[tokio::test]
async fn an_unavailable_directory_is_no_unknown_key() {
    let verifier = verifier(Map::with_two_keys());
    verifier.directory().unavailable.store(true, Ordering::SeqCst);
    let signed = By::default().sign();
    let failure = signed.authenticate(&verifier, NOON).await.unwrap_err();
    assert!(matches!(failure, Failure::DirectoryUnavailable(_)));
    assert!(
        !failure.to_string().contains("disk"),
        "the reason is the operator's"
    );
    verifier.directory().unavailable.store(false, Ordering::SeqCst);
    assert!(signed.authenticate(&verifier, NOON).await.is_ok());
    // What is held already does not need it.
    verifier.directory().unavailable.store(true, Ordering::SeqCst);
    assert!(signed.authenticate(&verifier, NOON).await.is_ok());
}

#[tokio::test]
async fn too_many_failures_change_the_answer_to_failures_only() {
    let wrong = By {
        secret: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99",
        ..By::default()
    };
    let absent = By {
        id: "AKIA0000000000000003",
        ..By::default()
    };
    let rows = [
        (wrong, Failure::Rejected(Rejection::SignatureMismatch)),
        (absent, Failure::UnknownKey(UnknownKey::Absent)),
    ];
    let verifier = verifier(Map::with_two_keys());
    for (by, failure) in rows {
        let signed = by.sign();
        for _ in 0..limits::FAILURES_PER_MINUTE_MAX {
            assert_eq!(signed.authenticate(&verifier, NOON).await.unwrap_err(), failure);
        }
        let throttled = signed.authenticate(&verifier, NOON).await.unwrap_err();
        let failed_check = failure.check();
        assert_eq!(throttled, Failure::Throttled { failed_check });
        assert_eq!(throttled.to_string(), "Rate exceeded");
        assert_eq!(
            signed.authenticate(&verifier, NOON + 60).await.unwrap_err(),
            failure
        );
    }
    assert!(By::default().sign().authenticate(&verifier, NOON).await.is_ok());
    assert_eq!(verifier.statistics().throttled, 2);
}

#[tokio::test]
async fn only_verified_requests_count_as_use() {
    let verifier = verifier(Map::with_two_keys());
    let wrong = By {
        secret: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99",
        ..By::default()
    };
    wrong.sign().authenticate(&verifier, NOON).await.unwrap_err();
    assert_eq!(verifier.usage().peek(key(1)), None);
    By::default()
        .sign()
        .authenticate(&verifier, NOON + 5)
        .await
        .unwrap();
    let last = verifier.usage().peek(key(1)).unwrap();
    assert_eq!(last.at().seconds(), NOON + 5);
    assert_eq!((last.service(), last.region()), ("sts", "us-east-1"));
}

#[test]
fn futures_can_go_from_thread_to_thread() {
    fn check<T: Send>(_: T) {}
    let verifier = verifier(Map::default());
    let signed = By::default().sign();
    check(signed.authenticate(&verifier, NOON));
}
