use crate::{AccountId, FederatedUserName, Path, RoleName, RoleSessionName, UniqueId, UserName, arn};

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
    /// A session of a role, however it was assumed.
    RoleSession(RoleSessionIdentity),
    /// Somebody whom a user, or root, gave some of its own permissions to (GetFederationToken).
    FederatedUser(FederatedUserIdentity),
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

/// A role. Its name and path never change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleIdentity {
    /// The role's unique id.
    pub id: UniqueId,
    /// The role's name.
    pub name: RoleName,
    /// The role's path.
    pub path: Path,
}

/// A session of a role as a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoleSessionIdentity {
    /// The role.
    pub role: RoleIdentity,
    /// What the session is called.
    pub session: RoleSessionName,
}

/// A federated user as a caller.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FederatedUserIdentity {
    /// What the user called it.
    pub name: FederatedUserName,
    /// The user whose permissions it has some of, as it was called then; `None` for root.
    pub user: Option<UserIdentity>,
}

impl Principal {
    /// The ARN, as GetCallerIdentity and AccessDenied show it.
    pub fn arn(&self) -> String {
        match &self.identity {
            Identity::Root => arn::root(self.account),
            Identity::User(user) => arn::user(self.account, &user.path, &user.name),
            Identity::RoleSession(session) => {
                arn::assumed_role(self.account, &session.role.name, &session.session)
            }
            Identity::FederatedUser(federated) => arn::federated_user(self.account, &federated.name),
        }
    }

    /// `UserId` of GetCallerIdentity: a user's unique id, root's account id; a role's unique id, or a federated
    /// user's account id, with what the session is called.
    pub fn user_id(&self) -> String {
        match &self.identity {
            Identity::Root => self.account.to_string(),
            Identity::User(user) => user.id.to_string(),
            Identity::RoleSession(session) => format!("{}:{}", session.role.id, session.session),
            Identity::FederatedUser(federated) => format!("{}:{}", self.account, federated.name),
        }
    }

    /// The user that it is, by a key of its own or a session token; `None` for everybody else, federated users too.
    pub fn user(&self) -> Option<&UserIdentity> {
        match &self.identity {
            Identity::User(user) => Some(user),
            Identity::Root | Identity::RoleSession(_) | Identity::FederatedUser(_) => None,
        }
    }

    /// The role that it is a session of.
    pub fn role(&self) -> Option<&RoleIdentity> {
        match &self.identity {
            Identity::RoleSession(session) => Some(&session.role),
            Identity::Root | Identity::User(_) | Identity::FederatedUser(_) => None,
        }
    }

    /// The user or role whose policies count for it; `None` where that is root.
    pub fn holder(&self) -> Option<UniqueId> {
        match &self.identity {
            Identity::Root => None,
            Identity::User(user) => Some(user.id),
            Identity::RoleSession(session) => Some(session.role.id),
            Identity::FederatedUser(federated) => federated.user.as_ref().map(|user| user.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_caller_has_its_arn_and_id() {
        let account = AccountId::new(123_456_789_012).unwrap();
        let user = UserIdentity {
            id: "AIDAXYAFLIG2LURZLZAH6".parse().unwrap(),
            name: "alice".parse().unwrap(),
            path: "/ops/".parse().unwrap(),
        };
        let session = RoleSessionIdentity {
            role: RoleIdentity {
                id: "AROAXYAFLIG2LURZLZAH6".parse().unwrap(),
                name: "deployer".parse().unwrap(),
                path: "/ops/".parse().unwrap(),
            },
            session: "build-7".parse().unwrap(),
        };
        let federated = FederatedUserIdentity {
            name: "bob".parse().unwrap(),
            user: Some(user.clone()),
        };
        let rows = [
            (Identity::Root, "iam::123456789012:root", "123456789012"),
            (
                Identity::User(user),
                "iam::123456789012:user/ops/alice",
                "AIDAXYAFLIG2LURZLZAH6",
            ),
            (
                Identity::RoleSession(session),
                "sts::123456789012:assumed-role/deployer/build-7",
                "AROAXYAFLIG2LURZLZAH6:build-7",
            ),
            (
                Identity::FederatedUser(federated),
                "sts::123456789012:federated-user/bob",
                "123456789012:bob",
            ),
        ];
        for (identity, arn, user_id) in rows {
            let principal = Principal { account, identity };
            assert_eq!(principal.arn(), format!("arn:aws:{arn}"));
            assert_eq!(principal.user_id(), user_id);
        }
    }
}
