use keystead_types::{UniqueIdKind, limits};

use super::{Case, Fixture, subjects};
use crate::{
    AccountSettings, AppliedPolicySource, AttachPolicy, DeletePolicy, DeleteRole, InsertRole, NewRole,
    PolicyEntity, PolicyEntityFilter, PolicyUse, PutInlinePolicy, PutTags, RoleLastUseRecord,
    RoleUsageRecord, SetPermissionsBoundary, Subject, TagRecord,
    aws_managed::ADMINISTRATOR_ACCESS,
    tests::{
        account, at, inline, instance_profile, instance_profile_id, policy, policy_id, role, role_id,
        trust_policy, user_id,
    },
};

pub(super) const CASES: &[Case] = &[
    ("role_names_are_unique_without_regard_to_case", names),
    ("roles_are_updated", updates),
    ("roles_are_listed_by_folded_name_and_path", pages),
    ("the_roles_quota_holds", quota),
    ("a_role_goes_when_nothing_hangs_on_it", deletion),
    ("roles_have_policies_of_their_own", policies),
    ("roles_are_among_those_that_use_a_policy", entities),
    ("tags_of_roles_disregard_case", tags),
    ("the_latest_use_of_a_role_wins", usage),
];

fn names(fixture: &Fixture<'_>) {
    let rows = [
        (role(1, "Ops"), InsertRole::Created),
        (role(2, "oPS"), InsertRole::NameTaken),
        (role(1, "dev"), InsertRole::IdTaken),
        (role(2, "alice"), InsertRole::Created),
    ];
    for (role, expected) in rows {
        let (answer, changes) = fixture.write_and_listen(|tx| tx.insert_role(&role));
        assert_eq!(answer, expected, "{role:?}");
        let told = (answer == InsertRole::Created).then_some(Subject::Role(role.id));
        assert_eq!(subjects(&changes), told.as_slice());
    }
    let find = |name: &str| fixture.read(|reader| reader.role_by_name(account(), &name.parse().unwrap()));
    let found = find("Ops").unwrap();
    let new = role(1, "Ops");
    assert_eq!(
        (found.account, found.id, found.path, found.description),
        (new.account, new.id, new.path, new.description)
    );
    assert_eq!(
        (found.trust_policy, found.session_seconds_max, found.created_at),
        (new.trust_policy, new.session_seconds_max, new.created_at)
    );
    assert_eq!((found.boundary, found.sessions_not_before), (None, None));
    assert_eq!((found.tag_count, found.instance_profile_count), (0, 0));
    assert_eq!((found.attached_policy_count, found.inline_policy_count), (0, 0));
    assert_eq!(find("ops"), None, "a lookup is exact");
}

fn updates(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_role(&role(1, "ops")));
    let told = [Subject::Role(role_id(1))];
    for description in [Some("for deployments"), Some(""), None] {
        let (answer, changes) =
            fixture.write_and_listen(|tx| tx.update_role(account(), role_id(1), description, 7200));
        assert!(answer);
        assert_eq!(subjects(&changes), told);
        let found = fixture.role(1);
        assert_eq!(found.description.as_deref(), description);
        assert_eq!(found.session_seconds_max, 7200);
    }
    let policy = trust_policy(9);
    let (answer, changes) =
        fixture.write_and_listen(|tx| tx.set_trust_policy(account(), role_id(1), &policy));
    assert!(answer);
    assert_eq!(subjects(&changes), told);
    assert_eq!(fixture.role(1).trust_policy, policy);
    assert!(!fixture.refused(|tx| tx.update_role(account(), role_id(9), None, 3600)));
    assert!(!fixture.refused(|tx| tx.set_trust_policy(account(), role_id(9), &policy)));
}

