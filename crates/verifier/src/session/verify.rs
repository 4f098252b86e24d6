use std::sync::{Arc, atomic::Ordering};

use keystead_sigv4::{BodyHash, Presented, SigningKey};
use keystead_types::{AccessKeyId, AccountId, Timestamp, UniqueId, limits};

use super::{Link, NotBefore, Opened, cache::Known};
use crate::{
    Authenticated, Directory, DirectoryUnavailable, Failure, PermissionsSnapshot, PoliciesSnapshot,
    RootSnapshot, Subject, UnknownKey, UnreadablePolicy, Verifier,
    authenticated::Scope,
    permissions::{Permissions, SessionPolicies},
    verifier::{checked, stays_behind},
};

impl<D: Directory> Verifier<D> {
    /// Verifies a request that came with a session token. For a session that is held, and that nothing has changed
    /// of, this never waits.
    pub(crate) async fn verify_session(
        &self,
        presented: &Presented<'_>,
        token: &str,
        body: BodyHash,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let id: AccessKeyId = presented
            .access_key_id()
            .parse()
            .map_err(|_| Failure::SessionToken)?;
        // A long-term key has no token.
        if !id.is_temporary() || token.len() > limits::SESSION_TOKEN_CHARACTERS_MAX {
            return Err(Failure::SessionToken);
        }
        let fingerprint = self.sessions.fingerprint(token);
        let known = self.sessions.find(id, &fingerprint, presented.scope());
        let (opened, key, scope) = match known {
            Some(Known {
                opened,
                prepared: Some((key, scope)),
            }) => {
                opened.is_of_time(now)?;
                checked(presented, &key, body)?;
                (opened, key, scope)
            }
            // The secret is not kept, so that a further scope opens the token again.
            known => {
                let found = self.directory.session(id, token).await;
                let found = found.map_err(Failure::DirectoryUnavailable)?;
                let found = found.ok_or(Failure::SessionToken)?;
                let opened = known.map(|known| known.opened).unwrap_or_else(|| {
                    Arc::new(Opened::new(found.principal, found.session, &self.permissions))
                });
                opened.is_of_time(now)?;
                let scope = presented.scope();
                let secret = found.secret.expose().as_bytes();
                let key = SigningKey::derive(secret, scope.date, scope.region, scope.service);
                checked(presented, &key, body)?;
                let scope = Arc::new(Scope::from(scope));
                self.sessions.insert(id, fingerprint, &opened, &scope, &key);
                (opened, key, scope)
            }
        };
        drop(key);
        self.confirm(&opened).await?;
        Ok(Authenticated::of_session(id, opened, scope))
    }

    /// Checks that everybody is there still without whom the session would not be, and that none of them has
    /// revoked it: by every change that was announced before this was asked.
    pub(super) async fn confirm(&self, opened: &Opened) -> Result<(), Failure> {
        if opened.is_orphaned.load(Ordering::Relaxed) {
            return Err(Failure::UnknownKey(UnknownKey::PrincipalGone));
        }
        for link in &opened.lineage {
            if link.is_confirmed(&self.permissions) {
                continue;
            }
            let (revision, found) = match link.holder {
                Some(holder) => {
                    let held = self.held(link.account, holder).await?;
                    let found = held.as_ref().map(|held| NotBefore(held.not_before()));
                    (held.map_or(0, |held| held.revision()), found)
                }
                None => {
                    let root = self.root(link).await?;
                    (root.revision, Some(NotBefore(root.not_before)))
                }
            };
            link.judge(found).inspect_err(|failure| opened.note(failure))?;
            link.confirm(revision);
        }
        Ok(())
    }

    /// What the directory says of root, by every change that was announced before this was asked.
    async fn root(&self, link: &Link) -> Result<RootSnapshot, Failure> {
        for _ in 0..limits::VERIFIER_STALE_SNAPSHOTS_MAX {
            let read = self.directory.root(link.account).await;
            let root = read.map_err(Failure::DirectoryUnavailable)?;
            if self.permissions.is_current(link.marks, root.revision) {
                return Ok(root);
            }
            self.stale_snapshot();
        }
        Err(stays_behind())
    }

