//! "What may this user do?", answered by the simulator.

use keystead_wire::iam;

use super::super::{
    fields::Fields,
    simulation::{Verdict, actions, verdicts},
    visitor::Visitor,
};
use crate::api::Refused;

/// Actions on a resource.
#[derive(Default)]
pub(super) struct Question {
    /// As they were typed, separated by spaces, commas or lines.
    pub(super) actions: String,
    /// An ARN; empty for `*`.
    pub(super) resource: String,
}

impl Question {
    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name| fields.text(name).trim().to_owned();
        Self {
            actions: text("actions"),
            resource: text("resource"),
        }
    }

    pub(super) fn is_asked(&self) -> bool {
        !actions(&self.actions).is_empty()
    }

    /// Asks the simulator about the user of an ARN.
    pub(super) async fn put(&self, visitor: &Visitor, user_arn: &str) -> Result<Vec<Verdict>, Refused> {
        let resource = Some(self.resource.clone()).filter(|resource| !resource.is_empty());
        let simulated = visitor
            .perform::<iam::SimulatePrincipalPolicy>(iam::SimulatePrincipalPolicyRequest {
                policy_source_arn: user_arn.to_owned(),
                action_names: actions(&self.actions),
                resource_arns: resource.map(|resource| vec![resource]),
                ..Default::default()
            })
            .await?;
        Ok(verdicts(simulated.evaluation_results, None))
    }
}
