//! Which page is where.

use std::sync::Arc;

use axum::{Router, response::Redirect, routing::get};

use super::{
    Shared, access_key, account, assets, attachments, dashboard, events, group, new_user, policy,
    problem::Problem, role, sign_in, user, users,
};

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/console", get(|| async { Redirect::permanent("/console/") }))
        .route("/console/assets/{version}/{name}", get(assets::asset))
        .merge(access_key::routes())
        .merge(account::routes())
        .merge(dashboard::routes())
        .merge(events::routes())
        .merge(new_user::routes())
        .merge(sign_in::routes())
        .merge(user::routes())
        .merge(users::routes())
        .merge(attachments::routes())
        .merge(group::routes())
        .merge(policy::routes())
        .merge(role::routes())
        .fallback(|| async { Problem::NotFound })
        .with_state(shared)
}
