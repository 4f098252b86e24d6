use keystead_types::{AccountId, UniqueId, UniqueIdKind, limits};

use super::{Case, Fixture, subjects};
use crate::{
    AccountSettings, AttachPolicy, DeleteUser, PolicyEntity, PolicyEntityFilter, PolicyUse, Subject,
    aws_managed::{self, ADMINISTRATOR_ACCESS},
    statements,
    tests::{account, group, group_id, policy, policy_id, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_policy_is_attached_once_and_counted", attaching),
    ("ten_policies_and_no_more_unless_the_account_says_so", quota),
    ("who_uses_a_policy_is_listed", entities),
    (
        "a_filtered_list_of_who_uses_a_policy_is_bounded",
        bounded_entities,
    ),
];

fn attach(fixture: &Fixture<'_>, owner: UniqueId, policy: UniqueId) -> AttachPolicy {
    fixture.write(|tx| tx.attach_policy(account(), owner, policy))
}

fn attaching(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    let owners = [
        (user_id(1), Subject::User(user_id(1))),
        (group_id(1), Subject::Group(group_id(1))),
    ];
    for (policy, arn) in [
        (policy_id(1), "arn:aws:iam::123456789012:policy/keys"),
        (
            ADMINISTRATOR_ACCESS,
            "arn:aws:iam::aws:policy/AdministratorAccess",
        ),
    ] {
        for (owner, subject) in owners {
            let (answer, changes) = fixture.write_and_listen(|tx| tx.attach_policy(account(), owner, policy));
            assert_eq!(answer, AttachPolicy::Attached);
            assert_eq!(subjects(&changes), [subject]);
            assert_eq!(
                fixture.refused(|tx| tx.attach_policy(account(), owner, policy)),
                AttachPolicy::AlreadyAttached
            );
            assert!(fixture.read(|reader| reader.is_attached(account(), owner, policy)));
            let attached = fixture.read(|reader| reader.attached_policies(account(), owner));
            let last = attached.last().unwrap();
            assert_eq!((last.id, last.arn.to_string().as_str()), (policy, arn));
        }
        assert_eq!(fixture.policy(policy).attachment_count, 2);
    }
    assert_eq!(fixture.user(1).attached_policy_count, 2);
    assert_eq!(fixture.group(1).attached_policy_count, 2);
    assert_eq!(
        fixture.refused(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::HasAttachedPolicies
    );
    let elsewhere = AccountId::new(5).unwrap();
    assert_eq!(
        fixture
            .read(|reader| reader.policy_by_id(elsewhere, ADMINISTRATOR_ACCESS))
            .unwrap()
            .attachment_count,
        0,
        "each account counts for itself"
    );
    let rows = [
        (user_id(9), policy_id(1), AttachPolicy::NoOwner),
        (group_id(9), policy_id(1), AttachPolicy::NoOwner),
        (policy_id(1), policy_id(1), AttachPolicy::NoOwner),
        (user_id(1), policy_id(9), AttachPolicy::NoPolicy),
        (user_id(1), user_id(1), AttachPolicy::NoPolicy),
    ];
    for (owner, policy, expected) in rows {
        let answer = fixture.refused(|tx| tx.attach_policy(account(), owner, policy));
        assert_eq!(answer, expected, "{owner}, {policy}");
        assert!(!fixture.refused(|tx| tx.detach_policy(account(), owner, policy)));
    }
    for policy in [policy_id(1), ADMINISTRATOR_ACCESS] {
        for (owner, subject) in owners {
            let (detached, changes) =
                fixture.write_and_listen(|tx| tx.detach_policy(account(), owner, policy));
            assert!(detached);
            assert_eq!(subjects(&changes), [subject]);
            assert!(!fixture.refused(|tx| tx.detach_policy(account(), owner, policy)));
        }
        assert_eq!(fixture.policy(policy).attachment_count, 0);
    }
    assert_eq!(fixture.user(1).attached_policy_count, 0);
    assert_eq!(
        fixture.read(|reader| reader.attached_policies(account(), user_id(1))),
        []
    );
}

fn quota(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    for number in 1..=12 {
        fixture.write(|tx| tx.insert_policy(&policy(number, &format!("p{number}"))));
    }
    for (owner, quota) in [
        (user_id(1), limits::ATTACHED_POLICIES_PER_USER),
        (group_id(1), limits::ATTACHED_POLICIES_PER_GROUP),
    ] {
        for number in 1..=u64::from(quota) {
            assert_eq!(attach(fixture, owner, policy_id(number)), AttachPolicy::Attached);
        }
        let one_more = policy_id(u64::from(quota) + 1);
        let refused = || fixture.refused(|tx| tx.attach_policy(account(), owner, one_more));
        assert_eq!(refused(), AttachPolicy::QuotaReached(quota));
        assert!(fixture.write(|tx| tx.detach_policy(account(), owner, policy_id(1))));
        assert_eq!(attach(fixture, owner, one_more), AttachPolicy::Attached);
        assert_eq!(
            fixture.policy(one_more).attachment_count,
            if owner == user_id(1) { 1 } else { 2 }
        );
    }
    let settings = AccountSettings {
        attached_policies_quota: 11,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    assert_eq!(attach(fixture, user_id(1), policy_id(1)), AttachPolicy::Attached);
    assert_eq!(
        attach(fixture, user_id(1), policy_id(12)),
        AttachPolicy::QuotaReached(11)
    );
    assert_eq!(
        attach(fixture, group_id(1), policy_id(1)),
        AttachPolicy::QuotaReached(limits::ATTACHED_POLICIES_PER_GROUP)
    );
    let attached = fixture.read(|reader| reader.attached_policies(account(), user_id(1)));
    let last = attached.last().map(|policy| policy.id);
    assert_eq!(
        (attached.len(), last),
        (11, Some(policy_id(1))),
        "in the order of attaching"
    );
}

/// The names of all pages, one after the other.
fn list(fixture: &Fixture<'_>, policy: UniqueId, filter: &PolicyEntityFilter<'_>, limit: u32) -> Vec<String> {
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page =
            fixture.read(|reader| reader.policy_entities_page(account(), policy, filter, &after, limit));
        assert!(page.entities.len() <= limit as usize);
        seen.extend(page.entities.iter().map(|entity| match entity {
            PolicyEntity::Group(group) => format!("group {}", group.name),
            PolicyEntity::User(user) => format!("user {}", user.name),
            PolicyEntity::Role(role) => format!("role {}", role.name),
        }));
        match page.next {
            Some(next) => after = next,
            None => return seen,
        }
    }
}

fn entities(fixture: &Fixture<'_>) {
    // Alice has it attached and as a boundary, bob attached, zoe as a boundary alone.
    for (number, name, path) in [(2, "bob", "/eu/"), (3, "zoe", "/eu/"), (4, "eve", "/")] {
        let user = crate::NewUser {
            path: path.parse().unwrap(),
            ..user(number, name)
        };
        fixture.write(|tx| tx.insert_user(&user));
    }
    fixture.write(|tx| tx.insert_group(&group(1, "ops")));
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    fixture.write(|tx| tx.insert_policy(&policy(2, "none")));
    let filter = |kind, path_prefix, used_for| PolicyEntityFilter {
        kind,
        path_prefix,
        used_for,
    };
    let (users, groups) = (Some(UniqueIdKind::User), Some(UniqueIdKind::Group));
    let (attached, boundary) = (Some(PolicyUse::Attachment), Some(PolicyUse::Boundary));
    for policy in [policy_id(1), ADMINISTRATOR_ACCESS] {
        for owner in [user_id(1), user_id(2), group_id(1)] {
            attach(fixture, owner, policy);
        }
        for bounded in [1, 3] {
            fixture.write(|tx| tx.set_permissions_boundary(account(), user_id(bounded), Some(policy)));
        }
        let rows: [(_, &[&str]); 10] = [
            (
                filter(None, "", None),
                &["group ops", "user alice", "user bob", "user zoe"],
            ),
            (
                filter(None, "/", attached),
                &["group ops", "user alice", "user bob"],
            ),
            (filter(None, "", boundary), &["user alice", "user zoe"]),
            (filter(users, "", None), &["user alice", "user bob", "user zoe"]),
            (filter(groups, "", None), &["group ops"]),
            (filter(groups, "", boundary), &[]),
            (filter(Some(UniqueIdKind::Policy), "", None), &[]),
            (filter(None, "/eu", None), &["user bob", "user zoe"]),
            (filter(users, "/eu/", attached), &["user bob"]),
            (filter(users, "/none/", None), &[]),
        ];
        for (filter, expected) in rows {
            for limit in [1, 2, 3, 9] {
                let mut found = list(fixture, policy, &filter, limit);
                // Users of one use come by unique id.
                found.sort();
                assert_eq!(found, expected, "{filter:?}, {limit}");
            }
        }
    }
    assert_eq!(list(fixture, policy_id(2), &filter(None, "", None), 9), [""; 0]);
    let first = aws_managed::ALL.first().unwrap().id;
    assert_eq!(first, ADMINISTRATOR_ACCESS);
}

fn bounded_entities(fixture: &Fixture<'_>) {
    // One attachment more than is looked at; whose they are is not asked before.
    for number in 2..=u64::from(limits::PAGE_ROWS_SCANNED_MAX) + 2 {
        let (owner, policy) = (user_id(number), policy_id(1));
        let parameters = [
            (account().number() as i64).into(),
            owner.as_str().into(),
            policy.as_str().into(),
            1.into(),
        ];
        let inserted = fixture
            .engine()
            .execute(statements::INSERT_ATTACHMENT, &parameters);
        assert_eq!(inserted, Ok(1));
    }
    let filter = PolicyEntityFilter {
        kind: None,
        path_prefix: "",
        used_for: None,
    };
    let page = |after: &str| {
        fixture.read(|reader| reader.policy_entities_page(account(), policy_id(1), &filter, after, 10))
    };
    let first = page("");
    assert_eq!(first.entities, []);
    let second = page(&first.next.unwrap());
    assert_eq!((second.entities, second.next), (Vec::new(), None));
}
