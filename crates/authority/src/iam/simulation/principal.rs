use keystead_store::{AppliedPolicySource, Reader};
use keystead_types::Principal;
use keystead_wire::{
    ApiError,
    iam::{SimulatePolicyResponse, SimulatePrincipalPolicy, SimulatePrincipalPolicyRequest},
};

use super::{Asked, Sources, caller::Caller, exclusion::Exclusions, simulate};
use crate::{
    iam::policy_source::{PolicySource, SourcePolicies, SourcePolicy, SourcePrincipal},
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for SimulatePrincipalPolicy {
    type Object = PolicySource;

    fn find(
        reader: &Reader<'_>,
        input: &SimulatePrincipalPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, PolicySource), Refusal> {
        PolicySource::find(reader, &input.policy_source_arn, caller)
    }
}

impl Read for SimulatePrincipalPolicy {
    fn read(
        reader: &Reader<'_>,
        source: PolicySource,
        input: &SimulatePrincipalPolicyRequest,
        scene: &Scene,
    ) -> Result<SimulatePolicyResponse, Refusal> {
        let asked = Asked {
            action_names: &input.action_names,
            resource_arns: input.resource_arns.as_deref().unwrap_or_default(),
            policies: input.policy_input_list.as_deref().unwrap_or_default(),
            boundaries: input
                .permissions_boundary_policy_input_list
                .as_deref()
                .unwrap_or_default(),
            organization: &[],
            resource_policy: input.resource_policy.as_deref(),
            resource_owner: input.resource_owner.as_deref(),
            caller_arn: input.caller_arn.as_deref(),
            context_entries: input.context_entries.as_deref().unwrap_or_default(),
            max_items: input.max_items,
            marker: input.marker.as_deref(),
        };
        let found = source.policies(reader)?;
        let exclusions = Exclusions::read(input.policy_exclusion_list.as_deref().unwrap_or_default())?;
        let own = sources(found.policies.iter().filter(|policy| !exclusions.hold(policy)))?;
        let boundary = found.boundary.as_ref().filter(|_| !exclusions.hold_boundaries());
        let boundary = boundary
            .map(|boundary| sources(std::iter::once(boundary)))
            .transpose()?;
        let caller = caller(&asked, &found, scene)?;
        let response = simulate::<Self>(&asked, own, boundary, caller, scene)?;
        Ok(response)
    }
}

/// Who calls: whom the request names, with that ARN's facts alone unless it is the principal itself; else the
/// principal; and nobody in particular for a group.
fn caller(asked: &Asked<'_>, found: &SourcePolicies, scene: &Scene) -> Result<Caller, ApiError> {
    let principal = found.principal.as_ref().map(|(principal, tags)| match principal {
        SourcePrincipal::User(user) => Caller::of_user(user, tags),
        SourcePrincipal::Role(role) => Caller::of_role(role, tags),
    });
    match (asked.caller_arn, principal) {
        (Some(arn), Some(principal)) if principal.arn.as_deref() == Some(arn) => Ok(principal),
        (Some(arn), _) => Caller::of_arn(arn),
        (None, Some(principal)) => Ok(principal),
        (None, None) => Ok(Caller::nobody(scene.caller.account)),
    }
}

fn sources<'p>(policies: impl Iterator<Item = &'p SourcePolicy>) -> Result<Sources, ApiError> {
    let mut sources = Sources::default();
    for policy in policies {
        let name = match &policy.source {
            AppliedPolicySource::Managed(_) => policy.name().to_owned(),
            AppliedPolicySource::Inline(name) => {
                format!("{}_{}_{name}", policy.holder_kind.as_str(), policy.holder_name)
            }
        };
        sources.push(name, policy.compile()?, &policy.document);
    }
    Ok(sources)
}
