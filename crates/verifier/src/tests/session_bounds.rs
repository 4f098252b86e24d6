//! Whatever policies there are, a session may do what all of them allow and nothing else.

use std::sync::Arc;

use keystead_policy::{self as policy, Policies, PolicySet};
use keystead_types::Session;
use proptest::prelude::*;

use super::{
    session_decisions::{ask, federated, of_session},
    sessions::{role, role_session, session},
    support::{inline, managed, permissions, policy_id, user_identity},
};
use crate::{DirectoryPermissions, DirectoryPolicy, Holder};

const ACTIONS: [&str; 6] = [
    "s3:Get",
    "s3:Put",
    "s3:List",
    "iam:Get",
    "iam:Put",
    "sts:AssumeRole",
];

fn document() -> impl Strategy<Value = String> {
    let patterns = prop_oneof![
        Just("*"),
        Just("s3:*"),
        Just("s3:Get"),
        Just("s3:Put"),
        Just("*:Get"),
        Just("iam:*"),
        Just("sts:AssumeRole")
    ];
    let one = (proptest::bool::weighted(0.7), patterns).prop_map(|(allows, pattern)| {
        let effect = if allows { "Allow" } else { "Deny" };
        format!(r#"{{"Effect": "{effect}", "Action": "{pattern}", "Resource": "*"}}"#)
    });
    proptest::collection::vec(one, 1..4).prop_map(|statements| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#,
            statements.join(",")
        )
    })
}

/// What documents allow by themselves, as the whole of a user's policies.
fn allow(documents: &[DirectoryPolicy], action: &str) -> bool {
    let compiled = documents.iter().map(|policy| {
        let parsed = policy::Policy::parse(&policy.document, policy::DocumentKind::Inline);
        Arc::new(parsed.unwrap())
    });
    let set = PolicySet::new(compiled.collect());
    let policies = Policies {
        identity: Some(&set),
        ..Policies::default()
    };
    let request = policy::Request {
        principal: policy::Principal {
            kind: policy::PrincipalKind::User,
            account: "123456789012",
            arn: "arn:aws:iam::123456789012:user/anybody",
            unique_id: None,
        },
        action,
        resource: "*",
        resource_account: None,
        context: &(),
    };
    policy::decide(&policies, &request).is_allowed()
}

proptest! {
    /// effective(session) is exactly role ∩ boundary ∩ session policies, so never more than any of them.
    #[test]
    fn a_session_may_what_all_of_its_policies_allow(
        documents in proptest::collection::vec(document(), 0..3),
        boundary in proptest::option::of(document()),
        passed in proptest::option::of(document()),
        managed_passed in proptest::option::of(document()),
        is_federated in any::<bool>(),
    ) {
        let identity: Vec<DirectoryPolicy> = documents.iter().map(|document| inline(document)).collect();
        let bounds: Vec<DirectoryPolicy> = boundary.iter().map(|document| managed(7, 1, document)).collect();
        let managed: Vec<DirectoryPolicy> = managed_passed.iter().map(|document| managed(8, 1, document)).collect();
        let of_session_alone: Vec<DirectoryPolicy> =
            passed.iter().map(|document| inline(document)).chain(managed.iter().cloned()).collect();
        let (principal, holder) = match is_federated {
            true => (federated(Some(user_identity(1, "alice"))), permissions(&[]).holder),
            false => (role_session(1), Holder::Role(role(1))),
        };
        let found = DirectoryPermissions {
            holder,
            policies: identity.clone(),
            boundary: bounds.first().cloned(),
            ..permissions(&[])
        };
        let session = Session {
            policy: passed.as_deref().map(Into::into),
            policy_ids: managed.iter().map(|_| policy_id(8)).collect(),
            ..session()
        };
        let asked = of_session(&principal, session, &found, &managed);
        for action in ACTIONS {
            let is_limited = is_federated || !of_session_alone.is_empty();
            let expected = allow(&identity, action)
                && (bounds.is_empty() || allow(&bounds, action))
                && (!is_limited || allow(&of_session_alone, action));
            prop_assert_eq!(ask(&asked, action, None, false).is_ok(), expected, "{}", action);
        }
    }
}
