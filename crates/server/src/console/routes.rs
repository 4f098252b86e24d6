//! Which page is where.

use std::sync::Arc;

use axum::{Router, response::Redirect, routing::get};

use super::{
    Shared, access_key, account, assets, dashboard, events, new_user, problem::Problem, sign_in, users,
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
        .merge(users::routes())
        .fallback(|| async { Problem::NotFound })
        .with_state(shared)
}
