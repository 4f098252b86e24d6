use std::borrow::Cow;

use super::{Case, Fixture};
use crate::{
    AppliedPolicyRecord, AppliedPolicySource, StoreError, TagRecord,
    aws_managed::{self, ADMINISTRATOR_ACCESS},
    tests::{account, at, document, group, group_id, inline, policy, policy_id, user, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("everything_that_decides_comes_at_once", everything),
    ("a_user_with_nothing_has_nothing", nothing),
    ("a_policy_that_cannot_be_read_is_not_left_out", unreadable),
];

/// Whose policy it is, which, and its document.
fn shown(policy: &AppliedPolicyRecord) -> (String, String, &str) {
    let source = match &policy.source {
        AppliedPolicySource::Inline(name) => name.to_string(),
        AppliedPolicySource::Managed(managed) => format!("{} {}", managed.arn, managed.version),
    };
    (policy.owner.to_string(), source, policy.document.as_ref())
}

fn everything(fixture: &Fixture<'_>) {
    let (alice, ops, dev) = (user_id(1), group_id(1), group_id(2));
    let administrator = aws_managed::by_id(ADMINISTRATOR_ACCESS).unwrap();
    let second = document(20);
    fixture.write(|tx| {
        tx.insert_group(&group(1, "ops"))?;
        tx.insert_group(&group(2, "dev"))?;
        tx.insert_group(&group(3, "others"))?;
        tx.insert_policy(&policy(1, "keys"))?;
        tx.insert_policy(&policy(2, "limit"))?;
        tx.insert_policy_version(account(), policy_id(2), &second, true, at(1))?;
        let tag = TagRecord {
            key: "team".to_owned(),
            value: "blue".to_owned(),
        };
        tx.put_tags(account(), alice, &[tag])?;
        tx.put_inline_policy(account(), alice, &inline("own", 10), 9)?;
        tx.put_inline_policy(account(), ops, &inline("theirs", 11), 9)?;
        tx.put_inline_policy(account(), group_id(3), &inline("others", 12), 9)?;
        tx.attach_policy(account(), alice, policy_id(2))?;
        tx.attach_policy(account(), alice, ADMINISTRATOR_ACCESS)?;
        tx.attach_policy(account(), dev, policy_id(1))?;
        tx.attach_policy(account(), dev, policy_id(2))?;
        tx.add_user_to_group(account(), ops, alice)?;
        tx.add_user_to_group(account(), dev, alice)?;
        tx.set_permissions_boundary(account(), alice, Some(policy_id(2)))
    });
    let found = fixture
        .read(|reader| reader.user_permissions(account(), alice))
        .unwrap();
    assert_eq!(found.user, fixture.user(1));
    assert_eq!(found.tags.len(), 1);
    let groups: Vec<_> = found.groups.iter().map(|group| group.id).collect();
    assert_eq!(groups, [dev, ops], "by name");
    let limit = "arn:aws:iam::123456789012:policy/limit v2";
    let (keys, first, own, theirs) = (
        "arn:aws:iam::123456789012:policy/keys v1",
        document(1),
        document(10),
        document(11),
    );
    let expected = [
        (alice, "own", own.as_str()),
        (alice, limit, &second),
        (
            alice,
            "arn:aws:iam::aws:policy/AdministratorAccess v1",
            administrator.document,
        ),
        (dev, keys, &first),
        (dev, limit, &second),
        (ops, "theirs", &theirs),
    ];
    let expected = expected.map(|(owner, source, document)| (owner.to_string(), source.to_owned(), document));
    let policies: Vec<_> = found.policies.iter().map(shown).collect();
    assert_eq!(policies, expected);
    assert!(
        matches!(found.policies[2].document, Cow::Borrowed(_)),
        "AWS's are not copied"
    );
    let boundary = found.boundary.as_ref().map(shown);
    assert_eq!(
        boundary,
        Some((alice.to_string(), limit.to_owned(), second.as_str()))
    );

    let of_dev = fixture.read(|reader| reader.policies_of(account(), dev));
    assert_eq!(of_dev, found.policies[3..5]);
    fixture.write(|tx| tx.set_permissions_boundary(account(), alice, Some(ADMINISTRATOR_ACCESS)));
    let found = fixture
        .read(|reader| reader.user_permissions(account(), alice))
        .unwrap();
    let boundary = found.boundary.unwrap();
    assert_eq!(boundary.document, administrator.document);
}

fn nothing(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_user(&user(2, "bob")));
    let found = fixture
        .read(|reader| reader.user_permissions(account(), user_id(2)))
        .unwrap();
    assert_eq!((found.tags, found.groups), (Vec::new(), Vec::new()));
    assert_eq!((found.policies, found.boundary), (Vec::new(), None));
    assert_eq!(
        fixture.read(|reader| reader.user_permissions(account(), user_id(9))),
        None
    );
}

fn unreadable(fixture: &Fixture<'_>) {
    fixture.write(|tx| {
        tx.insert_policy(&policy(1, "keys"))?;
        tx.attach_policy(account(), user_id(1), policy_id(1))
    });
    let read = || fixture.read(|reader| Ok(reader.user_permissions(account(), user_id(1))));
    assert_eq!(read().unwrap().unwrap().policies.len(), 1);
    for lost in ["DELETE FROM iam_policy_version", "DELETE FROM iam_policy"] {
        fixture.engine().execute(lost, &[]).unwrap();
        assert!(matches!(read(), Err(StoreError::Unreadable(_))), "{lost}");
    }
    fixture.write(|tx| tx.insert_policy(&policy(2, "limit")));
    fixture.write(|tx| tx.set_permissions_boundary(account(), user_id(1), Some(policy_id(2))));
    let detach = "DELETE FROM iam_policy_attachment";
    fixture.engine().execute(detach, &[]).unwrap();
    assert!(read().unwrap().unwrap().boundary.is_some());
    fixture.engine().execute("DELETE FROM iam_policy", &[]).unwrap();
    assert!(matches!(read(), Err(StoreError::Unreadable(_))));
}
