//! Passwords of users for the console.

use keystead_store::{
    InsertLoginProfile, LoginProfileRecord, Reader, SetPassword as Written, StoreError, Tx, UserRecord,
};
use keystead_types::{Identity, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ChangePassword, ChangePasswordRequest, CreateLoginProfile, CreateLoginProfileRequest,
        CreateLoginProfileResponse, DeleteLoginProfile, DeleteLoginProfileRequest, GetLoginProfile,
        GetLoginProfileRequest, GetLoginProfileResponse, LoginProfile, UpdateLoginProfile,
        UpdateLoginProfileRequest,
    },
};
use zeroize::Zeroizing;

use super::{
    owner::{Owner, find_user},
    password_policy::{self, passwords_remembered, users_may_change_passwords},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene, SetPassword},
    passwords::{HashedPassword, NewPassword},
    permission::Target,
};

impl Implemented for CreateLoginProfile {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &CreateLoginProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl SetPassword for CreateLoginProfile {
    fn asked(
        reader: &Reader<'_>,
        owner: Owner,
        input: &CreateLoginProfileRequest,
    ) -> Result<Option<NewPassword>, Refusal> {
        let user = owner.user()?;
        if user.has_login_profile {
            return Err(already_exists(user).into());
        }
        // Without a password AWS makes the profile of somebody who signs in by other means, which there are not.
        let password = input.password.as_ref();
        let password = password.ok_or_else(ApiError::password_missing)?;
        let password = fit(reader, user, password.expose())?;
        Ok(Some(NewPassword {
            password,
            old: None,
            former: Vec::new(),
        }))
    }

    fn set(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &CreateLoginProfileRequest,
        hashed: Option<&HashedPassword>,
        scene: &Scene,
    ) -> Result<CreateLoginProfileResponse, Refusal> {
        let user = owner.user()?;
        let hashed = hashed.ok_or_else(ApiError::password_missing)?;
        let reset_required = input.password_reset_required.unwrap_or_default();
        let now = scene.context.now;
        match tx.insert_login_profile(user.account, user.id, &hashed.hash, reset_required, now)? {
            InsertLoginProfile::Created => {}
            InsertLoginProfile::AlreadyExists => return Err(already_exists(user).into()),
            InsertLoginProfile::NoUser => {
                return Err(ApiError::no_such_user(user.name.as_str()).into());
            }
        }
        Ok(CreateLoginProfileResponse {
            login_profile: LoginProfile {
                user_name: user.name.to_string(),
                create_date: now,
                password_reset_required: Some(reset_required),
            },
        })
    }
}

impl Implemented for GetLoginProfile {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &GetLoginProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Read for GetLoginProfile {
    fn read(
        reader: &Reader<'_>,
        owner: Owner,
        _: &GetLoginProfileRequest,
        _: &Scene,
    ) -> Result<GetLoginProfileResponse, Refusal> {
        let user = owner.user()?;
        let profile = profile(reader, user)?;
        Ok(GetLoginProfileResponse {
            login_profile: LoginProfile {
                user_name: user.name.to_string(),
                create_date: profile.created_at,
                password_reset_required: Some(profile.password_reset_required),
            },
        })
    }
}

impl Implemented for UpdateLoginProfile {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateLoginProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_user(reader, &input.user_name, caller)
    }
}

impl SetPassword for UpdateLoginProfile {
    fn asked(
        reader: &Reader<'_>,
        user: Option<UserRecord>,
        input: &UpdateLoginProfileRequest,
    ) -> Result<Option<NewPassword>, Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        profile(reader, &user)?;
        let Some(password) = &input.password else {
            return Ok(None);
        };
        Ok(Some(NewPassword {
            password: fit(reader, &user, password.expose())?,
            old: None,
            former: former(reader, &user)?,
        }))
    }

    fn set(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &UpdateLoginProfileRequest,
        hashed: Option<&HashedPassword>,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let profile = profile(tx, &user)?;
        let reset_required = input
            .password_reset_required
            .unwrap_or(profile.password_reset_required);
        match hashed {
            Some(hashed) => write(tx, &user, hashed, reset_required, scene),
            None => {
                tx.set_password_reset_required(user.account, user.id, reset_required)?;
                Ok(())
            }
        }
    }
}

