//! The groups that a user is in.

use askama::Template;
use axum::extract::Path;
use http::StatusCode;
use keystead_wire::iam;

use super::{
    super::{
        ask::Ask,
        fields::{Form, Query},
        frame::{Frame, Section},
        moment::Moment,
        page::{Answer, page, refused_page, see},
        path,
        visitor::Visitor,
    },
    summary::{Summary, Tab},
};
use crate::api::Refused;

/// Groups that are proposed to choose from. Another one can be typed.
const PROPOSED_MAX: i32 = 300;

/// A group.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) path: String,
    pub(super) created: Moment,
}

impl Group {
    /// The groups that a user is in.
    pub(super) async fn load(visitor: &Visitor, user: &str) -> Result<Vec<Self>, Refused> {
        let listed = visitor
            .perform::<iam::ListGroupsForUser>(iam::ListGroupsForUserRequest {
                user_name: user.to_owned(),
                ..Default::default()
            })
            .await?;
        let groups = listed.groups.into_iter().map(|group| Self {
            name: group.group_name,
            path: group.path,
            created: group.create_date.into(),
        });
        Ok(groups.collect())
    }
}

#[derive(Template)]
#[template(path = "user/groups.html")]
struct GroupsPage {
    frame: Frame,
    summary: Summary,
    groups: Result<Vec<Group>, Refused>,
    /// Names of groups that the user is not in.
    proposed: Vec<String>,
    given: String,
    refused: Option<Refused>,
}

impl GroupsPage {
    async fn load(visitor: &Visitor, user: String) -> Result<Self, Refused> {
        let groups = Group::load(visitor, &user).await;
        let all = visitor
            .perform::<iam::ListGroups>(iam::ListGroupsRequest {
                max_items: Some(PROPOSED_MAX),
                ..Default::default()
            })
            .await;
        let all = all.map(|listed| listed.groups).unwrap_or_default();
        let is_in = |name: &str| groups.iter().flatten().any(|group| group.name == name);
        let proposed = all.into_iter().map(|group| group.group_name);
        Ok(Self {
            frame: visitor.frame(Section::Users, format!("{user}: groups")),
            proposed: proposed.filter(|name| !is_in(name)).collect(),
            groups,
            given: String::new(),
            refused: None,
            summary: Summary::load(visitor, user, Tab::Groups).await?,
        })
    }
}

/// `/console/users/{user}/groups`
pub(super) async fn tab(visitor: Visitor, Path(user): Path<String>) -> Answer {
    page(GroupsPage::load(&visitor, user).await?)
}

pub(super) async fn add(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let group = form.text("group").trim().to_owned();
    let added = visitor
        .perform::<iam::AddUserToGroup>(iam::AddUserToGroupRequest {
            group_name: group.clone(),
            user_name: user.clone(),
        })
        .await;
    match added {
        Ok(()) => see(&format!("{}?done=group-joined", Tab::Groups.path(&user))),
        Err(refused) => {
            let mut tab = GroupsPage::load(&visitor, user).await?;
            let status: StatusCode = refused.status();
            tab.refused = Some(refused);
            tab.given = group;
            refused_page(status, tab)
        }
    }
}

/// `/console/users/{user}/groups/remove?group=…`
pub(super) async fn ask_remove(visitor: Visitor, Path(user): Path<String>, query: Query) -> Answer {
    removal(&visitor, &user, query.text("group")).asked()
}

pub(super) async fn remove(visitor: Visitor, Path(user): Path<String>, form: Form) -> Answer {
    let group = form.text("group");
    let removed = leave(&visitor, &user, group).await;
    let done = format!("{}?done=group-left", Tab::Groups.path(&user));
    removal(&visitor, &user, group).answered(removed, &done)
}

/// Takes a user out of a group.
pub(super) async fn leave(visitor: &Visitor, user: &str, group: &str) -> Result<(), Refused> {
    visitor
        .perform::<iam::RemoveUserFromGroup>(iam::RemoveUserFromGroupRequest {
            group_name: group.to_owned(),
            user_name: user.to_owned(),
        })
        .await
}

fn removal(visitor: &Visitor, user: &str, group: &str) -> Ask {
    let (action, back) = (
        format!("{}/groups/remove", path::user(user)),
        Tab::Groups.path(user),
    );
    Ask::new(visitor, Section::Users, "Remove from group", group, action, back)
        .below(user, path::user(user))
        .below("Groups", Tab::Groups.path(user))
        .saying(format!(
            "{user} loses the permissions that come from this group alone."
        ))
        .carrying("group", group)
}
