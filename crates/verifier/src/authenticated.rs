use std::sync::Arc;

use keystead_types::{AccessKeyId, Principal, Session};

use crate::session::Opened;

/// Proof that a request was signed with an active access key, or with temporary credentials that hold, or that it came
/// with a session of the console. Only the verifier makes one.
#[derive(Clone, Debug)]
pub struct Authenticated {
    access_key_id: AccessKeyId,
    principal: Arc<Principal>,
    scope: Arc<Scope>,
    session: Option<Arc<Opened>>,
    is_console: bool,
}

/// What a signing key is good for: one day, one region, one service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    pub(crate) date: Box<str>,
    pub(crate) region: Box<str>,
    pub(crate) service: Box<str>,
}

impl Authenticated {
    pub(crate) fn assertion(
        access_key_id: AccessKeyId,
        principal: Arc<Principal>,
        scope: Arc<Scope>,
    ) -> Self {
        Self {
            access_key_id,
            principal,
            scope,
            session: None,
            is_console: false,
        }
    }

    pub(crate) fn of_session(access_key_id: AccessKeyId, session: Arc<Opened>, scope: Arc<Scope>) -> Self {
        Self {
            access_key_id,
            principal: Arc::clone(session.principal()),
            scope,
            session: Some(session),
            is_console: false,
        }
    }

    pub(crate) fn of_console(access_key_id: AccessKeyId, session: Arc<Opened>, scope: Arc<Scope>) -> Self {
        Self {
            is_console: true,
            ..Self::of_session(access_key_id, session, scope)
        }
    }

    pub(crate) fn opened(&self) -> Option<&Arc<Opened>> {
        self.session.as_ref()
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    /// Whether somebody is signed in to the console, and nothing was signed with a key.
    pub fn is_console(&self) -> bool {
        self.is_console
    }

    /// The key that signed; the console session's, where nothing was signed.
    pub fn access_key_id(&self) -> AccessKeyId {
        self.access_key_id
    }

    /// Whom the key stands for.
    pub fn principal(&self) -> &Arc<Principal> {
        &self.principal
    }

    /// What the session token carries; `None` for a long-term key.
    pub fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref().map(|opened| opened.facts())
    }

    /// The region of the credential scope, as the client signed it.
    pub fn region(&self) -> &str {
        &self.scope.region
    }

    /// The service of the credential scope, such as `iam`.
    pub fn service(&self) -> &str {
        &self.scope.service
    }
}

impl Scope {
    pub(crate) fn is(&self, scope: keystead_sigv4::Scope<'_>) -> bool {
        *self.date == *scope.date && *self.region == *scope.region && *self.service == *scope.service
    }

    /// Memory of an `Arc<Scope>`, its counters and texts included.
    pub(crate) fn memory_bytes(&self) -> usize {
        2 * size_of::<usize>() + size_of::<Self>() + self.date.len() + self.region.len() + self.service.len()
    }
}

impl From<keystead_sigv4::Scope<'_>> for Scope {
    fn from(scope: keystead_sigv4::Scope<'_>) -> Self {
        Self {
            date: scope.date.into(),
            region: scope.region.into(),
            service: scope.service.into(),
        }
    }
}
