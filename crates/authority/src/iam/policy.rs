//! Managed policies: the account's own, and AWS's, which everybody may read and nobody changes.

use keystead_policy::{DocumentKind, Policy as Document, counted_characters};
use keystead_store::{
    DeletePolicy as Deleted, InsertPolicy, NewPolicy, PolicyFilter, PolicyRecord, PolicyScope, PolicyUse,
    Reader, Tx,
};
use keystead_types::{
    Path, PolicyArn, PolicyName, PolicyOwner, PolicyVersion, Principal, UniqueId, UniqueIdKind, limits,
};
use keystead_verifier::{Allowed, Resource};
use keystead_wire::{
    ApiError,
    iam::{
        CreatePolicy, CreatePolicyRequest, CreatePolicyResponse, DeletePolicy, DeletePolicyRequest,
        GetPolicy, GetPolicyRequest, GetPolicyResponse, ListPolicies, ListPoliciesRequest,
        ListPoliciesResponse, Policy,
    },
};

use super::{
    name::{parse_name, parse_path_of_new},
    page::{Page, PageRequest},
    policy_tag, tag,
};
use crate::{
    ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::{Tagged, Target},
};

/// The managed policy that a request names by its ARN.
pub(crate) struct NamedPolicy {
    /// The ARN, as it was given.
    pub(super) arn: String,
    owner: PolicyOwner,
    found: Option<PolicyRecord>,
}

impl NamedPolicy {
    /// Looks a policy up by exactly this ARN. Those of other accounts are decided about, and never found.
    pub(super) fn find(
        reader: &Reader<'_>,
        arn: &str,
        caller: &Principal,
    ) -> Result<(Target, Self), Refusal> {
        let parsed: PolicyArn = arn.parse().map_err(|_| ApiError::invalid_arn(arn))?;
        let account = match parsed.owner {
            PolicyOwner::Aws => None,
            PolicyOwner::Account(account) => Some(account),
        };
        let found = reader.policy_by_arn(caller.account, &parsed)?;
        let tagged = found
            .as_ref()
            .filter(|policy| policy.owner != PolicyOwner::Aws)
            .map(|policy| Tagged::Policy(policy.id));
        let target = Target::new(Resource::new(account, arn).named("policy", arn)).with_tags_of(tagged);
        let named = Self {
            arn: arn.to_owned(),
            owner: parsed.owner,
            found,
        };
        Ok((target, named))
    }

    /// The policy, to be read.
    pub(super) fn record(&self) -> Result<&PolicyRecord, ApiError> {
        self.found
            .as_ref()
            .ok_or_else(|| ApiError::no_such_policy(&self.arn))
    }

    /// The policy, in the words of the operations that attach policies.
    pub(super) fn attachable(&self) -> Result<&PolicyRecord, ApiError> {
        self.found
            .as_ref()
            .ok_or_else(|| ApiError::policy_not_attachable(&self.arn))
    }

    /// The policy, whose version of this id an operation is about.
    pub(super) fn with_version(&self, version_id: &str) -> Result<(&PolicyRecord, PolicyVersion), ApiError> {
        let missing = || ApiError::no_such_policy_version(&self.arn, version_id);
        let version = version_id.parse().map_err(|_| missing())?;
        Ok((self.found.as_ref().ok_or_else(missing)?, version))
    }

    /// AWS's policies are nobody's to change, not even where there is none of the name.
    pub(super) fn must_be_own(&self, refusal: fn() -> ApiError) -> Result<(), ApiError> {
        match self.owner {
            PolicyOwner::Aws => Err(refusal()),
            PolicyOwner::Account(_) => Ok(()),
        }
    }
}

/// Whether the text may be the document of a managed policy.
pub(super) fn check_document(text: &str) -> Result<(), ApiError> {
    // The size first: it costs less than to read what is too large.
    if counted_characters(text) > limits::MANAGED_POLICY_CHARACTERS as usize {
        let quota = limits::MANAGED_POLICY_CHARACTERS.into();
        return Err(ApiError::quota_exceeded("PolicySize", quota));
    }
    match Document::parse(text, DocumentKind::Managed) {
        Ok(_) => Ok(()),
        Err(malformed) => Err(ApiError::malformed_policy(&malformed)),
    }
}

impl Implemented for CreatePolicy {
    type Object = (PolicyName, Path);

    fn find(
        _: &Reader<'_>,
        input: &CreatePolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, (PolicyName, Path)), Refusal> {
        let name: PolicyName = parse_name(&input.policy_name, "policyName")?;
        let path = parse_path_of_new(input.path.as_deref())?;
        let target = Target::made(caller.account, "policy", &path, name.as_str())
            .with_request_tags(input.tags.as_deref());
        Ok((target, (name, path)))
    }
}

