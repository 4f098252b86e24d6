//! The list of users.

use std::sync::Arc;

use askama::Template;
use axum::{Router, routing::get};
use keystead_wire::iam;

use super::{
    Shared,
    fields::Query,
    frame::{Frame, Section},
    moment::Moment,
    page::{Answer, page},
    visitor::Visitor,
};

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new().route("/console/users", get(list))
}

#[derive(Template)]
#[template(path = "users.html")]
struct UsersPage {
    frame: Frame,
    search: String,
    users: Vec<UserRow>,
    next: Option<String>,
}

struct UserRow {
    name: String,
    path: String,
    created: Moment,
}

/// `/console/users?search=…&after=…`
async fn list(visitor: Visitor, query: Query) -> Answer {
    let listed = visitor
        .perform::<iam::ListUsers>(iam::ListUsersRequest {
            marker: query.given("after").map(str::to_owned),
            max_items: Some(50),
            ..Default::default()
        })
        .await?;
    page(UsersPage {
        frame: visitor.frame(Section::Users, "Users"),
        search: query.text("search").to_owned(),
        users: listed
            .users
            .into_iter()
            .map(|user| UserRow {
                name: user.user_name.unwrap_or_default(),
                path: user.path.unwrap_or_default(),
                created: user.create_date.into(),
            })
            .collect(),
        next: listed.marker,
    })
}
