//! The table of `decide.rs`, row by row.

use proptest::prelude::*;

use super::*;
use crate::policy::DocumentKind;
use crate::request::Principal;
use crate::testing::{FEDERATED, OF_ROOT, OTHER, OWN, ROLE, SERVICE, USER, WEB, caller, saying, set};
use Outcome::{Allowed, ExplicitDeny, ImplicitDeny};
use PolicyType::{Boundary, Identity, Resource, ResourceControl, ServiceControl, Session, Trust};

fn resource_policy(effect: &str, principal: &str) -> PolicySet {
    let statement = format!(r#"{{"Effect":"{effect}",{principal},"Action":"*","Resource":"*"}}"#);
    set(&statement, DocumentKind::Resource)
}

/// A case in short: policies by the letter of their type, `i+ b0 s-` and so on; `c` service control and `r` resource control
/// policies may stand several times, once for each level; `!` the resource's policy must allow.
#[derive(Clone, Copy)]
struct Row<'t> {
    caller: PrincipalKind<'static>,
    owner: &'t str,
    policies: &'t str,
    /// `Principal` or `NotPrincipal` of an `Allow` in the resource's policy.
    resource: Option<&'t str>,
}

fn decide_row(row: Row<'_>, action: &str) -> (Outcome, PolicyType, Option<StatementRef>) {
    let of = |letter: char| -> Vec<PolicySet> {
        let words = row.policies.split_whitespace();
        let said = words.filter_map(|word| word.strip_prefix(letter));
        said.map(|said| saying(said.chars().next().unwrap())).collect()
    };
    let (identity, boundary, session) = (of('i'), of('b'), of('s'));
    let (service_control, resource_control) = (of('c'), of('r'));
    let resource = row.resource.map(|principal| resource_policy("Allow", principal));
    let denying = row
        .policies
        .contains("p-")
        .then(|| resource_policy("Deny", r#""Principal":"*""#));
    let levels = |sets: &[PolicySet]| -> Vec<PolicySet> {
        let again = sets.iter().map(|set| PolicySet::new(set.policies().to_vec()));
        again.collect()
    };
    let (service_control, resource_control) = (levels(&service_control), levels(&resource_control));
    let service_control: Vec<&PolicySet> = service_control.iter().collect();
    let resource_control: Vec<&PolicySet> = resource_control.iter().collect();
    let policies = Policies {
        identity: identity.first(),
        boundary: boundary.first(),
        session: session.first(),
        resource: denying.as_ref().or(resource.as_ref()),
        resource_rule: match row.policies.contains('!') {
            true => ResourceRule::MustAllow,
            false => ResourceRule::Optional,
        },
        service_control: &service_control,
        resource_control: &resource_control,
    };
    let request = Request {
        principal: caller(row.caller),
        action,
        resource: "arn:aws:x:::thing",
        resource_account: Some(row.owner),
        context: &(),
    };
    let decision = decide(&policies, &request);
    let explained = crate::explain(&policies, &request);
    assert_eq!(explained.decision, decision);
    (decision.outcome, decision.stage, decision.statement)
}

#[test]
fn policy_types_combine_within_an_account() {
    let rows = [
        (USER, "", ImplicitDeny, Identity),
        (USER, "i0", ImplicitDeny, Identity),
        (USER, "i+", Allowed, Identity),
        (USER, "i-", ExplicitDeny, Identity),
        (USER, "b+", ImplicitDeny, Identity),
        (USER, "s+", ImplicitDeny, Identity),
        (USER, "i+ b+", Allowed, Identity),
        (USER, "i+ b0", ImplicitDeny, Boundary),
        (USER, "i+ b-", ExplicitDeny, Boundary),
        (USER, "i+ s+", Allowed, Identity),
        (USER, "i+ s0", ImplicitDeny, Session),
        (USER, "i+ s-", ExplicitDeny, Session),
        (USER, "i0 b0 s0", ImplicitDeny, Identity),
        (USER, "i+ b0 s0", ImplicitDeny, Boundary),
        (USER, "i- b- s-", ExplicitDeny, Identity),
        (USER, "i0 b0 s-", ExplicitDeny, Session),
        (USER, "i+ c+ c+", Allowed, Identity),
        (USER, "i+ c+ c0", ImplicitDeny, ServiceControl),
        (USER, "i0 c0", ImplicitDeny, ServiceControl),
        (USER, "i+ c+ c-", ExplicitDeny, ServiceControl),
        (USER, "i- c0", ExplicitDeny, Identity),
        (USER, "i+ r+", Allowed, Identity),
        (USER, "i+ r0", ImplicitDeny, ResourceControl),
        (USER, "i+ r+ r-", ExplicitDeny, ResourceControl),
        (USER, "i+ r0 c0", ImplicitDeny, ResourceControl),
        (USER, "i+ c- p-", ExplicitDeny, ServiceControl),
        (USER, "i- p-", ExplicitDeny, Resource),
        (USER, "i+ p-", ExplicitDeny, Resource),
        (ROLE, "i+", Allowed, Identity),
        (ROLE, "i+ s+", Allowed, Identity),
        (ROLE, "i+ s0", ImplicitDeny, Session),
        (ROLE, "i0 s+", ImplicitDeny, Identity),
        (ROLE, "i+ b0 s+", ImplicitDeny, Boundary),
        (FEDERATED, "i+", ImplicitDeny, Session),
        (FEDERATED, "i+ s+", Allowed, Identity),
        (FEDERATED, "i0 s+", ImplicitDeny, Identity),
        (FEDERATED, "i+ b0 s+", ImplicitDeny, Boundary),
        (OF_ROOT, "", ImplicitDeny, Session),
        (OF_ROOT, "s0", ImplicitDeny, Session),
        (OF_ROOT, "s+", Allowed, Identity),
        (OF_ROOT, "s-", ExplicitDeny, Session),
        (PrincipalKind::Root, "", Allowed, Identity),
        (PrincipalKind::Root, "i- b-", Allowed, Identity),
        (PrincipalKind::Root, "b0", Allowed, Identity),
        (PrincipalKind::Root, "s0", ImplicitDeny, Session),
        (PrincipalKind::Root, "p-", ExplicitDeny, Resource),
        (PrincipalKind::Root, "c-", ExplicitDeny, ServiceControl),
        (PrincipalKind::Root, "c0", ImplicitDeny, ServiceControl),
        (PrincipalKind::Root, "r0", ImplicitDeny, ResourceControl),
        (PrincipalKind::Root, "!", ImplicitDeny, Resource),
        (USER, "i+ !", ImplicitDeny, Resource),
        (SERVICE, "i+", ImplicitDeny, Resource),
        (WEB, "i+ s+", ImplicitDeny, Resource),
        (PrincipalKind::Anonymous, "i+", ImplicitDeny, Resource),
    ];
    for (caller, policies, outcome, stage) in rows {
        let row = Row {
            caller,
            owner: OWN,
            policies,
            resource: None,
        };
        let (found, named, statement) = decide_row(row, "x:Do");
        assert_eq!((found, named), (outcome, stage), "{caller:?} {policies}");
        let of_root = matches!(caller, PrincipalKind::Root) || caller == OF_ROOT;
        assert_eq!(
            statement.is_some(),
            outcome == ExplicitDeny || (outcome == Allowed && !of_root),
            "{policies}"
        );
    }
}

const ACCOUNT: &str = r#""Principal":{"AWS":"111122223333"}"#;
const ACCOUNT_ROOT: &str = r#""Principal":{"AWS":"arn:aws:iam::111122223333:root"}"#;
const OTHER_ACCOUNT: &str = r#""Principal":{"AWS":"444455556666"}"#;
const USER_ARN: &str = r#""Principal":{"AWS":["444455556666","arn:aws:iam::111122223333:user/u"]}"#;
const USER_ID: &str = r#""Principal":{"AWS":"AIDACKCEVSQ6C2EXAMPLE"}"#;
const ROLE_ARN: &str = r#""Principal":{"AWS":"arn:aws:iam::111122223333:role/p/r"}"#;
const ROLE_ID: &str = r#""Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE"}"#;
const SESSION_ARN: &str = r#""Principal":{"AWS":"arn:aws:sts::111122223333:assumed-role/r/s"}"#;
const SESSION_ID: &str = r#""Principal":{"AWS":"AROACKCEVSQ6C2EXAMPLE:s"}"#;
const OTHER_SESSION_ID: &str = r#""Principal":{"AWS":["AROACKCEVSQ6C2EXAMPLE:t","AROACKCEVSQ6C2EXAMPL2:s"]}"#;
const FEDERATED_ARN: &str = r#""Principal":{"AWS":"arn:aws:sts::111122223333:federated-user/f"}"#;
const EVERYONE: &str = r#""Principal":"*""#;
const EVERY_AWS: &str = r#""Principal":{"AWS":"*"}"#;
const SERVICE_NAME: &str = r#""Principal":{"Service":["ec2.amazonaws.com","lambda.amazonaws.com"]}"#;
const PROVIDER: &str = r#""Principal":{"Federated":"accounts.google.com"}"#;

#[test]
fn what_the_resource_s_allow_replaces_depends_on_whom_it_names() {
    let rows = [
        // The user itself.
        (USER, "", USER_ARN, Allowed, Resource),
        (USER, "", USER_ID, Allowed, Resource),
        (USER, "i0 b0", USER_ARN, Allowed, Resource),
        (USER, "i+", USER_ARN, Allowed, Resource),
        (USER, "s0", USER_ARN, ImplicitDeny, Session),
        (USER, "i-", USER_ARN, ExplicitDeny, Identity),
        (USER, "b-", USER_ARN, ExplicitDeny, Boundary),
        (USER, "c0", USER_ARN, ImplicitDeny, ServiceControl),
        (USER, "r0", USER_ARN, ImplicitDeny, ResourceControl),
        // A session itself.
        (ROLE, "b0 s0", SESSION_ARN, Allowed, Resource),
        (ROLE, "s-", SESSION_ARN, ExplicitDeny, Session),
        (ROLE, "b0 s0", SESSION_ID, Allowed, Resource),
        (ROLE, "", OTHER_SESSION_ID, ImplicitDeny, Identity),
        (FEDERATED, "b0 s0", FEDERATED_ARN, Allowed, Resource),
        (FEDERATED, "", FEDERATED_ARN, Allowed, Resource),
        // The role or the user behind a session.
        (ROLE, "", ROLE_ARN, Allowed, Resource),
        (ROLE, "", ROLE_ID, Allowed, Resource),
        (ROLE, "i0 b+ s+", ROLE_ARN, Allowed, Resource),
        (ROLE, "i0 b0", ROLE_ARN, ImplicitDeny, Boundary),
        (ROLE, "i0 s0", ROLE_ARN, ImplicitDeny, Session),
        (FEDERATED, "s+", USER_ARN, Allowed, Resource),
        (FEDERATED, "s+", USER_ID, Allowed, Resource),
        (FEDERATED, "", USER_ARN, ImplicitDeny, Session),
        (FEDERATED, "b0 s+", USER_ARN, ImplicitDeny, Boundary),
        // The account.
        (USER, "", ACCOUNT, ImplicitDeny, Identity),
        (USER, "i+", ACCOUNT, Allowed, Identity),
        (USER, "i+", ACCOUNT_ROOT, Allowed, Identity),
        (USER, "i+ b0", ACCOUNT, ImplicitDeny, Boundary),
        (ROLE, "", ACCOUNT_ROOT, ImplicitDeny, Identity),
        (ROLE, "i+ s0", ACCOUNT, ImplicitDeny, Session),
        // Everyone.
        (USER, "b0", EVERYONE, Allowed, Resource),
        (USER, "b0", EVERY_AWS, Allowed, Resource),
        (ROLE, "b0 s0", EVERYONE, Allowed, Resource),
        (SERVICE, "", EVERYONE, Allowed, Resource),
        (SERVICE, "", EVERY_AWS, ImplicitDeny, Resource),
        (PrincipalKind::Anonymous, "", EVERYONE, Allowed, Resource),
        (PrincipalKind::Anonymous, "", EVERY_AWS, Allowed, Resource),
        (PrincipalKind::Anonymous, "", ACCOUNT, ImplicitDeny, Resource),
        // Others are not named.
        (USER, "", OTHER_ACCOUNT, ImplicitDeny, Identity),
        (USER, "", ROLE_ARN, ImplicitDeny, Identity),
        (ROLE, "", USER_ARN, ImplicitDeny, Identity),
        (SERVICE, "", SERVICE_NAME, Allowed, Resource),
        (SERVICE, "r0", SERVICE_NAME, ImplicitDeny, ResourceControl),
        (SERVICE, "", PROVIDER, ImplicitDeny, Resource),
        (WEB, "", PROVIDER, Allowed, Resource),
        (WEB, "c0", PROVIDER, ImplicitDeny, ServiceControl),
        (WEB, "", SERVICE_NAME, ImplicitDeny, Resource),
        // Where the resource must allow.
        (USER, "!", USER_ARN, Allowed, Resource),
        (USER, "i+ !", OTHER_ACCOUNT, ImplicitDeny, Resource),
        (USER, "!", ACCOUNT, ImplicitDeny, Identity),
        (USER, "i+ !", ACCOUNT, Allowed, Identity),
        (PrincipalKind::Root, "!", ACCOUNT, Allowed, Identity),
        (PrincipalKind::Root, "!", OTHER_ACCOUNT, ImplicitDeny, Resource),
    ];
    for (caller, policies, principal, outcome, stage) in rows {
        let row = Row {
            caller,
            owner: OWN,
            policies,
            resource: Some(principal),
        };
        let (found, named, _) = decide_row(row, "x:Do");
        assert_eq!(
            (found, named),
            (outcome, stage),
            "{caller:?} {policies} {principal}"
        );
    }
}

#[test]
fn both_accounts_must_allow() {
    let rows = [
        (USER, "i+", None, ImplicitDeny, Resource),
        (USER, "i+", Some(OTHER_ACCOUNT), ImplicitDeny, Resource),
        (USER, "", Some(USER_ARN), ImplicitDeny, Identity),
        (USER, "i+", Some(USER_ARN), Allowed, Identity),
        (USER, "i+", Some(ACCOUNT), Allowed, Identity),
        (USER, "i+", Some(EVERYONE), Allowed, Identity),
        (USER, "", Some(EVERYONE), ImplicitDeny, Identity),
        (USER, "i+ b0", Some(USER_ARN), ImplicitDeny, Boundary),
        (USER, "i+ c0", Some(USER_ARN), ImplicitDeny, ServiceControl),
        (USER, "i+ p-", None, ExplicitDeny, Resource),
        (ROLE, "i+ s0", Some(SESSION_ARN), ImplicitDeny, Session),
        (ROLE, "i+ b0", Some(SESSION_ARN), ImplicitDeny, Boundary),
        (FEDERATED, "i+", Some(FEDERATED_ARN), ImplicitDeny, Session),
        (PrincipalKind::Root, "", None, ImplicitDeny, Resource),
        (PrincipalKind::Root, "", Some(ACCOUNT), Allowed, Identity),
        (SERVICE, "", Some(SERVICE_NAME), Allowed, Resource),
        (PrincipalKind::Anonymous, "", Some(EVERYONE), Allowed, Resource),
    ];
    for (caller, policies, resource, outcome, stage) in rows {
        let row = Row {
            caller,
            owner: OTHER,
            policies,
            resource,
        };
        let (found, named, _) = decide_row(row, "x:Do");
        assert_eq!(
            (found, named),
            (outcome, stage),
            "{caller:?} {policies} {resource:?}"
        );
    }
}

#[test]
fn a_role_s_trust_policy_must_allow_and_is_named() {
    let rows = [
        (USER, "i+ !", None, ImplicitDeny, Trust),
        (USER, "!", Some(USER_ID), Allowed, Trust),
        (USER, "!", Some(ACCOUNT_ROOT), ImplicitDeny, Identity),
        (USER, "i+ !", Some(ACCOUNT_ROOT), Allowed, Identity),
        (USER, "i- !", Some(USER_ID), ExplicitDeny, Identity),
        (USER, "i+ ! p-", None, ExplicitDeny, Trust),
        (WEB, "!", Some(PROVIDER), Allowed, Trust),
        (WEB, "!", Some(ACCOUNT), ImplicitDeny, Trust),
    ];
    for (caller, policies, resource, outcome, stage) in rows {
        let row = Row {
            caller,
            owner: OWN,
            policies,
            resource,
        };
        let (found, named, _) = decide_row(row, "STS:AssumeRole");
        assert_eq!(
            (found, named),
            (outcome, stage),
            "{caller:?} {policies} {resource:?}"
        );
    }
}

#[test]
fn not_principal_exempts_whom_it_lists() {
    // What a denying NotPrincipal lists, and whether the caller, without and with a boundary, is denied.
    let rows = [
        (
            USER,
            r#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/u"]}"#,
            false,
            true,
        ),
        (
            USER,
            r#"{"AWS":["111122223333","AIDACKCEVSQ6C2EXAMPLE"]}"#,
            false,
            true,
        ),
        (USER, r#"{"AWS":"arn:aws:iam::111122223333:user/u"}"#, true, true),
        (
            USER,
            r#"{"AWS":["111122223333","arn:aws:iam::111122223333:user/other"]}"#,
            true,
            true,
        ),
        (USER, r#"{"AWS":"111122223333"}"#, true, true),
        (USER, r#""*""#, false, true),
        (
            ROLE,
            r#"{"AWS":["111122223333","arn:aws:iam::111122223333:role/p/r"]}"#,
            false,
            true,
        ),
        (
            ROLE,
            r#"{"AWS":"arn:aws:iam::111122223333:role/p/r"}"#,
            true,
            true,
        ),
        (
            ROLE,
            r#"{"AWS":["111122223333","arn:aws:sts::111122223333:assumed-role/r/s"]}"#,
            true,
            true,
        ),
        (ROLE, r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, true, true),
        (PrincipalKind::Root, r#"{"AWS":"111122223333"}"#, false, false),
        (PrincipalKind::Root, r#"{"AWS":"444455556666"}"#, true, true),
        (SERVICE, r#"{"Service":"lambda.amazonaws.com"}"#, false, true),
        (SERVICE, r#"{"AWS":"111122223333"}"#, true, true),
    ];
    let allowing = saying('+');
    for (kind, listed, alone, bounded) in rows {
        let denying = resource_policy("Deny", &format!(r#""NotPrincipal":{listed}"#));
        for (boundary, denied) in [(None, alone), (Some(&allowing), bounded)] {
            let policies = Policies {
                identity: Some(&allowing),
                boundary,
                resource: Some(&denying),
                ..Policies::default()
            };
            let request = Request {
                principal: caller(kind),
                action: "x:Do",
                resource: "arn:aws:x:::thing",
                resource_account: Some(OWN),
                context: &(),
            };
            let outcome = decide(&policies, &request).outcome;
            assert_eq!(
                outcome == ExplicitDeny,
                denied,
                "{kind:?} {listed} {}",
                boundary.is_some()
            );
        }
    }
}

#[test]
fn a_resource_belongs_to_whom_the_request_or_its_arn_says() {
    // Without an account in either it is the caller's own.
    let rows = [
        ("*", None, Allowed),
        ("arn:aws:s3:::b", None, Allowed),
        ("arn:aws:iam::aws:policy/p", None, Allowed),
        ("arn:aws:iam::111122223333:user/a", None, Allowed),
        ("arn:aws:iam::444455556666:user/a", None, ImplicitDeny),
        ("arn:aws:iam::444455556666:user/a", Some(OWN), Allowed),
        ("arn:aws:s3:::b", Some(OTHER), ImplicitDeny),
        ("arn:aws:s3:::b", Some(""), ImplicitDeny),
    ];
    let allowing = saying('+');
    let policies = Policies {
        identity: Some(&allowing),
        ..Policies::default()
    };
    for (resource, resource_account, expected) in rows {
        let request = |principal| Request {
            principal,
            action: "x:Do",
            resource,
            resource_account,
            context: &(),
        };
        let user = caller(USER);
        assert_eq!(decide(&policies, &request(user)).outcome, expected, "{resource}");
        let nowhere = Principal { account: "", ..user };
        assert_eq!(
            decide(&policies, &request(nowhere)).outcome,
            ImplicitDeny,
            "{resource}"
        );
    }
}

#[test]
fn a_statement_without_a_principal_opens_no_resource() {
    let allowing = saying('+');
    let policies = Policies {
        resource: Some(&allowing),
        ..Policies::default()
    };
    let request = Request {
        principal: caller(USER),
        action: "x:Do",
        resource: "*",
        resource_account: None,
        context: &(),
    };
    assert_eq!(decide(&policies, &request).outcome, ImplicitDeny);
    let denying = saying('-');
    let policies = Policies {
        identity: Some(&allowing),
        resource: Some(&denying),
        ..Policies::default()
    };
    assert_eq!(decide(&policies, &request).outcome, ExplicitDeny);
}

proptest! {
    /// Whatever allows, a matching Deny denies.
    #[test]
    fn deny_always_wins(policies in "(i\\+ )?(b[+0] )?(s[+0] )?(c[+0] )?(r[+0] )?!?", at in 0usize..6, caller in 0usize..5) {
        let denying = ["i-", "b-", "s-", "c-", "r-", "p-"][at];
        let caller = [USER, ROLE, FEDERATED, WEB, SERVICE][caller];
        let others: Vec<&str> = policies.split_whitespace().filter(|word| word[..1] != denying[..1]).collect();
        let policies = format!("{} {denying}", others.join(" "));
        let row = Row { caller, owner: OWN, policies: &policies, resource: Some(EVERYONE) };
        prop_assert_eq!(decide_row(row, "x:Do").0, ExplicitDeny);
    }
}
