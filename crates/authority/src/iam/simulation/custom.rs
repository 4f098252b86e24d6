use keystead_store::Reader;
use keystead_types::Principal;
use keystead_wire::iam::{SimulateCustomPolicy, SimulateCustomPolicyRequest, SimulatePolicyResponse};

use super::{Asked, Sources, caller::Caller, simulate};
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for SimulateCustomPolicy {
    type Object = ();

    fn find(_: &Reader<'_>, _: &SimulateCustomPolicyRequest, _: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for SimulateCustomPolicy {
    fn read(
        _: &Reader<'_>,
        (): (),
        input: &SimulateCustomPolicyRequest,
        scene: &Scene,
    ) -> Result<SimulatePolicyResponse, Refusal> {
        let asked = Asked {
            action_names: &input.action_names,
            resource_arns: input.resource_arns.as_deref().unwrap_or_default(),
            policies: &input.policy_input_list,
            boundaries: input
                .permissions_boundary_policy_input_list
                .as_deref()
                .unwrap_or_default(),
            organization: input
                .ordered_organization_policy_input_list
                .as_deref()
                .unwrap_or_default(),
            resource_policy: input.resource_policy.as_deref(),
            resource_owner: input.resource_owner.as_deref(),
            caller_arn: input.caller_arn.as_deref(),
            context_entries: input.context_entries.as_deref().unwrap_or_default(),
            max_items: input.max_items,
            marker: input.marker.as_deref(),
        };
        let caller = match asked.caller_arn {
            Some(arn) => Caller::of_arn(arn)?,
            None => Caller::nobody(scene.caller.account),
        };
        let response = simulate::<Self>(&asked, Sources::default(), None, caller, scene)?;
        Ok(response)
    }
}
