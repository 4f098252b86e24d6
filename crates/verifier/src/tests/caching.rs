//! What is held, for how long, and in how much memory.

use keystead_sigv4::{Scope, SigningKey};
use keystead_types::{AccessKeyStatus, SECONDS_PER_DAY, Timestamp, limits};

use super::support::{
    By, Counting, MIDNIGHT, Map, NOON, SECRET, account, active, key, principal, user_id, verifier,
};
use crate::{
    DirectoryKey, Options, Subject, UnknownKey,
    cache::{Cache, Found, PackedId},
};

#[tokio::test]
async fn a_key_is_looked_up_once_for_each_scope() {
    let verifier = verifier(Map::with_two_keys());
    let rows = [
        ("us-east-1", "sts", 1),
        ("us-east-1", "sts", 1),
        ("eu-central-1", "sts", 2),
        ("eu-central-1", "iam", 3),
        ("us-east-1", "sts", 3),
    ];
    for (region, service, lookups) in rows {
        let by = By {
            region,
            service,
            ..By::default()
        };
        by.sign().authenticate(&verifier, NOON).await.unwrap();
        assert_eq!(
            verifier.statistics().directory_lookups,
            lookups,
            "{region} {service}"
        );
    }
    let cache = verifier.statistics().cache;
    assert_eq!((cache.keys, cache.hits, cache.misses), (3, 2, 3));
}

#[tokio::test]
async fn who_cannot_sign_for_a_key_puts_nothing_into_the_cache() {
    let verifier = verifier(Map::with_two_keys());
    let wrong = By {
        secret: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY99",
        ..By::default()
    };
    wrong.sign().authenticate(&verifier, NOON).await.unwrap_err();
    assert_eq!(verifier.statistics().cache.keys, 0);
}

#[tokio::test]
async fn nothing_that_was_learned_outlives_a_clearing() {
    let verifier = verifier(Map::with_two_keys());
    let unknown = By {
        id: "AKIA0000000000000003",
        ..By::default()
    };
    unknown.sign().authenticate(&verifier, NOON).await.unwrap_err();
    By::default().sign().authenticate(&verifier, NOON).await.unwrap();
    let before = verifier.statistics().cache;
    assert_eq!((before.keys, before.unknown_keys), (1, 1));
    verifier.clear(0);
    let after = verifier.statistics().cache;
    assert_eq!((after.keys, after.unknown_keys), (0, 0));
    By::default().sign().authenticate(&verifier, NOON).await.unwrap();
}

#[tokio::test]
async fn an_unknown_key_is_remembered_until_the_feed_speaks_or_a_minute_has_passed() {
    let verifier = verifier(Map::with_two_keys());
    let signed = By {
        id: "AKIA0000000000000003",
        at: NOON + 30,
        ..By::default()
    }
    .sign();
    let lookups = || verifier.statistics().directory_lookups;
    let end = NOON + limits::VERIFIER_UNKNOWN_KEY_SECONDS_MAX;
    for (now, expected) in [(NOON, 1), (end - 1, 1), (end, 2), (end - 1, 3)] {
        signed.authenticate(&verifier, now).await.unwrap_err();
        assert_eq!(
            lookups(),
            expected,
            "{now}, which at last is before what is remembered"
        );
    }
    let revision = verifier.directory().change(key(3), Some(active(3, "carol")));
    verifier.forget(&Subject::Key(key(3)), revision);
    let authenticated = signed.authenticate(&verifier, NOON).await.unwrap();
    assert_eq!(**authenticated.principal(), *principal(3, "carol"));
}

#[tokio::test]
async fn each_subject_is_forgotten() {
    let inactive = || DirectoryKey {
        status: AccessKeyStatus::Inactive,
        ..active(1, "alice")
    };
    // What changed, what the feed calls it, and the name that is seen afterwards.
    let rows = [
        (Some(inactive()), Subject::Key(key(1)), None),
        (None, Subject::Key(key(1)), None),
        (
            Some(active(1, "alicia")),
            Subject::User(user_id(1)),
            Some("alicia"),
        ),
        (
            Some(active(1, "alicia")),
            Subject::Account(account()),
            Some("alicia"),
        ),
        (Some(inactive()), Subject::User(user_id(1)), None),
    ];
    for (changed, subject, name) in rows {
        let verifier = verifier(Map::with_two_keys());
        let signed = By::default().sign();
        signed.authenticate(&verifier, NOON).await.unwrap();
        let revision = verifier.directory().change(key(1), changed);
        assert!(
            signed.authenticate(&verifier, NOON).await.is_ok(),
            "not yet announced"
        );
        verifier.forget(&subject, revision);
        let outcome = signed.authenticate(&verifier, NOON).await.ok();
        let seen = outcome.map(|authenticated| authenticated.principal().user().unwrap().name.to_string());
        assert_eq!(seen.as_deref(), name, "{subject:?}");
        // And back again: a refusal is forgotten by the same word.
        let revision = verifier.directory().change(key(1), Some(active(1, "alice")));
        verifier.forget(&subject, revision);
        assert!(signed.authenticate(&verifier, NOON).await.is_ok(), "{subject:?}");
    }
}

