//! Inline policies: documents that belong to one user, group or role.

use keystead_policy::{DocumentKind, Policy, counted_characters};
use keystead_store::{InlinePolicyNamePage, InlinePolicyRecord, PutInlinePolicy, Reader, Tx};
use keystead_types::{PolicyName, Principal, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        DeleteGroupPolicy, DeleteGroupPolicyRequest, DeleteRolePolicy, DeleteRolePolicyRequest,
        DeleteUserPolicy, DeleteUserPolicyRequest, GetGroupPolicy, GetGroupPolicyRequest,
        GetGroupPolicyResponse, GetRolePolicy, GetRolePolicyRequest, GetRolePolicyResponse, GetUserPolicy,
        GetUserPolicyRequest, GetUserPolicyResponse, ListGroupPolicies, ListGroupPoliciesRequest,
        ListGroupPoliciesResponse, ListRolePolicies, ListRolePoliciesRequest, ListRolePoliciesResponse,
        ListUserPolicies, ListUserPoliciesRequest, ListUserPoliciesResponse, PutGroupPolicy,
        PutGroupPolicyRequest, PutRolePolicy, PutRolePolicyRequest, PutUserPolicy, PutUserPolicyRequest,
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

/// The four operations of each kind of holder.
macro_rules! operations {
    ($(
        $put:ident($put_request:ident), $delete:ident($delete_request:ident),
        $get:ident($get_request:ident) -> $get_response:ident,
        $list:ident($list_request:ident) -> $list_response:ident
        of $kind:ident($name:ident);
    )*) => {$(
        operations! { @find $put($put_request) $kind($name) }
        operations! { @find $delete($delete_request) $kind($name) }
        operations! { @find $get($get_request) $kind($name) }
        operations! { @find $list($list_request) $kind($name) }

        impl Change for $put {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                holder: PolicyHolder,
                input: &$put_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                put(tx, &holder, &input.policy_name, &input.policy_document)
            }
        }

        impl Change for $delete {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                holder: PolicyHolder,
                input: &$delete_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                delete(tx, &holder, &input.policy_name)
            }
        }

        impl Read for $get {
            fn read(
                reader: &Reader<'_>,
                holder: PolicyHolder,
                input: &$get_request,
                _: &Scene,
            ) -> Result<$get_response, Refusal> {
                let policy = get(reader, &holder, &input.policy_name)?;
                Ok($get_response {
                    $name: holder.name,
                    policy_name: policy.name.to_string(),
                    policy_document: percent_encode(&policy.document),
                })
            }
        }

        impl Read for $list {
            fn read(
                reader: &Reader<'_>,
                holder: PolicyHolder,
                input: &$list_request,
                scene: &Scene,
            ) -> Result<$list_response, Refusal> {
                let filters = [holder.name.as_str()];
                let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
                let found = list(reader, &holder, &page)?;
                let Page { marker, is_truncated } = page.end(found.next);
                Ok($list_response {
                    policy_names: found.names.iter().map(PolicyName::to_string).collect(),
                    is_truncated,
                    marker,
                })
            }
        }
    )*};
    // All of them are done to the user, group or role that holds the policy.
    (@find $operation:ident($request:ident) $kind:ident($name:ident)) => {
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
    };
}

operations! {
    PutGroupPolicy(PutGroupPolicyRequest), DeleteGroupPolicy(DeleteGroupPolicyRequest),
        GetGroupPolicy(GetGroupPolicyRequest) -> GetGroupPolicyResponse,
        ListGroupPolicies(ListGroupPoliciesRequest) -> ListGroupPoliciesResponse
        of group(group_name);
    PutRolePolicy(PutRolePolicyRequest), DeleteRolePolicy(DeleteRolePolicyRequest),
        GetRolePolicy(GetRolePolicyRequest) -> GetRolePolicyResponse,
        ListRolePolicies(ListRolePoliciesRequest) -> ListRolePoliciesResponse
        of role(role_name);
    PutUserPolicy(PutUserPolicyRequest), DeleteUserPolicy(DeleteUserPolicyRequest),
        GetUserPolicy(GetUserPolicyRequest) -> GetUserPolicyResponse,
        ListUserPolicies(ListUserPoliciesRequest) -> ListUserPoliciesResponse
        of user(user_name);
}

fn put(tx: &mut Tx<'_>, holder: &PolicyHolder, name: &str, document: &str) -> Result<(), Refusal> {
    let id = holder.changeable_id()?;
    let name: PolicyName = parse_name(name, "policyName")?;
    let characters_max = match holder.kind {
        HolderKind::User => limits::USER_POLICY_CHARACTERS,
        HolderKind::Group => limits::GROUP_POLICY_CHARACTERS,
        HolderKind::Role => limits::ROLE_POLICY_CHARACTERS,
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
    let id = holder.changeable_id()?;
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
