use keystead_types::{AccountId, PolicyOwner, limits};

use super::{Case, Fixture, subjects};
use crate::{
    AccountSettings, DeletePolicy, InsertPolicy, NewPolicy, PolicyFilter, PolicyScope, PolicyUse, PutTags,
    Subject, TagRecord, aws_managed,
    tests::{account, at, document, group_id, policy, policy_id, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("policy_names_are_unique_without_regard_to_case", names),
    ("policies_are_found_by_arn", arns),
    ("the_policies_quota_holds", quota),
    ("a_policy_goes_when_nothing_uses_it", deletion),
    ("policies_are_listed_with_aws_own", pages),
    ("tags_of_policies_are_told_apart_by_case", tags),
];

fn names(fixture: &Fixture<'_>) {
    let first = NewPolicy {
        description: Some("what for".to_owned()),
        path: "/ops/".parse().unwrap(),
        ..policy(1, "Keys")
    };
    let rows = [
        (first.clone(), InsertPolicy::Created),
        (policy(2, "kEYS"), InsertPolicy::NameTaken),
        (policy(1, "other"), InsertPolicy::IdTaken),
        (
            NewPolicy {
                id: aws_managed::ADMINISTRATOR_ACCESS,
                ..policy(2, "other")
            },
            InsertPolicy::IdTaken,
        ),
        (policy(2, "ReadOnlyAccess"), InsertPolicy::Created),
    ];
    for (policy, expected) in rows {
        let (answer, changes) = fixture.write_and_listen(|tx| tx.insert_policy(&policy));
        assert_eq!((answer, changes), (expected, Vec::new()), "{policy:?}");
    }
    let found = fixture.policy(policy_id(1));
    assert_eq!(
        found.arn().to_string(),
        "arn:aws:iam::123456789012:policy/ops/Keys"
    );
    assert_eq!(
        (found.description.as_deref(), found.created_at),
        (Some("what for"), at(0))
    );
    assert_eq!(
        (found.version_count, found.attachment_count, found.boundary_count),
        (1, 0, 0)
    );
    let version = fixture.read(|reader| reader.policy_version(account(), found.id, found.default_version));
    assert_eq!(version.unwrap().document, document(1));
    let counts = fixture.account();
    assert_eq!((counts.policy_count, counts.policy_version_count), (2, 2));
}

fn arns(fixture: &Fixture<'_>) {
    fixture.write(|tx| {
        tx.insert_policy(&NewPolicy {
            path: "/ops/".parse().unwrap(),
            ..policy(1, "Keys")
        })
    });
    let rows = [
        ("arn:aws:iam::123456789012:policy/ops/Keys", true),
        ("arn:aws:iam::123456789012:policy/ops/keys", false),
        ("arn:aws:iam::123456789012:policy/Keys", false),
        ("arn:aws:iam::000000000005:policy/ops/Keys", false),
        ("arn:aws:iam::aws:policy/ops/Keys", false),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", true),
        ("arn:aws:iam::aws:policy/readonlyaccess", false),
        ("arn:aws:iam::aws:policy/job-function/ViewOnlyAccess", true),
        ("arn:aws:iam::aws:policy/ViewOnlyAccess", false),
        ("arn:aws:iam::123456789012:policy/ReadOnlyAccess", false),
    ];
    for (arn, there) in rows {
        let found = fixture.read(|reader| reader.policy_by_arn(account(), &arn.parse().unwrap()));
        assert_eq!(
            found.map(|policy| policy.arn().to_string()),
            there.then(|| arn.to_owned())
        );
    }
    let elsewhere = AccountId::new(5).unwrap();
    assert_eq!(
        fixture.read(|reader| reader.policy_by_id(elsewhere, policy_id(1))),
        None
    );
}

fn quota(fixture: &Fixture<'_>) {
    let settings = AccountSettings {
        policies_quota: 2,
        ..AccountSettings::default()
    };
    fixture.write(|tx| tx.set_account_settings(account(), &settings));
    for number in 1..=2 {
        fixture.write(|tx| tx.insert_policy(&policy(number, &format!("p{number}"))));
    }
    let refused = || fixture.refused(|tx| tx.insert_policy(&policy(3, "p3")));
    assert_eq!(refused(), InsertPolicy::QuotaReached(2));
    assert_eq!(
        fixture.write(|tx| tx.delete_policy(account(), policy_id(1))),
        DeletePolicy::Deleted
    );
    assert_eq!(
        fixture.write(|tx| tx.insert_policy(&policy(3, "p3"))),
        InsertPolicy::Created
    );
    assert_eq!(fixture.account().policy_count, 2);

    // As if the policies had all the versions that an account may have.
    let versions = i64::from(limits::POLICY_VERSIONS_PER_ACCOUNT);
    let fill = "UPDATE account SET policy_version_count = $1, policies_quota = 9";
    fixture.engine().execute(fill, &[versions.into()]).unwrap();
    assert_eq!(
        fixture.refused(|tx| tx.insert_policy(&policy(4, "p4"))),
        InsertPolicy::VersionsQuotaReached(limits::POLICY_VERSIONS_PER_ACCOUNT)
    );
}

fn deletion(fixture: &Fixture<'_>) {
    let (keys, alice) = (policy_id(1), user_id(1));
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    fixture.write(|tx| tx.put_tags(account(), keys, &[tag("k", "v")]));
    fixture.write(|tx| tx.insert_policy_version(account(), keys, "{}", true, at(1)));
    fixture.write(|tx| tx.attach_policy(account(), alice, keys));
    fixture.write(|tx| tx.set_permissions_boundary(account(), alice, Some(keys)));
    let refused = || fixture.refused(|tx| tx.delete_policy(account(), keys));
    assert_eq!(refused(), DeletePolicy::InUse);
    assert!(fixture.write(|tx| tx.detach_policy(account(), alice, keys)));
    assert_eq!(refused(), DeletePolicy::InUse, "it is a boundary");
    fixture.write(|tx| tx.set_permissions_boundary(account(), alice, None));
    assert_eq!(refused(), DeletePolicy::HasVersions);
    fixture.write(|tx| tx.delete_policy_version(account(), keys, "v1".parse().unwrap()));
    let (answer, changes) = fixture.write_and_listen(|tx| tx.delete_policy(account(), keys));
    assert_eq!(answer, DeletePolicy::Deleted);
    assert_eq!(subjects(&changes), [Subject::Policy(keys)]);
    assert_eq!(refused(), DeletePolicy::NoPolicy);
    assert_eq!(fixture.read(|reader| reader.policy_versions(account(), keys)), []);
    assert_eq!(fixture.read(|reader| reader.tags(account(), keys)), []);
    assert_eq!(
        fixture.refused(|tx| tx.insert_policy(&policy(1, "new"))),
        InsertPolicy::IdTaken
    );
    let counts = fixture.account();
    assert_eq!((counts.policy_count, counts.policy_version_count), (0, 0));
    let aws = aws_managed::ADMINISTRATOR_ACCESS;
    assert_eq!(
        fixture.refused(|tx| tx.delete_policy(account(), aws)),
        DeletePolicy::NoPolicy,
        "AWS's are not the account's"
    );
}

fn pages(fixture: &Fixture<'_>) {
    for (number, name, path) in [
        (1, "Zeta", "/"),
        (2, "beta", "/job-function/"),
        (3, "Alpha", "/job/"),
    ] {
        let policy = NewPolicy {
            path: path.parse().unwrap(),
            ..policy(number, name)
        };
        fixture.write(|tx| tx.insert_policy(&policy));
    }
    let read_only = "arn:aws:iam::aws:policy/ReadOnlyAccess".parse().unwrap();
    let read_only = fixture
        .read(|reader| reader.policy_by_arn(account(), &read_only))
        .unwrap()
        .id;
    fixture.write(|tx| tx.attach_policy(account(), user_id(1), policy_id(2)));
    fixture.write(|tx| tx.attach_policy(account(), user_id(1), read_only));
    fixture.write(|tx| tx.set_permissions_boundary(account(), user_id(1), Some(policy_id(1))));

    let list = |filter: &PolicyFilter<'_>, limit| {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let page = fixture.read(|reader| reader.policies_page(account(), filter, &after, limit));
            assert!(page.policies.len() <= limit as usize);
            seen.extend(page.policies);
            match page.next {
                Some(next) => after = next,
                None => return seen,
            }
        }
    };
    let filter = |scope, path_prefix, used_for| PolicyFilter {
        scope,
        path_prefix,
        used_for,
    };
    let (all, aws, local) = (PolicyScope::All, PolicyScope::Aws, PolicyScope::Local);
    let (attached, boundary) = (Some(PolicyUse::Attachment), Some(PolicyUse::Boundary));
    let rows = [
        (filter(local, "", None), &["Alpha", "beta", "Zeta"][..]),
        (filter(local, "/job", None), &["Alpha", "beta"]),
        (filter(all, "/job", None), &["Alpha", "beta", "ViewOnlyAccess"]),
        (filter(aws, "/job", None), &["ViewOnlyAccess"]),
        (filter(all, "", attached), &["beta", "ReadOnlyAccess"]),
        (filter(aws, "/", attached), &["ReadOnlyAccess"]),
        (filter(all, "/", boundary), &["Zeta"]),
        (filter(aws, "/", boundary), &[]),
        (filter(local, "/none/", None), &[]),
    ];
    for (filter, expected) in rows {
        for limit in [1, 2, 3, 100] {
            let found = list(&filter, limit);
            let names: Vec<_> = found.iter().map(|policy| policy.name.as_str()).collect();
            assert_eq!(names, expected, "{filter:?}, {limit}");
        }
    }
    let everything = list(&filter(all, "", None), 4);
    assert_eq!(everything.len(), 3 + aws_managed::ALL.len());
    let of_aws = everything
        .iter()
        .filter(|policy| policy.owner == PolicyOwner::Aws);
    assert_eq!(of_aws.map(|policy| policy.attachment_count).sum::<u32>(), 1);
}

