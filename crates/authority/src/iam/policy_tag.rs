//! Tags of managed policies. Their keys are told apart by case, other than those of users.

use std::collections::HashSet;

use keystead_store::{PolicyRecord, PutTags, Reader, StoreError, TagRecord, Tx};
use keystead_types::{AccountId, PolicyOwner, Principal, UniqueId};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ListPolicyTags, ListPolicyTagsRequest, ListPolicyTagsResponse, Tag, TagPolicy, TagPolicyRequest,
        UntagPolicy, UntagPolicyRequest,
    },
};

use super::{
    page::{Page, PageRequest},
    policy::NamedPolicy,
    user_tag,
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
        put(tx, scene.caller.account, policy.id, &records(&input.tags)?)
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
        // A tag's key is too long for a marker, so the position is a count; a policy has 50 tags at most.
        let listed: usize = page.after.parse().unwrap_or_default();
        let all = of(reader, scene.caller.account, policy)?;
        let end = listed.saturating_add(page.entries_max as usize);
        let next = (end < all.len()).then(|| end.to_string());
        let tags = all
            .into_iter()
            .skip(listed)
            .take(page.entries_max as usize)
            .collect();
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListPolicyTagsResponse {
            tags: user_tag::shapes(tags).unwrap_or_default(),
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

/// Takes tags out of a request; the same key twice is refused.
pub(super) fn records(tags: &[Tag]) -> Result<Vec<TagRecord>, ApiError> {
    let mut keys = HashSet::with_capacity(tags.len());
    if tags.iter().any(|tag| !keys.insert(tag.key.as_str())) {
        return Err(ApiError::duplicate_policy_tag_keys());
    }
    Ok(tags
        .iter()
        .map(|tag| TagRecord {
            key: tag.key.clone(),
            value: tag.value.clone(),
        })
        .collect())
}

/// Gives a policy of the account tags.
pub(super) fn put(
    tx: &mut Tx<'_>,
    account: AccountId,
    policy: UniqueId,
    tags: &[TagRecord],
) -> Result<(), Refusal> {
    match tx.put_tags(account, policy, tags)? {
        PutTags::Stored => Ok(()),
        PutTags::QuotaReached => Err(ApiError::too_many_tags().into()),
        PutTags::NoOwner => Err(ApiError::service_failure(format!("policy {policy} is gone")).into()),
    }
}
