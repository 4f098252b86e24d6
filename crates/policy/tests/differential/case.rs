//! A decision to make: the policies of every type as JSON, and the request. What the evaluators are given.

use serde_json::Value as Json;

/// One request and the policies that apply to it.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) identity: Option<Vec<Json>>,
    pub(crate) boundary: Option<Vec<Json>>,
    pub(crate) session: Option<Vec<Json>>,
    /// A role's trust policy when `is_trust`.
    pub(crate) resource: Option<Vec<Json>>,
    pub(crate) is_trust: bool,
    /// The resource's policy must allow or delegate.
    pub(crate) must_allow: bool,
    pub(crate) service_control: Vec<Vec<Json>>,
    pub(crate) resource_control: Vec<Vec<Json>>,
    pub(crate) who: Who,
    pub(crate) action: String,
    pub(crate) resource_arn: String,
    pub(crate) resource_account: Option<String>,
    pub(crate) context: Vec<(String, Held)>,
}

/// The caller.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Who {
    Root {
        account: String,
        arn: String,
    },
    User {
        account: String,
        arn: String,
        id: String,
    },
    RoleSession {
        account: String,
        arn: String,
        role: String,
        role_id: String,
    },
    FederatedUser {
        account: String,
        arn: String,
        user: String,
        user_id: String,
    },
    Service {
        name: String,
    },
    Federated {
        provider: String,
    },
    Anonymous,
}

/// The value of a condition key.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Held {
    Text(String),
    Bool(bool),
    Integer(i64),
    /// Unix seconds.
    Date(i64),
    Address(String),
    List(Vec<String>),
}

/// What an evaluator answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Verdict {
    /// AWS's word: `allowed`, `explicitDeny`, `implicitDeny`.
    pub(crate) outcome: &'static str,
    /// The policy type that decided, by the names of the corpus.
    pub(crate) by: &'static str,
}

/// A statement that matches: policy type, level, policy, place in the policy, and whether it allows.
pub(crate) type Matched = (&'static str, usize, usize, usize, bool);

impl Who {
    /// The caller's account; empty for a caller without one.
    pub(crate) fn account(&self) -> &str {
        match self {
            Self::Root { account, .. }
            | Self::User { account, .. }
            | Self::RoleSession { account, .. }
            | Self::FederatedUser { account, .. } => account,
            Self::Service { .. } | Self::Federated { .. } | Self::Anonymous => "",
        }
    }
}

impl Case {
    /// The default: alice of account 111122223333 reads an object, and nothing applies.
    pub(crate) fn of(who: Who) -> Self {
        Self {
            identity: None,
            boundary: None,
            session: None,
            resource: None,
            is_trust: false,
            must_allow: false,
            service_control: Vec::new(),
            resource_control: Vec::new(),
            who,
            action: "s3:GetObject".to_owned(),
            resource_arn: "arn:aws:s3:::bucket/key".to_owned(),
            resource_account: None,
            context: Vec::new(),
        }
    }
}
