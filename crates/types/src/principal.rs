use crate::{AccountId, Path, UniqueId, UserName, arn};

/// Who a verified request comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Principal {
    /// The account that it belongs to.
    pub account: AccountId,
    /// What it is there.
    pub identity: Identity,
}

/// What a principal is in its account. Typed, so that a user called `root` is never the root user.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Identity {
    /// The account's root user.
    Root,
    /// An IAM user.
    User(UserIdentity),
}

/// An IAM user as a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserIdentity {
    /// The user's unique id; survives renaming.
    pub id: UniqueId,
    /// The user's present name.
    pub name: UserName,
    /// The user's present path.
    pub path: Path,
}

impl Principal {
    /// The ARN, as GetCallerIdentity and AccessDenied show it.
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::Root => arn::root(self.account),
            Identity::User(user) => arn::user(self.account, &user.path, &user.name),
        }
    }

    /// `UserId` of GetCallerIdentity: a user's unique id, root's account id.
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.to_string(),
        }
    }

    /// The user, or `None` for root.
    pub fn user(&self) -> Option<&UserIdentity> {
        match &self.identity {
            Identity::Root => None,
            Identity::User(user) => Some(user),
        }
    }
}
