use keystead_types::{AccessKeyStatus, AccountId, Identity, limits};

use super::{Case, Fixture};
use crate::{
    AccessKeysCounted, AccountSettings, InsertAccessKey, KeyOwner, NewAccessKey, SetAccessKeyStatus, Subject,
    tests::{account, add_key, at, key, key_id, secret, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("two_keys_and_no_more", quota),
    ("inactive_keys_count_unless_set_otherwise", counted),
    ("root_has_keys_of_its_own", root),
    ("ids_are_never_reissued", ids),
    ("a_key_answers_to_its_owner_only", owners),
    ("keys_are_listed_oldest_first", pages),
    ("secrets_are_sealed_and_bound_to_their_key", sealed),
];

fn alice() -> KeyOwner {
    KeyOwner::User(user_id(1))
}

fn set(fixture: &Fixture<'_>, owner: KeyOwner, number: u64, status: AccessKeyStatus) -> SetAccessKeyStatus {
    fixture.write(|tx| tx.set_access_key_status(account(), owner, key_id(number), status, at(100)))
}

fn quota(fixture: &Fixture<'_>) {
    let (answer, changes) = fixture.write_and_listen(|tx| add_key(tx, 1));
    assert_eq!(answer, InsertAccessKey::Created);
    assert_eq!(changes[0].subject, Subject::Key(key_id(1)));
    assert_eq!(fixture.write(|tx| add_key(tx, 2)), InsertAccessKey::Created);
    assert_eq!(
        fixture.refused(|tx| add_key(tx, 3)),
        InsertAccessKey::QuotaReached(2)
    );
    assert_eq!(
        set(fixture, alice(), 1, AccessKeyStatus::Inactive),
        SetAccessKeyStatus::Set
    );
    assert_eq!(
        fixture.refused(|tx| add_key(tx, 3)),
        InsertAccessKey::QuotaReached(2)
    );
    assert!(fixture.write(|tx| tx.delete_access_key(account(), alice(), key_id(1))));
    assert_eq!(fixture.write(|tx| add_key(tx, 3)), InsertAccessKey::Created);
    let user = fixture
        .read(|reader| reader.user_by_id(account(), user_id(1)))
        .unwrap();
    assert_eq!((user.key_count, user.active_key_count), (2, 2));
}

fn counted(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        access_keys_counted: AccessKeysCounted::Active,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    for number in 1..=2 {
        assert_eq!(fixture.write(|tx| add_key(tx, number)), InsertAccessKey::Created);
    }
    assert_eq!(
        fixture.refused(|tx| add_key(tx, 3)),
        InsertAccessKey::QuotaReached(2)
    );
    assert_eq!(
        set(fixture, alice(), 1, AccessKeyStatus::Inactive),
        SetAccessKeyStatus::Set
    );
    assert_eq!(
        set(fixture, alice(), 1, AccessKeyStatus::Inactive),
        SetAccessKeyStatus::Unchanged
    );
    assert_eq!(fixture.write(|tx| add_key(tx, 3)), InsertAccessKey::Created);
    assert_eq!(
        set(fixture, alice(), 1, AccessKeyStatus::Active),
        SetAccessKeyStatus::QuotaReached(2)
    );

    // Keys of any status have a bound all the same.
    let any_max = u64::from(limits::ACCESS_KEYS_PER_USER_OF_ANY_STATUS);
    for number in 4..=any_max {
        assert_eq!(
            set(fixture, alice(), number - 1, AccessKeyStatus::Inactive),
            SetAccessKeyStatus::Set
        );
        assert_eq!(fixture.write(|tx| add_key(tx, number)), InsertAccessKey::Created);
    }
    assert_eq!(
        set(fixture, alice(), any_max, AccessKeyStatus::Inactive),
        SetAccessKeyStatus::Set
    );
    assert_eq!(
        fixture.write(|tx| add_key(tx, any_max + 1)),
        InsertAccessKey::QuotaReached(2)
    );
}

fn root(fixture: &Fixture<'_>) {
    let add =
        |number| fixture.write(|tx| tx.insert_access_key(&key(number, KeyOwner::Root), &secret(number)));
    assert_eq!(
        (add(1), add(2)),
        (InsertAccessKey::Created, InsertAccessKey::Created)
    );
    assert_eq!(add(3), InsertAccessKey::QuotaReached(2));
    assert_eq!(
        set(fixture, KeyOwner::Root, 1, AccessKeyStatus::Inactive),
        SetAccessKeyStatus::Set
    );
    assert_eq!(
        fixture.write(|tx| add_key(tx, 4)),
        InsertAccessKey::Created,
        "a user's keys count apart"
    );
    let page = fixture.read(|reader| reader.access_keys_page(account(), KeyOwner::Root, "", 9));
    assert_eq!(page.access_keys.len(), 2);
    let principal = fixture
        .read(|reader| reader.principal_of(&page.access_keys[0]))
        .unwrap();
    assert_eq!(principal.identity, Identity::Root);
    assert!(fixture.write(|tx| tx.delete_access_key(account(), KeyOwner::Root, key_id(1))));
    assert_eq!(
        fixture
            .read(|reader| reader.account(account()))
            .unwrap()
            .root_key_count,
        1
    );
    assert_eq!(add(3), InsertAccessKey::Created);
}

fn ids(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    assert_eq!(fixture.refused(|tx| add_key(tx, 1)), InsertAccessKey::IdTaken);
    assert!(fixture.write(|tx| tx.delete_access_key(account(), alice(), key_id(1))));
    assert_eq!(fixture.refused(|tx| add_key(tx, 1)), InsertAccessKey::IdTaken);
    assert_eq!(fixture.read(|reader| reader.access_key(key_id(1))), None);
}

fn owners(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    let elsewhere = AccountId::new(5).unwrap();
    let rows = [
        (account(), KeyOwner::Root, 1),
        (account(), KeyOwner::User(user_id(2)), 1),
        (elsewhere, alice(), 1),
        (account(), alice(), 2),
    ];
    for (account, owner, number) in rows {
        let id = key_id(number);
        assert!(
            !fixture.refused(|tx| tx.delete_access_key(account, owner, id)),
            "{owner:?}"
        );
        let status = AccessKeyStatus::Inactive;
        let answer = fixture.refused(|tx| tx.set_access_key_status(account, owner, id, status, at(1)));
        assert_eq!(answer, SetAccessKeyStatus::NoKey, "{owner:?}");
    }
    let nobody = [
        key(2, KeyOwner::User(user_id(2))),
        NewAccessKey {
            account: elsewhere,
            ..key(2, alice())
        },
    ];
    for key in nobody {
        let answer = fixture.refused(|tx| tx.insert_access_key(&key, &secret(2)));
        assert_eq!(answer, InsertAccessKey::NoOwner);
    }
}

fn pages(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        access_keys_quota: 9,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    for (number, seconds) in [(1, 30), (2, 10), (3, 20), (4, 20), (5, -1)] {
        let key = NewAccessKey {
            created_at: at(seconds),
            ..key(number, alice())
        };
        fixture.write(|tx| tx.insert_access_key(&key, &secret(number)));
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = fixture.read(|reader| reader.access_keys_page(account(), alice(), &after, 2));
        seen.extend(page.access_keys);
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let made: Vec<_> = (1..=5).map(key_id).collect();
    let seen: Vec<_> = seen.iter().map(|key| key.id).collect();
    assert_eq!(
        seen, made,
        "in the order in which they were made, whatever the clock said"
    );
    for nonsense in ["x", "x y", "1"] {
        let page = fixture.read(|reader| reader.access_keys_page(account(), alice(), nonsense, 9));
        assert_eq!(page.access_keys.len(), 5, "{nonsense}");
    }
}

fn sealed(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    fixture.write(|tx| add_key(tx, 2));
    let open = |number| {
        fixture.read(|reader| {
            let key = reader.access_key(key_id(number))?.unwrap();
            let secret = reader.access_key_secret(&key);
            Ok(secret.map(|secret| secret.unwrap().expose().to_owned()))
        })
    };
    assert_eq!(open(1).unwrap(), secret(1).expose());

    // A sealed secret that is moved to another key's row does not open there.
    let first = fixture.read(|reader| {
        reader.query_one(
            crate::statements::ACCESS_KEY_SECRET,
            &[key_id(1).as_str().into()],
            |row| Ok(row.blob(1)?.to_vec()),
        )
    });
    let first = first.unwrap();
    assert!(
        !first
            .windows(8)
            .any(|part| part == &secret(1).expose().as_bytes()[..8])
    );
    let second = key_id(2);
    let parameters = [first.as_slice().into(), second.as_str().into()];
    let swap = "UPDATE iam_access_key SET sealed_secret = $1 WHERE id = $2";
    assert_eq!(fixture.engine().execute(swap, &parameters).unwrap(), 1);
    let error = open(2).unwrap_err();
    assert!(error.to_string().contains(key_id(2).as_str()), "{error}");
    assert!(
        fixture.read(|reader| reader.access_key(key_id(2))).is_some(),
        "it is kept"
    );
}
