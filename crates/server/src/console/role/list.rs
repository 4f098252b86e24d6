//! The list of roles.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::Query,
        frame::{Frame, Section},
        listing::{Listing, Rows},
        moment::Moment,
        page::{Answer, page},
        policy::document,
        visitor::Visitor,
    },
    trusted::trusted,
};

#[derive(Template)]
#[template(path = "role/list.html")]
struct RolesPage {
    frame: Frame,
    listing: Listing,
    found: Rows<iam::Role>,
}

impl RolesPage {
    fn trusted(&self, role: &iam::Role) -> Vec<String> {
        let policy = role.assume_role_policy_document.as_deref().unwrap_or_default();
        trusted(&document(policy))
    }

    fn created(&self, role: &iam::Role) -> Moment {
        role.create_date.into()
    }
}

/// `/console/roles?search=…&after=…`
pub(super) async fn list(visitor: Visitor, query: Query) -> Answer {
    let listing = Listing::of(&query);
    let listed = visitor
        .perform::<iam::ListRoles>(iam::ListRolesRequest {
            marker: listing.marker(),
            max_items: listing.max_items(),
            ..Default::default()
        })
        .await?;
    let found = listing.rows(listed.roles, listed.marker, |role| &role.role_name);
    page(RolesPage {
        frame: visitor.frame(Section::Roles, "Roles"),
        listing,
        found,
    })
}
