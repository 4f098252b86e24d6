use super::{Case, Fixture, subjects};
use crate::{
    AccountSettings, AddUserToGroup, DeleteGroup, InsertGroup, NewGroup, PutInlinePolicy, Subject,
    UpdateGroup,
    aws_managed::ADMINISTRATOR_ACCESS,
    tests::{account, group, group_id, inline, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("group_names_are_unique_without_regard_to_case", names),
    ("groups_are_renamed_and_moved", updates),
    ("groups_are_listed_by_folded_name_and_path", pages),
    ("the_groups_quota_holds", quota),
    ("a_group_goes_when_it_is_empty", deletion),
];

fn names(fixture: &Fixture<'_>) {
    let rows = [
        (group(1, "Ops"), InsertGroup::Created),
        (group(2, "oPS"), InsertGroup::NameTaken),
        (group(1, "dev"), InsertGroup::IdTaken),
        (group(2, "alice"), InsertGroup::Created),
    ];
    for (group, expected) in rows {
        assert_eq!(fixture.write(|tx| tx.insert_group(&group)), expected, "{group:?}");
    }
    let find = |name: &str| fixture.read(|reader| reader.group_by_name(account(), &name.parse().unwrap()));
    let found = find("Ops").unwrap();
    assert_eq!(
        (found.id, found.created_at),
        (group_id(1), group(1, "Ops").created_at)
    );
    assert_eq!(
        (
            found.member_count,
            found.attached_policy_count,
            found.inline_policy_count
        ),
        (0, 0, 0)
    );
    assert_eq!(find("ops"), None, "a lookup is exact");
}

fn updates(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    fixture.write(|tx| tx.insert_group(&group(2, "dev")));
    let update = |number, name: &str, path: &str| {
        let (name, path) = (name.parse().unwrap(), path.parse().unwrap());
        fixture.write_and_listen(|tx| tx.update_group(account(), group_id(number), &name, &path))
    };
    assert_eq!(update(2, "OPS", "/").0, UpdateGroup::NameTaken);
    assert_eq!(update(9, "none", "/").0, UpdateGroup::NoGroup);
    let (answer, changes) = update(1, "OPS", "/eu/");
    assert_eq!(
        answer,
        UpdateGroup::Updated,
        "its own name in another case is free"
    );
    assert_eq!(subjects(&changes), [Subject::Group(group_id(1))]);
    let moved = fixture.group(1);
    assert_eq!((moved.name.as_str(), moved.path.as_str()), ("OPS", "/eu/"));
}

fn pages(fixture: &Fixture<'_>) {
    for (number, name, path) in [
        (1, "ops", "/"),
        (2, "Dev", "/eu/"),
        (3, "audit", "/eu/west/"),
        (4, "x", "/e/"),
    ] {
        let group = NewGroup {
            path: path.parse().unwrap(),
            ..group(number, name)
        };
        fixture.write(|tx| tx.insert_group(&group));
    }
    let list = |prefix: &str, limit| {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.groups_page(account(), &after, prefix, limit));
            assert!(page.groups.len() <= limit as usize);
            seen.extend(page.groups.iter().map(|group| group.name.to_string()));
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    };
    for limit in [1, 2, 9] {
        assert_eq!(list("", limit), ["audit", "Dev", "ops", "x"]);
        assert_eq!(list("/eu", limit), ["audit", "Dev"]);
        assert_eq!(list("/none/", limit), [""; 0]);
    }
}

fn quota(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        groups_quota: 2,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    for number in 1..=2 {
        let made = fixture.write(|tx| tx.insert_group(&group(number, &format!("g{number}"))));
        assert_eq!(made, InsertGroup::Created);
    }
    assert_eq!(
        fixture.refused(|tx| tx.insert_group(&group(3, "g3"))),
        InsertGroup::QuotaReached(2)
    );
    assert_eq!(
        fixture.write(|tx| tx.delete_group(account(), group_id(1))),
        DeleteGroup::Deleted
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_group(&group(3, "g3"))),
        InsertGroup::Created
    );
    assert_eq!(fixture.account().group_count, 2);
}

fn deletion(fixture: &Fixture<'_>) {
    let (ops, alice, name) = (group_id(1), user_id(1), inline("p", 1).name);
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    fixture.write(|tx| {
        assert_eq!(
            tx.add_user_to_group(account(), ops, alice)?,
            AddUserToGroup::Added
        );
        tx.attach_policy(account(), ops, ADMINISTRATOR_ACCESS)?;
        assert_eq!(
            tx.put_inline_policy(account(), ops, &inline("p", 1), 10)?,
            PutInlinePolicy::Stored
        );
        Ok(())
    });
    let refused = || fixture.refused(|tx| tx.delete_group(account(), ops));
    assert_eq!(refused(), DeleteGroup::HasMembers);
    assert!(fixture.write(|tx| tx.remove_user_from_group(account(), ops, alice)));
    assert_eq!(refused(), DeleteGroup::HasAttachedPolicies);
    assert!(fixture.write(|tx| tx.detach_policy(account(), ops, ADMINISTRATOR_ACCESS)));
    assert_eq!(refused(), DeleteGroup::HasInlinePolicies);
    assert!(fixture.write(|tx| tx.delete_inline_policy(account(), ops, &name)));
    assert_eq!(
        fixture.write(|tx| tx.delete_group(account(), ops)),
        DeleteGroup::Deleted
    );
    assert_eq!(refused(), DeleteGroup::NoGroup);
    assert_eq!(
        fixture.refused(|tx| tx.insert_group(&group(1, "new"))),
        InsertGroup::IdTaken
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_group(&group(2, "ops"))),
        InsertGroup::Created
    );
}
