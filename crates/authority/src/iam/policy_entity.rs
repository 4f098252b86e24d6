//! Who uses a managed policy.

use keystead_store::{PolicyEntity, PolicyEntityFilter, Reader};
use keystead_types::{Principal, UniqueIdKind};
use keystead_wire::iam::{
    ListEntitiesForPolicy, ListEntitiesForPolicyRequest, ListEntitiesForPolicyResponse, PolicyGroup,
    PolicyRole, PolicyUser,
};

use super::{
    page::{Page, PageRequest},
    policy::{NamedPolicy, used_for},
};
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for ListEntitiesForPolicy {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &ListEntitiesForPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Read for ListEntitiesForPolicy {
    fn read(
        reader: &Reader<'_>,
        named: NamedPolicy,
        input: &ListEntitiesForPolicyRequest,
        scene: &Scene,
    ) -> Result<ListEntitiesForPolicyResponse, Refusal> {
        let policy = named.attachable()?;
        let entity = input.entity_filter.as_deref().unwrap_or_default();
        let path_prefix = input.path_prefix.as_deref().unwrap_or_default();
        let usage = input.policy_usage_filter.as_deref().unwrap_or_default();
        let filters = [named.arn.as_str(), entity, path_prefix, usage];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let kind = match entity {
            "" => None,
            "User" => Some(UniqueIdKind::User),
            "Group" => Some(UniqueIdKind::Group),
            "Role" => Some(UniqueIdKind::Role),
            // A policy is used by no other.
            _ => return Ok(answer(Vec::new(), page.end(None))),
        };
        let filter = PolicyEntityFilter {
            kind,
            path_prefix,
            used_for: used_for(usage),
        };
        let found = reader.policy_entities_page(
            scene.caller.account,
            policy.id,
            &filter,
            &page.after,
            page.entries_max,
        )?;
        Ok(answer(found.entities, page.end(found.next)))
    }
}

fn answer(entities: Vec<PolicyEntity>, page: Page) -> ListEntitiesForPolicyResponse {
    let (mut groups, mut users, mut roles) = (Vec::new(), Vec::new(), Vec::new());
    for entity in entities {
        match entity {
            PolicyEntity::Group(group) => groups.push(PolicyGroup {
                group_name: Some(group.name.to_string()),
                group_id: Some(group.id.to_string()),
            }),
            PolicyEntity::Role(role) => roles.push(PolicyRole {
                role_name: Some(role.name.to_string()),
                role_id: Some(role.id.to_string()),
            }),
            PolicyEntity::User(user) => users.push(PolicyUser {
                user_name: Some(user.name.to_string()),
                user_id: Some(user.id.to_string()),
            }),
        }
    }
    ListEntitiesForPolicyResponse {
        policy_groups: Some(groups),
        policy_users: Some(users),
        policy_roles: Some(roles),
        is_truncated: page.is_truncated,
        marker: page.marker,
    }
}
