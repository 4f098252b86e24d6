//! Putting users into a group, and taking one out.

use askama::Template;
use axum::extract::Path;
use keystead_wire::iam;

use super::{
    super::{
        ask::{Ask, Link},
        attachments::Owner,
        fields::{Fields, Form, Query},
        frame::{Frame, Section},
        listing::{Chosen, Listing, Rows},
        page::{Answer, page, refused_page, see},
        visitor::Visitor,
    },
    owner,
};
use crate::api::Refused;

#[derive(Template)]
#[template(path = "group/add_users.html")]
struct AddPage {
    frame: Frame,
    crumbs: Vec<Link>,
    owner: Owner,
    listing: Listing,
    found: Rows<String>,
    chosen: Chosen,
    /// Those who were added before one was refused.
    added: Vec<String>,
    refused: Option<Refused>,
}

impl AddPage {
    async fn load(visitor: &Visitor, group: &str, query: &Query, sent: &Fields) -> Result<Self, Refused> {
        let listing = Listing::of(query);
        let listed = visitor
            .perform::<iam::ListUsers>(iam::ListUsersRequest {
                marker: listing.marker(),
                max_items: listing.max_items(),
                ..Default::default()
            })
            .await?;
        let names = listed.users.into_iter().filter_map(|user| user.user_name);
        let owner = owner(group);
        Ok(Self {
            frame: visitor.frame(Section::Groups, "Add users"),
            crumbs: owner.crumbs(),
            owner,
            found: listing.rows(names.collect(), listed.marker, String::as_str),
            listing,
            chosen: Chosen::of(sent, "user"),
            added: Vec::new(),
            refused: None,
        })
    }

    /// Those who were chosen, and are not on this page.
    fn chosen_besides(&self) -> Vec<&str> {
        self.chosen
            .besides(|name| self.found.rows.iter().any(|row| row == name))
    }
}

/// `/console/groups/{group}/add-users?search=…&after=…`
pub(super) async fn choose(visitor: Visitor, Path(group): Path<String>, query: Query) -> Answer {
    page(AddPage::load(&visitor, &group, &query, &query).await?)
}

/// Adds each user that is checked.
pub(super) async fn add(visitor: Visitor, Path(group): Path<String>, query: Query, form: Form) -> Answer {
    let mut added = Vec::new();
    for user in form.all("user") {
        let result = visitor
            .perform::<iam::AddUserToGroup>(iam::AddUserToGroupRequest {
                group_name: group.clone(),
                user_name: user.to_owned(),
            })
            .await;
        if let Err(refused) = result {
            let mut again = AddPage::load(&visitor, &group, &query, &form).await?;
            let status = refused.status();
            again.refused = Some(refused);
            again.added = added;
            return refused_page(status, again);
        }
        added.push(user.to_owned());
    }
    match added.is_empty() {
        true => see(&format!("{}/add-users", owner(&group).path())),
        false => see(&format!("{}?done=group-users-added", owner(&group).path())),
    }
}

/// `/console/groups/{group}/remove-user?user=…`
pub(super) async fn ask_remove(visitor: Visitor, Path(group): Path<String>, query: Query) -> Answer {
    asking(&visitor, &group, query.text("user")).asked()
}

pub(super) async fn remove(visitor: Visitor, Path(group): Path<String>, form: Form) -> Answer {
    let user = form.text("user");
    let removed = visitor
        .perform::<iam::RemoveUserFromGroup>(iam::RemoveUserFromGroupRequest {
            group_name: group.clone(),
            user_name: user.to_owned(),
        })
        .await;
    let done = format!("{}?done=group-user-removed", owner(&group).path());
    asking(&visitor, &group, user).answered(removed, &done)
}

fn asking(visitor: &Visitor, group: &str, user: &str) -> Ask {
    let owner = owner(group);
    let action = format!("{}/remove-user", owner.path());
    let words = format!(
        "The user {user} loses what the group {group} gives from the next request on. The user stays."
    );
    let button = "Remove user from group";
    Ask::new(visitor, Section::Groups, button, user, action, owner.path())
        .below(group, owner.path())
        .saying(words)
        .carrying("user", user)
}
