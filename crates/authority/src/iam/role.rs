//! Roles.

use keystead_store::{DeleteRole as Deleted, InsertRole, NewRole, Reader, RoleRecord, Store, Tx};
use keystead_types::{Path, Principal, RoleName, UniqueId, UniqueIdKind, arn, limits};
use keystead_verifier::{Allowed, Verifier};
use keystead_wire::{
    ApiError,
    iam::{
        CreateRole, CreateRoleRequest, CreateRoleResponse, DeleteRole, DeleteRoleRequest, GetRole,
        GetRoleRequest, GetRoleResponse, ListRoles, ListRolesRequest, ListRolesResponse, Role, RoleLastUsed,
        UpdateRole, UpdateRoleDescription, UpdateRoleDescriptionRequest, UpdateRoleDescriptionResponse,
        UpdateRoleRequest, UpdateRoleResponse,
    },
    percent_encode,
};

use super::{
    name::{parse_name, parse_path_of_new},
    page::{Page, PageRequest, Part},
    permissions_boundary::{self, boundary_arn, find_boundary},
    service_linked_role::is_protected,
    tag, trust_policy,
};
use crate::{
    ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::{Tagged, Target},
};

impl Implemented for CreateRole {
    type Object = (RoleName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreateRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, (RoleName, Path)), Refusal> {
        let name: RoleName = parse_name(&input.role_name, "roleName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "role", &path, name.as_str())
            .with_request_tags(input.tags.as_deref())
            .with_boundary(input.permissions_boundary.clone());
        Ok((target, (name, path)))
    }
}

impl Change for CreateRole {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): (RoleName, Path),
        input: &CreateRoleRequest,
        scene: &Scene,
    ) -> Result<CreateRoleResponse, Refusal> {
        let account = scene.caller.account;
        if is_protected(&path) {
            return Err(ApiError::path_of_service_linked_roles().into());
        }
        let boundary = match &input.permissions_boundary {
            Some(arn) => Some(find_boundary(tx, account, arn)?),
            None => None,
        };
        let tags = tag::records(UniqueIdKind::Role, input.tags.as_deref().unwrap_or_default())?;
        let role = NewRole {
            account,
            id: UniqueId::generate(UniqueIdKind::Role, account, &*scene.random),
            name,
            path,
            description: described(input.description.as_deref()),
            trust_policy: trust_policy::read(tx, &input.assume_role_policy_document)?,
            session_seconds_max: session_seconds(input.max_session_duration)
                .unwrap_or(limits::ROLE_SESSION_SECONDS_MAX_MIN),
            created_at: scene.context.now,
        };
        let taken = |name: &RoleName| ApiError::role_already_exists(name.as_str());
        let role = insert(tx, role, scene, taken)?;
        if !tags.is_empty() {
            let missing = || ApiError::no_such_role(role.name.as_str());
            tag::put(tx, account, role.id, &tags, missing)?;
        }
        if let Some(policy) = &boundary {
            tx.set_permissions_boundary(account, role.id, Some(policy.id))?;
        }
        // AWS leaves the description out here, and how long sessions may be.
        let role = Role {
            permissions_boundary: boundary
                .map(|policy| permissions_boundary::shape(policy.arn().to_string())),
            tags: tag::shapes(tags),
            ..shape(tx, &role)?
        };
        Ok(CreateRoleResponse { role })
    }
}

impl Implemented for GetRole {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &GetRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Read for GetRole {
    fn read(
        reader: &Reader<'_>,
        role: Option<RoleRecord>,
        input: &GetRoleRequest,
        scene: &Scene,
    ) -> Result<GetRoleResponse, Refusal> {
        let role = role.ok_or_else(|| ApiError::no_such_role(&input.role_name))?;
        let boundary = boundary_arn(reader, role.account, role.boundary)?;
        let role = Role {
            permissions_boundary: boundary.map(permissions_boundary::shape),
            tags: tag::shapes(reader.tags(role.account, role.id)?),
            role_last_used: Some(last_used(reader, &scene.verifier, &role)?),
            ..listed(reader, &role)?
        };
        Ok(GetRoleResponse { role })
    }
}

impl Implemented for ListRoles {
    type Object = ();

