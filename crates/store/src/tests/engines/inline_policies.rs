use keystead_types::{UniqueId, limits};

use super::{Case, Fixture, subjects};
use crate::{
    DeleteUser, PutInlinePolicy, Subject,
    tests::{account, group, group_id, inline, policy, policy_id, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("inline_policies_are_put_in_place_of_their_namesakes", putting),
    ("characters_of_inline_policies_are_summed", sizes),
    ("names_of_inline_policies_are_listed", pages),
];

fn put(fixture: &Fixture<'_>, owner: UniqueId, name: &str, number: u64, characters: u32) -> PutInlinePolicy {
    fixture.write(|tx| tx.put_inline_policy(account(), owner, &inline(name, number), characters))
}

fn putting(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    for (owner, subject) in [
        (user_id(1), Subject::User(user_id(1))),
        (group_id(1), Subject::Group(group_id(1))),
    ] {
        for (name, number) in [("own", 1), ("Own", 2), ("own", 3)] {
            let policy = inline(name, number);
            let (answer, changes) =
                fixture.write_and_listen(|tx| tx.put_inline_policy(account(), owner, &policy, 30));
            assert_eq!(answer, PutInlinePolicy::Stored);
            assert_eq!(subjects(&changes), [subject]);
            let found = fixture.read(|reader| reader.inline_policy(account(), owner, &policy.name));
            assert_eq!(found, Some(policy));
        }
        let all = fixture.read(|reader| reader.inline_policies(account(), owner));
        assert_eq!(
            all,
            [inline("Own", 2), inline("own", 3)],
            "names are told apart by case"
        );
        let name = inline("own", 3).name;
        let delete = || fixture.write_and_listen(|tx| tx.delete_inline_policy(account(), owner, &name));
        let (deleted, changes) = delete();
        assert!(deleted);
        assert_eq!(subjects(&changes), [subject]);
        assert_eq!(delete(), (false, Vec::new()));
        assert_eq!(
            fixture.read(|reader| reader.inline_policy(account(), owner, &name)),
            None
        );
    }
    assert_eq!(
        (
            fixture.user(1).inline_policy_count,
            fixture.group(1).inline_policy_count
        ),
        (1, 1)
    );
    assert_eq!(
        fixture.refused(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::HasInlinePolicies
    );
    for nobody in [user_id(9), group_id(9), policy_id(1)] {
        let answer = fixture.refused(|tx| tx.put_inline_policy(account(), nobody, &inline("p", 1), 1));
        assert_eq!(answer, PutInlinePolicy::NoOwner);
    }
    fixture.write(|tx| tx.delete_inline_policy(account(), user_id(1), &inline("Own", 2).name));
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::Deleted
    );
}

fn sizes(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    for (owner, max) in [
        (user_id(1), limits::USER_POLICY_CHARACTERS),
        (group_id(1), limits::GROUP_POLICY_CHARACTERS),
    ] {
        let (stored, exceeded) = (PutInlinePolicy::Stored, PutInlinePolicy::SizeExceeded(max));
        let rows = [
            ("a", max + 1, exceeded),
            ("a", max - 10, stored),
            ("b", 11, exceeded),
            ("b", 10, stored),
            ("c", 1, exceeded),
            ("b", 9, stored),
            ("c", 1, stored),
            ("a", max - 9, exceeded),
            ("a", 1, stored),
            ("c", max - 10, stored),
        ];
        for (name, characters, expected) in rows {
            assert_eq!(
                put(fixture, owner, name, 1, characters),
                expected,
                "{name}: {characters}"
            );
        }
        let room = || fixture.refused(|tx| tx.put_inline_policy(account(), owner, &inline("d", 1), 1));
        assert_eq!(room(), exceeded);
        for name in ["a", "b", "c"] {
            let name = name.parse().unwrap();
            assert!(fixture.write(|tx| tx.delete_inline_policy(account(), owner, &name)));
        }
        assert_eq!(put(fixture, owner, "d", 1, max), stored);
    }
}

fn pages(fixture: &Fixture<'_>) {
    for name in ["b", "a", "C", "d"] {
        put(fixture, user_id(1), name, 1, 10);
    }
    for limit in [1, 2, 4, 9] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page =
                fixture.read(|reader| reader.inline_policy_names_page(account(), user_id(1), &after, limit));
            assert!(page.names.len() <= limit as usize);
            seen.extend(page.names.iter().map(ToString::to_string));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen, ["C", "a", "b", "d"], "{limit}");
    }
}
