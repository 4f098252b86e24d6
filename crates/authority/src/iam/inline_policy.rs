//! Inline policies: documents that belong to one user or group.

use keystead_policy::{DocumentKind, Policy, counted_characters};
use keystead_store::{InlinePolicyNamePage, InlinePolicyRecord, PutInlinePolicy, Reader, Tx};
use keystead_types::{PolicyName, Principal, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        DeleteGroupPolicy, DeleteGroupPolicyRequest, DeleteUserPolicy, DeleteUserPolicyRequest,
        GetGroupPolicy, GetGroupPolicyRequest, GetGroupPolicyResponse, GetUserPolicy, GetUserPolicyRequest,
        GetUserPolicyResponse, ListGroupPolicies, ListGroupPoliciesRequest, ListGroupPoliciesResponse,
        ListUserPolicies, ListUserPoliciesRequest, ListUserPoliciesResponse, PutGroupPolicy,
        PutGroupPolicyRequest, PutUserPolicy, PutUserPolicyRequest,
    },
    percent_encode,
};

use super::{
    name::parse_name,
    page::{Page, PageRequest},
    policy_holder::{HolderKind, PolicyHolder},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// All of them are done to the user or group that holds the policy.
macro_rules! done_to_holder {
    ($($operation:ident($request:ident) $kind:ident $name:ident;)*) => {$(
        impl Implemented for $operation {
            type Object = PolicyHolder;

            fn find(
                reader: &Reader<'_>,
                input: &$request,
                caller: &Principal,
            ) -> Result<(Target, PolicyHolder), Refusal> {
                PolicyHolder::$kind(reader, &input.$name, caller)
            }
        }
    )*};
}

done_to_holder! {
    DeleteGroupPolicy(DeleteGroupPolicyRequest) group group_name;
    DeleteUserPolicy(DeleteUserPolicyRequest) user user_name;
    GetGroupPolicy(GetGroupPolicyRequest) group group_name;
    GetUserPolicy(GetUserPolicyRequest) user user_name;
    ListGroupPolicies(ListGroupPoliciesRequest) group group_name;
    ListUserPolicies(ListUserPoliciesRequest) user user_name;
    PutGroupPolicy(PutGroupPolicyRequest) group group_name;
    PutUserPolicy(PutUserPolicyRequest) user user_name;
}

impl Change for PutUserPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        holder: PolicyHolder,
        input: &PutUserPolicyRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        put(tx, &holder, &input.policy_name, &input.policy_document)
    }
}

impl Change for PutGroupPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        holder: PolicyHolder,
        input: &PutGroupPolicyRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        put(tx, &holder, &input.policy_name, &input.policy_document)
    }
}

impl Read for GetUserPolicy {
    fn read(
        reader: &Reader<'_>,
        holder: PolicyHolder,
        input: &GetUserPolicyRequest,
        _: &Scene,
    ) -> Result<GetUserPolicyResponse, Refusal> {
        let policy = get(reader, &holder, &input.policy_name)?;
        Ok(GetUserPolicyResponse {
            user_name: holder.name,
            policy_name: policy.name.to_string(),
            policy_document: percent_encode(&policy.document),
        })
    }
}

impl Read for GetGroupPolicy {
    fn read(
        reader: &Reader<'_>,
        holder: PolicyHolder,
        input: &GetGroupPolicyRequest,
        _: &Scene,
    ) -> Result<GetGroupPolicyResponse, Refusal> {
        let policy = get(reader, &holder, &input.policy_name)?;
        Ok(GetGroupPolicyResponse {
            group_name: holder.name,
            policy_name: policy.name.to_string(),
            policy_document: percent_encode(&policy.document),
        })
    }
}

impl Read for ListUserPolicies {
    fn read(
        reader: &Reader<'_>,
        holder: PolicyHolder,
        input: &ListUserPoliciesRequest,
        scene: &Scene,
    ) -> Result<ListUserPoliciesResponse, Refusal> {
        let filters = [holder.name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = list(reader, &holder, &page)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(ListUserPoliciesResponse {
            policy_names: found.names.iter().map(PolicyName::to_string).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Read for ListGroupPolicies {
    fn read(
        reader: &Reader<'_>,
        holder: PolicyHolder,
        input: &ListGroupPoliciesRequest,
        scene: &Scene,
    ) -> Result<ListGroupPoliciesResponse, Refusal> {
        let filters = [holder.name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = list(reader, &holder, &page)?;
        let Page { marker, is_truncated } = page.end(found.next);
        Ok(ListGroupPoliciesResponse {
            policy_names: found.names.iter().map(PolicyName::to_string).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Change for DeleteUserPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        holder: PolicyHolder,
        input: &DeleteUserPolicyRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        delete(tx, &holder, &input.policy_name)
    }
}

impl Change for DeleteGroupPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        holder: PolicyHolder,
        input: &DeleteGroupPolicyRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        delete(tx, &holder, &input.policy_name)
    }
}

fn put(tx: &mut Tx<'_>, holder: &PolicyHolder, name: &str, document: &str) -> Result<(), Refusal> {
    let id = holder.id()?;
    let name: PolicyName = parse_name(name, "policyName")?;
    let characters_max = match holder.kind {
        HolderKind::User => limits::USER_POLICY_CHARACTERS,
        HolderKind::Group => limits::GROUP_POLICY_CHARACTERS,
    };
    let too_large = |quota| ApiError::inline_policies_too_large(quota, holder.kind.as_str(), &holder.name);
    // Checked first: what can never be stored shall not keep the writer busy with its grammar.
    let characters = u32::try_from(counted_characters(document)).unwrap_or(u32::MAX);
    if characters > characters_max {
        return Err(too_large(characters_max).into());
    }
    Policy::parse(document, DocumentKind::Inline)
        .map_err(|malformed| ApiError::malformed_policy(&malformed))?;
    let policy = InlinePolicyRecord {
        name,
        document: document.to_owned(),
    };
    match tx.put_inline_policy(holder.account, id, &policy, characters)? {
        PutInlinePolicy::Stored => Ok(()),
        PutInlinePolicy::SizeExceeded(quota) => Err(too_large(quota).into()),
        PutInlinePolicy::NoOwner => Err(holder.missing().into()),
    }
}

fn get(reader: &Reader<'_>, holder: &PolicyHolder, name: &str) -> Result<InlinePolicyRecord, Refusal> {
    let id = holder.id()?;
    let policy = match name.parse() {
        Ok(name) => reader.inline_policy(holder.account, id, &name)?,
        Err(_) => None,
    };
    Ok(policy.ok_or_else(|| ApiError::no_such_inline_policy(holder.kind.as_str(), name))?)
}

fn list(
    reader: &Reader<'_>,
    holder: &PolicyHolder,
    page: &PageRequest<'_>,
) -> Result<InlinePolicyNamePage, Refusal> {
    let id = holder.id()?;
    Ok(reader.inline_policy_names_page(holder.account, id, &page.after, page.entries_max)?)
}

fn delete(tx: &mut Tx<'_>, holder: &PolicyHolder, name: &str) -> Result<(), Refusal> {
    let id = holder.id()?;
    let deleted = match name.parse() {
        Ok(name) => tx.delete_inline_policy(holder.account, id, &name)?,
        Err(_) => false,
    };
    if deleted {
        Ok(())
    } else {
        Err(ApiError::no_such_inline_policy(holder.kind.as_str(), name).into())
    }
}