impl Implemented for DeleteLoginProfile {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteLoginProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Change for DeleteLoginProfile {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        _: &DeleteLoginProfileRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = owner.user()?;
        match tx.delete_login_profile(user.account, user.id)? {
            true => Ok(()),
            false => Err(ApiError::no_such_login_profile(user.name.as_str()).into()),
        }
    }
}

impl Implemented for ChangePassword {
    /// The caller, if it is a user.
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        _: &ChangePasswordRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        match caller.identity {
            Identity::Root | Identity::User(_) => {}
            Identity::RoleSession(_) | Identity::FederatedUser(_) => {
                return Err(ApiError::only_users_change_passwords().into());
            }
        }
        let (target, owner) = Owner::find(reader, None, caller)?;
        let granted = users_may_change_passwords(reader, caller)?;
        let user = match owner {
            Owner::Root => None,
            Owner::User { record, .. } => record,
        };
        Ok((target.granted_if(granted), user))
    }
}

impl SetPassword for ChangePassword {
    fn asked(
        reader: &Reader<'_>,
        user: Option<UserRecord>,
        input: &ChangePasswordRequest,
    ) -> Result<Option<NewPassword>, Refusal> {
        let user = user.ok_or_else(ApiError::only_users_change_passwords)?;
        let present = reader.password_hash(user.account, user.id)?;
        let present = present.ok_or_else(|| ApiError::no_such_login_profile(user.name.as_str()))?;
        let said = Zeroizing::new(input.old_password.expose().clone());
        Ok(Some(NewPassword {
            password: fit(reader, &user, input.new_password.expose())?,
            old: Some((said, present)),
            former: former(reader, &user)?,
        }))
    }

    fn set(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        _: &ChangePasswordRequest,
        hashed: Option<&HashedPassword>,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(ApiError::only_users_change_passwords)?;
        let hashed = hashed.ok_or_else(ApiError::password_missing)?;
        write(tx, &user, hashed, false, scene)
    }
}

/// The new password, if the account's policy takes it.
pub(crate) fn fit(
    reader: &Reader<'_>,
    user: &UserRecord,
    password: &str,
) -> Result<Zeroizing<String>, Refusal> {
    password_policy::check(reader, user.account, user.name.as_str(), password)?;
    Ok(Zeroizing::new(password.to_owned()))
}

/// The hashes of passwords that the user may not set again, the present one's among them.
pub(crate) fn former(reader: &Reader<'_>, user: &UserRecord) -> Result<Vec<Zeroizing<String>>, StoreError> {
    let remembered = passwords_remembered(reader, user.account)?;
    if remembered == 0 {
        return Ok(Vec::new());
    }
    let mut hashes = reader.former_password_hashes(user.account, user.id, remembered - 1)?;
    hashes.extend(reader.password_hash(user.account, user.id)?);
    Ok(hashes)
}

fn profile(reader: &Reader<'_>, user: &UserRecord) -> Result<LoginProfileRecord, Refusal> {
    let profile = reader.login_profile(user.account, user.id)?;
    Ok(profile.ok_or_else(|| ApiError::no_such_login_profile(user.name.as_str()))?)
}

fn write(
    tx: &mut Tx<'_>,
    user: &UserRecord,
    hashed: &HashedPassword,
    reset_required: bool,
    scene: &Scene,
) -> Result<(), Refusal> {
    let replaces = hashed.replaces.as_ref().map(|hash| hash.as_str());
    let (account, now) = (user.account, scene.context.now);
    match tx.set_password(account, user.id, replaces, &hashed.hash, reset_required, now)? {
        Written::Set => {
            // Whoever knew the password before is out; who changes the own one in the console stays.
            let is_own = scene.caller.user().is_some_and(|caller| caller.id == user.id);
            let but = scene.console_session.filter(|_| is_own);
            tx.end_console_sessions(account, user.id, but)?;
            Ok(())
        }
        Written::Replaced => Err(ApiError::old_password_incorrect().into()),
        Written::NoLoginProfile => Err(ApiError::no_such_login_profile(user.name.as_str()).into()),
    }
}

/// AWS writes the name in lower case here.
fn already_exists(user: &UserRecord) -> ApiError {
    ApiError::login_profile_already_exists(&user.name.folded())
}
