use std::{fmt, sync::Arc};

use keystead_types::AccountId;

/// What an action is done to: what policies call it, and what a denial calls it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Resource {
    account: Option<AccountId>,
    arn: Arc<str>,
    wording: Wording,
}

/// How AWS's AccessDenied names a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Wording {
    Arn,
    Named {
        kind: &'static str,
        name: Arc<str>,
    },
    /// By its ARN, without a reason, for the same purpose.
    ArnUnexplained,
    /// The one text without a colon and without a reason. It reads the same whether there is such a
    /// thing or not, so nobody learns which there are.
    Unexplained {
        kind: &'static str,
        name: Arc<str>,
    },
}

impl Resource {
    /// A resource that denials call by its ARN. `account` is whose it is; `None` for what belongs to no
    /// account, which is judged as the caller's own.
    pub fn new(account: Option<AccountId>, arn: impl Into<Arc<str>>) -> Self {
        Self {
            account,
            arn: arn.into(),
            wording: Wording::Arn,
        }
    }

    /// What actions work on that have no resource: `*`.
    pub fn everything() -> Self {
        Self::new(None, "*")
    }

    /// The same resource, which denials call `user alice`.
    #[must_use]
    pub fn named(self, kind: &'static str, name: &str) -> Self {
        Self {
            wording: Wording::Named {
                kind,
                name: name.into(),
            },
            ..self
        }
    }

    /// The same resource, which denials call `access key AKIA…`, without a reason.
    #[must_use]
    pub fn unexplained(self, kind: &'static str, name: &str) -> Self {
        Self {
            wording: Wording::Unexplained {
                kind,
                name: name.into(),
            },
            ..self
        }
    }

    /// The same resource, which denials call by its ARN, without a reason: whether there is such a role, and whom
    /// it trusts, is nobody's business who may not assume it.
    #[must_use]
    pub fn in_confidence(self) -> Self {
        Self {
            wording: Wording::ArnUnexplained,
            ..self
        }
    }

    /// Whose it is, if it is an account's.
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// What policies call it: its ARN, or `*`.
    pub fn arn(&self) -> &str {
        &self.arn
    }

    /// Whether a denial says why.
    pub(crate) fn is_explained(&self) -> bool {
        matches!(self.wording, Wording::Arn | Wording::Named { .. })
    }

    /// Whether a denial has a colon after "perform".
    pub(crate) fn has_colon(&self) -> bool {
        !matches!(self.wording, Wording::Unexplained { .. })
    }
}

/// As AWS's AccessDenied names it.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.wording {
            Wording::Arn | Wording::ArnUnexplained => f.write_str(&self.arn),
            Wording::Named { kind, name } | Wording::Unexplained { kind, name } => {
                write!(f, "{kind} {name}")
            }
        }
    }
}
