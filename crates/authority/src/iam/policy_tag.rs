//! Tags of managed policies. Their keys are told apart by case, other than those of users.

use keystead_store::{PolicyRecord, Reader, StoreError, TagRecord, Tx};
use keystead_types::{AccountId, PolicyOwner, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ListPolicyTags, ListPolicyTagsRequest, ListPolicyTagsResponse, TagPolicy, TagPolicyRequest,
        UntagPolicy, UntagPolicyRequest,
    },
};

use super::{
    page::{Page, PageRequest},
    policy::NamedPolicy,
    tag,
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for TagPolicy {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &TagPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        let (target, named) = NamedPolicy::find(reader, &input.policy_arn, caller)?;
        Ok((target.with_request_tags(Some(&input.tags)), named))
    }
}

impl Change for TagPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        input: &TagPolicyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        named.must_be_own(ApiError::cannot_update_foreign_policy)?;
        let policy = named.record()?;
        let tags = tag::records(policy.id.kind(), &input.tags)?;
        let missing = || ApiError::no_such_policy(&named.arn);
        tag::put(tx, scene.caller.account, policy.id, &tags, missing)
    }
}

impl Implemented for UntagPolicy {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &UntagPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        let (target, named) = NamedPolicy::find(reader, &input.policy_arn, caller)?;
        Ok((target.with_tag_keys(&input.tag_keys), named))
    }
}

impl Change for UntagPolicy {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        input: &UntagPolicyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        named.must_be_own(ApiError::cannot_update_foreign_policy)?;
        let policy = named.record()?;
        if tx.remove_tags(scene.caller.account, policy.id, &input.tag_keys)? {
            Ok(())
        } else {
            Err(ApiError::no_such_policy(&named.arn).into())
        }
    }
}

impl Implemented for ListPolicyTags {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &ListPolicyTagsRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Read for ListPolicyTags {
    fn read(
        reader: &Reader<'_>,
        named: NamedPolicy,
        input: &ListPolicyTagsRequest,
        scene: &Scene,
    ) -> Result<ListPolicyTagsResponse, Refusal> {
        let policy = named.record()?;
        let filters = [named.arn.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let (tags, next) = tag::cut(of(reader, scene.caller.account, policy)?, &page);
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListPolicyTagsResponse {
            tags,
            is_truncated,
            marker,
        })
    }
}

/// The tags of a policy; AWS's policies have none.
pub(super) fn of(
    reader: &Reader<'_>,
    account: AccountId,
    policy: &PolicyRecord,
) -> Result<Vec<TagRecord>, StoreError> {
    match policy.owner {
        PolicyOwner::Aws => Ok(Vec::new()),
        PolicyOwner::Account(_) => reader.tags(account, policy.id),
    }
}
