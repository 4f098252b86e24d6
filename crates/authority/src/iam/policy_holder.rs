//! Users, groups and roles as holders of policies.

use keystead_store::Reader;
use keystead_types::{AccountId, Principal, UniqueId};
use keystead_wire::ApiError;

use super::{
    group::find_group, owner::find_user, permissions_boundary::boundary_arn, role::find_role,
    service_linked_role::is_protected,
};
use crate::{operation::Refusal, permission::Target};

/// A user, group or role, if there is one of the name.
pub(crate) struct PolicyHolder {
    pub(super) account: AccountId,
    pub(super) kind: HolderKind,
    pub(super) name: String,
    id: Option<UniqueId>,
    is_protected: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HolderKind {
    User,
    Group,
    Role,
}

impl PolicyHolder {
    /// Finds a user. The target brings its permissions boundary along.
    pub(super) fn user(
        reader: &Reader<'_>,
        name: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let (target, user) = find_user(reader, name, caller)?;
        let boundary = match &user {
            Some(user) => boundary_arn(reader, user.account, user.boundary)?,
            None => None,
        };
        let holder = Self {
            account: caller.account,
            kind: HolderKind::User,
            name: name.to_owned(),
            id: user.map(|user| user.id),
            is_protected: false,
        };
        Ok((target.with_boundary(boundary), holder))
    }

    /// Finds a group.
    pub(super) fn group(
        reader: &Reader<'_>,
        name: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let (target, group) = find_group(reader, name, caller)?;
        let holder = Self {
            account: caller.account,
            kind: HolderKind::Group,
            name: name.to_owned(),
            id: group.map(|group| group.id),
            is_protected: false,
        };
        Ok((target, holder))
    }

    /// Finds a role. The target brings its permissions boundary along.
    pub(super) fn role(
        reader: &Reader<'_>,
        name: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let (target, role) = find_role(reader, name, caller)?;
        let holder = Self {
            account: caller.account,
            kind: HolderKind::Role,
            name: name.to_owned(),
            is_protected: role.as_ref().is_some_and(|role| is_protected(&role.path)),
            id: role.map(|role| role.id),
        };
        Ok((target, holder))
    }

    /// Its unique id.
    pub(super) fn id(&self) -> Result<UniqueId, ApiError> {
        self.id.ok_or_else(|| self.missing())
    }

    /// The unique id of a holder that is to be changed.
    pub(super) fn changeable_id(&self) -> Result<UniqueId, ApiError> {
        match self.is_protected {
            true => Err(ApiError::role_is_protected(&self.name)),
            false => self.id(),
        }
    }

    /// The answer where there is none of the name.
    pub(super) fn missing(&self) -> ApiError {
        match self.kind {
            HolderKind::User => ApiError::no_such_user(&self.name),
            HolderKind::Group => ApiError::no_such_group(&self.name),
            HolderKind::Role => ApiError::no_such_role(&self.name),
        }
    }
}

impl HolderKind {
    /// AWS's word in messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }
}
