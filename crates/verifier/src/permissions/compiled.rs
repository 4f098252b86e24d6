use std::{
    collections::HashMap,
    sync::{Arc, Weak, atomic::AtomicU64},
};

use keystead_policy::{DocumentKind, Policy, PolicySet};
use keystead_types::{Principal, UniqueId};
use parking_lot::Mutex;

use super::{
    DirectoryPermissions, DirectoryPolicy, Effective, Permissions, PolicyName, Set, UnreadablePolicy,
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

/// The families of keys that are tags of a resource, by AWS's name and by IAM's older one.
const RESOURCE_TAGS: [&str; 2] = ["aws:ResourceTag/", "iam:ResourceTag/"];

const SWEPT_AT_MIN: usize = 256;

impl Compiled {
    /// Compiles what a directory says of a user.
    pub(crate) fn user(
        &self,
        found: &DirectoryPermissions,
        revision: u64,
        marks: &Watermarks,
    ) -> Result<Permissions, UnreadablePolicy> {
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
            PolicyName::Inline { .. } => None,
        });
        let sources = managed
            .chain(&found.groups)
            .map(|id| marks.slot(id.as_str().as_bytes()));
        let sources = sources.collect();
        let tags = found.tags.iter();
        let mut sets = std::iter::once(&identity).chain(&boundary);
        let ask_for_resource_tags =
            sets.any(|set| RESOURCE_TAGS.iter().any(|family| set.policies.asks_for(family)));
        Ok(Permissions {
            ask_for_resource_tags,
            tags: tags
                .map(|(key, value)| (key.to_ascii_lowercase().into(), value.as_str().into()))
                .collect(),
            sources,
            groups: found.groups.as_slice().into(),
            policies: Effective::User { identity, boundary },
            ..bare(&found.principal, revision, marks)
        })
    }

    /// Forgets what was compiled.
    pub(crate) fn clear(&self) {
        *self.managed.lock() = Managed::default();
    }

    fn set(&self, policies: &[DirectoryPolicy]) -> Result<Set, UnreadablePolicy> {
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

/// The permissions of an account's root user.
pub(crate) fn root(principal: &Arc<Principal>, marks: &Watermarks) -> Permissions {
    bare(principal, 0, marks)
}

/// Everything but policies.
fn bare(principal: &Arc<Principal>, revision: u64, marks: &Watermarks) -> Permissions {
    let account = principal.account;
    let account_slot = marks.slot(&account.number().to_le_bytes());
    let owner = principal
        .user()
        .map(|user| marks.slot(user.id.as_str().as_bytes()));
    Permissions {
        revision,
        checked: AtomicU64::new(revision),
        arn: principal.arn().into(),
        account: account.to_string().into(),
        user_id: principal.user_id().into(),
        principal: Arc::clone(principal),
        tags: Box::default(),
        owner: [owner.unwrap_or(account_slot), account_slot],
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