#[tokio::test]
async fn a_directory_that_stays_behind_its_feed_is_unavailable() {
    let verifier = verifier(Map::with_two_keys());
    verifier.forget(&Subject::Key(key(1)), 7);
    let failure = By::default()
        .sign()
        .authenticate(&verifier, NOON)
        .await
        .unwrap_err();
    assert_eq!(failure.check(), "directory-available");
    let stale = u64::from(limits::VERIFIER_STALE_SNAPSHOTS_MAX);
    assert_eq!(verifier.statistics().stale_snapshots, stale);
    verifier
        .directory()
        .revision
        .store(7, std::sync::atomic::Ordering::SeqCst);
    assert!(By::default().sign().authenticate(&verifier, NOON).await.is_ok());
}

#[tokio::test]
async fn who_varies_the_region_displaces_only_itself() {
    let verifier = verifier(Map::with_two_keys());
    for number in 0..3 * limits::VERIFIER_SCOPES_PER_KEY_MAX {
        let region = format!("region-{number}");
        let by = By {
            region: &region,
            ..By::default()
        };
        by.sign().authenticate(&verifier, NOON).await.unwrap();
    }
    assert_eq!(
        verifier.statistics().cache.keys,
        limits::VERIFIER_SCOPES_PER_KEY_MAX
    );
}

struct Filling {
    cache: Cache,
    key: DirectoryKey,
    signing_key: SigningKey,
}

impl Filling {
    fn new(cached_keys_max: usize) -> Self {
        let options = Options {
            cached_keys_max,
            ..Options::default()
        };
        Self {
            cache: Cache::new(&options, &Counting::default()),
            key: active(1, "firstname.lastname"),
            signing_key: SigningKey::derive(SECRET.as_bytes(), "20260102", "us-east-1", "sts"),
        }
    }

    fn insert(&self, number: u32, date: &str, day: i64) {
        self.insert_of(number, date, day, 0);
    }

    fn insert_of(&self, number: u32, date: &str, day: i64, revision: u64) {
        let now = Timestamp::from_seconds(MIDNIGHT + day * SECONDS_PER_DAY);
        let id = PackedId::new(&key(number));
        self.cache
            .insert(id, scope(date), &self.signing_key, &self.key, revision, now);
    }

    fn holds(&self, number: u32) -> bool {
        let now = Timestamp::from_seconds(MIDNIGHT);
        let found = self
            .cache
            .find(&PackedId::new(&key(number)), scope("20260102"), now);
        matches!(found, Found::Prepared(_))
    }
}

fn scope(date: &str) -> Scope<'_> {
    Scope {
        date,
        region: "us-east-1",
        service: "sts",
    }
}

#[test]
fn what_was_read_before_a_change_is_not_held_after_it() {
    let filling = Filling::new(1600);
    let id = PackedId::new(&key(1));
    let now = Timestamp::from_seconds(MIDNIGHT);
    filling.cache.forget(&Subject::Key(key(1)), 5);
    filling.insert_of(1, "20260102", 0, 4);
    filling.cache.refuse(id, UnknownKey::Absent, 4, now);
    let statistics = filling.cache.statistics();
    assert_eq!((statistics.keys, statistics.unknown_keys), (0, 0));
    filling.insert_of(1, "20260102", 0, 5);
    assert!(filling.holds(1));
}

#[test]
fn a_full_cache_gives_up_what_is_not_used() {
    let filling = Filling::new(1600);
    for number in 0..10_000 {
        filling.insert(number, "20260102", 0);
        // In use all the time.
        assert!(number < 5 || (0..5).all(|hot| filling.holds(hot)), "{number}");
    }
    let statistics = filling.cache.statistics();
    assert!((1500..=1600).contains(&statistics.keys), "{}", statistics.keys);
    assert_eq!(statistics.evictions, 10_000 - statistics.keys as u64);
}

#[test]
fn the_keys_of_past_days_go_as_those_of_today_come() {
    let filling = Filling::new(100_000);
    for number in 0..1000 {
        filling.insert(number, "20260102", 0);
    }
    for number in 0..1500 {
        filling.insert(number, "20260104", 2);
    }
    assert_eq!(filling.cache.statistics().keys, 1500);
    assert_eq!(filling.cache.statistics().evictions, 0);
}

#[test]
fn a_cached_key_takes_160_bytes_at_most_all_told() {
    // As many keys in each shard as in a cache of a million, in fewer shards.
    let filling = Filling::new(16 * 14_286);
    let full = 16 * 14_286;
    let per_key = |when: &str| {
        let statistics = filling.cache.statistics();
        let bytes = statistics.memory_bytes as f64 / statistics.keys as f64;
        assert!(
            statistics.keys > full * 99 / 100 && bytes <= 160.0,
            "{bytes} {when}"
        );
    };
    for number in 0..full as u32 + 10_000 {
        filling.insert(number, "20260102", 0);
    }
    // So that the principals that are unpacked count too.
    for number in 0..full as u32 {
        filling.holds(number);
    }
    per_key("when filled");
    for number in 0..100_000 {
        filling.insert(1_000_000 + number, "20260102", 0);
    }
    per_key("after coming and going");
}

#[test]
fn unknown_ids_are_bounded() {
    let filling = Filling::new(16);
    let now = Timestamp::from_seconds(NOON);
    for number in 0..3 * limits::VERIFIER_UNKNOWN_KEYS_MAX as u32 {
        let id = PackedId::new(&key(number));
        filling.cache.refuse(id, UnknownKey::Absent, 0, now);
    }
    let unknown = filling.cache.statistics().unknown_keys;
    assert!(unknown <= limits::VERIFIER_UNKNOWN_KEYS_MAX && unknown > limits::VERIFIER_UNKNOWN_KEYS_MAX / 3);
}
