use std::fmt;

use keystead_types::{AccountId, Path, UniqueId, UserName, arn};

/// What an action is done to. `Display` is the wording of AWS's AccessDenied.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A user that exists, or a name that no user has: who may not touch it learns no difference.
    User(UserResource),
    /// The user that CreateUser would make.
    NewUser {
        /// Where it would be made.
        account: AccountId,
        /// Its path.
        path: Path,
        /// Its name.
        name: UserName,
    },
    /// The users of an account as a whole, as ListUsers sees them.
    Users(AccountId),
    /// The account's root user.
    Root(AccountId),
    /// An account's own settings and summaries; AWS's policies name them `*`.
    Account(AccountId),
    /// Operations that touch nothing of any account, such as GetAccessKeyInfo; AWS: `*`.
    Everything,
    /// An access key that was named by its id alone. It is decided as its owner is; a denial reads the
    /// same whether there is such a key or not, so nobody learns which ids exist.
    AccessKey {
        /// The id that was asked for; a caller can ask for longer ones than keys can have.
        id: Box<str>,
        /// Whose it is; `None` when the caller's account has no such key, which nobody is allowed.
        owner: Option<Box<Resource>>,
    },
}

/// A user as a resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserResource {
    /// The account that was asked.
    pub account: AccountId,
    /// The id that the store gave; `None` when no user has the name.
    pub id: Option<UniqueId>,
    /// The user's path; `/` when no user has the name.
    pub path: Path,
    /// The name; a caller can ask for longer ones than users can have.
    pub name: Box<str>,
}

impl Resource {
    /// The account that it belongs to, where it belongs to one.
    pub fn account(&self) -> Option<AccountId> {
        match self {
            Self::User(user) => Some(user.account),
            Self::NewUser { account, .. }
            | Self::Users(account)
            | Self::Root(account)
            | Self::Account(account) => Some(*account),
            Self::AccessKey { owner, .. } => owner.as_ref()?.account(),
            Self::Everything => None,
        }
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // AWS writes "user null" and the name where the caller left the name out; the plain
            // form says the same and reads as what it is.
            Self::User(user) => write!(f, "user {}", user.name),
            Self::NewUser { account, path, name } => f.write_str(&arn::user(*account, path, name)),
            Self::Users(account) => write!(f, "arn:aws:iam::{account}:user/"),
            Self::Root(account) => f.write_str(&arn::root(*account)),
            Self::Account(_) | Self::Everything => f.write_str("*"),
            Self::AccessKey { id, .. } => write!(f, "access key {id}"),
        }
    }
}
