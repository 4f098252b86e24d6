//! The page of one user, in tabs, and what can be done there; and one's own security credentials.

mod credentials;
mod delete;
mod groups;
mod me;
mod mfa;
mod mfa_enrolment;
mod my_sessions;
mod passkey;
mod password;
mod permissions;
mod simulation;
mod summary;
mod tags;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};

use super::Shared;

pub(super) fn routes() -> Router<Arc<Shared>> {
    let at = |rest: &str| format!("/console/users/{{user}}{rest}");
    Router::new()
        .route(&at(""), get(permissions::tab))
        .route(&at("/groups"), get(groups::tab).post(groups::add))
        .route(
            &at("/groups/remove"),
            get(groups::ask_remove).post(groups::remove),
        )
        .route(&at("/tags"), get(tags::tab).post(tags::set))
        .route(&at("/tags/remove"), get(tags::ask_remove).post(tags::remove))
        .route(&at("/security-credentials"), get(credentials::tab))
        .route(&at("/password"), get(password::ask).post(password::set))
        .route(
            &at("/password/remove"),
            get(password::ask_remove).post(password::remove),
        )
        .route(
            &at("/mfa/new"),
            get(mfa_enrolment::name).post(mfa_enrolment::create),
        )
        .route(&at("/mfa/enable"), post(mfa_enrolment::enable))
        .route(&at("/mfa/passkey"), post(passkey::register))
        .route(&at("/mfa/cancel"), post(mfa_enrolment::cancel))
        .route(&at("/mfa/resync"), get(mfa::ask_resync).post(mfa::resync))
        .route(&at("/mfa/remove"), get(mfa::ask_remove).post(mfa::remove))
        .route(&at("/delete"), get(delete::ask).post(delete::delete))
        .route("/console/me/sessions/end-others", post(my_sessions::end_others))
        .route("/console/me/sessions/{id}/end", post(my_sessions::end))
        .route("/console/me", get(me::me))
        .route(
            "/console/me/password",
            get(me::ask_password).post(me::change_password),
        )
}
