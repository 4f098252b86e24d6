use std::sync::Arc;

use keystead_types::{
    AccessKeyId, AccountId, Identity, Principal, RoleIdentity, UniqueId, UniqueIdKind, UserIdentity,
};
use keystead_verifier::{
    Directory, DirectoryConsoleSession, DirectoryKey, DirectoryPermissions, DirectoryPolicy,
    DirectorySession, DirectoryUnavailable, Holder, PermissionsSnapshot, PoliciesSnapshot, PolicyName,
    RootSnapshot, Snapshot,
};

use zeroize::Zeroizing;

use crate::{
    AccessKeyRecord, AppliedPolicyRecord, AppliedPolicySource, KeyOwner, Reader, RolePermissionsRecord,
    Store, StoreError, TagRecord, UserPermissionsRecord, UserRecord, aws_managed, statistics::add,
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
        holder: UniqueId,
    ) -> Result<PermissionsSnapshot, DirectoryUnavailable> {
        let read = self
            .read(move |reader| reader.permissions_snapshot(account, holder))
            .await;
        read.map_err(|error: StoreError| DirectoryUnavailable::new(error.to_string()))
    }

    async fn root(&self, account: AccountId) -> Result<RootSnapshot, DirectoryUnavailable> {
        let read = self.read(move |reader| reader.root_snapshot(account)).await;
        read.map_err(|error: StoreError| DirectoryUnavailable::new(error.to_string()))
    }

    async fn policies(
        &self,
        account: AccountId,
        ids: &[UniqueId],
    ) -> Result<PoliciesSnapshot, DirectoryUnavailable> {
        let ids = ids.to_vec();
        let read = self
            .read(move |reader| reader.policies_snapshot(account, &ids))
            .await;
        read.map_err(|error: StoreError| DirectoryUnavailable::new(error.to_string()))
    }

    async fn console_session(
        &self,
        token: &str,
    ) -> Result<Option<DirectoryConsoleSession>, DirectoryUnavailable> {
        let token = Zeroizing::new(token.to_owned());
        let read = self
            .read(move |reader| reader.directory_console_session(&token))
            .await;
        read.map_err(|error: StoreError| DirectoryUnavailable::new(error.to_string()))
    }

    async fn session(
        &self,
        id: AccessKeyId,
        token: &str,
    ) -> Result<Option<DirectorySession>, DirectoryUnavailable> {
        Ok(self.open_session(id, token))
    }
}

impl Reader<'_> {
    /// Whom a key stands for now; `None` when its owner is gone.
    pub fn principal_of(&self, key: &AccessKeyRecord) -> Result<Option<Principal>, StoreError> {
        let identity = match key.owner {
            KeyOwner::Root => Identity::Root,
            KeyOwner::User(id) => match self.user_by_id(key.account, id)? {
                Some(user) => Identity::User(user_identity(&user)),
                None => return Ok(None),
            },
        };
        Ok(Some(Principal {
            account: key.account,
            identity,
        }))
    }

    /// Everything that decides what a user or role may do, as a verifier takes it.
    pub fn permissions_snapshot(
        &self,
        account: AccountId,
        holder: UniqueId,
    ) -> Result<PermissionsSnapshot, StoreError> {
        let permissions = match holder.kind() {
            UniqueIdKind::Role => self.role_permissions(account, holder)?.map(of_role),
            _ => self.user_permissions(account, holder)?.map(of_user),
        };
        Ok(PermissionsSnapshot {
            revision: self.revision().number(),
            permissions,
        })
    }

    /// What decides whether sessions of root count, as a verifier takes it.
    pub fn root_snapshot(&self, account: AccountId) -> Result<RootSnapshot, StoreError> {
        let found = self.account(account)?;
        Ok(RootSnapshot {
            revision: self.revision().number(),
            not_before: found.and_then(|account| account.root_sessions_not_before),
        })
    }

    /// Managed policies in their versions of the moment, as a verifier takes them; without those that are gone.
    pub fn policies_snapshot(
        &self,
        account: AccountId,
        ids: &[UniqueId],
    ) -> Result<PoliciesSnapshot, StoreError> {
        let mut policies = Vec::with_capacity(ids.len());
        for id in ids {
            policies.extend(self.managed_policy(account, *id)?);
        }
        Ok(PoliciesSnapshot {
            revision: self.revision().number(),
            policies,
        })
    }

    fn managed_policy(
        &self,
        account: AccountId,
        id: UniqueId,
    ) -> Result<Option<DirectoryPolicy>, StoreError> {
        if let Some(policy) = aws_managed::by_id(id) {
            return Ok(Some(DirectoryPolicy {
                name: PolicyName::Managed {
                    arn: policy.attached()?.arn.to_string().into(),
                    id,
                    version: policy.attached()?.version.number(),
                },
                document: policy.document.into(),
            }));
        }
        let Some(policy) = self.policy_by_id(account, id)? else {
            return Ok(None);
        };
        let version = self.policy_version(account, id, policy.default_version)?;
        Ok(version.map(|version| DirectoryPolicy {
            name: PolicyName::Managed {
                arn: policy.arn().to_string().into(),
                id,
                version: policy.default_version.number(),
            },
            document: version.document.into(),
        }))
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

fn of_user(found: UserPermissionsRecord) -> DirectoryPermissions {
    let user = &found.user;
    let policies = found.policies.iter();
    DirectoryPermissions {
        account: user.account,
        holder: Holder::User(user_identity(user)),
        not_before: user.sessions_not_before,
        policies: policies
            .map(|policy| {
                let group = found.groups.iter().find(|group| group.id == policy.owner);
                match group {
                    Some(group) => directory_policy(policy, "group", group.name.as_str()),
                    None => directory_policy(policy, "user", user.name.as_str()),
                }
            })
            .collect(),
        boundary: found
            .boundary
            .as_ref()
            .map(|policy| directory_policy(policy, "user", user.name.as_str())),
        groups: found.groups.iter().map(|group| group.id).collect(),
        tags: tags(found.tags),
    }
}

fn of_role(found: RolePermissionsRecord) -> DirectoryPermissions {
    let role = &found.role;
    let policies = found.policies.iter().chain(&found.boundary);
    let mut policies = policies.map(|policy| directory_policy(policy, "role", role.name.as_str()));
    DirectoryPermissions {
        account: role.account,
        holder: Holder::Role(RoleIdentity {
            id: role.id,
            name: role.name.clone(),
            path: role.path.clone(),
        }),
        not_before: role.sessions_not_before,
        policies: policies.by_ref().take(found.policies.len()).collect(),
        boundary: policies.next(),
        groups: Vec::new(),
        tags: tags(found.tags),
    }
}

fn tags(found: Vec<TagRecord>) -> Vec<(String, String)> {
    found.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

fn directory_policy(policy: &AppliedPolicyRecord, owner_kind: &'static str, owner: &str) -> DirectoryPolicy {
    let name = match &policy.source {
        AppliedPolicySource::Managed(managed) => PolicyName::Managed {
            arn: managed.arn.to_string().into(),
            id: managed.id,
            version: managed.version.number(),
        },
        AppliedPolicySource::Inline(name) => PolicyName::Inline {
            owner_kind,
            owner: owner.into(),
            name: name.as_str().into(),
        },
    };
    DirectoryPolicy {
        name,
        document: policy.document.as_ref().into(),
    }
}

pub(crate) fn user_identity(user: &UserRecord) -> UserIdentity {
    UserIdentity {
        id: user.id,
        name: user.name.clone(),
        path: user.path.clone(),
    }
}
