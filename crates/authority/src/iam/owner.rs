//! Whom an operation on a user is about, named or not.

use keystead_store::{MfaDeviceOwner, Reader, UserRecord};
use keystead_types::{Identity, Principal};
use keystead_wire::ApiError;

use crate::{
    operation::Refusal,
    permission::{Tagged, Target},
};

/// What answers say as root's name. AWS's word for it is not known; its emulators say this one.
pub(super) const ROOT_NAME: &str = "root";

/// The user that an operation is about, or root.
pub(crate) enum Owner {
    /// The caller is root and named nobody.
    Root,
    /// A user, if there is one of the name.
    User {
        /// The name that was asked for.
        name: String,
        /// What the store has under it.
        record: Option<UserRecord>,
    },
}

impl Owner {
    /// Finds the user of this name or, for no name, the caller itself.
    pub(crate) fn find(
        reader: &Reader<'_>,
        name: Option<&str>,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        match (name, &caller.identity) {
            (Some(name), _) => {
                let (target, record) = find_user(reader, name, caller)?;
                Ok((
                    target,
                    Self::User {
                        name: name.to_owned(),
                        record,
                    },
                ))
            }
            (None, Identity::Root) => Ok((Target::root(caller.account), Self::Root)),
            (None, Identity::User(user)) => {
                let record = reader.user_by_id(caller.account, user.id)?;
                let target = user_target(user.name.as_str(), record.as_ref(), caller);
                Ok((
                    target,
                    Self::User {
                        name: user.name.to_string(),
                        record,
                    },
                ))
            }
            // AWS: only a user, or root, can leave its own name out.
            (None, Identity::RoleSession(_) | Identity::FederatedUser(_)) => {
                Err(ApiError::must_specify_user_name().into())
            }
        }
    }

    /// Finds the owner of MFA devices as [`Owner::find`] does. AWS wants a name for some of their operations, so
    /// root may say its own; a user of that name is meant before it, as everywhere.
    pub(super) fn find_for_mfa(
        reader: &Reader<'_>,
        name: Option<&str>,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        match Self::find(reader, name, caller)? {
            (_, Self::User { name, record: None })
                if name == ROOT_NAME && caller.identity == Identity::Root =>
            {
                Ok((Target::root(caller.account), Self::Root))
            }
            found => Ok(found),
        }
    }

    /// The owner as MFA devices have one.
    pub(super) fn mfa_device_owner(&self) -> Result<MfaDeviceOwner, ApiError> {
        match self {
            Self::Root => Ok(MfaDeviceOwner::Root),
            Self::User { .. } => Ok(MfaDeviceOwner::User(self.user()?.id)),
        }
    }

    /// What answers say as its name.
    pub(super) fn name(&self) -> Result<String, ApiError> {
        match self {
            Self::Root => Ok(ROOT_NAME.to_owned()),
            Self::User { .. } => Ok(self.user()?.name.to_string()),
        }
    }

    /// The user as it is stored.
    pub(crate) fn user(&self) -> Result<&UserRecord, ApiError> {
        match self {
            Self::Root => Err(ApiError::must_specify_user_name()),
            Self::User { name, record } => record.as_ref().ok_or_else(|| ApiError::no_such_user(name)),
        }
    }
}

/// Looks a user up by exactly this name.
pub(crate) fn find_user(
    reader: &Reader<'_>,
    name: &str,
    caller: &Principal,
) -> Result<(Target, Option<UserRecord>), Refusal> {
    // The model lets a caller name longer users than there can be.
    let record = match name.parse() {
        Ok(name) => reader.user_by_name(caller.account, &name)?,
        Err(_) => None,
    };
    Ok((user_target(name, record.as_ref(), caller), record))
}

/// A user as a target, whether or not there is one of the name.
pub(crate) fn user_target(name: &str, record: Option<&UserRecord>, caller: &Principal) -> Target {
    let path = record.map(|user| &user.path);
    Target::named(caller.account, "user", path, name).with_tags_of(record.map(|user| Tagged::User(user.id)))
}
