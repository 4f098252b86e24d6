//! The list of groups.

use askama::Template;
use keystead_wire::iam;

use super::super::{
    fields::Query,
    frame::{Frame, Section},
    listing::{Listing, Rows},
    moment::Moment,
    page::{Answer, page},
    visitor::Visitor,
};

#[derive(Template)]
#[template(path = "group/list.html")]
struct GroupsPage {
    frame: Frame,
    listing: Listing,
    found: Rows<GroupRow>,
}

struct GroupRow {
    name: String,
    path: String,
    created: Moment,
}

/// `/console/groups?search=…&after=…`
pub(super) async fn list(visitor: Visitor, query: Query) -> Answer {
    let listing = Listing::of(&query);
    let listed = visitor
        .perform::<iam::ListGroups>(iam::ListGroupsRequest {
            marker: listing.marker(),
            max_items: listing.max_items(),
            ..Default::default()
        })
        .await?;
    let groups = listed.groups.into_iter().map(|group| GroupRow {
        name: group.group_name,
        path: group.path,
        created: group.create_date.into(),
    });
    let found = listing.rows(groups.collect(), listed.marker, |group| &group.name);
    page(GroupsPage {
        frame: visitor.frame(Section::Groups, "Groups"),
        listing,
        found,
    })
}
