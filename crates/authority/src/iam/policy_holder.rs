//! Users and groups as holders of policies.

use keystead_store::Reader;
use keystead_types::{AccountId, Principal, UniqueId};
use keystead_wire::ApiError;

use super::{group::find_group, owner::find_user, permissions_boundary::boundary_arn};
use crate::{operation::Refusal, permission::Target};

/// A user or group, if there is one of the name.
pub(crate) struct PolicyHolder {
    pub(super) account: AccountId,
    pub(super) kind: HolderKind,
    pub(super) name: String,
    id: Option<UniqueId>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HolderKind {
    User,
    Group,
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
            Some(user) => boundary_arn(reader, user)?,
            None => None,
        };
        let holder = Self {
            account: caller.account,
            kind: HolderKind::User,
            name: name.to_owned(),
            id: user.map(|user| user.id),
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
        };
        Ok((target, holder))
    }

    /// Its unique id.
    pub(super) fn id(&self) -> Result<UniqueId, ApiError> {
        self.id.ok_or_else(|| self.missing())
    }

    /// The answer where there is none of the name.
    pub(super) fn missing(&self) -> ApiError {
        match self.kind {
            HolderKind::User => ApiError::no_such_user(&self.name),
            HolderKind::Group => ApiError::no_such_group(&self.name),
        }
    }
}

impl HolderKind {
    /// AWS's word in messages.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
        }
    }
}
