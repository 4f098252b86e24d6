//! Who is in which group.

use keystead_store::{AddUserToGroup as Added, GroupRecord, Reader, Tx, UserRecord};
use keystead_types::Principal;
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AddUserToGroup, AddUserToGroupRequest, ListGroupsForUser, ListGroupsForUserRequest,
        ListGroupsForUserResponse, RemoveUserFromGroup, RemoveUserFromGroupRequest,
    },
};

use super::{
    group::{self, find_group},
    owner::find_user,
    page::{Page, PageRequest},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// A group and a user, as far as there are such.
pub(crate) struct Membership {
    group: Option<GroupRecord>,
    user: Option<UserRecord>,
}

impl Implemented for AddUserToGroup {
    type Object = Membership;

    fn find(
        reader: &Reader<'_>,
        input: &AddUserToGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, Membership), Refusal> {
        Membership::find(reader, &input.group_name, &input.user_name, caller)
    }
}

impl Change for AddUserToGroup {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        membership: Membership,
        input: &AddUserToGroupRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let (group, user) = membership.both(&input.group_name, &input.user_name)?;
        Err(match tx.add_user_to_group(group.account, group.id, user.id)? {
            Added::Added | Added::AlreadyMember => return Ok(()),
            Added::QuotaReached(quota) => ApiError::quota_exceeded("GroupsPerUser", quota.into()),
            Added::NoUser => ApiError::no_such_user(&input.user_name),
            Added::NoGroup => ApiError::no_such_group(&input.group_name),
        }
        .into())
    }
}

impl Implemented for RemoveUserFromGroup {
    type Object = Membership;

    fn find(
        reader: &Reader<'_>,
        input: &RemoveUserFromGroupRequest,
        caller: &Principal,
    ) -> Result<(Target, Membership), Refusal> {
        Membership::find(reader, &input.group_name, &input.user_name, caller)
    }
}

impl Change for RemoveUserFromGroup {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        membership: Membership,
        input: &RemoveUserFromGroupRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let (group, user) = membership.both(&input.group_name, &input.user_name)?;
        // Whether the user was in the group makes no difference to the answer.
        tx.remove_user_from_group(group.account, group.id, user.id)?;
        Ok(())
    }
}

impl Implemented for ListGroupsForUser {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &ListGroupsForUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_user(reader, &input.user_name, caller)
    }
}

impl Read for ListGroupsForUser {
    fn read(
        reader: &Reader<'_>,
        user: Option<UserRecord>,
        input: &ListGroupsForUserRequest,
        scene: &Scene,
    ) -> Result<ListGroupsForUserResponse, Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let filters = [input.user_name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let groups = reader.groups_of_user(user.account, user.id)?;
        let groups = groups.into_iter().map(|group| (group.name.folded(), group));
        let (groups, next) = page.cut(groups);
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListGroupsForUserResponse {
            groups: groups.iter().map(group::shape).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Membership {
    /// Finds both. The group alone is what the decision is about.
    fn find(
        reader: &Reader<'_>,
        group_name: &str,
        user_name: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let (target, group) = find_group(reader, group_name, caller)?;
        let (_, user) = find_user(reader, user_name, caller)?;
        Ok((target, Self { group, user }))
    }

    /// Where both are missing, AWS names the user.
    fn both(self, group_name: &str, user_name: &str) -> Result<(GroupRecord, UserRecord), ApiError> {
        let user = self.user.ok_or_else(|| ApiError::no_such_user(user_name))?;
        let group = self.group.ok_or_else(|| ApiError::no_such_group(group_name))?;
        Ok((group, user))
    }
}
