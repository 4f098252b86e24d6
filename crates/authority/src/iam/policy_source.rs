//! The user, group or role whose policies an operation looks into, and those policies.

use std::{borrow::Cow, collections::HashSet, sync::Arc};

use keystead_policy::{DocumentKind, Policy};
use keystead_store::{
    AppliedPolicyRecord, AppliedPolicySource, GroupRecord, Reader, RoleRecord, TagRecord, UserRecord,
};
use keystead_types::{AccountId, Principal};
use keystead_wire::ApiError;

use super::{group::find_group, owner::find_user, policy_holder::HolderKind, role::find_role};
use crate::{operation::Refusal, permission::Target};

/// Whose policies are looked into: the entity that an ARN names, if there is one.
pub(crate) enum PolicySource {
    User {
        name: String,
        record: Option<UserRecord>,
    },
    Group {
        name: String,
        record: Option<GroupRecord>,
    },
    Role {
        name: String,
        record: Option<RoleRecord>,
    },
}

/// All policies of a user, group or role.
pub(super) struct SourcePolicies {
    /// The user or role, with its tags; a group asks for nothing itself.
    pub(super) principal: Option<(SourcePrincipal, Vec<TagRecord>)>,
    /// Its own policies and, for a user, those of its groups; each managed policy once.
    pub(super) policies: Vec<SourcePolicy>,
    /// Its permissions boundary.
    pub(super) boundary: Option<SourcePolicy>,
}

/// Who can ask for something by its policies.
pub(super) enum SourcePrincipal {
    User(UserRecord),
    Role(RoleRecord),
}

/// One policy, and whose it is.
pub(super) struct SourcePolicy {
    pub(super) holder_kind: HolderKind,
    pub(super) holder_name: String,
    pub(super) source: AppliedPolicySource,
    pub(super) document: Cow<'static, str>,
}

impl PolicySource {
    /// Finds whom the ARN names. As on AWS the name decides, whatever the path.
    pub(super) fn find(
        reader: &Reader<'_>,
        arn: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let unfit = || ApiError::not_an_entity_arn(arn);
        let rest = arn.strip_prefix("arn:aws:iam::").ok_or_else(unfit)?;
        let (account, entity) = rest.split_once(':').ok_or_else(unfit)?;
        let account: AccountId = account.parse().map_err(|_| unfit())?;
        let (kind, path_and_name) = entity.split_once('/').ok_or_else(unfit)?;
        let name = path_and_name.rsplit('/').next().unwrap_or_default();
        if name.is_empty() {
            return Err(unfit().into());
        }
        let own = account == caller.account;
        let name = name.to_owned();
        Ok(match kind {
            "user" if own => {
                let (target, record) = find_user(reader, &name, caller)?;
                (target, Self::User { name, record })
            }
            "group" if own => {
                let (target, record) = find_group(reader, &name, caller)?;
                (target, Self::Group { name, record })
            }
            "role" if own => {
                let (target, record) = find_role(reader, &name, caller)?;
                (target, Self::Role { name, record })
            }
            "user" => {
                let target = Target::named(account, "user", None, &name);
                (target, Self::User { name, record: None })
            }
            "group" => {
                let target = Target::named(account, "group", None, &name);
                (target, Self::Group { name, record: None })
            }
            "role" => {
                let target = Target::named(account, "role", None, &name);
                (target, Self::Role { name, record: None })
            }
            _ => return Err(unfit().into()),
        })
    }

    /// Its policies, or that there is no such entity.
    pub(super) fn policies(&self, reader: &Reader<'_>) -> Result<SourcePolicies, Refusal> {
        match self {
            Self::User { name, record } => {
                let missing = || ApiError::no_such_user(name);
                let user = record.as_ref().ok_or_else(missing)?;
                let found = reader
                    .user_permissions(user.account, user.id)?
                    .ok_or_else(missing)?;
                let owner = |policy: &AppliedPolicyRecord| {
                    let group = found.groups.iter().find(|group| group.id == policy.owner);
                    match group {
                        Some(group) => (HolderKind::Group, group.name.to_string()),
                        None => (HolderKind::User, found.user.name.to_string()),
                    }
                };
                Ok(SourcePolicies {
                    policies: each_once(found.policies, owner),
                    boundary: found
                        .boundary
                        .map(|policy| SourcePolicy::new((HolderKind::User, name.clone()), policy)),
                    principal: Some((SourcePrincipal::User(found.user.clone()), found.tags)),
                })
            }
            Self::Group { name, record } => {
                let group = record.as_ref().ok_or_else(|| ApiError::no_such_group(name))?;
                let found = reader.policies_of(group.account, group.id)?;
                Ok(SourcePolicies {
                    policies: each_once(found, |_| (HolderKind::Group, group.name.to_string())),
                    boundary: None,
                    principal: None,
                })
            }
            Self::Role { name, record } => {
                let missing = || ApiError::no_such_role(name);
                let role = record.as_ref().ok_or_else(missing)?;
                let found = reader
                    .role_permissions(role.account, role.id)?
                    .ok_or_else(missing)?;
                let owner = |_: &AppliedPolicyRecord| (HolderKind::Role, name.clone());
                Ok(SourcePolicies {
                    policies: each_once(found.policies, owner),
                    boundary: found
                        .boundary
                        .map(|policy| SourcePolicy::new((HolderKind::Role, name.clone()), policy)),
                    principal: Some((SourcePrincipal::Role(found.role), found.tags)),
                })
            }
        }
    }
}

/// A managed policy that comes in several ways counts once.
fn each_once(
    policies: Vec<AppliedPolicyRecord>,
    owner: impl Fn(&AppliedPolicyRecord) -> (HolderKind, String),
) -> Vec<SourcePolicy> {
    let mut seen = HashSet::new();
    let policies = policies.into_iter().filter(|policy| match &policy.source {
        AppliedPolicySource::Inline(_) => true,
        AppliedPolicySource::Managed(managed) => seen.insert(managed.id),
    });
    policies
        .map(|policy| SourcePolicy::new(owner(&policy), policy))
        .collect()
}

impl SourcePolicy {
    fn new((holder_kind, holder_name): (HolderKind, String), policy: AppliedPolicyRecord) -> Self {
        Self {
            holder_kind,
            holder_name,
            source: policy.source,
            document: policy.document,
        }
    }

    /// Its name, as its owner calls it.
    pub(super) fn name(&self) -> &str {
        match &self.source {
            AppliedPolicySource::Inline(name) => name.as_str(),
            AppliedPolicySource::Managed(managed) => managed.arn.name.as_str(),
        }
    }

    /// The policy, compiled as the verifier compiles it. It was validated when it was stored.
    pub(super) fn compile(&self) -> Result<Arc<Policy>, ApiError> {
        Policy::parse(&self.document, DocumentKind::Inline)
            .map(Arc::new)
            .map_err(|malformed| {
                let name = self.name();
                ApiError::service_failure(format!("the stored policy {name} cannot be read: {malformed}"))
            })
    }
}
