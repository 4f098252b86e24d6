//! One group: its users and its permissions.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::Link,
        attachments::{Owner, Permissions},
        fields::Query,
        frame::{Frame, Section},
        moment::Moment,
        page::{Answer, page},
        path,
        visitor::Visitor,
    },
    owner,
};
use crate::api::Refused;

/// What stands over each page of a group.
struct Head {
    crumbs: Vec<Link>,
    owner: Owner,
    group: iam::Group,
    tabs: Vec<(Link, bool)>,
}

impl Head {
    fn new(group: iam::Group, tab: &str) -> Self {
        let owner = owner(&group.group_name);
        Self {
            crumbs: owner.crumbs(),
            tabs: vec![
                (Link::new("Users", owner.path()), tab == "users"),
                (
                    Link::new("Permissions", owner.permissions()),
                    tab == "permissions",
                ),
            ],
            owner,
            group,
        }
    }

    fn created(&self) -> Moment {
        self.group.create_date.into()
    }
}

async fn read(
    visitor: &Visitor,
    group: &str,
    marker: Option<String>,
    max_items: i32,
) -> Result<iam::GetGroupResponse, Refused> {
    visitor
        .perform::<iam::GetGroup>(iam::GetGroupRequest {
            group_name: group.to_owned(),
            marker,
            max_items: Some(max_items),
        })
        .await
}

#[derive(Template)]
#[template(path = "group/users.html")]
struct UsersPage {
    frame: Frame,
    head: Head,
    users: Vec<MemberRow>,
    next: Option<String>,
}

struct MemberRow {
    name: String,
    created: Moment,
}

/// `/console/groups/{group}?after=…`
pub(super) async fn users(visitor: Visitor, Path(group): Path<String>, query: Query) -> Answer {
    let found = read(&visitor, &group, query.given("after").map(str::to_owned), 50).await?;
    let users = found.users.into_iter();
    let users = users.map(|user| MemberRow {
        name: user.user_name.unwrap_or_default(),
        created: user.create_date.into(),
    });
    let head = Head::new(found.group, "users");
    page(UsersPage {
        frame: visitor.frame(Section::Groups, format!("{group}: users")),
        users: users.collect(),
        next: found
            .marker
            .map(|marker| format!("{}?after={}", head.owner.path(), path::segment(&marker))),
        head,
    })
}

#[derive(Template)]
#[template(path = "group/permissions.html")]
struct PermissionsPage {
    frame: Frame,
    head: Head,
    permissions: Permissions,
}

/// `/console/groups/{group}/permissions`
pub(super) async fn permissions(visitor: Visitor, Path(group): Path<String>) -> Answer {
    let found = read(&visitor, &group, None, 1).await?;
    let head = Head::new(found.group, "permissions");
    page(PermissionsPage {
        frame: visitor.frame(Section::Groups, format!("{group}: permissions")),
        permissions: Permissions::load(&visitor, head.owner.clone(), None).await,
        head,
    })
}
