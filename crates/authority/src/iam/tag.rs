//! Tags of users, roles and instance profiles. The console keeps the descriptions of access keys in those of users.

use std::collections::HashSet;

use keystead_store::{
    InstanceProfileRecord, PutTags, Reader, RoleRecord, TagRecord, Tx, UserRecord, folded_tag_key,
};
use keystead_types::{AccountId, Principal, UniqueId, UniqueIdKind};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        ListInstanceProfileTags, ListInstanceProfileTagsRequest, ListInstanceProfileTagsResponse,
        ListRoleTags, ListRoleTagsRequest, ListRoleTagsResponse, ListUserTags, ListUserTagsRequest,
        ListUserTagsResponse, Tag, TagInstanceProfile, TagInstanceProfileRequest, TagRole, TagRoleRequest,
        TagUser, TagUserRequest, UntagInstanceProfile, UntagInstanceProfileRequest, UntagRole,
        UntagRoleRequest, UntagUser, UntagUserRequest,
    },
};

use super::{
    instance_profile::find_instance_profile,
    owner::find_user,
    page::{Page, PageRequest},
    role::find_role,
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// The three operations of each kind of owner: they differ in whom they find by which name.
macro_rules! operations {
    ($(
        $tag:ident($tag_request:ident), $untag:ident($untag_request:ident),
        $list:ident($list_request:ident) -> $response:ident
        of $record:ident by $find:ident($name:ident) or $missing:ident;
    )*) => {$(
        impl Implemented for $tag {
            type Object = Option<$record>;

            fn find(
                reader: &Reader<'_>,
                input: &$tag_request,
                caller: &Principal,
            ) -> Result<(Target, Self::Object), Refusal> {
                let (target, owner) = $find(reader, &input.$name, caller)?;
                Ok((target.with_request_tags(Some(&input.tags)), owner))
            }
        }

        impl Change for $tag {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                owner: Self::Object,
                input: &$tag_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                let missing = || ApiError::$missing(&input.$name);
                let owner = owner.ok_or_else(missing)?;
                let tags = records(owner.id.kind(), &input.tags)?;
                put(tx, owner.account, owner.id, &tags, missing)
            }
        }

        impl Implemented for $untag {
            type Object = Option<$record>;

            fn find(
                reader: &Reader<'_>,
                input: &$untag_request,
                caller: &Principal,
            ) -> Result<(Target, Self::Object), Refusal> {
                let (target, owner) = $find(reader, &input.$name, caller)?;
                Ok((target.with_tag_keys(&input.tag_keys), owner))
            }
        }

        impl Change for $untag {
            fn change(
                tx: &mut Tx<'_>,
                _: &Allowed<Self>,
                owner: Self::Object,
                input: &$untag_request,
                _: &Scene,
            ) -> Result<(), Refusal> {
                let missing = || ApiError::$missing(&input.$name);
                let owner = owner.ok_or_else(missing)?;
                if tx.remove_tags(owner.account, owner.id, &input.tag_keys)? {
                    Ok(())
                } else {
                    Err(missing().into())
                }
            }
        }

        impl Implemented for $list {
            type Object = Option<$record>;

            fn find(
                reader: &Reader<'_>,
                input: &$list_request,
                caller: &Principal,
            ) -> Result<(Target, Self::Object), Refusal> {
                $find(reader, &input.$name, caller)
            }
        }

        impl Read for $list {
            fn read(
                reader: &Reader<'_>,
                owner: Self::Object,
                input: &$list_request,
                scene: &Scene,
            ) -> Result<$response, Refusal> {
                let owner = owner.ok_or_else(|| ApiError::$missing(&input.$name))?;
                let filters = [input.$name.as_str()];
                let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
                let (tags, next) = cut(reader.tags(owner.account, owner.id)?, &page);
                let Page { marker, is_truncated } = page.end(next);
                Ok($response {
                    tags,
                    is_truncated,
                    marker,
                })
            }
        }
    )*};
}

operations! {
    TagUser(TagUserRequest), UntagUser(UntagUserRequest),
        ListUserTags(ListUserTagsRequest) -> ListUserTagsResponse
        of UserRecord by find_user(user_name) or no_such_user;
    TagRole(TagRoleRequest), UntagRole(UntagRoleRequest),
        ListRoleTags(ListRoleTagsRequest) -> ListRoleTagsResponse
        of RoleRecord by find_role(role_name) or no_such_role;
    TagInstanceProfile(TagInstanceProfileRequest), UntagInstanceProfile(UntagInstanceProfileRequest),
        ListInstanceProfileTags(ListInstanceProfileTagsRequest) -> ListInstanceProfileTagsResponse
        of InstanceProfileRecord by find_instance_profile(instance_profile_name) or no_such_instance_profile;
}

/// Takes tags for an owner of this kind out of a request. The same key twice is refused, for users and roles
/// also in two cases.
pub(super) fn records(kind: UniqueIdKind, tags: &[Tag]) -> Result<Vec<TagRecord>, ApiError> {
    distinct(matches!(kind, UniqueIdKind::User | UniqueIdKind::Role), tags)
}

/// The same for a thing that is known by its ARN alone.
pub(super) fn records_of_thing(tags: &[Tag]) -> Result<Vec<TagRecord>, ApiError> {
    distinct(false, tags)
}

fn distinct(is_principal: bool, tags: &[Tag]) -> Result<Vec<TagRecord>, ApiError> {
    let mut keys = HashSet::with_capacity(tags.len());
    for tag in tags {
        let key = match is_principal {
            true => folded_tag_key(&tag.key),
            false => tag.key.clone(),
        };
        if !keys.insert(key) {
            return Err(match is_principal {
                true => ApiError::duplicate_tag_keys(),
                false => ApiError::duplicate_policy_tag_keys(),
            });
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
    (!tags.is_empty()).then(|| tags.into_iter().map(shape).collect())
}

/// Gives an owner tags.
pub(super) fn put(
    tx: &mut Tx<'_>,
    account: AccountId,
    owner: UniqueId,
    tags: &[TagRecord],
    missing: impl FnOnce() -> ApiError,
) -> Result<(), Refusal> {
    match tx.put_tags(account, owner, tags)? {
        PutTags::Stored => Ok(()),
        PutTags::QuotaReached => Err(ApiError::too_many_tags().into()),
        PutTags::NoOwner => Err(missing().into()),
    }
}

/// A page of an owner's tags, and where the next one begins. A tag's key is too long for a marker, so the position
/// is a count; an owner has 50 tags at most.
pub(super) fn cut(tags: Vec<TagRecord>, page: &PageRequest<'_>) -> (Vec<Tag>, Option<String>) {
    let listed: usize = page.after.parse().unwrap_or_default();
    let end = listed.saturating_add(page.entries_max as usize);
    let next = (end < tags.len()).then(|| end.to_string());
    let tags = tags.into_iter().skip(listed).take(page.entries_max as usize);
    (tags.map(shape).collect(), next)
}

fn shape(tag: TagRecord) -> Tag {
    Tag {
        key: tag.key,
        value: tag.value,
    }
}