    fn find(_: &Reader<'_>, _: &ListRolesRequest, caller: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::all(caller.account, "role"), ()))
    }
}

impl Read for ListRoles {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListRolesRequest,
        scene: &Scene,
    ) -> Result<ListRolesResponse, Refusal> {
        let path_prefix = input.path_prefix.as_deref().unwrap_or("/");
        let filters = [path_prefix];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let (roles, next) = page.fill(|after, limit| {
            let found = reader.roles_page(scene.caller.account, after, path_prefix, limit)?;
            let roles = found.roles.iter().map(|role| {
                let bytes = role.trust_policy.document_with_ids.len();
                Ok((listed(reader, role)?, bytes))
            });
            Ok(Part {
                entries: roles.collect::<Result<_, Refusal>>()?,
                next: found.next,
            })
        })?;
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListRolesResponse {
            roles,
            is_truncated,
            marker,
        })
    }
}

impl Implemented for UpdateRole {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Change for UpdateRole {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        role: Option<RoleRecord>,
        input: &UpdateRoleRequest,
        _: &Scene,
    ) -> Result<UpdateRoleResponse, Refusal> {
        // AWS: of a service-linked role the description can be changed, and nothing else.
        let role = match input.max_session_duration {
            Some(_) => changeable(role, &input.role_name)?,
            None => role.ok_or_else(|| ApiError::no_such_role(&input.role_name))?,
        };
        // Seen on AWS: what is left out stays.
        let description = match &input.description {
            Some(description) => described(Some(description)),
            None => role.description.clone(),
        };
        let seconds = session_seconds(input.max_session_duration).unwrap_or(role.session_seconds_max);
        update(tx, &role, description.as_deref(), seconds)?;
        Ok(UpdateRoleResponse {})
    }
}

impl Implemented for UpdateRoleDescription {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateRoleDescriptionRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Change for UpdateRoleDescription {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        role: Option<RoleRecord>,
        input: &UpdateRoleDescriptionRequest,
        _: &Scene,
    ) -> Result<UpdateRoleDescriptionResponse, Refusal> {
        let role = role.ok_or_else(|| ApiError::no_such_role(&input.role_name))?;
        let description = described(Some(&input.description));
        update(tx, &role, description.as_deref(), role.session_seconds_max)?;
        let role = Role {
            description,
            ..shape(tx, &role)?
        };
        Ok(UpdateRoleDescriptionResponse { role: Some(role) })
    }
}

impl Implemented for DeleteRole {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Change for DeleteRole {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        role: Option<RoleRecord>,
        input: &DeleteRoleRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        delete(tx, &changeable(role, &input.role_name)?)
    }
}

/// Looks a role up by exactly this name. The target brings its permissions boundary along.
pub(super) fn find_role(
    reader: &Reader<'_>,
    name: &str,
    caller: &Principal,
) -> Result<(Target, Option<RoleRecord>), Refusal> {
    let record = match name.parse() {
        Ok(name) => reader.role_by_name(caller.account, &name)?,
        Err(_) => None,
    };
    let boundary = match &record {
        Some(role) => boundary_arn(reader, role.account, role.boundary)?,
        None => None,
    };
    let path = record.as_ref().map(|role| &role.path);
    let target = Target::named(caller.account, "role", path, name)
        .with_tags_of(record.as_ref().map(|role| Tagged::Role(role.id)))
        .with_boundary(boundary);
    Ok((target, record))
}

/// The role of this name as one that may be changed.
pub(super) fn changeable(role: Option<RoleRecord>, name: &str) -> Result<RoleRecord, ApiError> {
    let role = role.ok_or_else(|| ApiError::no_such_role(name))?;
    match is_protected(&role.path) {
        true => Err(ApiError::role_is_protected(role.name.as_str())),
        false => Ok(role),
    }
}

