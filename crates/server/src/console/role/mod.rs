//! Roles: the list, and each role with its permissions, its trust policy, its tags and its sessions.

mod create;
mod delete;
mod detail;
mod list;
mod sessions;
mod trust;
mod trusted;

use std::sync::Arc;

use axum::{Router, routing::get};

use super::{
    Shared,
    attachments::{Owner, OwnerKind},
};

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ONE: &str = "/console/roles/{role}";
    let one = |rest: &str| format!("{ONE}{rest}");
    Router::new()
        .route("/console/roles", get(list::list))
        .route("/console/create-role", get(create::write).post(create::create))
        .route(ONE, get(detail::permissions))
        .route(&one("/edit"), get(detail::edit).post(detail::change))
        .route(&one("/trust"), get(trust::show))
        .route(&one("/trust/edit"), get(trust::edit).post(trust::change))
        .route(&one("/tags"), get(detail::tags).post(detail::tag))
        .route(&one("/tags/remove"), get(detail::ask_untag).post(detail::untag))
        .route(&one("/sessions"), get(sessions::show).post(sessions::revoke))
        .route(&one("/delete"), get(delete::ask_delete).post(delete::delete))
}

/// The role as an owner of policies.
fn owner(role: &str) -> Owner {
    Owner::new(OwnerKind::Role, role)
}
