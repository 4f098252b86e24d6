use std::{fmt, sync::Arc};

use keystead_types::{AccountId, RoleIdentity, Timestamp, UniqueId, UserIdentity};

/// What the directory held about a user's or role's permissions at one revision.
pub struct PermissionsSnapshot {
    /// The feed's revision that was read, as in [`Snapshot`](crate::Snapshot).
    pub revision: u64,
    /// What was there, or `None` when there is no such user or role.
    pub permissions: Option<DirectoryPermissions>,
}

/// Managed policies of a directory at one revision.
pub struct PoliciesSnapshot {
    /// The feed's revision that was read, as in [`Snapshot`](crate::Snapshot).
    pub revision: u64,
    /// The policies that were asked for, without those that are gone.
    pub policies: Vec<DirectoryPolicy>,
}

/// Everything in a directory that decides what a user or role may do.
#[derive(Clone, Debug)]
pub struct DirectoryPermissions {
    /// The account of the user or role.
    pub account: AccountId,
    /// The user or role, as it is called at that revision.
    pub holder: Holder,
    /// Sessions that were made before this moment, by it or of it, are refused.
    pub not_before: Option<Timestamp>,
    /// Its tags: key and value.
    pub tags: Vec<(String, String)>,
    /// The groups that a user is in. A change of one of them, or of a policy named below, is a
    /// change of the user's permissions.
    pub groups: Vec<UniqueId>,
    /// Its own policies and those of its groups, inline and attached.
    pub policies: Vec<DirectoryPolicy>,
    /// The policy that bounds it, if one does.
    pub boundary: Option<DirectoryPolicy>,
}

/// What has policies of its own, by which callers are judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A user: with keys of its own, with session tokens, and for those that it federates.
    User(UserIdentity),
    /// A role, for its sessions.
    Role(RoleIdentity),
}

impl Holder {
    /// Its unique id.
    pub fn id(&self) -> UniqueId {
        match self {
            Self::User(user) => user.id,
            Self::Role(role) => role.id,
        }
    }
}

/// One policy of a directory.
#[derive(Clone, Debug)]
pub struct DirectoryPolicy {
    /// What it is called.
    pub name: PolicyName,
    /// Its document, as it was stored.
    pub document: Arc<str>,
}

/// What a policy is called where it is explained. `Display` is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PolicyName {
    /// A version of a managed policy. The text of a version never changes.
    Managed {
        /// The policy's ARN.
        arn: Arc<str>,
        /// Its unique id.
        id: UniqueId,
        /// The number of the version: 2 for `v2`.
        version: u32,
    },
    /// The policy that was passed when a session was made.
    Session,
    /// A role's trust policy.
    Trust {
        /// The role's name.
        role: Arc<str>,
    },
    /// An inline policy of a user, group or role.
    Inline {
        /// `user`, `group` or `role`.
        owner_kind: &'static str,
        /// The user's, group's or role's name.
        owner: Arc<str>,
        /// The policy's name.
        name: Arc<str>,
    },
}

impl PolicyName {
    /// The ARN; an inline policy has none.
    pub fn arn(&self) -> Option<&str> {
        match self {
            Self::Managed { arn, .. } => Some(arn),
            Self::Inline { .. } | Self::Session | Self::Trust { .. } => None,
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed { arn, version, .. } => write!(f, "{arn} v{version}"),
            Self::Session => f.write_str("the session policy"),
            Self::Trust { role } => write!(f, "the trust policy of role {role}"),
            Self::Inline {
                owner_kind,
                owner,
                name,
            } => write!(f, "inline policy {name} of {owner_kind} {owner}"),
        }
    }
}
