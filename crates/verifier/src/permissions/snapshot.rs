use std::{fmt, sync::Arc};

use keystead_types::{Principal, UniqueId};

/// What the directory held about a user's permissions at one revision.
pub struct PermissionsSnapshot {
    /// The feed's revision that was read, as in [`Snapshot`](crate::Snapshot).
    pub revision: u64,
    /// What was there, or `None` when there is no such user.
    pub permissions: Option<DirectoryPermissions>,
}

/// Everything in a directory that decides what a user may do.
#[derive(Clone, Debug)]
pub struct DirectoryPermissions {
    /// The user, as it is called at that revision.
    pub principal: Arc<Principal>,
    /// The user's tags: key and value.
    pub tags: Vec<(String, String)>,
    /// The groups that the user is in. A change of one of them, or of a policy named below, is a
    /// change of the user's permissions.
    pub groups: Vec<UniqueId>,
    /// The user's own policies and those of its groups, inline and attached.
    pub policies: Vec<DirectoryPolicy>,
    /// The policy that bounds the user, if one does.
    pub boundary: Option<DirectoryPolicy>,
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
    /// An inline policy of a user or group.
    Inline {
        /// `user` or `group`.
        owner_kind: &'static str,
        /// The user's or group's name.
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
            Self::Inline { .. } => None,
        }
    }
}

impl fmt::Display for PolicyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Managed { arn, version, .. } => write!(f, "{arn} v{version}"),
            Self::Inline {
                owner_kind,
                owner,
                name,
            } => write!(f, "inline policy {name} of {owner_kind} {owner}"),
        }
    }
}
