use keystead_types::limits;

use super::{Case, Fixture, subjects};
use crate::{
    CredentialKeyRecord, DeleteUser, InsertLoginProfile, KeyOwner, LastUseRecord, LoginProfileRecord,
    PasswordPolicyRecord, SetPassword, Subject, UsageRecord,
    tests::{account, add_key, at, key, key_id, secret, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_user_has_one_password", profiles),
    ("former_passwords_are_remembered", former),
    ("the_latest_use_of_a_password_stays", usage),
    ("an_account_has_one_password_policy", policies),
    ("credentials_are_reported_page_by_page", report),
];

fn profiles(fixture: &Fixture<'_>) {
    let alice = user_id(1);
    let insert = |user| fixture.write(|tx| tx.insert_login_profile(account(), user, "hash 1", true, at(1)));
    assert_eq!(insert(user_id(9)), InsertLoginProfile::NoUser);
    assert_eq!(insert(alice), InsertLoginProfile::Created);
    assert_eq!(insert(alice), InsertLoginProfile::AlreadyExists);
    let found = || fixture.read(|reader| reader.login_profile(account(), alice));
    let hash = || fixture.read(|reader| reader.password_hash(account(), alice));
    let profile = |changed_at, password_reset_required| LoginProfileRecord {
        created_at: at(1),
        changed_at: at(changed_at),
        password_reset_required,
    };
    assert_eq!(found(), Some(profile(1, true)));
    assert_eq!(hash().unwrap().as_str(), "hash 1");
    assert!(fixture.user(1).has_login_profile);

    let set = |user, replaces: Option<&str>, hash: &str| {
        fixture.write(|tx| tx.set_password(account(), user, replaces, hash, false, at(5)))
    };
    let rows = [
        (user_id(9), None, "x", SetPassword::NoLoginProfile, "hash 1"),
        (alice, Some("hash 0"), "x", SetPassword::Replaced, "hash 1"),
        (alice, Some("hash 1"), "hash 2", SetPassword::Set, "hash 2"),
        (alice, None, "hash 3", SetPassword::Set, "hash 3"),
    ];
    for (user, replaces, new, expected, now) in rows {
        assert_eq!(set(user, replaces, new), expected);
        assert_eq!(hash().unwrap().as_str(), now);
    }
    assert_eq!(found(), Some(profile(5, false)));
    assert!(fixture.write(|tx| tx.set_password_reset_required(account(), alice, true)));
    assert_eq!(found(), Some(profile(5, true)));
    assert!(!fixture.refused(|tx| tx.set_password_reset_required(account(), user_id(9), true)));

    assert_eq!(
        fixture.refused(|tx| tx.delete_user(account(), alice)),
        DeleteUser::HasLoginProfile
    );
    let delete = || fixture.write(|tx| tx.delete_login_profile(account(), alice));
    assert!(delete());
    assert!(!delete());
    assert_eq!((found(), hash()), (None, None));
    assert!(!fixture.user(1).has_login_profile);
    let left = fixture.read(|reader| reader.former_password_hashes(account(), alice, 99));
    assert_eq!(left.len(), 0);
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), alice)),
        DeleteUser::Deleted
    );
}

fn former(fixture: &Fixture<'_>) {
    let (alice, max) = (user_id(1), limits::PASSWORDS_REMEMBERED_MAX);
    fixture.write(|tx| tx.insert_login_profile(account(), alice, "0", false, at(0)));
    let remembered = |limit| {
        let hashes = fixture.read(|reader| reader.former_password_hashes(account(), alice, limit));
        hashes
            .iter()
            .map(|hash| hash.parse().unwrap())
            .collect::<Vec<u32>>()
    };
    assert_eq!(remembered(99), [0; 0]);
    for number in 1..=max + 3 {
        let hash = number.to_string();
        fixture.write(|tx| tx.set_password(account(), alice, None, &hash, false, at(0)));
    }
    let expected: Vec<_> = (3..max + 3).rev().collect();
    assert_eq!(remembered(99), expected);
    assert_eq!(remembered(2), [max + 2, max + 1]);
}

fn usage(fixture: &Fixture<'_>) {
    let used =
        |seconds| fixture.write_and_listen(|tx| tx.note_password_use(account(), user_id(1), at(seconds)));
    assert_eq!(fixture.user(1).password_last_used_at, None);
    for (seconds, latest) in [(5, 5), (9, 9), (7, 9)] {
        assert_eq!(used(seconds), ((), vec![]));
        assert_eq!(fixture.user(1).password_last_used_at, Some(at(latest)));
    }
    fixture.refused(|tx| tx.note_password_use(account(), user_id(9), at(1)));
}

