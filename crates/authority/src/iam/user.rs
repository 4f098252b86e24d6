//! Users.

use keystead_store::{
    DeleteUser as Deleted, InsertUser, NewUser, Reader, Tx, UpdateUser as Updated, UserRecord,
};
use keystead_types::{Path, Principal, UniqueId, UniqueIdKind, UserName, arn, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        CreateUser, CreateUserRequest, CreateUserResponse, DeleteUser, DeleteUserRequest, GetUser,
        GetUserRequest, GetUserResponse, ListUsers, ListUsersRequest, ListUsersResponse, UpdateUser,
        UpdateUserRequest, User,
    },
};

use super::{
    name::{parse_name, parse_path, parse_path_of_new},
    owner::{Owner, find_user},
    page::{Page, PageRequest},
    permissions_boundary::{self, boundary_arn, find_boundary},
    tag,
};
use crate::{
    ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for CreateUser {
    type Object = (UserName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreateUserRequest,
        caller: &Principal,
    ) -> Result<(Target, (UserName, Path)), Refusal> {
        let name: UserName = parse_name(&input.user_name, "userName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "user", &path, name.as_str())
            .with_request_tags(input.tags.as_deref())
            .with_boundary(input.permissions_boundary.clone());
        Ok((target, (name, path)))
    }
}

impl Change for CreateUser {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): (UserName, Path),
        input: &CreateUserRequest,
        scene: &Scene,
    ) -> Result<CreateUserResponse, Refusal> {
        let account = scene.caller.account;
        let boundary = match &input.permissions_boundary {
            Some(arn) => Some(find_boundary(tx, account, arn)?),
            None => None,
        };
        let tags = tag::records(UniqueIdKind::User, input.tags.as_deref().unwrap_or_default())?;
        for _ in 0..ID_DRAWS_MAX {
            let user = NewUser {
                account,
                id: UniqueId::generate(UniqueIdKind::User, account, &*scene.random),
                name: name.clone(),
                path: path.clone(),
                created_at: scene.context.now,
            };
            match tx.insert_user(&user)? {
                InsertUser::Created => {
                    if !tags.is_empty() {
                        let missing = || ApiError::no_such_user(name.as_str());
                        tag::put(tx, account, user.id, &tags, missing)?;
                    }
                    if let Some(policy) = &boundary {
                        tx.set_permissions_boundary(account, user.id, Some(policy.id))?;
                    }
                    let created = User {
                        path: Some(path.to_string()),
                        user_name: Some(name.to_string()),
                        user_id: user.id.to_string(),
                        arn: arn::user(account, &path, &name),
                        create_date: user.created_at,
                        password_last_used: None,
                        permissions_boundary: boundary
                            .map(|policy| permissions_boundary::shape(policy.arn().to_string())),
                        tags: tag::shapes(tags),
                    };
                    return Ok(CreateUserResponse { user: Some(created) });
                }
                InsertUser::IdTaken => {}
                InsertUser::NameTaken => return Err(ApiError::user_already_exists(name.as_str()).into()),
                InsertUser::QuotaReached => {
                    let quota = tx
                        .account(account)?
                        .map_or(limits::USERS_PER_ACCOUNT, |found| found.settings.users_quota);
                    return Err(ApiError::quota_exceeded("UsersPerAccount", quota.into()).into());
                }
            }
        }
        Err(ApiError::service_failure("no unused user id was drawn".to_owned()).into())
    }
}

impl Implemented for GetUser {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &GetUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Read for GetUser {
    fn read(
        reader: &Reader<'_>,
        owner: Owner,
        _: &GetUserRequest,
        scene: &Scene,
    ) -> Result<GetUserResponse, Refusal> {
        let account = scene.caller.account;
        let user = match owner {
            Owner::Root => root_shape(reader, scene)?,
            Owner::User { .. } => {
                let user = owner.user()?;
                let tags = reader.tags(account, user.id)?;
                let boundary = boundary_arn(reader, account, user.boundary)?;
                User {
                    permissions_boundary: boundary.map(permissions_boundary::shape),
                    tags: tag::shapes(tags),
                    ..shape(user)
                }
            }
        };
        Ok(GetUserResponse { user })
    }
}

impl Implemented for ListUsers {
    type Object = ();

