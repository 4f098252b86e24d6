//! Groups.

use keystead_store::{
    DeleteGroup as Deleted, GroupRecord, InsertGroup, NewGroup, Reader, Tx, UpdateGroup as Updated,
};
use keystead_types::{GroupName, Path, Principal, UniqueId, UniqueIdKind, arn};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        CreateGroup, CreateGroupRequest, CreateGroupResponse, DeleteGroup, DeleteGroupRequest, GetGroup,
        GetGroupRequest, GetGroupResponse, Group, ListGroups, ListGroupsRequest, ListGroupsResponse,
        UpdateGroup, UpdateGroupRequest,
    },
};

use super::{
    name::{parse_name, parse_path, parse_path_of_new},
    page::{Page, PageRequest},
    user,
};
use crate::{
    ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for CreateGroup {
    type Object = (GroupName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreateGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, (GroupName, Path)), Refusal> {
        let name: GroupName = parse_name(&input.group_name, "groupName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "group", &path, name.as_str());
        Ok((target, (name, path)))
    }
}

impl Change for CreateGroup {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): (GroupName, Path),
        _: &CreateGroupRequest,
        scene: &Scene,
    ) -> Result<CreateGroupResponse, Refusal> {
        let account = scene.caller.account;
        for _ in 0..ID_DRAWS_MAX {
            let group = NewGroup {
                account,
                id: UniqueId::generate(UniqueIdKind::Group, account, &*scene.random),
                name: name.clone(),
                path: path.clone(),
                created_at: scene.context.now,
            };
            match tx.insert_group(&group)? {
                InsertGroup::Created => {
                    let created = Group {
                        path: path.to_string(),
                        group_name: name.to_string(),
                        group_id: group.id.to_string(),
                        arn: arn::group(account, &path, &name),
                        create_date: group.created_at,
                    };
                    return Ok(CreateGroupResponse { group: created });
                }
                InsertGroup::IdTaken => {}
                InsertGroup::NameTaken => return Err(ApiError::group_already_exists(name.as_str()).into()),
                InsertGroup::QuotaReached(quota) => {
                    return Err(ApiError::quota_exceeded("GroupsPerAccount", quota.into()).into());
                }
            }
        }
        Err(ApiError::service_failure("no unused group id was drawn".to_owned()).into())
    }
}

impl Implemented for GetGroup {
    type Object = Option<GroupRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &GetGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_group(reader, &input.group_name, caller)
    }
}

impl Read for GetGroup {
    fn read(
        reader: &Reader<'_>,
        group: Option<GroupRecord>,
        input: &GetGroupRequest,
        scene: &Scene,
    ) -> Result<GetGroupResponse, Refusal> {
        let group = group.ok_or_else(|| ApiError::no_such_group(&input.group_name))?;
        let filters = [input.group_name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = reader.members_page(group.account, group.id, &page.after, page.entries_max)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(GetGroupResponse {
            group: shape(&group),
            users: found.users.iter().map(user::shape).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for ListGroups {
    type Object = ();

    fn find(_: &Reader<'_>, _: &ListGroupsRequest, caller: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::all(caller.account, "group"), ()))
    }
}

impl Read for ListGroups {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListGroupsRequest,
        scene: &Scene,
    ) -> Result<ListGroupsResponse, Refusal> {
        let path_prefix = input.path_prefix.as_deref().unwrap_or("/");
        let filters = [path_prefix];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = reader.groups_page(scene.caller.account, &page.after, path_prefix, page.entries_max)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(ListGroupsResponse {
            groups: found.groups.iter().map(shape).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for UpdateGroup {
    type Object = Option<GroupRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, group) = find_group(reader, &input.group_name, caller)?;
        let target = match &group {
            Some(group) => {
                let (name, path) = renamed(group, input)?;
                target.and_new("group", &path, name.as_str())
            }
            None => target,
        };
        Ok((target, group))
    }
}

impl Change for UpdateGroup {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        group: Option<GroupRecord>,
        input: &UpdateGroupRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let group = group.ok_or_else(|| ApiError::no_such_group(&input.group_name))?;
        let (name, path) = renamed(&group, input)?;
        match tx.update_group(group.account, group.id, &name, &path)? {
            Updated::Updated => Ok(()),
            Updated::NameTaken => Err(ApiError::group_already_exists(name.as_str()).into()),
            Updated::NoGroup => Err(ApiError::no_such_group(&input.group_name).into()),
        }
    }
}

impl Implemented for DeleteGroup {
    type Object = Option<GroupRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_group(reader, &input.group_name, caller)
    }
}

impl Change for DeleteGroup {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        group: Option<GroupRecord>,
        input: &DeleteGroupRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let group = group.ok_or_else(|| ApiError::no_such_group(&input.group_name))?;
        Err(match tx.delete_group(group.account, group.id)? {
            Deleted::Deleted => return Ok(()),
            Deleted::HasMembers => ApiError::must_remove_users_from_group_first(),
            Deleted::HasAttachedPolicies => ApiError::must_detach_policies_first(),
            Deleted::HasInlinePolicies => ApiError::must_delete_policies_first(),
            Deleted::NoGroup => ApiError::no_such_group(&input.group_name),
        }
        .into())
    }
}

/// Looks a group up by exactly this name.
pub(super) fn find_group(
    reader: &Reader<'_>,
    name: &str,
    caller: &Principal,
) -> Result<(Target, Option<GroupRecord>), Refusal> {
    let record = match name.parse() {
        Ok(name) => reader.group_by_name(caller.account, &name)?,
        Err(_) => None,
    };
    let path = record.as_ref().map(|group| &group.path);
    Ok((Target::named(caller.account, "group", path, name), record))
}

/// A group as answers show it.
pub(super) fn shape(group: &GroupRecord) -> Group {
    Group {
        path: group.path.to_string(),
        group_name: group.name.to_string(),
        group_id: group.id.to_string(),
        arn: arn::group(group.account, &group.path, &group.name),
        create_date: group.created_at,
    }
}

/// What the group will be called, and where it will be.
fn renamed(group: &GroupRecord, input: &UpdateGroupRequest) -> Result<(GroupName, Path), ApiError> {
    let name = input.new_group_name.as_deref();
    let path = input.new_path.as_deref();
    Ok((
        name.map_or_else(|| Ok(group.name.clone()), |name| parse_name(name, "newGroupName"))?,
        path.map_or_else(|| Ok(group.path.clone()), |path| parse_path(path, "newPath"))?,
    ))
}
