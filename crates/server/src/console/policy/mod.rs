//! Managed policies: the list, and each policy with its versions, attachments and tags.

mod create;
mod detail;
mod editor;
mod entities;
mod list;
mod simulate;
mod versions;

use std::sync::Arc;

use axum::{
    Router,
    routing::{get, post},
};
use percent_encoding::percent_decode_str;

use super::{Shared, ask::Link, frame::Section, path};

pub(super) use editor::{Editor, STARTING_DOCUMENT};
pub(super) use keystead_authority::PolicyUse;

pub(super) fn routes() -> Router<Arc<Shared>> {
    Router::new()
        .route("/console/policies", get(list::list))
        .route("/console/policies/validate", post(editor::validate))
        .route("/console/create-policy", get(create::write).post(create::create))
        .route("/console/policy", get(detail::document))
        .route("/console/policy/tags", get(detail::tags).post(detail::tag))
        .route(
            "/console/policy/tags/remove",
            get(detail::ask_untag).post(detail::untag),
        )
        .route(
            "/console/policy/delete",
            get(detail::ask_delete).post(detail::delete),
        )
        .route("/console/policy/versions", get(versions::list))
        .route(
            "/console/policy/versions/create",
            get(versions::write).post(versions::create),
        )
        .route(
            "/console/policy/versions/default",
            get(versions::ask_default).post(versions::set_default),
        )
        .route(
            "/console/policy/versions/delete",
            get(versions::ask_delete).post(versions::delete),
        )
        .route(
            "/console/policy/entities",
            get(entities::list).post(entities::attach),
        )
        .route("/console/policy/simulate", get(simulate::simulate))
}

/// A document as an answer has it, in clear.
pub(super) fn document(encoded: &str) -> String {
    percent_decode_str(encoded).decode_utf8_lossy().into_owned()
}

/// The last part of a policy's ARN.
fn name_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Whether a policy is AWS's, which nobody changes.
fn is_aws_managed(arn: &str) -> bool {
    arn.starts_with("arn:aws:iam::aws:")
}

fn crumbs(arn: &str) -> Vec<Link> {
    vec![
        Link::new(Section::Policies.title(), Section::Policies.path()),
        Link::new(name_of(arn), path::policy(arn)),
    ]
}
