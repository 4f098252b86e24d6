use super::{Case, Fixture, subjects};
use crate::{
    DeletePolicy, DeleteUser, SetPermissionsBoundary, Subject,
    aws_managed::ADMINISTRATOR_ACCESS,
    tests::{account, policy, policy_id, user_id},
};

pub(super) const CASES: &[Case] = &[
    ("a_user_has_one_permissions_boundary", boundaries),
    ("a_deleted_user_leaves_its_boundary", deletion),
];

fn boundaries(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "limit")));
    let alice = user_id(1);
    let counts = || {
        let count = |id| fixture.policy(id).boundary_count;
        (count(policy_id(1)), count(ADMINISTRATOR_ACCESS))
    };
    let (set, unchanged) = (SetPermissionsBoundary::Set, SetPermissionsBoundary::Unchanged);
    let rows = [
        (None, unchanged, (0, 0)),
        (Some(policy_id(1)), set, (1, 0)),
        (Some(policy_id(1)), unchanged, (1, 0)),
        (Some(ADMINISTRATOR_ACCESS), set, (0, 1)),
        (Some(policy_id(9)), SetPermissionsBoundary::NoPolicy, (0, 1)),
        (Some(policy_id(1)), set, (1, 0)),
        (None, set, (0, 0)),
        (Some(ADMINISTRATOR_ACCESS), set, (0, 1)),
    ];
    for (boundary, expected, counted) in rows {
        let (answer, changes) =
            fixture.write_and_listen(|tx| tx.set_permissions_boundary(account(), alice, boundary));
        assert_eq!((answer, counts()), (expected, counted), "{boundary:?}");
        let told = if expected == set {
            vec![Subject::User(alice)]
        } else {
            Vec::new()
        };
        assert_eq!(subjects(&changes), told);
        if answer != SetPermissionsBoundary::NoPolicy {
            assert_eq!(fixture.user(1).boundary, boundary);
        }
    }
    let nobody = user_id(9);
    assert_eq!(
        fixture.refused(|tx| tx.set_permissions_boundary(account(), nobody, Some(policy_id(1)))),
        SetPermissionsBoundary::NoOwner
    );
    assert_eq!(
        fixture.user(1).attached_policy_count,
        0,
        "a boundary is no attachment"
    );
}

fn deletion(fixture: &Fixture<'_>) {
    fixture.write(|tx| tx.insert_policy(&policy(1, "limit")));
    fixture.write(|tx| tx.set_permissions_boundary(account(), user_id(1), Some(policy_id(1))));
    assert_eq!(
        fixture.refused(|tx| tx.delete_policy(account(), policy_id(1))),
        DeletePolicy::InUse
    );
    assert_eq!(
        fixture.write(|tx| tx.delete_user(account(), user_id(1))),
        DeleteUser::Deleted
    );
    assert_eq!(fixture.policy(policy_id(1)).boundary_count, 0);
    assert_eq!(
        fixture.write(|tx| tx.delete_policy(account(), policy_id(1))),
        DeletePolicy::Deleted
    );
}