fn pages(fixture: &Fixture<'_>) {
    for (number, name, path) in [
        (1, "ops", "/"),
        (2, "Dev", "/eu/"),
        (3, "audit", "/eu/west/"),
        (4, "x", "/e/"),
    ] {
        let role = NewRole {
            path: path.parse().unwrap(),
            ..role(number, name)
        };
        fixture.write(|tx| tx.insert_role(&role));
    }
    let list = |prefix: &str, limit| {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.roles_page(account(), &after, prefix, limit));
            assert!(page.roles.len() <= limit as usize);
            seen.extend(page.roles.iter().map(|role| role.name.to_string()));
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
        roles_quota: 2,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    for number in 1..=2 {
        let made = fixture.write(|tx| tx.insert_role(&role(number, &format!("r{number}"))));
        assert_eq!(made, InsertRole::Created);
    }
    assert_eq!(
        fixture.refused(|tx| tx.insert_role(&role(3, "r3"))),
        InsertRole::QuotaReached(2)
    );
    assert_eq!(
        fixture.write(|tx| tx.delete_role(account(), role_id(1))),
        DeleteRole::Deleted
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_role(&role(3, "r3"))),
        InsertRole::Created
    );
    assert_eq!(fixture.account().role_count, 2);
}

fn deletion(fixture: &Fixture<'_>) {
    let (ops, name) = (role_id(1), inline("p", 1).name);
    fixture.write(|tx| {
        tx.insert_role(&role(1, "ops"))?;
        tx.insert_policy(&policy(1, "limit"))?;
        tx.insert_instance_profile(&instance_profile(1, "machines"))?;
        tx.put_role_into_instance_profile(account(), instance_profile_id(1), ops)?;
        tx.attach_policy(account(), ops, ADMINISTRATOR_ACCESS)?;
        tx.put_inline_policy(account(), ops, &inline("p", 1), 10)?;
        tx.set_permissions_boundary(account(), ops, Some(policy_id(1)))?;
        tx.put_tags(account(), ops, &[tag("team", "blue")])?;
        tx.add_role_usage(&[used(1, "eu-west-1")])
    });
    let refused = || fixture.refused(|tx| tx.delete_role(account(), ops));
    assert_eq!(refused(), DeleteRole::HasAttachedPolicies);
    assert!(fixture.write(|tx| tx.detach_policy(account(), ops, ADMINISTRATOR_ACCESS)));
    assert_eq!(refused(), DeleteRole::HasInlinePolicies);
    assert!(fixture.write(|tx| tx.delete_inline_policy(account(), ops, &name)));
    assert_eq!(refused(), DeleteRole::InInstanceProfiles);
    assert!(fixture.write(|tx| tx.take_role_out_of_instance_profile(account(), instance_profile_id(1), ops)));
    assert_eq!(
        fixture.refused(|tx| tx.delete_policy(account(), policy_id(1))),
        DeletePolicy::InUse
    );
    let (answer, changes) = fixture.write_and_listen(|tx| tx.delete_role(account(), ops));
    assert_eq!(answer, DeleteRole::Deleted);
    assert_eq!(subjects(&changes), [Subject::Role(ops)]);
    assert_eq!(refused(), DeleteRole::NoRole);
    assert_eq!(fixture.policy(policy_id(1)).boundary_count, 0);
    assert_eq!(fixture.read(|reader| reader.tags(account(), ops)), []);
    assert_eq!(fixture.read(|reader| reader.role_last_use(account(), ops)), None);
    assert_eq!(
        fixture.refused(|tx| tx.insert_role(&role(1, "new"))),
        InsertRole::IdTaken
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_role(&role(2, "ops"))),
        InsertRole::Created
    );
}