    fn find(_: &Reader<'_>, _: &ListUsersRequest, caller: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::all(caller.account, "user"), ()))
    }
}

impl Read for ListUsers {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListUsersRequest,
        scene: &Scene,
    ) -> Result<ListUsersResponse, Refusal> {
        let path_prefix = input.path_prefix.as_deref().unwrap_or("/");
        let filters = [path_prefix];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = reader.users_page(scene.caller.account, &page.after, path_prefix, page.entries_max)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(ListUsersResponse {
            users: found.users.iter().map(shape).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for UpdateUser {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, user) = find_user(reader, &input.user_name, caller)?;
        let target = match &user {
            Some(user) => {
                let (name, path) = renamed(user, input)?;
                target.and_new("user", &path, name.as_str())
            }
            None => target,
        };
        Ok((target, user))
    }
}

impl Change for UpdateUser {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &UpdateUserRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let (name, path) = renamed(&user, input)?;
        match tx.update_user(user.account, user.id, &name, &path)? {
            Updated::Updated => Ok(()),
            Updated::NameTaken => Err(ApiError::user_already_exists(name.as_str()).into()),
            Updated::NoUser => Err(ApiError::no_such_user(&input.user_name).into()),
        }
    }
}

impl Implemented for DeleteUser {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_user(reader, &input.user_name, caller)
    }
}

impl Change for DeleteUser {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &DeleteUserRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        Err(match tx.delete_user(user.account, user.id)? {
            Deleted::Deleted => return Ok(()),
            Deleted::HasAttachedPolicies => ApiError::must_detach_policies_first(),
            Deleted::HasInlinePolicies => ApiError::must_delete_policies_first(),
            Deleted::InGroups => ApiError::must_remove_users_from_group_first(),
            Deleted::HasAccessKeys => ApiError::must_delete_access_keys_first(),
            Deleted::HasLoginProfile => ApiError::must_delete_login_profile_first(),
            Deleted::HasMfaDevices => ApiError::must_delete_mfa_device_first(),
            Deleted::NoUser => ApiError::no_such_user(&input.user_name),
        }
        .into())
    }
}

/// What the user will be called, and where it will be.
fn renamed(user: &UserRecord, input: &UpdateUserRequest) -> Result<(UserName, Path), ApiError> {
    let name = input.new_user_name.as_deref();
    let path = input.new_path.as_deref();
    Ok((
        name.map_or_else(|| Ok(user.name.clone()), |name| parse_name(name, "newUserName"))?,
        path.map_or_else(|| Ok(user.path.clone()), |path| parse_path(path, "newPath"))?,
    ))
}

/// Root as answers show it. AWS gives it neither name nor path.
pub(super) fn root_shape(reader: &Reader<'_>, scene: &Scene) -> Result<User, Refusal> {
    let account = scene.caller.account;
    let record = reader.account(account)?;
    Ok(User {
        path: None,
        user_name: None,
        user_id: account.to_string(),
        arn: arn::root(account),
        create_date: record.map_or(scene.context.now, |found| found.created_at),
        password_last_used: None,
        permissions_boundary: None,
        tags: None,
    })
}

/// A user as every list shows it: without tags and permissions boundary.
pub(super) fn shape(user: &UserRecord) -> User {
    User {
        path: Some(user.path.to_string()),
        user_name: Some(user.name.to_string()),
        user_id: user.id.to_string(),
        arn: arn::user(user.account, &user.path, &user.name),
        create_date: user.created_at,
        password_last_used: user.password_last_used_at,
        permissions_boundary: None,
        tags: None,
    }
}
