//! Tags of users. The console keeps the descriptions of access keys in them.

use std::collections::HashSet;

use keystead_store::{PutTags, Reader, TagRecord, Tx, UserRecord, folded_tag_key};
use keystead_types::{AccountId, Principal, UniqueId, UserName};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ListUserTags, ListUserTagsRequest, ListUserTagsResponse, Tag, TagUser, TagUserRequest, UntagUser,
        UntagUserRequest,
    },
};

use super::{
    owner::find_user,
    page::{Page, PageRequest},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for TagUser {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &TagUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, user) = find_user(reader, &input.user_name, caller)?;
        Ok((target.with_request_tags(Some(&input.tags)), user))
    }
}

impl Change for TagUser {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &TagUserRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        put(tx, user.account, user.id, &user.name, &records(&input.tags)?)
    }
}

impl Implemented for UntagUser {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &UntagUserRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let (target, user) = find_user(reader, &input.user_name, caller)?;
        Ok((target.with_tag_keys(&input.tag_keys), user))
    }
}

impl Change for UntagUser {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        user: Option<UserRecord>,
        input: &UntagUserRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        if tx.remove_tags(user.account, user.id, &input.tag_keys)? {
            Ok(())
        } else {
            Err(ApiError::no_such_user(&input.user_name).into())
        }
    }
}

impl Implemented for ListUserTags {
    type Object = Option<UserRecord>;

    fn find(
        reader: &Reader<'_>,
        input: &ListUserTagsRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        find_user(reader, &input.user_name, caller)
    }
}

impl Read for ListUserTags {
    fn read(
        reader: &Reader<'_>,
        user: Option<UserRecord>,
        input: &ListUserTagsRequest,
        scene: &Scene,
    ) -> Result<ListUserTagsResponse, Refusal> {
        let user = user.ok_or_else(|| ApiError::no_such_user(&input.user_name))?;
        let filters = [input.user_name.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        // A tag's key is too long for a marker, so the position is a count; a user has 50 tags at most.
        let listed: usize = page.after.parse().unwrap_or_default();
        let all = reader.tags(user.account, user.id)?;
        let end = listed.saturating_add(page.entries_max as usize);
        let next = (end < all.len()).then(|| end.to_string());
        let tags = all
            .into_iter()
            .skip(listed)
            .take(page.entries_max as usize)
            .map(tag_shape)
            .collect();
        let Page { marker, is_truncated } = page.end(next);
        Ok(ListUserTagsResponse {
            tags,
            is_truncated,
            marker,
        })
    }
}

/// Takes tags out of a request; the same key twice, case aside, is refused.
pub(super) fn records(tags: &[Tag]) -> Result<Vec<TagRecord>, ApiError> {
    let mut keys = HashSet::with_capacity(tags.len());
    for tag in tags {
        if !keys.insert(folded_tag_key(&tag.key)) {
            return Err(ApiError::duplicate_tag_keys());
        }
    }
    Ok(tags
        .iter()
        .map(|tag| TagRecord {
            key: tag.key.clone(),
            value: tag.value.clone(),
        })
        .collect())
}

/// Tags as an answer shows them; no list at all for none, as AWS.
pub(super) fn shapes(tags: Vec<TagRecord>) -> Option<Vec<Tag>> {
    (!tags.is_empty()).then(|| tags.into_iter().map(tag_shape).collect())
}

/// Gives a user tags.
pub(super) fn put(
    tx: &mut Tx<'_>,
    account: AccountId,
    user: UniqueId,
    name: &UserName,
    tags: &[TagRecord],
) -> Result<(), Refusal> {
    match tx.put_tags(account, user, tags)? {
        PutTags::Stored => Ok(()),
        PutTags::QuotaReached => Err(ApiError::too_many_tags().into()),
        PutTags::NoOwner => Err(ApiError::no_such_user(name.as_str()).into()),
    }
}

fn tag_shape(tag: TagRecord) -> Tag {
    Tag {
        key: tag.key,
        value: tag.value,
    }
}
