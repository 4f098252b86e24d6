use std::{
    collections::HashMap,
    sync::{Arc, Weak, atomic::AtomicU64},
};

use keystead_policy::{DocumentKind, Policy, PolicySet};
use keystead_types::{Identity, Principal, UniqueId, arn};
use parking_lot::Mutex;

use super::{
    DirectoryPermissions, DirectoryPolicy, Holder, Named, PolicyName, Set, UnreadablePolicy,
    held::{Effective, Held},
};
use crate::watermark::Watermarks;

/// Managed policies that somebody's permissions hold, each compiled once however many users have it.
#[derive(Default)]
pub(crate) struct Compiled {
    managed: Mutex<Managed>,
}

#[derive(Default)]
struct Managed {
    versions: HashMap<(UniqueId, u32), Weak<Policy>>,
    /// Size at which the versions that nobody holds any more are swept out.
    swept_at: usize,
}

const SWEPT_AT_MIN: usize = 256;

impl Compiled {
    /// Compiles what a directory says of a user or role.
    pub(super) fn holder(
        &self,
        found: &DirectoryPermissions,
        revision: u64,
        marks: &Watermarks,
    ) -> Result<Held, UnreadablePolicy> {
        let identity = self.set(&found.policies)?;
        let boundary = match &found.boundary {
            Some(policy) => Some(self.set(std::slice::from_ref(policy))?),
            None => None,
        };
        let names = identity
            .names
            .iter()
            .chain(boundary.iter().flat_map(|set| &*set.names));
        let managed = names.filter_map(|name| match name {
            PolicyName::Managed { id, .. } => Some(id),
            PolicyName::Inline { .. } | PolicyName::Session | PolicyName::Trust { .. } => None,
        });
        let sources = managed
            .chain(&found.groups)
            .map(|id| marks.slot(id.as_str().as_bytes()));
        let sources = sources.collect();
        let tags = found.tags.iter();
        let account = found.account;
        let (arn, named) = match &found.holder {
            Holder::User(user) => {
                let named = Arc::new(Named::new(Arc::new(Principal {
                    account,
                    identity: Identity::User(user.clone()),
                })));
                (Arc::clone(&named.arn), Some(named))
            }
            Holder::Role(role) => (arn::role(account, &role.path, &role.name).into(), None),
        };
        let account_slot = marks.slot(&account.number().to_le_bytes());
        Ok(Held {
            revision,
            checked: AtomicU64::new(revision),
            account,
            account_text: account.to_string().into(),
            holder: Some(found.holder.id()),
            arn,
            named,
            not_before: found.not_before,
            owner: [marks.slot(found.holder.id().as_str().as_bytes()), account_slot],
            tags: tags
                .map(|(key, value)| (key.to_ascii_lowercase().into(), value.as_str().into()))
                .collect(),
            sources,
            groups: found.groups.as_slice().into(),
            ask_for_resource_tags: identity.ask_for_resource_tags()
                || boundary.as_ref().is_some_and(Set::ask_for_resource_tags),
            policies: Effective::Of { identity, boundary },
        })
    }

    /// Forgets what was compiled.
    pub(crate) fn clear(&self) {
        *self.managed.lock() = Managed::default();
    }

    pub(super) fn set(&self, policies: &[DirectoryPolicy]) -> Result<Set, UnreadablePolicy> {
        let compiled: Result<_, _> = policies.iter().map(|policy| self.policy(policy)).collect();
        Ok(Set {
            policies: PolicySet::new(compiled?),
            names: policies.iter().map(|policy| policy.name.clone()).collect(),
        })
    }

    fn policy(&self, policy: &DirectoryPolicy) -> Result<Arc<Policy>, UnreadablePolicy> {
        let PolicyName::Managed { id, version, .. } = policy.name else {
            return compile(policy);
        };
        let held = self
            .managed
            .lock()
            .versions
            .get(&(id, version))
            .and_then(Weak::upgrade);
        if let Some(held) = held {
            return Ok(held);
        }
        let compiled = compile(policy)?;
        let mut managed = self.managed.lock();
        managed.sweep();
        managed.versions.insert((id, version), Arc::downgrade(&compiled));
        Ok(compiled)
    }
}

impl Managed {
    fn sweep(&mut self) {
        if self.versions.len() >= self.swept_at.max(SWEPT_AT_MIN) {
            self.versions.retain(|_, policy| policy.strong_count() > 0);
            self.swept_at = 2 * self.versions.len();
        }
    }
}

/// What is held of an account's root user, which nothing can change.
pub(super) fn root(principal: &Arc<Principal>, marks: &Watermarks) -> Held {
    let named = Arc::new(Named::new(Arc::clone(principal)));
    let account = principal.account;
    let account_slot = marks.slot(&account.number().to_le_bytes());
    Held {
        revision: 0,
        checked: AtomicU64::new(0),
        account,
        account_text: account.to_string().into(),
        holder: None,
        arn: Arc::clone(&named.arn),
        named: Some(named),
        not_before: None,
        tags: Box::default(),
        owner: [account_slot, account_slot],
        sources: Box::default(),
        groups: Box::default(),
        ask_for_resource_tags: false,
        policies: Effective::Root,
    }
}

/// A stored document was validated when it was stored, by the rules of then; what has no version
/// among them is an old inline policy, which stays good.
fn compile(policy: &DirectoryPolicy) -> Result<Arc<Policy>, UnreadablePolicy> {
    let compiled = Policy::parse(&policy.document, DocumentKind::Inline);
    compiled.map(Arc::new).map_err(|malformed| UnreadablePolicy {
        reason: format!("{}: {malformed}", policy.name).into(),
    })
}