fn policies(fixture: &Fixture<'_>) {
    let ops = role_id(1);
    fixture.write(|tx| {
        tx.insert_role(&role(1, "ops"))?;
        for number in 1..=11 {
            tx.insert_policy(&policy(number, &format!("p{number}")))?;
        }
        Ok(())
    });
    for number in 1..=10 {
        let attach = |tx: &mut crate::Tx<'_>| tx.attach_policy(account(), ops, policy_id(number));
        let (answer, changes) = fixture.write_and_listen(attach);
        assert_eq!(answer, AttachPolicy::Attached);
        assert_eq!(subjects(&changes), [Subject::Role(ops)]);
    }
    assert_eq!(
        fixture.refused(|tx| tx.attach_policy(account(), ops, policy_id(11))),
        AttachPolicy::QuotaReached(limits::ATTACHED_POLICIES_PER_ROLE)
    );
    assert_eq!(
        fixture.refused(|tx| tx.attach_policy(account(), role_id(9), policy_id(11))),
        AttachPolicy::NoOwner
    );
    let max = limits::ROLE_POLICY_CHARACTERS;
    let put = |name: &str, characters| {
        fixture.write(|tx| tx.put_inline_policy(account(), ops, &inline(name, 20), characters))
    };
    assert_eq!(put("a", max - 1), PutInlinePolicy::Stored);
    assert_eq!(put("b", 2), PutInlinePolicy::SizeExceeded(max));
    assert_eq!(put("b", 1), PutInlinePolicy::Stored);

    let set = |owner, boundary| {
        fixture.write_and_listen(|tx| tx.set_permissions_boundary(account(), owner, boundary))
    };
    let (answer, changes) = set(ops, Some(policy_id(2)));
    assert_eq!(answer, SetPermissionsBoundary::Set);
    assert_eq!(subjects(&changes), [Subject::Role(ops)]);
    assert_eq!(set(role_id(9), None).0, SetPermissionsBoundary::NoOwner);
    fixture.write(|tx| tx.put_tags(account(), ops, &[tag("team", "blue")]));

    let found = fixture
        .read(|reader| reader.role_permissions(account(), ops))
        .unwrap();
    assert_eq!(found.role, fixture.role(1));
    assert_eq!(found.tags, [tag("team", "blue")]);
    assert_eq!(found.policies.len(), 12);
    assert!(found.policies.iter().all(|policy| policy.owner == ops));
    let inline =
        |policy: &crate::AppliedPolicyRecord| matches!(policy.source, AppliedPolicySource::Inline(_));
    assert!(
        found.policies[..2].iter().all(inline),
        "inline policies come first"
    );
    let boundary = found.boundary.unwrap();
    assert!(
        matches!(boundary.source, AppliedPolicySource::Managed(policy) if policy.id == policy_id(2)),
        "the boundary is the policy that was set"
    );
    assert_eq!(
        fixture.read(|reader| reader.role_permissions(account(), role_id(9))),
        None
    );
    fixture.write(|tx| tx.insert_role(&role(2, "bare")));
    let bare = fixture
        .read(|reader| reader.role_permissions(account(), role_id(2)))
        .unwrap();
    assert_eq!((bare.tags, bare.policies, bare.boundary), (vec![], vec![], None));
}

fn entities(fixture: &Fixture<'_>) {
    let limit = policy_id(1);
    fixture.write(|tx| {
        tx.insert_policy(&policy(1, "limit"))?;
        for (number, name) in [(1, "a"), (2, "b"), (3, "c")] {
            tx.insert_role(&role(number, name))?;
        }
        tx.attach_policy(account(), user_id(1), limit)?;
        tx.attach_policy(account(), role_id(1), limit)?;
        tx.set_permissions_boundary(account(), role_id(1), Some(limit))?;
        tx.set_permissions_boundary(account(), role_id(2), Some(limit))?;
        tx.set_permissions_boundary(account(), user_id(1), Some(limit))
    });
    let list = |kind, used_for, limit_of_page| {
        let filter = PolicyEntityFilter {
            kind,
            path_prefix: "",
            used_for,
        };
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture
                .read(|reader| reader.policy_entities_page(account(), limit, &filter, &after, limit_of_page));
            seen.extend(page.entities.iter().map(|entity| match entity {
                PolicyEntity::Group(group) => group.name.to_string(),
                PolicyEntity::User(user) => user.name.to_string(),
                PolicyEntity::Role(role) => role.name.to_string(),
            }));
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    };
    let (role, user) = (Some(UniqueIdKind::Role), Some(UniqueIdKind::User));
    let (attached, bounded) = (Some(PolicyUse::Attachment), Some(PolicyUse::Boundary));
    let rows: [(_, _, &[&str]); 7] = [
        (None, None, &["alice", "a", "b"]),
        (role, None, &["a", "b"]),
        (user, bounded, &["alice"]),
        (role, attached, &["a"]),
        (role, bounded, &["a", "b"]),
        (None, bounded, &["alice", "a", "b"]),
        (Some(UniqueIdKind::Group), bounded, &[]),
    ];
    for (kind, used_for, expected) in rows {
        for limit in [1, 2, 9] {
            let mut seen = list(kind, used_for, limit);
            let first = seen.first().cloned();
            seen.sort();
            let mut sorted = expected.to_vec();
            sorted.sort_unstable();
            assert_eq!(seen, sorted, "{kind:?}, {used_for:?}, {limit}");
            if expected.contains(&"alice") {
                assert_eq!(first.as_deref(), Some("alice"), "users before roles");
            }
        }
    }
}

