use std::sync::Arc;

use keystead_types::{AccessKeyId, AccountId, Identity, Principal, UniqueId, UserIdentity};
use keystead_verifier::{
    Directory, DirectoryKey, DirectoryPermissions, DirectoryPolicy, DirectoryUnavailable,
    PermissionsSnapshot, PolicyName, Snapshot,
};

use crate::{
    AccessKeyRecord, AppliedPolicyRecord, AppliedPolicySource, KeyOwner, Reader, Store, StoreError,
    UserPermissionsRecord, UserRecord, statistics::add,
};

impl Directory for Store {
    async fn access_key(&self, id: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
        let read = self.read(move |reader| reader.directory_snapshot(id)).await;
        read.map_err(|error: StoreError| {
            if matches!(error, StoreError::Sealed(_)) {
                add(&self.shared.counters.unopened, 1);
            }
            DirectoryUnavailable::new(error.to_string())
        })
    }

    async fn permissions(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<PermissionsSnapshot, DirectoryUnavailable> {
        let read = self
            .read(move |reader| reader.permissions_snapshot(account, user))
            .await;
        read.map_err(|error: StoreError| DirectoryUnavailable::new(error.to_string()))
    }
}

impl Reader<'_> {
    /// Whom a key stands for now; `None` when its owner is gone.
    pub fn principal_of(&self, key: &AccessKeyRecord) -> Result<Option<Principal>, StoreError> {
        let identity = match key.owner {
            KeyOwner::Root => Identity::Root,
            KeyOwner::User(id) => match self.user_by_id(key.account, id)? {
                Some(user) => identity(&user),
                None => return Ok(None),
            },
        };
        Ok(Some(Principal {
            account: key.account,
            identity,
        }))
    }

    /// Everything that decides what a user may do, as a verifier takes it.
    pub fn permissions_snapshot(
        &self,
        account: AccountId,
        user: UniqueId,
    ) -> Result<PermissionsSnapshot, StoreError> {
        let found = self.user_permissions(account, user)?;
        Ok(PermissionsSnapshot {
            revision: self.revision().number(),
            permissions: found.map(directory_permissions),
        })
    }

    fn directory_snapshot(&self, id: AccessKeyId) -> Result<Snapshot, StoreError> {
        Ok(Snapshot {
            revision: self.revision().number(),
            key: self.directory_key(id)?,
        })
    }

    fn directory_key(&self, id: AccessKeyId) -> Result<Option<DirectoryKey>, StoreError> {
        let Some(key) = self.access_key(id)? else {
            return Ok(None);
        };
        let (Some(principal), Some(secret)) = (self.principal_of(&key)?, self.access_key_secret(&key)?)
        else {
            return Ok(None);
        };
        Ok(Some(DirectoryKey {
            status: key.status,
            principal: Arc::new(principal),
            secret,
        }))
    }
}

fn directory_permissions(found: UserPermissionsRecord) -> DirectoryPermissions {
    let policies = found.policies.iter();
    DirectoryPermissions {
        principal: Arc::new(Principal {
            account: found.user.account,
            identity: identity(&found.user),
        }),
        policies: policies.map(|policy| directory_policy(policy, &found)).collect(),
        boundary: found
            .boundary
            .as_ref()
            .map(|policy| directory_policy(policy, &found)),
        groups: found.groups.iter().map(|group| group.id).collect(),
        tags: found.tags.into_iter().map(|tag| (tag.key, tag.value)).collect(),
    }
}

fn directory_policy(policy: &AppliedPolicyRecord, found: &UserPermissionsRecord) -> DirectoryPolicy {
    let name = match &policy.source {
        AppliedPolicySource::Managed(managed) => PolicyName::Managed {
            arn: managed.arn.to_string().into(),
            id: managed.id,
            version: managed.version.number(),
        },
        AppliedPolicySource::Inline(name) => {
            let group = found.groups.iter().find(|group| group.id == policy.owner);
            let (owner_kind, owner) = match group {
                Some(group) => ("group", group.name.as_str()),
                None => ("user", found.user.name.as_str()),
            };
            PolicyName::Inline {
                owner_kind,
                owner: owner.into(),
                name: name.as_str().into(),
            }
        }
    };
    DirectoryPolicy {
        name,
        document: policy.document.as_ref().into(),
    }
}

fn identity(user: &UserRecord) -> Identity {
    Identity::User(UserIdentity {
        id: user.id,
        name: user.name.clone(),
        path: user.path.clone(),
    })
}
