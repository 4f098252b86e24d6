//! Access keys: the cards of the security credentials, the walk that makes one, and what can be done with one.

mod cards;
mod chart;
mod create;
mod csv;
mod detail;
mod rotation;
mod status;
mod use_case;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use super::Shared;

pub(super) use cards::AccessKeys;

pub(super) fn routes() -> Router<Arc<Shared>> {
    const ALL: &str = "/console/users/{user}/access-keys";
    let one = |rest: &str| format!("{ALL}/{{id}}{rest}");
    Router::new()
        .route(ALL, get(cards::list))
        .route(&format!("{ALL}/live"), get(cards::live))
        .route(&format!("{ALL}/new"), get(create::choose).post(create::create))
        .route(&format!("{ALL}/new/tag"), get(create::describe))
        .route("/console/access-key-file", post(csv::file))
        .route(&one(""), get(detail::detail))
        .route(
            &one("/deactivate"),
            get(status::ask_deactivate).post(status::deactivate),
        )
        .route(
            &one("/activate"),
            get(status::ask_activate).post(status::activate),
        )
        .route(&one("/delete"), get(status::ask_delete).post(status::delete))
        .route(
            &one("/description"),
            get(status::ask_description).post(status::describe),
        )
        .route(&one("/rotate"), get(rotation::rotation))
        .route(&one("/rotate/live"), get(rotation::live))
}
