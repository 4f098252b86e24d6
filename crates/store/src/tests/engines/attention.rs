use keystead_types::AccessKeyStatus;

use super::{Case, Fixture};
use crate::{
    ActiveKeys, DayUseRecord, EnableMfaDevice, KeyOwner, LastUseRecord, MfaDeviceOwner, MfaDeviceRecord,
    MfaMatch, NewAccessKey, Reader, UsageRecord,
    tests::{account, add_key, at, key, key_id, secret, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("active_keys_are_found_by_use_and_age", keys),
    ("users_with_a_password_and_without_mfa_are_found", users),
    ("pages_of_active_keys_follow_each_other", pages),
];

fn used(number: u64) -> UsageRecord {
    UsageRecord {
        access_key: key_id(number),
        last: LastUseRecord {
            at: at(50),
            service: "iam".to_owned(),
            region: "us-east-1".to_owned(),
        },
        days: vec![DayUseRecord {
            day: at(50).day(),
            requests: 1,
        }],
        sources: Vec::new(),
    }
}

/// The numbers of the keys that are found, made before the second 10.
fn found(fixture: &Fixture<'_>, wanted: ActiveKeys) -> Vec<u64> {
    let page = fixture.read(|reader| reader.active_keys_page(account(), wanted, at(10), "", 9));
    assert_eq!(page.next, None);
    let ids = |limit| fixture.read(|reader| reader.active_key_ids(account(), wanted, at(10), limit));
    let mut of_page: Vec<_> = page.access_keys.iter().map(|key| key.id).collect();
    let mut of_index = ids(9);
    of_page.sort_unstable_by_key(ToString::to_string);
    of_index.sort_unstable_by_key(ToString::to_string);
    assert_eq!(of_index, of_page);
    assert_eq!(ids(1).len(), of_page.len().min(1));
    let seconds = page
        .access_keys
        .into_iter()
        .map(|key| key.created_at.seconds() - at(0).seconds());
    seconds.map(|seconds| seconds as u64).collect()
}

// A key's number is the second that it was made in.
fn keys(fixture: &Fixture<'_>) {
    for number in [9, 10] {
        fixture.write(|tx| add_key(tx, number));
    }
    let of_root = NewAccessKey {
        ..key(3, KeyOwner::Root)
    };
    fixture.write(|tx| tx.insert_access_key(&of_root, &secret(3)));
    assert_eq!(found(fixture, ActiveKeys::Any), [3, 9]);
    assert_eq!(found(fixture, ActiveKeys::NeverUsed), [3, 9]);
    let (_, changes) = fixture.write_and_listen(|tx| tx.add_usage(&[used(9), used(9)]));
    assert_eq!(changes, []);
    fixture.write(|tx| tx.add_usage(&[used(9)]));
    assert_eq!(found(fixture, ActiveKeys::Any), [3, 9]);
    assert_eq!(found(fixture, ActiveKeys::NeverUsed), [3]);

    let set = |status| {
        let owner = KeyOwner::User(user_id(1));
        fixture.write(|tx| tx.set_access_key_status(account(), owner, key_id(9), status, at(60)))
    };
    set(AccessKeyStatus::Inactive);
    assert_eq!(found(fixture, ActiveKeys::Any), [3]);
    set(AccessKeyStatus::Active);
    assert_eq!(found(fixture, ActiveKeys::Any), [3, 9]);
    assert_eq!(found(fixture, ActiveKeys::NeverUsed), [3]);
    fixture.write(|tx| tx.delete_access_key(account(), KeyOwner::Root, key_id(3)));
    assert_eq!(found(fixture, ActiveKeys::Any), [9]);
    let elsewhere = "210987654321".parse().unwrap();
    let page = fixture.read(|reader| reader.active_keys_page(elsewhere, ActiveKeys::Any, at(99), "", 9));
    assert_eq!(page.access_keys, []);
}

fn pages(fixture: &Fixture<'_>) {
    for number in 2..=9 {
        let owner = user(number, &format!("user{number}"));
        fixture.write(|tx| tx.insert_user(&owner));
        // Two of a second.
        let key = NewAccessKey {
            created_at: at(number as i64 / 2),
            ..key(number, KeyOwner::User(owner.id))
        };
        fixture.write(|tx| tx.insert_access_key(&key, &secret(number)));
        if number % 3 == 0 {
            fixture.write(|tx| tx.add_usage(&[used(number)]));
        }
    }
    for (wanted, expected) in [(ActiveKeys::Any, 8), (ActiveKeys::NeverUsed, 5)] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.active_keys_page(account(), wanted, at(99), &after, 3));
            assert!(page.access_keys.len() <= 3);
            seen.extend(
                page.access_keys
                    .iter()
                    .map(|key| (key.created_at, key.id.to_string())),
            );
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen.len(), expected, "{wanted:?}");
        assert!(seen.is_sorted_by(|one, next| one < next), "{seen:?}");
    }
    let junk = fixture.read(|reader| reader.active_keys_page(account(), ActiveKeys::Any, at(99), "x.y", 3));
    assert_eq!(junk.access_keys.len(), 3);
}

fn users(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_user(&user(2, "Bob")));
    let names = || {
        let names = |reader: &Reader<'_>| {
            let (mut names, mut after) = (Vec::new(), String::new());
            loop {
                let page = reader.users_without_mfa_page(account(), &after, 1)?;
                names.extend(page.users.iter().map(|user| user.name.to_string()));
                match page.next {
                    Some(next) => after = next,
                    None => break,
                }
            }
            let count = |limit| reader.count_users_without_mfa(account(), limit);
            assert_eq!(count(9)? as usize, names.len());
            assert_eq!(count(1)? as usize, names.len().min(1));
            Ok(names)
        };
        fixture.read(names)
    };
    assert_eq!(names(), Vec::<String>::new());
    for number in [2, 1] {
        fixture.write(|tx| tx.insert_login_profile(account(), user_id(number), "hash", false, at(1)));
    }
    assert_eq!(names(), ["alice", "Bob"]);
    let serial = "arn:aws:iam::123456789012:mfa/phone".parse().unwrap();
    fixture.write(|tx| tx.insert_mfa_device(&serial, b"seed", at(1)));
    let code = |_: &MfaDeviceRecord, _: &[u8]| {
        Some(MfaMatch {
            step: 1,
            drift_steps: 0,
        })
    };
    let enabled =
        fixture.write(|tx| tx.enable_mfa_device(&serial, MfaDeviceOwner::User(user_id(1)), at(1), code));
    assert_eq!(enabled, EnableMfaDevice::Enabled);
    assert_eq!(names(), ["Bob"]);
    fixture.write(|tx| tx.deactivate_mfa_device(&serial, MfaDeviceOwner::User(user_id(1))));
    fixture.write(|tx| tx.delete_login_profile(account(), user_id(2)));
    assert_eq!(names(), ["alice"]);
}