fn tags(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_role(&role(1, "ops")));
    let put = |tags: &[TagRecord]| fixture.write_and_listen(|tx| tx.put_tags(account(), role_id(1), tags));
    let (answer, changes) = put(&[tag("Team", "blue"), tag("stage", "")]);
    assert_eq!(answer, PutTags::Stored);
    assert_eq!(subjects(&changes), [Subject::Role(role_id(1))]);
    assert_eq!(put(&[tag("TEAM", "red")]).0, PutTags::Stored);
    let found = || fixture.read(|reader| reader.tags(account(), role_id(1)));
    assert_eq!(found(), [tag("stage", ""), tag("TEAM", "red")]);
    let many: Vec<_> = (2..limits::TAGS_PER_ROLE)
        .map(|number| tag(&number.to_string(), ""))
        .collect();
    assert_eq!(put(&many).0, PutTags::Stored);
    assert_eq!(fixture.role(1).tag_count as usize, limits::TAGS_PER_ROLE);
    let one_more = [tag("more", "")];
    assert_eq!(
        fixture.refused(|tx| tx.put_tags(account(), role_id(1), &one_more)),
        PutTags::QuotaReached
    );
    assert_eq!(
        fixture.refused(|tx| tx.put_tags(account(), role_id(9), &one_more)),
        PutTags::NoOwner
    );
    let keys = ["team".to_owned(), "none".to_owned()];
    let remove = |owner| fixture.write_and_listen(|tx| tx.remove_tags(account(), owner, &keys));
    let (removed, changes) = remove(role_id(1));
    assert!(removed);
    assert_eq!(subjects(&changes), [Subject::Role(role_id(1))]);
    assert_eq!(remove(role_id(1)), (true, vec![]));
    assert_eq!(remove(role_id(9)), (false, vec![]));
    assert_eq!(found().len(), limits::TAGS_PER_ROLE - 1);
}

fn usage(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_role(&role(1, "ops")));
    let last = || fixture.read(|reader| reader.role_last_use(account(), role_id(1)));
    assert_eq!(last(), None);
    let (early, late) = (used(10, "eu-west-1"), used(20, "us-east-1"));
    let nobody = RoleUsageRecord {
        role: role_id(9),
        ..early.clone()
    };
    for records in [
        &[early.clone(), nobody][..],
        &[late.clone(), early],
        std::slice::from_ref(&late),
    ] {
        let ((), changes) = fixture.write_and_listen(|tx| tx.add_role_usage(records));
        assert_eq!(changes, []);
    }
    assert_eq!(last(), Some(late.last));
    assert_eq!(
        fixture.read(|reader| reader.role_last_use(account(), role_id(9))),
        None
    );
}

fn used(seconds: i64, region: &str) -> RoleUsageRecord {
    RoleUsageRecord {
        account: account(),
        role: role_id(1),
        last: RoleLastUseRecord {
            at: at(seconds),
            region: region.to_owned(),
        },
    }
}

fn tag(key: &str, value: &str) -> TagRecord {
    TagRecord {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}
