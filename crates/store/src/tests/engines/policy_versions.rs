use keystead_types::{PolicyVersion, limits};

use super::{Case, Fixture, subjects};
use crate::{
    DeletePolicyVersion, InsertPolicyVersion, SetDefaultPolicyVersion, Subject,
    aws_managed::ADMINISTRATOR_ACCESS,
    tests::{account, at, document, policy, policy_id},
};

pub(super) const CASES: &[Case] = &[
    ("five_versions_whose_numbers_are_never_used_again", versions),
    ("one_version_is_in_force", default),
    ("versions_of_an_account_have_a_quota", quota),
];

fn version(number: u32) -> PolicyVersion {
    PolicyVersion::new(number).unwrap()
}

fn numbers(fixture: &Fixture<'_>) -> Vec<u32> {
    let versions = fixture.read(|reader| reader.policy_versions(account(), policy_id(1)));
    versions.iter().map(|found| found.version.number()).collect()
}

fn versions(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    let insert = |number: i64| {
        let text = document(number as u64);
        fixture.write(|tx| tx.insert_policy_version(account(), policy_id(1), &text, false, at(number)))
    };
    for number in 2..=5 {
        assert_eq!(
            insert(number),
            InsertPolicyVersion::Created(version(number as u32))
        );
    }
    let refused = |id| fixture.refused(|tx| tx.insert_policy_version(account(), id, "{}", true, at(9)));
    assert_eq!(refused(policy_id(1)), InsertPolicyVersion::TooMany);
    assert_eq!(refused(policy_id(9)), InsertPolicyVersion::NoPolicy);
    assert_eq!(refused(ADMINISTRATOR_ACCESS), InsertPolicyVersion::NoPolicy);
    assert_eq!(numbers(fixture), [5, 4, 3, 2, 1]);

    let delete = |number| {
        fixture.write_and_listen(|tx| tx.delete_policy_version(account(), policy_id(1), version(number)))
    };
    assert_eq!(
        delete(5),
        (DeletePolicyVersion::Deleted, Vec::new()),
        "nobody held it"
    );
    assert_eq!(delete(5).0, DeletePolicyVersion::NoVersion);
    assert_eq!(delete(1).0, DeletePolicyVersion::IsDefault);
    assert_eq!(
        fixture.refused(|tx| tx.delete_policy_version(account(), policy_id(9), version(1))),
        DeletePolicyVersion::NoPolicy
    );
    assert_eq!(insert(6), InsertPolicyVersion::Created(version(6)));
    assert_eq!(numbers(fixture), [6, 4, 3, 2, 1]);
    let found = fixture.policy(policy_id(1));
    assert_eq!(
        (found.version_count, found.updated_at),
        (limits::VERSIONS_PER_POLICY, at(6))
    );
    assert_eq!(
        (found.default_version, found.latest_version),
        (version(1), version(6))
    );
    assert_eq!(fixture.account().policy_version_count, 5);
    let third = fixture.read(|reader| reader.policy_version(account(), policy_id(1), version(3)));
    let third = third.unwrap();
    assert_eq!((third.document, third.created_at), (document(3), at(3)));
    assert_eq!(
        fixture.read(|reader| reader.policy_version(account(), policy_id(1), version(5))),
        None
    );
}

fn default(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    let insert = |set_as_default| {
        let insert = fixture.write_and_listen(|tx| {
            tx.insert_policy_version(account(), policy_id(1), "{}", set_as_default, at(1))
        });
        subjects(&insert.1)
    };
    let in_force = || fixture.policy(policy_id(1)).default_version.number();
    assert_eq!(insert(false), []);
    assert_eq!(in_force(), 1);
    assert_eq!(insert(true), [Subject::Policy(policy_id(1))]);
    assert_eq!(in_force(), 3);
    let set = |id, number| {
        fixture.write_and_listen(|tx| tx.set_default_policy_version(account(), id, version(number)))
    };
    let rows = [
        (policy_id(1), 3, SetDefaultPolicyVersion::Unchanged, 0),
        (policy_id(1), 2, SetDefaultPolicyVersion::Set, 1),
        (policy_id(1), 7, SetDefaultPolicyVersion::NoVersion, 0),
        (policy_id(9), 1, SetDefaultPolicyVersion::NoPolicy, 0),
        (ADMINISTRATOR_ACCESS, 1, SetDefaultPolicyVersion::NoPolicy, 0),
    ];
    for (id, number, expected, changed) in rows {
        let (answer, changes) = set(id, number);
        assert_eq!((answer, changes.len()), (expected, changed), "v{number}");
    }
    assert_eq!(in_force(), 2);
    let versions = fixture.read(|reader| reader.policy_versions(account(), ADMINISTRATOR_ACCESS));
    assert_eq!(versions.len(), 1);
    let first = fixture.read(|reader| reader.policy_version(account(), ADMINISTRATOR_ACCESS, version(1)));
    assert_eq!(first.as_ref(), versions.first());
}

fn quota(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "keys")));
    let quota = limits::POLICY_VERSIONS_PER_ACCOUNT;
    let fill = |count: u32| {
        let fill = "UPDATE account SET policy_version_count = $1";
        fixture
            .engine()
            .execute(fill, &[i64::from(count).into()])
            .unwrap();
    };
    fill(quota - 1);
    let insert = || fixture.write(|tx| tx.insert_policy_version(account(), policy_id(1), "{}", true, at(1)));
    assert_eq!(insert(), InsertPolicyVersion::Created(version(2)));
    assert_eq!(insert(), InsertPolicyVersion::QuotaReached(quota));
    assert_eq!(numbers(fixture), [2, 1]);
}
