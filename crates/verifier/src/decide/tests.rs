use keystead_types::{AccountId, Identity, Path, UniqueId, UserIdentity};

use super::*;
use crate::authenticated::Scope;

fn account(number: u64) -> AccountId {
    AccountId::new(number).unwrap()
}

fn id(last: char) -> UniqueId {
    format!("AIDAXYAFLIG2LURZLZAH{last}").parse().unwrap()
}

fn user(last: char, name: &str, administrator: bool) -> Principal {
    Principal {
        account: account(1),
        identity: Identity::User(UserIdentity {
            id: id(last),
            name: name.parse().unwrap(),
            path: Path::default(),
            administrator,
        }),
    }
}

fn root() -> Principal {
    Principal {
        account: account(1),
        identity: Identity::Root,
    }
}

fn caller(principal: Principal) -> Authenticated {
    let scope = Scope {
        date: "20260101".into(),
        region: "us-east-1".into(),
        service: "iam".into(),
    };
    let key = "AKIAIOSFODNN7EXAMPLE".parse().unwrap();
    Authenticated::assertion(key, Arc::new(principal), Arc::new(scope))
}

fn on_user(account_number: u64, last: Option<char>, name: &str) -> Resource {
    Resource::User(UserResource {
        account: account(account_number),
        id: last.map(id),
        path: Path::default(),
        name: name.into(),
    })
}

#[test]
fn the_rules_as_a_table() {
    let new_user = Resource::NewUser {
        account: account(1),
        path: "/ops/".parse().unwrap(),
        name: "carol".parse().unwrap(),
    };
    let unknown_key = Resource::AccessKey {
        id: "AKIAIOSFODNN7EXAMPL2".into(),
        owner: None,
    };
    let alice = || on_user(1, Some('A'), "alice");
    // Action, resource, and whether root, an administrator (bob) and a plain user (alice) may do it.
    let rows = [
        (
            "sts",
            "GetCallerIdentity",
            Resource::Everything,
            [true, true, true],
        ),
        (
            "sts",
            "GetAccessKeyInfo",
            Resource::Everything,
            [true, true, false],
        ),
        ("iam", "GetUser", alice(), [true, true, true]),
        ("iam", "CreateAccessKey", alice(), [true, true, true]),
        ("iam", "ListAccessKeys", alice(), [true, true, true]),
        ("iam", "UpdateAccessKey", alice(), [true, true, true]),
        ("iam", "DeleteAccessKey", alice(), [true, true, true]),
        ("iam", "GetAccessKeyLastUsed", alice(), [true, true, true]),
        ("sts", "GetUser", alice(), [true, true, false]),
        ("iam", "UpdateUser", alice(), [true, true, false]),
        ("iam", "DeleteUser", alice(), [true, true, false]),
        ("iam", "TagUser", alice(), [true, true, false]),
        (
            "iam",
            "GetUser",
            on_user(1, Some('B'), "bob"),
            [true, true, false],
        ),
        (
            "iam",
            "CreateAccessKey",
            on_user(1, Some('B'), "bob"),
            [true, true, false],
        ),
        // Another user of the same name, and a name that nobody has: the id decides.
        (
            "iam",
            "CreateAccessKey",
            on_user(1, Some('C'), "alice"),
            [true, true, false],
        ),
        (
            "iam",
            "CreateAccessKey",
            on_user(1, None, "alice"),
            [true, true, false],
        ),
        ("iam", "CreateUser", new_user, [true, true, false]),
        (
            "iam",
            "ListUsers",
            Resource::Users(account(1)),
            [true, true, false],
        ),
        (
            "iam",
            "GetAccountSummary",
            Resource::Account(account(1)),
            [true, true, false],
        ),
        (
            "iam",
            "CreateAccessKey",
            Resource::Root(account(1)),
            [true, true, false],
        ),
        ("iam", "GetAccessKeyLastUsed", unknown_key, [false, false, false]),
        // Another account: nobody.
        (
            "iam",
            "GetUser",
            on_user(2, Some('A'), "alice"),
            [false, false, false],
        ),
        (
            "iam",
            "ListUsers",
            Resource::Users(account(2)),
            [false, false, false],
        ),
        (
            "iam",
            "GetAccountSummary",
            Resource::Account(account(2)),
            [false, false, false],
        ),
        (
            "iam",
            "ListAccessKeys",
            Resource::Root(account(2)),
            [false, false, false],
        ),
    ];
    let principals = [root(), user('B', "bob", true), user('A', "alice", false)];
    for (service, operation, resource, expected) in rows {
        let action = Action::new(service, operation);
        for (principal, expected) in principals.iter().zip(expected) {
            let decision = decide(&caller(principal.clone()), action, &resource);
            assert_eq!(
                decision.is_ok(),
                expected,
                "{} {action} {resource}",
                principal.arn()
            );
        }
    }
}

