//! Which page is where.

use std::sync::Arc;

use axum::{Router, response::Redirect, routing::get};
use http::{Method, Uri};

use super::{
    Shared, access_key, account, assets, attachments, dashboard, events, group, new_user,
    page::{Answer, see},
    policy,
    problem::Problem,
    role, sign_in, user, users,
};

pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(|| async { Redirect::to("/console/") }))
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
        .fallback(missing)
        .with_state(shared)
}

/// No page has a slash at its end but the first; whoever wrote one finds the page all the same.
async fn missing(method: Method, uri: Uri) -> Answer {
    let path = uri.path().trim_end_matches('/');
    let is_page = method == Method::GET && path.starts_with("/console/") && path != uri.path();
    match (is_page, uri.query()) {
        (true, None) => see(path),
        (true, Some(query)) => see(&format!("{path}?{query}")),
        (false, _) => Err(Problem::NotFound),
    }
}