fn tag(key: &str, value: &str) -> TagRecord {
    TagRecord {
        key: key.to_owned(),
        value: value.to_owned(),
    }
}

fn tags(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    let put = |tags: &[TagRecord]| fixture.write_and_listen(|tx| tx.put_tags(account(), policy_id(1), tags));
    assert_eq!(
        put(&[tag("b", "1"), tag("B", "2")]),
        (PutTags::Stored, Vec::new())
    );
    assert_eq!(put(&[tag("b", "3")]).0, PutTags::Stored);
    let stored = || fixture.read(|reader| reader.tags(account(), policy_id(1)));
    assert_eq!(stored(), [tag("B", "2"), tag("b", "3")]);
    assert_eq!(fixture.policy(policy_id(1)).tag_count, 2);
    for nobody in [policy_id(9), aws_managed::ADMINISTRATOR_ACCESS, group_id(1)] {
        let answer = fixture.refused(|tx| tx.put_tags(account(), nobody, &[tag("k", "v")]));
        assert_eq!(answer, PutTags::NoOwner);
        assert!(!fixture.refused(|tx| tx.remove_tags(account(), nobody, &["k".to_owned()])));
    }
    let many: Vec<_> = (0..limits::TAGS_PER_POLICY - 1)
        .map(|n| tag(&format!("k{n}"), ""))
        .collect();
    assert_eq!(
        fixture.refused(|tx| tx.put_tags(account(), policy_id(1), &many)),
        PutTags::QuotaReached
    );
    let keys = ["b".to_owned(), "none".to_owned()];
    assert!(fixture.write(|tx| tx.remove_tags(account(), policy_id(1), &keys)));
    assert_eq!(stored(), [tag("B", "2")]);
    assert_eq!(put(&many).0, PutTags::Stored);
    assert_eq!(
        fixture.policy(policy_id(1)).tag_count as usize,
        limits::TAGS_PER_POLICY
    );
}