#[test]
fn a_user_called_root_is_not_the_root_user() {
    let impostor = caller(user('A', "root", false));
    assert!(
        decide(
            &impostor,
            Action::new("iam", "ListUsers"),
            &Resource::Users(account(1))
        )
        .is_err()
    );
    assert!(
        decide(
            &impostor,
            Action::new("iam", "ListAccessKeys"),
            &Resource::Root(account(1))
        )
        .is_err()
    );
}

#[test]
fn denials_in_the_words_of_aws() {
    let alice = "User: arn:aws:iam::000000000001:user/alice is not authorized to perform";
    let new_user = Resource::NewUser {
        account: account(1),
        path: "/ops/".parse().unwrap(),
        name: "carol".parse().unwrap(),
    };
    let rows = [
        (
            "CreateUser",
            new_user,
            format!(
                "{alice}: iam:CreateUser on resource: arn:aws:iam::000000000001:user/ops/carol \
                 because no identity-based policy allows the iam:CreateUser action"
            ),
        ),
        (
            "DeleteAccessKey",
            on_user(1, Some('B'), "bob"),
            format!(
                "{alice}: iam:DeleteAccessKey on resource: user bob \
                 because no identity-based policy allows the iam:DeleteAccessKey action"
            ),
        ),
        (
            "ListUsers",
            Resource::Users(account(1)),
            format!(
                "{alice}: iam:ListUsers on resource: arn:aws:iam::000000000001:user/ \
                 because no identity-based policy allows the iam:ListUsers action"
            ),
        ),
        (
            "GetAccountSummary",
            Resource::Account(account(1)),
            format!(
                "{alice}: iam:GetAccountSummary on resource: * \
                 because no identity-based policy allows the iam:GetAccountSummary action"
            ),
        ),
        (
            "GetAccessKeyLastUsed",
            Resource::AccessKey {
                id: "AKIAIOSFODNN7EXAMPLE".into(),
                owner: None,
            },
            format!("{alice} iam:GetAccessKeyLastUsed on resource: access key AKIAIOSFODNN7EXAMPLE"),
        ),
    ];
    for (operation, resource, text) in rows {
        let denied = decide(
            &caller(user('A', "alice", false)),
            Action::new("iam", operation),
            &resource,
        )
        .unwrap_err();
        assert_eq!(denied.to_string(), text);
    }
}

#[test]
fn a_write_decides_anew_for_the_caller_of_its_transaction() {
    let action = Action::new("iam", "CreateUser");
    let allowed = decide(
        &caller(user('B', "bob", true)),
        action,
        &Resource::Users(account(1)),
    )
    .unwrap();
    assert!(allowed.still_holds(&user('B', "robert", true)).is_ok(), "renamed");
    assert!(
        allowed.still_holds(&user('B', "bob", false)).is_err(),
        "no administrator any more"
    );
    assert!(
        allowed.still_holds(&user('C', "bob", true)).is_err(),
        "another user of that name"
    );
    assert!(allowed.still_holds(&root()).is_err(), "another principal");
}
