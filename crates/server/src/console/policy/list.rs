//! The list of managed policies.

use askama::Template;
use keystead_wire::iam;

use super::{
    super::{
        fields::Query,
        frame::{Frame, Section},
        listing::{Listing, Rows},
        moment::Moment,
        page::{Answer, page},
        path,
        visitor::Visitor,
    },
    is_aws_managed,
};

#[derive(Template)]
#[template(path = "policy/list.html")]
struct PoliciesPage {
    frame: Frame,
    listing: Listing,
    scope: Scope,
    found: Rows<PolicyRow>,
}

struct PolicyRow {
    name: String,
    arn: String,
    is_aws_managed: bool,
    attached: i32,
    boundaries: i32,
    updated: Option<Moment>,
}

/// Whose policies are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    Local,
    Aws,
    All,
}

impl Scope {
    const ALL: [Self; 3] = [Self::Local, Self::Aws, Self::All];

    fn of(word: &str) -> Self {
        match word {
            "AWS" => Self::Aws,
            "All" => Self::All,
            _ => Self::Local,
        }
    }

    /// As the operation calls it.
    fn word(self) -> &'static str {
        match self {
            Self::Local => "Local",
            Self::Aws => "AWS",
            Self::All => "All",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Local => "Customer managed",
            Self::Aws => "AWS managed",
            Self::All => "All types",
        }
    }
}

impl PoliciesPage {
    fn current(&self, scope: &Scope) -> bool {
        self.scope == *scope
    }

    /// The list's address, up to what makes a page of it.
    fn list(&self) -> String {
        format!("/console/policies?scope={}&", self.scope.word())
    }

    /// The list of other policies with the same search.
    fn tab(&self, scope: &Scope) -> String {
        let search = path::segment(&self.listing.search);
        format!("/console/policies?scope={}&search={search}", scope.word())
    }
}

/// `/console/policies?scope=…&search=…&after=…`
pub(super) async fn list(visitor: Visitor, query: Query) -> Answer {
    let listing = Listing::of(&query);
    let scope = Scope::of(query.text("scope"));
    let listed = visitor
        .perform::<iam::ListPolicies>(iam::ListPoliciesRequest {
            scope: Some(scope.word().to_owned()),
            marker: listing.marker(),
            max_items: listing.max_items(),
            ..Default::default()
        })
        .await?;
    let policies = listed.policies.unwrap_or_default().into_iter();
    let policies = policies.filter_map(|policy| {
        let arn = policy.arn?;
        Some(PolicyRow {
            name: policy.policy_name?,
            is_aws_managed: is_aws_managed(&arn),
            arn,
            attached: policy.attachment_count.unwrap_or_default(),
            boundaries: policy.permissions_boundary_usage_count.unwrap_or_default(),
            updated: policy.update_date.map(Moment::from),
        })
    });
    let found = listing.rows(policies.collect(), listed.marker, |policy| &policy.name);
    page(PoliciesPage {
        frame: visitor.frame(Section::Policies, "Policies"),
        listing,
        scope,
        found,
    })
}