impl Change for CreatePolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        (name, path): (PolicyName, Path),
        input: &CreatePolicyRequest,
        scene: &Scene,
    ) -> Result<CreatePolicyResponse, Refusal> {
        check_document(&input.policy_document)?;
        let tags = tag::records(UniqueIdKind::Policy, input.tags.as_deref().unwrap_or_default())?;
        let account = scene.caller.account;
        for _ in 0..ID_DRAWS_MAX {
            let policy = NewPolicy {
                account,
                id: UniqueId::generate(UniqueIdKind::Policy, account, &*scene.random),
                name: name.clone(),
                path: path.clone(),
                description: input.description.clone(),
                document: input.policy_document.clone(),
                created_at: scene.context.now,
            };
            match tx.insert_policy(&policy)? {
                InsertPolicy::Created => {
                    if !tags.is_empty() {
                        let missing = || ApiError::no_such_policy(name.as_str());
                        tag::put(tx, account, policy.id, &tags, missing)?;
                    }
                    let created = tx.policy_by_id(account, policy.id)?;
                    let created = created.ok_or_else(|| ApiError::no_such_policy(name.as_str()))?;
                    return Ok(CreatePolicyResponse {
                        policy: Some(Policy {
                            tags: tag::shapes(tags),
                            ..shape(&created)
                        }),
                    });
                }
                InsertPolicy::IdTaken => {}
                InsertPolicy::NameTaken => {
                    return Err(ApiError::policy_already_exists(name.as_str()).into());
                }
                InsertPolicy::QuotaReached(quota) => {
                    return Err(ApiError::quota_exceeded("PoliciesPerAccount", quota.into()).into());
                }
                InsertPolicy::VersionsQuotaReached(quota) => {
                    return Err(ApiError::quota_exceeded("PolicyVersionsInUse", quota.into()).into());
                }
            }
        }
        Err(ApiError::service_failure("no unused policy id was drawn".to_owned()).into())
    }
}

impl Implemented for GetPolicy {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &GetPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Read for GetPolicy {
    fn read(
        reader: &Reader<'_>,
        named: NamedPolicy,
        _: &GetPolicyRequest,
        scene: &Scene,
    ) -> Result<GetPolicyResponse, Refusal> {
        let policy = named.record()?;
        let tags = policy_tag::of(reader, scene.caller.account, policy)?;
        Ok(GetPolicyResponse {
            policy: Some(Policy {
                description: policy.description.clone(),
                // A list even for none, other than for a user.
                tags: Some(tag::shapes(tags).unwrap_or_default()),
                ..shape(policy)
            }),
        })
    }
}

impl Implemented for ListPolicies {
    type Object = ();

    fn find(_: &Reader<'_>, _: &ListPoliciesRequest, caller: &Principal) -> Result<(Target, ()), Refusal> {
        Ok((Target::all(caller.account, "policy"), ()))
    }
}

impl Read for ListPolicies {
    fn read(
        reader: &Reader<'_>,
        (): (),
        input: &ListPoliciesRequest,
        scene: &Scene,
    ) -> Result<ListPoliciesResponse, Refusal> {
        let scope = input.scope.as_deref().unwrap_or("All");
        let path_prefix = input.path_prefix.as_deref().unwrap_or_default();
        let usage = input.policy_usage_filter.as_deref().unwrap_or_default();
        let only_attached = input.only_attached.unwrap_or_default();
        let filters = [
            scope,
            path_prefix,
            usage,
            if only_attached { "attached" } else { "" },
        ];
        let filter = PolicyFilter {
            scope: match scope {
                "AWS" => PolicyScope::Aws,
                "Local" => PolicyScope::Local,
                _ => PolicyScope::All,
            },
            path_prefix,
            used_for: used_for(usage).or(only_attached.then_some(PolicyUse::Attachment)),
        };
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = reader.policies_page(scene.caller.account, &filter, &page.after, page.entries_max)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(ListPoliciesResponse {
            policies: Some(found.policies.iter().map(shape).collect()),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for DeletePolicy {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &DeletePolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Change for DeletePolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        _: &DeletePolicyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        named.must_be_own(ApiError::cannot_delete_foreign_policy)?;
        let policy = named.record()?;
        match tx.delete_policy(scene.caller.account, policy.id)? {
            Deleted::Deleted => Ok(()),
            Deleted::InUse => Err(ApiError::policy_is_attached().into()),
            Deleted::HasVersions => Err(ApiError::policy_has_versions().into()),
            Deleted::NoPolicy => Err(ApiError::no_such_policy(&named.arn).into()),
        }
    }
}

/// What a `PolicyUsageFilter` asks for; nothing for an empty one.
pub(super) fn used_for(filter: &str) -> Option<PolicyUse> {
    match filter {
        "PermissionsPolicy" => Some(PolicyUse::Attachment),
        "PermissionsBoundary" => Some(PolicyUse::Boundary),
        _ => None,
    }
}

/// A count as an answer shows it.
pub(super) fn count(number: u32) -> Option<i32> {
    Some(i32::try_from(number).unwrap_or(i32::MAX))
}

/// A policy as every list shows it: without description and tags.
fn shape(policy: &PolicyRecord) -> Policy {
    Policy {
        policy_name: Some(policy.name.to_string()),
        policy_id: Some(policy.id.to_string()),
        arn: Some(policy.arn().to_string()),
        path: Some(policy.path.to_string()),
        default_version_id: Some(policy.default_version.to_string()),
        attachment_count: count(policy.attachment_count),
        permissions_boundary_usage_count: count(policy.boundary_count),
        is_attachable: Some(true),
        description: None,
        create_date: Some(policy.created_at),
        update_date: Some(policy.updated_at),
        tags: None,
    }
}
