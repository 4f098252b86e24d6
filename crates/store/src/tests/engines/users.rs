use keystead_types::{AccountId, limits};

use super::{Case, Fixture};
use crate::{
    AccountSettings, DeleteUser, InsertUser, NewUser, PutTags, Subject, TagRecord, UpdateUser,
    tests::{account, add_key, at, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("names_are_unique_without_regard_to_case", names),
    ("users_are_renamed_and_moved", updates),
    ("pages_go_by_folded_name", pages),
    ("users_are_found_by_a_part_of_their_names", parts_of_names),
    ("a_filtered_page_looks_at_a_bounded_number_of_rows", bounded_pages),
    ("the_users_quota_holds", quota),
    ("a_deleted_user_leaves_nothing_but_its_id", deletion),
    ("tags_are_unique_without_regard_to_case", tags),
    ("fifty_tags_and_no_more", tag_quota),
];

fn names(fixture: &Fixture<'_>) {
    let rows = [
        (user(2, "Alice"), InsertUser::NameTaken),
        (user(1, "bob"), InsertUser::IdTaken),
        (user(2, "bob"), InsertUser::Created),
    ];
    for (user, expected) in rows {
        assert_eq!(fixture.write(|tx| tx.insert_user(&user)), expected, "{user:?}");
    }
    let find = |name: &str| fixture.read(|reader| reader.user_by_name(account(), &name.parse().unwrap()));
    assert_eq!(find("alice").unwrap().id, user_id(1));
    assert_eq!(find("ALICE"), None, "a lookup is exact");
    let other = AccountId::new(5).unwrap();
    assert_eq!(fixture.read(|reader| reader.user_by_id(other, user_id(1))), None);
}

fn updates(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_user(&user(2, "bob")));
    let update = |number, name: &str, path: &str| {
        let (name, path) = (name.parse().unwrap(), path.parse().unwrap());
        fixture.write_and_listen(|tx| tx.update_user(account(), user_id(number), &name, &path))
    };
    assert_eq!(update(2, "ALICE", "/").0, UpdateUser::NameTaken);
    assert_eq!(update(9, "carol", "/").0, UpdateUser::NoUser);
    let (answer, changes) = update(1, "ALICE", "/ops/");
    assert_eq!(
        answer,
        UpdateUser::Updated,
        "its own name in another case is free"
    );
    assert_eq!(changes[0].subject, Subject::User(user_id(1)));
    let alice = fixture
        .read(|reader| reader.user_by_id(account(), user_id(1)))
        .unwrap();
    assert_eq!((alice.name.as_str(), alice.path.as_str()), ("ALICE", "/ops/"));
    assert_eq!(update(1, "carol", "/").0, UpdateUser::Updated);
    assert_eq!(
        update(2, "alice", "/").0,
        UpdateUser::Updated,
        "the old name is free again"
    );
}

fn pages(fixture: &Fixture<'_>) {
    for (number, name) in [(2, "Bob"), (3, "_x"), (4, "carol"), (5, "B.o")] {
        fixture.write(|tx| tx.insert_user(&user(number, name)));
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = fixture.read(|reader| reader.users_page(account(), &after, "/", 2));
        assert!(page.users.len() <= 2);
        seen.extend(page.users.iter().map(|user| user.name.to_string()));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    assert_eq!(seen, ["_x", "alice", "B.o", "Bob", "carol"]);
    let whole = fixture.read(|reader| reader.users_page(account(), "", "", 5));
    assert_eq!((whole.users.len(), whole.next), (5, None));
}

fn parts_of_names(fixture: &Fixture<'_>) {
    for (number, name) in [(2, "Bob"), (3, "b_b"), (4, "carol"), (5, "Alicia")] {
        fixture.write(|tx| tx.insert_user(&user(number, name)));
    }
    let rows: [(&str, &[&str]); 6] = [
        ("LI", &["alice", "Alicia"]),
        ("ob", &["Bob"]),
        ("_", &["b_b"]),
        ("%", &[]),
        ("", &["alice", "Alicia", "b_b", "Bob", "carol"]),
        ("alicealice", &[]),
    ];
    for (part, expected) in rows {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.users_named_like(account(), part, &after, 1));
            seen.extend(page.users.iter().map(|user| user.name.to_string()));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen, expected, "{part}");
    }
}