/// Stores a new role, with another id where its own is used already.
pub(super) fn insert(
    tx: &mut Tx<'_>,
    mut role: NewRole,
    scene: &Scene,
    taken: impl FnOnce(&RoleName) -> ApiError,
) -> Result<RoleRecord, Refusal> {
    for _ in 0..ID_DRAWS_MAX {
        match tx.insert_role(&role)? {
            InsertRole::Created => {
                let created = tx.role_by_id(role.account, role.id)?;
                return Ok(created.ok_or_else(|| ApiError::no_such_role(role.name.as_str()))?);
            }
            InsertRole::IdTaken => {
                role.id = UniqueId::generate(UniqueIdKind::Role, role.account, &*scene.random);
            }
            InsertRole::NameTaken => return Err(taken(&role.name).into()),
            InsertRole::QuotaReached(quota) => {
                return Err(ApiError::quota_exceeded("RolesPerAccount", quota.into()).into());
            }
        }
    }
    Err(ApiError::service_failure("no unused role id was drawn".to_owned()).into())
}

/// Deletes a role that has nothing left.
pub(super) fn delete(tx: &mut Tx<'_>, role: &RoleRecord) -> Result<(), Refusal> {
    Err(match tx.delete_role(role.account, role.id)? {
        Deleted::Deleted => return Ok(()),
        Deleted::HasAttachedPolicies => ApiError::must_detach_policies_first(),
        Deleted::HasInlinePolicies => ApiError::must_delete_policies_first(),
        Deleted::InInstanceProfiles => ApiError::must_remove_roles_from_instance_profile_first(),
        Deleted::NoRole => ApiError::no_such_role(role.name.as_str()),
    }
    .into())
}

/// A role with what every answer shows.
pub(super) fn shape(reader: &Reader<'_>, role: &RoleRecord) -> Result<Role, Refusal> {
    Ok(Role {
        path: role.path.to_string(),
        role_name: role.name.to_string(),
        role_id: role.id.to_string(),
        arn: arn::role(role.account, &role.path, &role.name),
        create_date: role.created_at,
        assume_role_policy_document: Some(percent_encode(&trust_policy::shown(reader, &role.trust_policy)?)),
        description: None,
        max_session_duration: None,
        permissions_boundary: None,
        tags: None,
        role_last_used: None,
        source_role_template: None,
    })
}

/// When a session of the role last called; an empty element where none did.
pub(super) fn last_used(
    reader: &Reader<'_>,
    verifier: &Verifier<Store>,
    role: &RoleRecord,
) -> Result<RoleLastUsed, Refusal> {
    let written = reader.role_last_use(role.account, role.id)?;
    let written = written.map(|used| (used.at, used.region));
    let unwritten = verifier.role_usage().peek(role.id);
    let unwritten = unwritten.map(|used| (used.at, used.region().to_owned()));
    // Of two in the same second the last counts, which is not written yet.
    let latest = written.into_iter().chain(unwritten).max_by_key(|used| used.0);
    Ok(
        latest.map_or_else(RoleLastUsed::default, |(at, region)| RoleLastUsed {
            last_used_date: Some(at),
            region: Some(region),
        }),
    )
}

/// What a request says of a role; no text is no description.
pub(super) fn described(description: Option<&str>) -> Option<String> {
    description.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// A role as lists show it: without tags, permissions boundary and use.
fn listed(reader: &Reader<'_>, role: &RoleRecord) -> Result<Role, Refusal> {
    Ok(Role {
        description: role.description.clone(),
        max_session_duration: i32::try_from(role.session_seconds_max).ok(),
        ..shape(reader, role)?
    })
}

/// The model has checked its bounds.
fn session_seconds(asked: Option<i32>) -> Option<u32> {
    asked.and_then(|seconds| u32::try_from(seconds).ok())
}

fn update(
    tx: &mut Tx<'_>,
    role: &RoleRecord,
    description: Option<&str>,
    session_seconds_max: u32,
) -> Result<(), Refusal> {
    match tx.update_role(role.account, role.id, description, session_seconds_max)? {
        true => Ok(()),
        false => Err(ApiError::no_such_role(role.name.as_str()).into()),
    }
}
