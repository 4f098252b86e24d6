//! Groups: the list, and each group with its users and permissions.

mod create;
mod delete;
mod detail;
mod list;
mod members;

use std::sync::Arc;

use axum::{Router, routing::get};

use super::{
    Shared,
    attachments::{Owner, OwnerKind},
};

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/console/groups/{group}";
    let one = |rest: &str| format!("{ONE}{rest}");
    Router::new()
        .route("/console/groups", get(list::list))
        .route("/console/create-group", get(create::write).post(create::create))
        .route(ONE, get(detail::users))
        .route(&one("/permissions"), get(detail::permissions))
        .route(&one("/rename"), get(create::ask_rename).post(create::rename))
        .route(&one("/add-users"), get(members::choose).post(members::add))
        .route(
            &one("/remove-user"),
            get(members::ask_remove).post(members::remove),
        )
        .route(&one("/delete"), get(delete::ask_delete).post(delete::delete))
}

/// The group as an owner of policies.
fn owner(group: &str) -> Owner {
    Owner::new(OwnerKind::Group, group)
}