fn policies(fixture: &Fixture<'_>) {
    let found = || fixture.read(|reader| reader.password_policy(account()));
    assert_eq!(found(), None);
    assert!(!fixture.refused(|tx| tx.delete_password_policy(account())));
    let least = PasswordPolicyRecord {
        minimum_password_length: 6,
        require_symbols: false,
        require_numbers: false,
        require_uppercase_characters: false,
        require_lowercase_characters: false,
        allow_users_to_change_password: false,
        max_password_age: None,
        password_reuse_prevention: None,
        hard_expiry: None,
    };
    let most = PasswordPolicyRecord {
        minimum_password_length: 128,
        max_password_age: Some(1095),
        password_reuse_prevention: Some(24),
        hard_expiry: Some(true),
        ..least
    };
    // Each of the switches by itself, so that none stands in another's column.
    let switches: [fn(&mut PasswordPolicyRecord); 6] = [
        |policy| policy.require_symbols = true,
        |policy| policy.require_numbers = true,
        |policy| policy.require_uppercase_characters = true,
        |policy| policy.require_lowercase_characters = true,
        |policy| policy.allow_users_to_change_password = true,
        |policy| policy.hard_expiry = Some(false),
    ];
    let mut rows = vec![least, most];
    rows.extend(switches.map(|switch| {
        let mut policy = least;
        switch(&mut policy);
        policy
    }));
    for policy in rows {
        let (set, changes) = fixture.write_and_listen(|tx| tx.set_password_policy(account(), &policy));
        assert!(set);
        assert_eq!(subjects(&changes), [Subject::Account(account())]);
        assert_eq!(found(), Some(policy));
    }
    let nobody = keystead_types::AccountId::new(1).unwrap();
    assert!(!fixture.refused(|tx| tx.set_password_policy(nobody, &most)));
    let (deleted, changes) = fixture.write_and_listen(|tx| tx.delete_password_policy(account()));
    assert!(deleted);
    assert_eq!(subjects(&changes), [Subject::Account(account())]);
    assert_eq!(found(), None);
}

fn report(fixture: &Fixture<'_>) {
    assert_eq!(fixture.account().credential_report_at, None);
    let (noted, changes) = fixture.write_and_listen(|tx| tx.note_credential_report(account(), at(3)));
    assert_eq!((noted, changes), (true, vec![]));
    assert_eq!(fixture.account().credential_report_at, Some(at(3)));
    let nobody = keystead_types::AccountId::new(1).unwrap();
    assert!(!fixture.refused(|tx| tx.note_credential_report(nobody, at(3))));

    let last = LastUseRecord {
        at: at(8),
        service: "iam".to_owned(),
        region: "us-east-1".to_owned(),
    };
    fixture.write(|tx| {
        tx.insert_user(&user(2, "bob"))?;
        tx.insert_user(&user(3, "zoe"))?;
        add_key(tx, 1)?;
        add_key(tx, 2)?;
        tx.insert_access_key(&key(3, KeyOwner::Root), &secret(3))?;
        tx.insert_login_profile(account(), user_id(3), "hash", false, at(4))?;
        tx.add_usage(&[UsageRecord {
            access_key: key_id(2),
            last: last.clone(),
            days: vec![],
            sources: vec![],
        }])
    });
    let shown = |keys: &[CredentialKeyRecord]| {
        keys.iter()
            .map(|key| (key.access_key.id, key.last_use.clone()))
            .collect::<Vec<_>>()
    };
    for limit in [1, 2, 9] {
        let (mut users, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.credentials_page(account(), &after, limit));
            assert!(page.users.len() <= limit as usize);
            users.extend(page.users);
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        let [alice, bob, zoe] = users.as_slice() else {
            panic!("{users:?}")
        };
        assert_eq!(
            shown(&alice.access_keys),
            [(key_id(1), None), (key_id(2), Some(last.clone()))]
        );
        assert_eq!((alice.login_profile, bob.login_profile), (None, None));
        assert_eq!((&bob.user, shown(&bob.access_keys)), (&fixture.user(2), vec![]));
        assert_eq!(zoe.login_profile.unwrap().created_at, at(4));
    }
    let of_root = fixture.read(|reader| reader.credential_keys(account(), KeyOwner::Root));
    assert_eq!(shown(&of_root), [(key_id(3), None)]);
}
