use keystead_types::{AccountId, limits};

use super::{Case, Fixture, subjects};
use crate::{
    AddUserToGroup, DeleteUser, Subject,
    tests::{account, group, group_id, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_user_joins_once_and_leaves_once", joining),
    ("ten_groups_and_no_more", quota),
    ("members_are_listed_in_the_order_of_joining", pages),
];

fn joining(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    let (ops, alice) = (group_id(1), user_id(1));
    let (answer, changes) = fixture.write_and_listen(|tx| tx.add_user_to_group(account(), ops, alice));
    assert_eq!(answer, AddUserToGroup::Added);
    assert_eq!(subjects(&changes), [Subject::User(alice)]);
    let rows = [
        (ops, alice, AddUserToGroup::AlreadyMember),
        (ops, user_id(9), AddUserToGroup::NoUser),
        (group_id(9), alice, AddUserToGroup::NoGroup),
    ];
    for (group, user, expected) in rows {
        let answer = fixture.refused(|tx| tx.add_user_to_group(account(), group, user));
        assert_eq!(answer, expected);
    }
    let elsewhere = AccountId::new(5).unwrap();
    assert_eq!(
        fixture.refused(|tx| tx.add_user_to_group(elsewhere, ops, alice)),
        AddUserToGroup::NoGroup
    );
    assert_eq!(
        (fixture.user(1).group_count, fixture.group(1).member_count),
        (1, 1)
    );
    assert_eq!(
        fixture.refused(|tx| tx.delete_user(account(), alice)),
        DeleteUser::InGroups
    );
    let groups = fixture.read(|reader| reader.groups_of_user(account(), alice));
    assert_eq!(groups, [fixture.group(1)]);

    let leave = |user| fixture.write_and_listen(|tx| tx.remove_user_from_group(account(), ops, user));
    assert_eq!(leave(user_id(9)), (false, Vec::new()));
    let (left, changes) = leave(alice);
    assert!(left);
    assert_eq!(subjects(&changes), [Subject::User(alice)]);
    assert!(!leave(alice).0);
    assert_eq!(
        (fixture.user(1).group_count, fixture.group(1).member_count),
        (0, 0)
    );
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), alice)),
        DeleteUser::Deleted
    );
}

fn quota(fixture: &Fixture<'_>) {
    let quota = limits::GROUPS_PER_USER;
    for number in 1..=u64::from(quota) + 1 {
        fixture.write(|tx| tx.insert_group(&group(number, &format!("g{number}"))));
    }
    let join = |number| fixture.write(|tx| tx.add_user_to_group(account(), group_id(number), user_id(1)));
    for number in 1..=u64::from(quota) {
        assert_eq!(join(number), AddUserToGroup::Added);
    }
    let one_more = u64::from(quota) + 1;
    assert_eq!(
        fixture.refused(|tx| tx.add_user_to_group(account(), group_id(one_more), user_id(1))),
        AddUserToGroup::QuotaReached(quota)
    );
    assert!(fixture.write(|tx| tx.remove_user_from_group(account(), group_id(1), user_id(1))));
    assert_eq!(join(one_more), AddUserToGroup::Added);
    let groups = fixture.read(|reader| reader.groups_of_user(account(), user_id(1)));
    let names: Vec<_> = groups.iter().map(|group| group.name.as_str()).collect();
    assert_eq!(
        names,
        ["g10", "g11", "g2", "g3", "g4", "g5", "g6", "g7", "g8", "g9"]
    );
}

fn pages(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    fixture.write(|tx| tx.insert_group(&group(2, "dev")));
    for (number, name) in [(2, "zoe"), (3, "bob"), (4, "Carl")] {
        fixture.write(|tx| tx.insert_user(&user(number, name)));
    }
    for number in [2, 1, 4, 3] {
        fixture.write(|tx| tx.add_user_to_group(account(), group_id(1), user_id(number)));
    }
    fixture.write(|tx| tx.add_user_to_group(account(), group_id(2), user_id(3)));
    // Two in one transaction keep their order, too.
    fixture.write(|tx| {
        tx.remove_user_from_group(account(), group_id(1), user_id(2))?;
        tx.add_user_to_group(account(), group_id(1), user_id(2))
    });
    for limit in [1, 2, 3, 4, 9] {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.members_page(account(), group_id(1), &after, limit));
            assert!(page.users.len() <= limit as usize);
            seen.extend(page.users.iter().map(|user| user.name.to_string()));
            match page.next {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(seen, ["alice", "Carl", "bob", "zoe"], "{limit}");
    }
    let odd = fixture.read(|reader| reader.members_page(account(), group_id(1), "x", 9));
    assert_eq!(odd.users.len(), 4, "a position that no page gave");
}
