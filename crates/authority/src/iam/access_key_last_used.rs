//! When, for what and from where an access key was last used.

use keystead_store::{AccessKeyRecord, KeyOwner, Reader, UserRecord};
use keystead_types::{AccessKeyId, Principal};
use keystead_wire::iam::{
    AccessKeyLastUsed, GetAccessKeyLastUsed, GetAccessKeyLastUsedRequest, GetAccessKeyLastUsedResponse,
};

use super::{
    last_use,
    owner::{ROOT_NAME, user_target},
};
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

/// AWS's word for what is not known.
const NOT_AVAILABLE: &str = "N/A";

/// A key of the caller's account, with its owner.
pub(crate) struct OwnedKey {
    pub(crate) key: AccessKeyRecord,
    /// `None` for root.
    pub(crate) user: Option<UserRecord>,
}

impl Implemented for GetAccessKeyLastUsed {
    type Object = Option<OwnedKey>;

    fn find(
        reader: &Reader<'_>,
        input: &GetAccessKeyLastUsedRequest,
        caller: &Principal,
    ) -> Result<(Target, Self::Object), Refusal> {
        let id = &input.access_key_id;
        let (mut target, found) = match owned_key(reader, id, caller)? {
            Some((target, key)) => (target, Some(key)),
            None => (Target::nowhere(), None),
        };
        target.resource = target.resource.unexplained("access key", id);
        Ok((target, found))
    }
}

/// The key of this id, if the caller's account has it, and whom it is decided as.
fn owned_key(
    reader: &Reader<'_>,
    id: &str,
    caller: &Principal,
) -> Result<Option<(Target, OwnedKey)>, Refusal> {
    // An id that no key can have is one that the account does not have.
    let Ok(id) = id.parse::<AccessKeyId>() else {
        return Ok(None);
    };
    let Some(key) = reader.access_key(id)?.filter(|key| key.account == caller.account) else {
        return Ok(None);
    };
    let user = match key.owner {
        KeyOwner::Root => return Ok(Some((Target::root(key.account), OwnedKey { key, user: None }))),
        KeyOwner::User(id) => reader.user_by_id(key.account, id)?,
    };
    Ok(user.map(|user| {
        let target = user_target(user.name.as_str(), Some(&user), caller);
        (
            target,
            OwnedKey {
                key,
                user: Some(user),
            },
        )
    }))
}

impl Read for GetAccessKeyLastUsed {
    fn read(
        reader: &Reader<'_>,
        object: Option<OwnedKey>,
        _: &GetAccessKeyLastUsedRequest,
        scene: &Scene,
    ) -> Result<GetAccessKeyLastUsedResponse, Refusal> {
        let Some(OwnedKey { key, user }) = object else {
            return Ok(GetAccessKeyLastUsedResponse::default());
        };
        let written = reader.access_key_last_use(key.account, key.id)?;
        let user_name = user.map_or_else(|| ROOT_NAME.to_owned(), |user| user.name.to_string());
        let access_key_last_used = match last_use::latest(key.id, written, scene) {
            Some(used) => AccessKeyLastUsed {
                last_used_date: Some(used.at),
                service_name: used.service,
                region: used.region,
            },
            None => AccessKeyLastUsed {
                last_used_date: None,
                service_name: NOT_AVAILABLE.to_owned(),
                region: NOT_AVAILABLE.to_owned(),
            },
        };
        Ok(GetAccessKeyLastUsedResponse {
            user_name: Some(user_name),
            access_key_last_used: Some(access_key_last_used),
        })
    }
}
