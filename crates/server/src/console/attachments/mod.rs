//! The permissions of users, groups and roles: attached policies, inline policies, the permissions boundary.
//!
//! A page shows them by loading [`Permissions`] as `permissions` and including `attachments/permissions.html`; what can
//! be done with them has pages below `…/permissions`.

mod boundary;
mod choice;
mod inline;
mod managed;
mod owner;

use std::sync::Arc;

use axum::{Extension, Router, routing::get};

use super::{Shared, ask::Link, path, visitor::Visitor};
use crate::api::Refused;

pub(super) use owner::{Attached, Owner, OwnerKind};

pub(super) fn routes() -> Router<Arc<Shared>> {
    let kinds = OwnerKind::ALL.into_iter();
    kinds.map(routes_of).fold(Router::new(), Router::merge)
}

fn routes_of(kind: OwnerKind) -> Router<Arc<Shared>> {
    let (section, word) = (kind.section().path(), kind.word());
    let at = |rest: &str| format!("{section}/{{{word}}}/permissions/{rest}");
    let mut router = Router::new()
        .route(&at("attach"), get(managed::choose).post(managed::attach))
        .route(&at("detach"), get(managed::ask_detach).post(managed::detach))
        .route(&at("inline"), get(inline::edit).post(inline::put))
        .route(&at("inline/delete"), get(inline::ask_delete).post(inline::delete));
    if kind.has_boundary() {
        router = router
            .route(&at("boundary"), get(boundary::choose).post(boundary::set))
            .route(
                &at("boundary/remove"),
                get(boundary::ask_remove).post(boundary::remove),
            );
    }
    router.route_layer(Extension(kind))
}

/// What a user, group or role has; each part a refusal where the visitor may not see it.
pub(super) struct Permissions {
    pub(super) owner: Owner,
    pub(super) attached: Result<Vec<Attached>, Refused>,
    pub(super) inline: Result<Vec<String>, Refused>,
    /// The ARN of its permissions boundary, if it has one; nothing at all for what has none, or where the visitor may not
    /// see it.
    pub(super) boundary: Option<Option<String>>,
}

impl Permissions {
    /// Reads them. `boundary` is what the owner's own record has, which the page has read for itself.
    pub(super) async fn load(visitor: &Visitor, owner: Owner, boundary: Option<Option<String>>) -> Self {
        Self {
            attached: owner.attached(visitor).await,
            inline: owner.inline_names(visitor).await,
            boundary,
            owner,
        }
    }

    /// Reads what stands in the way of deleting the owner: the names of its policies, attached and inline, each with
    /// where it is taken away. What the visitor may not see is not among them.
    pub(super) fn in_the_way(&self) -> Vec<Link> {
        let base = self.owner.permissions();
        let attached = self.attached.iter().flatten().map(|policy| {
            let href = format!("{base}/detach?arn={}", path::segment(&policy.arn));
            Link::new(format!("The attached policy {}", policy.name), href)
        });
        let inline = self.inline.iter().flatten().map(|name| {
            let href = format!("{base}/inline/delete?name={}", path::segment(name));
            Link::new(format!("The inline policy {name}"), href)
        });
        attached.chain(inline).collect()
    }
}
