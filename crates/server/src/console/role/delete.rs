//! Deleting a role.

use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::{Ask, Link},
        attachments::Permissions,
        frame::Section,
        page::Answer,
        problem::Problem,
        visitor::Visitor,
    },
    detail::profiles,
    owner,
};

/// `/console/roles/{role}/delete`
pub(super) async fn ask_delete(visitor: Visitor, Path(role): Path<String>) -> Answer {
    asking(&visitor, &role).await?.asked()
}

pub(super) async fn delete(visitor: Visitor, Path(role): Path<String>) -> Answer {
    let asking = asking(&visitor, &role).await?;
    let role_name = role;
    let deleted = visitor.perform::<iam::DeleteRole>(iam::DeleteRoleRequest { role_name });
    asking.answered(deleted.await, "/console/roles?done=role-deleted")
}

async fn asking(visitor: &Visitor, role: &str) -> Result<Ask, Problem> {
    let owner = owner(role);
    let (path, action) = (owner.path(), format!("{}/delete", owner.path()));
    let mut ask = Ask::new(visitor, Section::Roles, "Delete role", role, action, &path)
        .below(role, path.clone())
        .saying("Deleting is final. Sessions of the role are refused from the next request on, and a new role of the same name is another one.");
    // Who may not see what is in the way reads the operation's own refusal.
    let permissions = Permissions::load(visitor, owner, None).await;
    ask.in_the_way.extend(permissions.in_the_way());
    let profiles = profiles(visitor, role).await.unwrap_or_default();
    ask.in_the_way.extend(profiles.into_iter().map(|profile| {
        let name = profile.instance_profile_name;
        Link::new(
            format!("The instance profile {name} (aws iam remove-role-from-instance-profile)"),
            &path,
        )
    }));
    Ok(ask)
}
