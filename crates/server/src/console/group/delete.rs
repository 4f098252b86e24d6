//! Deleting a group.

use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::{Ask, Link},
        attachments::Permissions,
        frame::Section,
        page::Answer,
        path,
        problem::Problem,
        visitor::Visitor,
    },
    owner,
};

/// `/console/groups/{group}/delete`
pub(super) async fn ask_delete(visitor: Visitor, Path(group): Path<String>) -> Answer {
    asking(&visitor, &group).await?.asked()
}

pub(super) async fn delete(visitor: Visitor, Path(group): Path<String>) -> Answer {
    let asking = asking(&visitor, &group).await?;
    let group_name = group;
    let deleted = visitor.perform::<iam::DeleteGroup>(iam::DeleteGroupRequest { group_name });
    asking.answered(deleted.await, "/console/groups?done=group-deleted")
}

async fn asking(visitor: &Visitor, group: &str) -> Result<Ask, Problem> {
    let owner = owner(group);
    let action = format!("{}/delete", owner.path());
    let mut ask = Ask::new(
        visitor,
        Section::Groups,
        "Delete group",
        group,
        action,
        owner.path(),
    )
    .below(group, owner.path())
    .saying("Deleting is final. The users who were in the group stay.");
    // Who may not see what is in the way reads the operation's own refusal.
    let members = visitor.perform::<iam::GetGroup>(iam::GetGroupRequest {
        group_name: group.to_owned(),
        max_items: Some(20),
        ..Default::default()
    });
    if let Ok(found) = members.await {
        let users = found.users.into_iter().filter_map(|user| user.user_name);
        ask.in_the_way.extend(users.map(|user| {
            let href = format!("{}/remove-user?user={}", owner.path(), path::segment(&user));
            Link::new(format!("The user {user}"), href)
        }));
        if found.marker.is_some() {
            ask.in_the_way.push(Link::new("Further users", owner.path()));
        }
    }
    let permissions = Permissions::load(visitor, owner, None).await;
    ask.in_the_way.extend(permissions.in_the_way());
    Ok(ask)
}