fn bounded_pages(fixture: &Fixture<'_>) {
    let scanned = limits::PAGE_ROWS_SCANNED_MAX;
    let settings = AccountSettings {
        users_quota: u32::MAX,
        ..AccountSettings::default()
    };
    // One more user than is looked at, and the last one alone has the path.
    fixture.write(|tx| {
        tx.set_account_settings(account(), &settings)?;
        for number in 2..=u64::from(scanned) {
            tx.insert_user(&user(number, &format!("b{number:06}")))?;
        }
        let last = NewUser {
            path: "/p/q/".parse().unwrap(),
            ..user(u64::from(scanned) + 1, "z")
        };
        tx.insert_user(&last)
    });
    let page = |after: &str, prefix| fixture.read(|reader| reader.users_page(account(), after, prefix, 10));
    let first = page("", "/p/");
    assert_eq!(first.users, []);
    let after = first.next.unwrap();
    assert_eq!(after, format!("b{scanned:06}"));
    for prefix in ["/p/", "/p", "/p/q/"] {
        let second = page(&after, prefix);
        assert_eq!(
            (second.users.len(), second.next),
            (1, None),
            "a prefix is plain text: {prefix}"
        );
    }
    assert_eq!(page(&after, "/q/").users, []);
}

fn quota(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        users_quota: 2,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    assert_eq!(
        fixture.write(|tx| tx.insert_user(&user(2, "b"))),
        InsertUser::Created
    );
    assert_eq!(
        fixture.refused(|tx| tx.insert_user(&user(3, "c"))),
        InsertUser::QuotaReached
    );
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), user_id(2))),
        DeleteUser::Deleted
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_user(&user(3, "c"))),
        InsertUser::Created
    );
    assert_eq!(
        fixture
            .read(|reader| reader.account(account()))
            .unwrap()
            .user_count,
        2
    );
}

fn deletion(fixture: &Fixture<'_>) {
    fixture.write(|tx| add_key(tx, 1));
    fixture.write(|tx| tx.put_tags(account(), user_id(1), &[tag("k", "v")]));
    let delete = || fixture.write(|tx| tx.delete_user(account(), user_id(1)));
    assert_eq!(delete(), DeleteUser::HasAccessKeys);
    let owner = crate::KeyOwner::User(user_id(1));
    assert!(fixture.write(|tx| tx.delete_access_key(account(), owner, crate::tests::key_id(1))));
    assert_eq!(delete(), DeleteUser::Deleted);
    assert_eq!(delete(), DeleteUser::NoUser);
    assert_eq!(
        fixture.refused(|tx| tx.insert_user(&user(1, "new"))),
        InsertUser::IdTaken
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_user(&user(2, "alice"))),
        InsertUser::Created
    );
    let tags = fixture.read(|reader| reader.tags(account(), user_id(1)));
    assert_eq!(tags, []);
    assert_eq!(
        fixture
            .read(|reader| reader.account(account()))
            .unwrap()
            .user_count,
        1
    );
    assert_eq!(
        fixture
            .read(|reader| reader.user_by_id(account(), user_id(2)))
            .unwrap()
            .created_at,
        at(0)
    );
}

fn tag(key: &str, value: &str) -> TagRecord {
    TagRecord {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn tags(fixture: &Fixture<'_>) {
    let put = |tags: &[TagRecord]| fixture.write(|tx| tx.put_tags(account(), user_id(1), tags));
    assert_eq!(put(&[tag("Dept", "a"), tag("ÄGE", "7")]), PutTags::Stored);
    assert_eq!(put(&[tag("dept", "b"), tag("cost", "")]), PutTags::Stored);
    assert_eq!(
        fixture.refused(|tx| tx.put_tags(account(), user_id(9), &[tag("k", "v")])),
        PutTags::NoOwner
    );
    let stored = || fixture.read(|reader| reader.tags(account(), user_id(1)));
    assert_eq!(stored(), [tag("cost", ""), tag("dept", "b"), tag("ÄGE", "7")]);

    let remove = |number, keys: &[&str]| {
        let keys: Vec<_> = keys.iter().map(|key| (*key).to_owned()).collect();
        fixture.write(|tx| tx.remove_tags(account(), user_id(number), &keys))
    };
    assert!(remove(1, &["DEPT", "none", "äge"]));
    assert!(!remove(9, &["DEPT"]));
    assert_eq!(stored(), [tag("cost", "")]);
    assert_eq!(
        fixture
            .read(|reader| reader.user_by_id(account(), user_id(1)))
            .unwrap()
            .tag_count,
        1
    );
}

fn tag_quota(fixture: &Fixture<'_>) {
    let many = |from, to| {
        (from..to)
            .map(|number| tag(&format!("k{number}"), "v"))
            .collect::<Vec<_>>()
    };
    let put = |tags: &[TagRecord]| fixture.write(|tx| tx.put_tags(account(), user_id(1), tags));
    assert_eq!(put(&many(0, limits::TAGS_PER_USER + 1)), PutTags::QuotaReached);
    assert_eq!(put(&many(0, limits::TAGS_PER_USER)), PutTags::Stored);
    assert_eq!(put(&many(10, 12)), PutTags::Stored, "replacing needs no room");
    assert_eq!(put(&[tag("more", "v")]), PutTags::QuotaReached);
    let tags = fixture.read(|reader| reader.tags(account(), user_id(1)));
    assert_eq!(tags.len(), limits::TAGS_PER_USER);
}
