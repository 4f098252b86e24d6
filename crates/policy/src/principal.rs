//! `Principal` and `NotPrincipal`: whom a statement of a resource or trust policy is about.

use crate::request::{Principal, PrincipalKind};

#[derive(Debug)]
pub(crate) struct Principals {
    /// `NotPrincipal`.
    pub excluding: bool,
    pub named: Box<[Named]>,
}

/// One principal that a policy names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// `"*"`
    Everyone,
    /// `{"AWS": "*"}`, which AWS documents as `"*"`. A `Deny` takes it for that; an `Allow` does not open a resource to services
    /// and to holders of a provider's token by it.
    EveryAwsPrincipal,
    /// An account's number, or the ARN of its root.
    Account(Box<str>),
    /// The ARN or the unique id of a user or a role, or the ARN of a session, also with the role's unique id: `AROA…:session`.
    Entity(Box<str>),
    Service(Box<str>),
    Federated(Box<str>),
    /// Canonical users of S3 are none of our callers.
    CanonicalUser,
}

/// How much an `Allow` that names the caller so does on its own; see the table in `decide.rs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// It names the caller's account: leaves it to the account's own policies.
    Account,
    /// It names the role of a session, or the user of a federated session: replaces their identity policies.
    Parent,
    /// It names the caller itself, or everyone.
    Caller,
}

impl Named {
    /// An element of `{"AWS": …}`; `None` for what cannot be a principal.
    pub(crate) fn aws(text: &str) -> Option<Self> {
        if text == "*" {
            return Some(Self::EveryAwsPrincipal);
        }
        if is_account(text) {
            return Some(Self::Account(text.into()));
        }
        if text.starts_with("arn:") {
            let parts: Vec<&str> = text.splitn(6, ':').collect();
            let &[_, partition, service, region, account, resource] = parts.as_slice() else {
                return None;
            };
            let valid = !partition.is_empty()
                && matches!(service, "iam" | "sts")
                && region.is_empty()
                && is_account(account)
                && !resource.is_empty()
                // A group is never a principal.
                && !resource.starts_with("group/")
                && !text.contains(['*', '?']);
            let named = match resource {
                "root" => Self::Account(account.into()),
                _ => Self::Entity(text.into()),
            };
            return valid.then_some(named);
        }
        let valid = match text.split_once(':') {
            Some((role, session)) => {
                role.starts_with("AROA")
                    && is_unique_id(role)
                    && !session.is_empty()
                    && !session.contains([':', '*', '?'])
            }
            None => is_unique_id(text),
        };
        valid.then(|| Self::Entity(text.into()))
    }

    fn reach(&self, caller: &Principal<'_>, denies: bool) -> Option<Reach> {
        use PrincipalKind as Kind;
        let is_aws = !matches!(caller.kind, Kind::Service { .. } | Kind::Federated { .. });
        match (self, caller.kind) {
            (Self::Everyone, _) => Some(Reach::Caller),
            (Self::EveryAwsPrincipal, _) => (is_aws || denies).then_some(Reach::Caller),
            (Self::Account(account), kind) => {
                let of_account = is_aws && kind != Kind::Anonymous && is_same(account, caller.account);
                of_account.then_some(Reach::Account)
            }
            (Self::Entity(entity), kind) => Self::entity_reach(entity, kind, caller),
            (Self::Service(service), Kind::Service { name }) => {
                is_same(service, name).then_some(Reach::Caller)
            }
            (Self::Federated(named), Kind::Federated { provider }) => {
                is_same(named, provider).then_some(Reach::Caller)
            }
            (Self::Service(_) | Self::Federated(_) | Self::CanonicalUser, _) => None,
        }
    }

    fn entity_reach(entity: &str, kind: PrincipalKind<'_>, caller: &Principal<'_>) -> Option<Reach> {
        let itself = is_same(entity, caller.arn);
        match kind {
            PrincipalKind::User => {
                let by_id = caller.unique_id.is_some_and(|id| is_same(entity, id));
                (itself || by_id).then_some(Reach::Caller)
            }
            PrincipalKind::RoleSession { role_arn, role_id } => {
                let by_id = entity.split_once(':').is_some_and(|(id, session)| {
                    is_same(id, role_id) && caller.arn.rsplit('/').next() == Some(session)
                });
                Self::session_reach(
                    itself || by_id,
                    is_same(entity, role_arn) || is_same(entity, role_id),
                )
            }
            PrincipalKind::FederatedUser { user_arn, user_id } => {
                Self::session_reach(itself, is_same(entity, user_arn) || is_same(entity, user_id))
            }
            PrincipalKind::Root
            | PrincipalKind::Service { .. }
            | PrincipalKind::Federated { .. }
            | PrincipalKind::Anonymous => None,
        }
    }

    fn session_reach(itself: bool, parent: bool) -> Option<Reach> {
        match (itself, parent) {
            (true, _) => Some(Reach::Caller),
            (false, true) => Some(Reach::Parent),
            (false, false) => None,
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Account(text) | Self::Entity(text) | Self::Service(text) | Self::Federated(text) => {
                text.len()
            }
            Self::Everyone | Self::EveryAwsPrincipal | Self::CanonicalUser => 0,
        }
    }
}

impl Principals {
    /// How far the statement reaches the caller; `None` where it is not about the caller.
    ///
    /// `bounded`: whether the caller has a permissions boundary. Such callers are never exempted from a `Deny`.
    pub(crate) fn reach(&self, caller: &Principal<'_>, denies: bool, bounded: bool) -> Option<Reach> {
        if !self.excluding {
            return self
                .named
                .iter()
                .filter_map(|named| named.reach(caller, denies))
                .max();
        }
        let about = !self.lists(caller) || (denies && bounded);
        about.then_some(Reach::Caller)
    }

    /// Whether `NotPrincipal` exempts the caller. AWS looks for the account first, then for the user or role: the caller is exempted
    /// when both are listed. Root is its account.
    fn lists(&self, caller: &Principal<'_>) -> bool {
        let any = |wanted: &dyn Fn(&Named, Reach) -> bool| {
            let named = self.named.iter();
            named
                .filter_map(|named| named.reach(caller, false).map(|reach| (named, reach)))
                .any(|(named, reach)| wanted(named, reach))
        };
        let everyone = any(&|named, _| matches!(named, Named::Everyone | Named::EveryAwsPrincipal));
        let account = any(&|_, reach| reach == Reach::Account);
        match caller.kind {
            _ if everyone => true,
            PrincipalKind::User => account && any(&|_, reach| reach == Reach::Caller),
            PrincipalKind::RoleSession { .. } => account && any(&|_, reach| reach == Reach::Parent),
            PrincipalKind::FederatedUser { .. } => account && any(&|_, reach| reach > Reach::Account),
            _ => any(&|_, _| true),
        }
    }
}

/// An empty name is nobody's.
fn is_same(named: &str, caller: &str) -> bool {
    !named.is_empty() && named == caller
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `AIDA…`, `AROA…`
fn is_unique_id(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    (16..=128).contains(&text.len()) && text.starts_with('A') && text.bytes().all(valid)
}
