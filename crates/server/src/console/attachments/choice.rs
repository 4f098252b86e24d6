//! Managed policies to choose from.

use keystead_wire::iam;

use super::super::{
    fields::Fields,
    listing::{Chosen, Listing, Rows},
    visitor::Visitor,
};
use crate::api::Refused;

/// A page of the managed policies that may be chosen.
pub(super) struct Choice {
    pub(super) listing: Listing,
    pub(super) found: Rows<Choosable>,
    /// What the whole list was asked for, where it is not for all.
    pub(super) scope: String,
    pub(super) chosen: Chosen,
}

pub(super) struct Choosable {
    pub(super) name: String,
    pub(super) arn: String,
    pub(super) is_aws_managed: bool,
}

impl Choice {
    /// From `?search=…&after=…&scope=…`; with what was chosen so far, `arn=…`, in the query or in a form that was sent.
    pub(super) async fn load(visitor: &Visitor, query: &Fields, sent: &Fields) -> Result<Self, Refused> {
        let listing = Listing::of(query);
        let scope = query.given("scope").unwrap_or("All").to_owned();
        let listed = visitor
            .perform::<iam::ListPolicies>(iam::ListPoliciesRequest {
                scope: Some(scope.clone()),
                marker: listing.marker(),
                max_items: listing.max_items(),
                ..Default::default()
            })
            .await?;
        let policies = listed.policies.unwrap_or_default().into_iter();
        let policies = policies.filter_map(|policy| {
            let arn = policy.arn?;
            Some(Choosable {
                name: policy.policy_name?,
                is_aws_managed: arn.starts_with("arn:aws:iam::aws:"),
                arn,
            })
        });
        let found = listing.rows(policies.collect(), listed.marker, |policy| &policy.name);
        Ok(Self {
            listing,
            found,
            scope,
            chosen: Chosen::of(sent, "arn"),
        })
    }

    /// The ARNs of the policies that were chosen, and are not on this page.
    pub(super) fn chosen_besides(&self) -> Vec<&str> {
        let shown = |arn: &str| self.found.rows.iter().any(|policy| policy.arn == arn);
        self.chosen.besides(shown)
    }
}
