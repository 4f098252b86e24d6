//! Which policies let a user, group or role use a service.

use std::sync::Arc;

use keystead_policy::Policy;
use keystead_store::{AppliedPolicySource, Reader};
use keystead_types::{Principal, limits};
use keystead_wire::iam::{
    ListPoliciesGrantingServiceAccess, ListPoliciesGrantingServiceAccessEntry,
    ListPoliciesGrantingServiceAccessRequest, ListPoliciesGrantingServiceAccessResponse,
    PolicyGrantingServiceAccess,
};

use super::{
    page::{Page, PageRequest},
    policy_source::{PolicySource, SourcePolicy},
};
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for ListPoliciesGrantingServiceAccess {
    type Object = PolicySource;

    fn find(
        reader: &Reader<'_>,
        input: &ListPoliciesGrantingServiceAccessRequest,
        caller: &Principal,
    ) -> Result<(Target, PolicySource), Refusal> {
        PolicySource::find(reader, &input.arn, caller)
    }
}

impl Read for ListPoliciesGrantingServiceAccess {
    fn read(
        reader: &Reader<'_>,
        source: PolicySource,
        input: &ListPoliciesGrantingServiceAccessRequest,
        scene: &Scene,
    ) -> Result<ListPoliciesGrantingServiceAccessResponse, Refusal> {
        let found = source.policies(reader)?;
        let policies: Vec<(SourcePolicy, Arc<Policy>)> = found
            .policies
            .into_iter()
            .map(|policy| policy.compile().map(|compiled| (policy, compiled)))
            .collect::<Result<_, _>>()?;
        let services = input.service_namespaces.iter().map(String::as_str);
        let filters: Vec<&str> = std::iter::once(input.arn.as_str()).chain(services).collect();
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), None)?;
        // The request has no MaxItems: a page ends with the service whose policies fill it.
        let mut done: usize = page.after.parse().unwrap_or_default();
        let (mut entries, mut listed) = (Vec::new(), 0);
        for service in input.service_namespaces.iter().skip(done) {
            if listed >= limits::GRANTING_POLICIES_PER_PAGE_MAX {
                break;
            }
            let granting = policies
                .iter()
                .filter(|(_, compiled)| compiled.grants_service(service));
            let granting: Vec<_> = granting.map(|(policy, _)| shape(policy)).collect();
            listed += granting.len();
            done += 1;
            entries.push(ListPoliciesGrantingServiceAccessEntry {
                service_namespace: Some(service.clone()),
                policies: Some(granting),
            });
        }
        let more = done < input.service_namespaces.len();
        let Page { marker, is_truncated } = page.end(more.then(|| done.to_string()));
        Ok(ListPoliciesGrantingServiceAccessResponse {
            policies_granting_service_access: entries,
            is_truncated,
            marker,
        })
    }
}

/// Whose an inline policy is, is said of it alone.
fn shape(policy: &SourcePolicy) -> PolicyGrantingServiceAccess {
    let policy_name = policy.name().to_owned();
    match &policy.source {
        AppliedPolicySource::Managed(managed) => PolicyGrantingServiceAccess {
            policy_name,
            policy_type: "MANAGED".to_owned(),
            policy_arn: Some(managed.arn.to_string()),
            entity_type: None,
            entity_name: None,
        },
        AppliedPolicySource::Inline(_) => PolicyGrantingServiceAccess {
            policy_name,
            policy_type: "INLINE".to_owned(),
            policy_arn: None,
            entity_type: Some(policy.holder_kind.as_str().to_ascii_uppercase()),
            entity_name: Some(policy.holder_name.clone()),
        },
    }
}
