//! Instance profiles: what hands a role to a machine. None asks for one here; they are for programs that keep them.

use keystead_store::{
    DeleteInstanceProfile as Deleted, InsertInstanceProfile, InstanceProfilePage, InstanceProfileRecord,
    NewInstanceProfile, PutRoleIntoInstanceProfile, Reader, RoleRecord, Tx,
};
use keystead_types::{InstanceProfileName, Path, Principal, UniqueId, UniqueIdKind, arn, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AddRoleToInstanceProfile, AddRoleToInstanceProfileRequest, CreateInstanceProfile,
        CreateInstanceProfileRequest, CreateInstanceProfileResponse, DeleteInstanceProfile,
        DeleteInstanceProfileRequest, GetInstanceProfile, GetInstanceProfileRequest,
        GetInstanceProfileResponse, InstanceProfile, ListInstanceProfiles, ListInstanceProfilesForRole,
        ListInstanceProfilesForRoleRequest, ListInstanceProfilesForRoleResponse, ListInstanceProfilesRequest,
        ListInstanceProfilesResponse, RemoveRoleFromInstanceProfile, RemoveRoleFromInstanceProfileRequest,
    },
};

use super::{
    name::{parse_name, parse_path_of_new},
    page::{Page, PageRequest, Part},
    role::{self, changeable, find_role},
    tag,
};
use crate::{
    ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::{Tagged, Target},
};

impl Implemented for CreateInstanceProfile {
    type Object = (InstanceProfileName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreateInstanceProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let name: InstanceProfileName = parse_name(&input.instance_profile_name, "instanceProfileName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "instance-profile", &path, name.as_str())
            .with_request_tags(input.tags.as_deref());
        Ok((target, (name, path)))
    }
}

impl Change for CreateInstanceProfile {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): Self::Object,
        input: &CreateInstanceProfileRequest,
        scene: &Scene,
    ) -> Result<CreateInstanceProfileResponse, Refusal> {
        let account = scene.caller.account;
        let tags = input.tags.as_deref().unwrap_or_default();
        let tags = tag::records(UniqueIdKind::InstanceProfile, tags)?;
        let missing = || ApiError::no_such_instance_profile(name.as_str());
        for _ in 0..ID_DRAWS_MAX {
            let profile = NewInstanceProfile {
                account,
                id: UniqueId::generate(UniqueIdKind::InstanceProfile, account, &*scene.random),
                name: name.clone(),
                path: path.clone(),
                created_at: scene.context.now,
            };
            match tx.insert_instance_profile(&profile)? {
                InsertInstanceProfile::Created => {
                    if !tags.is_empty() {
                        tag::put(tx, account, profile.id, &tags, missing)?;
                    }
                    let created = tx.instance_profile_by_id(account, profile.id)?;
                    let instance_profile = InstanceProfile {
                        tags: tag::shapes(tags),
                        ..shape(tx, &created.ok_or_else(missing)?)?.0
                    };
                    return Ok(CreateInstanceProfileResponse { instance_profile });
                }
                InsertInstanceProfile::IdTaken => {}
                InsertInstanceProfile::NameTaken => {
                    return Err(ApiError::instance_profile_already_exists(name.as_str()).into());
                }
                InsertInstanceProfile::QuotaReached(quota) => {
                    return Err(ApiError::quota_exceeded("InstanceProfilesPerAccount", quota.into()).into());
                }
            }
        }
        Err(ApiError::service_failure("no unused instance profile id was drawn".to_owned()).into())
    }
}

impl Implemented for GetInstanceProfile {
    type Object = Option<InstanceProfileRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &GetInstanceProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_instance_profile(reader, &input.instance_profile_name, caller)
    }
}

impl Read for GetInstanceProfile {
    fn read(
        reader: &Reader<'_>,
        profile: Option<InstanceProfileRecord>,
        input: &GetInstanceProfileRequest,
        _: &Scene,
    ) -> Result<GetInstanceProfileResponse, Refusal> {
        let profile = there(profile, &input.instance_profile_name)?;
        let instance_profile = InstanceProfile {
            tags: tag::shapes(reader.tags(profile.account, profile.id)?),
            ..shape(reader, &profile)?.0
        };
        Ok(GetInstanceProfileResponse { instance_profile })
    }
}

impl Implemented for ListInstanceProfiles {
    type Object = ();

    /// AWS knows no resource for this list, other than for those of users, groups and roles.
    fn find(_: &Reader<'_>, _: &ListInstanceProfilesRequest, _: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for ListInstanceProfiles {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListInstanceProfilesRequest,
        scene: &Scene,
    ) -> Result<ListInstanceProfilesResponse, Refusal> {
        let path_prefix = input.path_prefix.as_deref().unwrap_or("/");
        let filters = [path_prefix];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let (instance_profiles, next) = page.fill(|after, limit| {
            let account = scene.caller.account;
            part(
                reader,
                &reader.instance_profiles_page(account, after, path_prefix, limit)?,
            )
        })?;
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListInstanceProfilesResponse {
            instance_profiles,
            is_truncated,
            marker,
        })
    }
}

impl Implemented for ListInstanceProfilesForRole {
    type Object = Option<RoleRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &ListInstanceProfilesForRoleRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_role(reader, &input.role_name, caller)
    }
}