    /// What the caller may do, by every change that was announced before this was asked.
    ///
    /// # Errors
    ///
    /// The caller's user or role is gone, or has revoked the session; the directory does not answer; or a policy of
    /// the caller cannot be read.
    pub async fn permissions(&self, caller: &Authenticated) -> Result<Arc<Permissions>, Failure> {
        let principal = caller.principal();
        let gone = |why| Failure::UnknownKey(why);
        let held = match principal.holder() {
            None => self.permissions.root(principal.account),
            Some(holder) => {
                let held = self.held(principal.account, holder).await?;
                held.ok_or_else(|| gone(UnknownKey::Absent))?
            }
        };
        let Some(opened) = caller.opened() else {
            let own = Permissions::own(held).ok_or_else(|| gone(UnknownKey::Absent))?;
            return Ok(Arc::new(own));
        };
        // Since it was authenticated, changes may have been announced that `held` has.
        self.confirm(opened).await?;
        let policies = self.policies_of(opened).await?;
        Ok(Arc::new(Permissions::of_session(held, opened, policies)))
    }

    /// Whether permissions still hold within a transaction that has made `changes`, not announced yet. If not,
    /// they are found anew by [`Verifier::permissions_within`].
    pub fn still_hold<'a>(
        &self,
        permissions: &Permissions,
        changes: impl IntoIterator<Item = &'a Subject>,
    ) -> bool {
        let of_session = permissions.opened().is_none_or(|opened| {
            let mut lineage = opened.lineage.iter();
            lineage.all(|link| link.is_confirmed(&self.permissions))
        });
        let policies = permissions.session_policies();
        of_session
            && policies.is_none_or(|policies| self.permissions.are_announced(policies))
            && self.permissions.is_announced(permissions.held())
            && !changes.into_iter().any(|subject| permissions.depend_on(subject))
    }

    /// Compiles what a session's policies are now, or finds them compiled.
    async fn policies_of(&self, opened: &Opened) -> Result<Option<Arc<SessionPolicies>>, Failure> {
        if !opened.facts.has_policies() {
            return Ok(None);
        }
        let held = opened.policies.lock().clone();
        if let Some(held) = held.filter(|held| self.permissions.are_announced(held)) {
            return Ok(Some(held));
        }
        let account = opened.principal().account;
        for _ in 0..limits::VERIFIER_STALE_SNAPSHOTS_MAX {
            let snapshot = match &*opened.facts.policy_ids {
                // The text of the session's own policy is in its token.
                [] => PoliciesSnapshot {
                    revision: 0,
                    policies: Vec::new(),
                },
                ids => {
                    let read = self.directory.policies(account, ids).await;
                    read.map_err(Failure::DirectoryUnavailable)?
                }
            };
            let compiled = self.permissions.compile_session(&opened.facts, &snapshot);
            let compiled = compiled.map_err(|error| {
                Failure::DirectoryUnavailable(DirectoryUnavailable::new(error.to_string()))
            })?;
            if self.permissions.are_announced(&compiled) {
                *opened.policies.lock() = Some(Arc::clone(&compiled));
                return Ok(Some(compiled));
            }
            self.stale_snapshot();
        }
        Err(stays_behind())
    }

    /// What the caller may do by snapshots of one transaction, which sees changes that were not announced yet: of
    /// the caller's user or role and of all others that its session depends on. Nothing is held.
    ///
    /// # Errors
    ///
    /// What `permissions`, `root` or `policies` answer; otherwise as for [`Verifier::permissions`].
    pub fn permissions_within<E: From<Failure> + From<UnreadablePolicy>>(
        &self,
        caller: &Authenticated,
        permissions: impl Fn(AccountId, UniqueId) -> Result<PermissionsSnapshot, E>,
        root: impl Fn(AccountId) -> Result<RootSnapshot, E>,
        policies: impl Fn(AccountId, &[UniqueId]) -> Result<PoliciesSnapshot, E>,
    ) -> Result<Arc<Permissions>, E> {
        let principal = caller.principal();
        let absent = || E::from(Failure::UnknownKey(UnknownKey::Absent));
        let held = match principal.holder() {
            None => self.permissions.root(principal.account),
            Some(holder) => {
                let snapshot = permissions(principal.account, holder)?;
                self.permissions.compile(&snapshot)?.ok_or_else(absent)?
            }
        };
        let Some(opened) = caller.opened() else {
            return Permissions::own(held).map(Arc::new).ok_or_else(absent);
        };
        for link in &opened.lineage {
            let found = match link.holder {
                Some(holder) => {
                    let found = permissions(link.account, holder)?.permissions;
                    found.map(|found| NotBefore(found.not_before))
                }
                None => Some(NotBefore(root(link.account)?.not_before)),
            };
            link.judge(found)?;
        }
        let policies = match opened.facts.has_policies() {
            false => None,
            true => {
                let snapshot = policies(principal.account, &opened.facts.policy_ids)?;
                Some(self.permissions.compile_session(&opened.facts, &snapshot)?)
            }
        };
        Ok(Arc::new(Permissions::of_session(held, opened, policies)))
    }
}
