//! What a caller may do: its policies, compiled, and held as long as the feed says nothing against it.

mod cache;
mod compiled;
mod held;
mod session_policies;
mod snapshot;

use std::{fmt, sync::Arc};

use keystead_policy::{PolicySet, PrincipalKind};
use keystead_types::{Identity, Principal, Session, Timestamp};

pub use self::snapshot::{
    DirectoryPermissions, DirectoryPolicy, Holder, PermissionsSnapshot, PoliciesSnapshot, PolicyName,
};
pub(crate) use self::{
    cache::{Marks, PermissionsCache},
    held::Held,
    session_policies::SessionPolicies,
};
use crate::{Subject, session::Opened};

/// A caller's effective policies, compiled and indexed, at one revision of the directory.
///
/// Only a verifier makes them, from what its directory says.
pub struct Permissions {
    held: Arc<Held>,
    named: Arc<Named>,
    session: Option<InSession>,
}

/// A caller, and the texts that policies and denials call it by.
pub(crate) struct Named {
    pub(crate) principal: Arc<Principal>,
    pub(crate) arn: Arc<str>,
    pub(crate) user_id: Box<str>,
}

struct InSession {
    opened: Arc<Opened>,
    policies: Option<Arc<SessionPolicies>>,
}

/// Policies with their names, in the same order.
pub(crate) struct Set {
    pub(crate) policies: PolicySet,
    pub(crate) names: Arc<[PolicyName]>,
}

/// What one look-up found: permissions, or `None` when there is no such user or role.
pub(crate) struct Looked {
    pub(crate) revision: u64,
    pub(crate) permissions: Option<Arc<Held>>,
}

/// A stored policy that cannot be read any more. Nothing is allowed on the word of the others: what
/// cannot be read may have denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnreadablePolicy {
    /// The policy and what is wrong with it, for the operator.
    pub reason: Arc<str>,
}

impl Permissions {
    /// Of a user or of root itself; `None` for a role, which calls through its sessions alone.
    pub(crate) fn own(held: Arc<Held>) -> Option<Self> {
        Some(Self {
            named: Arc::clone(held.named()?),
            session: None,
            held,
        })
    }

    /// Of a session. A user with a session token is called what the user is called now.
    pub(crate) fn of_session(
        held: Arc<Held>,
        opened: &Arc<Opened>,
        policies: Option<Arc<SessionPolicies>>,
    ) -> Self {
        let is_itself = matches!(opened.principal().identity, Identity::User(_) | Identity::Root);
        let own = held.named().filter(|_| is_itself);
        Self {
            named: Arc::clone(own.unwrap_or_else(|| opened.named())),
            session: Some(InSession {
                opened: Arc::clone(opened),
                policies,
            }),
            held,
        }
    }

    /// The feed's revision that they were read at.
    pub fn revision(&self) -> u64 {
        self.held.revision()
    }

    /// Whose they are, as the directory called it at that revision.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.named.principal
    }

    /// What the caller's session token carries; `None` for a long-term key.
    pub fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref().map(|session| session.opened.facts())
    }

    /// Until when sessions of the user or role were revoked, if they ever were.
    pub fn not_before(&self) -> Option<Timestamp> {
        self.held.not_before()
    }

    /// The value of the caller's tag with this key in lower case: of the session, or else of its user or role.
    pub(crate) fn tag(&self, lowered_key: &str) -> Option<&str> {
        let of_session = self.session.as_ref();
        of_session
            .and_then(|session| session.opened.tag(lowered_key))
            .or_else(|| self.held.tag(lowered_key))
    }

    /// Whether any of the policies asks for tags of the resource. What nobody asks for need not be read
    /// from the store.
    pub fn ask_for_resource_tags(&self) -> bool {
        let of_session = self.session_policies();
        self.held.ask_for_resource_tags || of_session.is_some_and(|policies| policies.ask_for_resource_tags)
    }

    /// Whether a change of `subject` can have changed these.
    pub(crate) fn depend_on(&self, subject: &Subject) -> bool {
        let of_session = self.session.as_ref().is_some_and(|session| {
            let policies = session.policies.as_ref();
            session.opened.depends_on(subject) || policies.is_some_and(|policies| policies.depend_on(subject))
        });
        of_session || self.held.depends_on(subject)
    }

    pub(crate) fn held(&self) -> &Held {
        &self.held
    }

    pub(crate) fn opened(&self) -> Option<&Arc<Opened>> {
        self.session.as_ref().map(|session| &session.opened)
    }

    pub(crate) fn session_policies(&self) -> Option<&Arc<SessionPolicies>> {
        self.session.as_ref()?.policies.as_ref()
    }

    pub(crate) fn named(&self) -> &Named {
        &self.named
    }

    /// What `aws:PrincipalArn` says: of a role's session the role's own ARN.
    pub(crate) fn principal_arn(&self) -> &str {
        match &self.named.principal.identity {
            Identity::RoleSession(_) => self.held.arn(),
            Identity::Root | Identity::User(_) | Identity::FederatedUser(_) => &self.named.arn,
        }
    }

    /// The kind of caller, as the policy language tells them apart.
    pub(crate) fn kind(&self) -> PrincipalKind<'_> {
        match &self.named.principal.identity {
            Identity::Root => PrincipalKind::Root,
            Identity::User(_) => PrincipalKind::User,
            Identity::RoleSession(session) => PrincipalKind::RoleSession {
                role_arn: self.held.arn(),
                role_id: session.role.id.as_str(),
            },
            Identity::FederatedUser(_) => PrincipalKind::FederatedUser {
                user_arn: self.held.arn(),
                user_id: self.held.id_text(),
            },
        }
    }

    pub(crate) fn identity(&self) -> Option<&Set> {
        self.held.identity()
    }

    pub(crate) fn boundary(&self) -> Option<&Set> {
        self.held.boundary()
    }

    /// The policies that were passed when the session was made.
    pub(crate) fn passed(&self) -> Option<&Set> {
        self.session_policies().map(|policies| policies.set())
    }

    fn sets(&self) -> impl Iterator<Item = &Set> {
        self.identity()
            .into_iter()
            .chain(self.boundary())
            .chain(self.passed())
    }
}

impl Named {
    pub(crate) fn new(principal: Arc<Principal>) -> Self {
        Self {
            arn: principal.arn().into(),
            user_id: principal.user_id().into(),
            principal,
        }
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.sets().flat_map(|set| &*set.names);
        f.debug_struct("Permissions")
            .field("principal", self.principal())
            .field("revision", &self.revision())
            .field("policies", &names.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for UnreadablePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a stored policy cannot be read: {}", self.reason)
    }
}

impl std::error::Error for UnreadablePolicy {}
