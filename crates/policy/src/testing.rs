//! Callers and policies of the unit tests.

use std::sync::Arc;

use crate::policy::{DocumentKind, Policy};
use crate::request::{Principal, PrincipalKind};
use crate::set::PolicySet;

pub(crate) const OWN: &str = "111122223333";
pub(crate) const OTHER: &str = "444455556666";

pub(crate) const USER: PrincipalKind<'_> = PrincipalKind::User;
pub(crate) const ROLE: PrincipalKind<'_> = PrincipalKind::RoleSession {
    role_arn: "arn:aws:iam::111122223333:role/p/r",
    role_id: "AROACKCEVSQ6C2EXAMPLE",
};
pub(crate) const FEDERATED: PrincipalKind<'_> = PrincipalKind::FederatedUser {
    user_arn: "arn:aws:iam::111122223333:user/u",
    user_id: "AIDACKCEVSQ6C2EXAMPLE",
};
pub(crate) const OF_ROOT: PrincipalKind<'_> = PrincipalKind::FederatedUser {
    user_arn: "arn:aws:iam::111122223333:root",
    user_id: "111122223333",
};
pub(crate) const SERVICE: PrincipalKind<'_> = PrincipalKind::Service {
    name: "lambda.amazonaws.com",
};
pub(crate) const WEB: PrincipalKind<'_> = PrincipalKind::Federated {
    provider: "accounts.google.com",
};

pub(crate) fn caller(kind: PrincipalKind<'static>) -> Principal<'static> {
    let (account, arn, unique_id) = match kind {
        PrincipalKind::Root => (OWN, "arn:aws:iam::111122223333:root", None),
        PrincipalKind::User => (
            OWN,
            "arn:aws:iam::111122223333:user/u",
            Some("AIDACKCEVSQ6C2EXAMPLE"),
        ),
        PrincipalKind::RoleSession { .. } => (OWN, "arn:aws:sts::111122223333:assumed-role/r/s", None),
        PrincipalKind::FederatedUser { .. } => (OWN, "arn:aws:sts::111122223333:federated-user/f", None),
        PrincipalKind::Service { .. } | PrincipalKind::Federated { .. } | PrincipalKind::Anonymous => {
            ("", "", None)
        }
    };
    Principal {
        kind,
        account,
        arn,
        unique_id,
    }
}

pub(crate) fn set(statements: &str, kind: DocumentKind) -> PolicySet {
    let text = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    let policy = Policy::parse(&text, kind).unwrap_or_else(|error| panic!("{text}: {error}"));
    PolicySet::new(vec![Arc::new(policy)])
}

/// `+` allows, `-` denies, `0` says nothing of the request.
pub(crate) fn saying(what: char) -> PolicySet {
    let (effect, action) = match what {
        '+' => ("Allow", "*"),
        '-' => ("Deny", "*"),
        _ => ("Allow", "other:Action"),
    };
    let statement = format!(r#"{{"Effect":"{effect}","Action":"{action}","Resource":"*"}}"#);
    set(&statement, DocumentKind::Managed)
}