impl Read for ListInstanceProfilesForRole {
    fn read(
        reader: &Reader<'_>,
        role: Option<RoleRecord>,
        input: &ListInstanceProfilesForRoleRequest,
        scene: &Scene,
    ) -> Result<ListInstanceProfilesForRoleResponse, Refusal> {
        let role = role.ok_or_else(|| ApiError::no_such_role(&input.role_name))?;
        let filters = [input.role_name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let (instance_profiles, next) = page.fill(|after, limit| {
            let found = reader.instance_profiles_of_role_page(role.account, role.id, after, limit)?;
            part(reader, &found)
        })?;
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListInstanceProfilesForRoleResponse {
            instance_profiles,
            is_truncated,
            marker,
        })
    }
}

impl Implemented for DeleteInstanceProfile {
    type Object = Option<InstanceProfileRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteInstanceProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_instance_profile(reader, &input.instance_profile_name, caller)
    }
}

impl Change for DeleteInstanceProfile {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        profile: Option<InstanceProfileRecord>,
        input: &DeleteInstanceProfileRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let profile = there(profile, &input.instance_profile_name)?;
        Err(match tx.delete_instance_profile(profile.account, profile.id)? {
            Deleted::Deleted => return Ok(()),
            Deleted::HasRole => ApiError::must_remove_roles_from_instance_profile_first(),
            Deleted::NoInstanceProfile => ApiError::no_such_instance_profile(&input.instance_profile_name),
        }
        .into())
    }
}

impl Implemented for AddRoleToInstanceProfile {
    type Object = Option<InstanceProfileRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &AddRoleToInstanceProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_instance_profile(reader, &input.instance_profile_name, caller)
    }
}

impl Change for AddRoleToInstanceProfile {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        profile: Option<InstanceProfileRecord>,
        input: &AddRoleToInstanceProfileRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let profile = there(profile, &input.instance_profile_name)?;
        let (_, role) = find_role(tx, &input.role_name, &scene.caller)?;
        let role = changeable(role, &input.role_name)?;
        let put = tx.put_role_into_instance_profile(profile.account, profile.id, role.id)?;
        Err(match put {
            PutRoleIntoInstanceProfile::Put => return Ok(()),
            PutRoleIntoInstanceProfile::HasRole => ApiError::quota_exceeded(
                "InstanceSessionsPerInstanceProfile",
                limits::ROLES_PER_INSTANCE_PROFILE,
            ),
            PutRoleIntoInstanceProfile::NoInstanceProfile => {
                ApiError::no_such_instance_profile(&input.instance_profile_name)
            }
            PutRoleIntoInstanceProfile::NoRole => ApiError::no_such_role(&input.role_name),
        }
        .into())
    }
}

impl Implemented for RemoveRoleFromInstanceProfile {
    type Object = Option<InstanceProfileRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &RemoveRoleFromInstanceProfileRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_instance_profile(reader, &input.instance_profile_name, caller)
    }
}

impl Change for RemoveRoleFromInstanceProfile {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        profile: Option<InstanceProfileRecord>,
        input: &RemoveRoleFromInstanceProfileRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let profile = there(profile, &input.instance_profile_name)?;
        let (_, role) = find_role(tx, &input.role_name, &scene.caller)?;
        let role = changeable(role, &input.role_name)?;
        match tx.take_role_out_of_instance_profile(profile.account, profile.id, role.id)? {
            true => Ok(()),
            false => {
                let (role, profile) = (role.name.as_str(), profile.name.as_str());
                Err(ApiError::role_not_in_instance_profile(role, profile).into())
            }
        }
    }
}

/// Looks an instance profile up by exactly this name.
pub(super) fn find_instance_profile(
    reader: &Reader<'_>,
    name: &str,
    caller: &Principal,
) -> Result<(Target, Option<InstanceProfileRecord>), Refusal> {
    let record = match name.parse() {
        Ok(name) => reader.instance_profile_by_name(caller.account, &name)?,
        Err(_) => None,
    };
    let path = record.as_ref().map(|profile| &profile.path);
    let target = Target::named(caller.account, "instance-profile", path, name)
        .with_tags_of(record.as_ref().map(|profile| Tagged::InstanceProfile(profile.id)));
    Ok((target, record))
}

/// An instance profile with its role, without tags; and the bytes of the role's trust policy.
pub(super) fn shape(
    reader: &Reader<'_>,
    profile: &InstanceProfileRecord,
) -> Result<(InstanceProfile, usize), Refusal> {
    let role = match profile.role {
        Some(role) => reader.role_by_id(profile.account, role)?,
        None => None,
    };
    let bytes = role
        .as_ref()
        .map_or(0, |role| role.trust_policy.document_with_ids.len());
    let roles = role.iter().map(|role| role::shape(reader, role));
    let shape = InstanceProfile {
        path: profile.path.to_string(),
        instance_profile_name: profile.name.to_string(),
        instance_profile_id: profile.id.to_string(),
        arn: arn::instance_profile(profile.account, &profile.path, &profile.name),
        create_date: profile.created_at,
        roles: roles.collect::<Result<_, _>>()?,
        tags: None,
    };
    Ok((shape, bytes))
}

fn part(reader: &Reader<'_>, found: &InstanceProfilePage) -> Result<Part<InstanceProfile>, Refusal> {
    let profiles = found.instance_profiles.iter();
    Ok(Part {
        entries: profiles
            .map(|profile| shape(reader, profile))
            .collect::<Result<_, _>>()?,
        next: found.next.clone(),
    })
}

fn there(profile: Option<InstanceProfileRecord>, name: &str) -> Result<InstanceProfileRecord, ApiError> {
    profile.ok_or_else(|| ApiError::no_such_instance_profile(name))
}
