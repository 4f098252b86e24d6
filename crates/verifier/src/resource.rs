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
    /// The id of an access key that the caller's account does not have. Nobody is allowed anything on
    /// it; a caller can ask for longer ids than keys can have.
    UnknownAccessKey(Box<str>),
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
            Self::Everything | Self::UnknownAccessKey(_) => None,
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
            Self::UnknownAccessKey(id) => write!(f, "access key {id}"),
        }
    }
}
