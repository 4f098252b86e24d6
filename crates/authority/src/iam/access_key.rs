//! The access keys of users and of root.

use keystead_store::{AccessKeyRecord, InsertAccessKey, KeyOwner, Reader, SetAccessKeyStatus, Tx};
use keystead_types::{AccessKeyId, AccessKeyStatus, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        AccessKey, AccessKeyMetadata, CreateAccessKey, CreateAccessKeyRequest, CreateAccessKeyResponse,
        DeleteAccessKey, DeleteAccessKeyRequest, ListAccessKeys, ListAccessKeysRequest,
        ListAccessKeysResponse, UpdateAccessKey, UpdateAccessKeyRequest,
    },
};

use super::{
    owner::Owner,
    page::{Page, PageRequest},
};
use crate::{
    Credential, ID_DRAWS_MAX,
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for CreateAccessKey {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &CreateAccessKeyRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Change for CreateAccessKey {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        _: &CreateAccessKeyRequest,
        scene: &Scene,
    ) -> Result<CreateAccessKeyResponse, Refusal> {
        let account = scene.caller.account;
        let (owner, user_name) = (owner.key_owner()?, owner.name()?);
        let now = scene.context.now;
        for _ in 0..ID_DRAWS_MAX {
            let credential = Credential::generate(account, &*scene.random);
            match credential.insert(tx, account, owner, now)? {
                InsertAccessKey::Created => {
                    return Ok(CreateAccessKeyResponse {
                        access_key: AccessKey {
                            user_name,
                            access_key_id: credential.id.to_string(),
                            status: AccessKeyStatus::Active.as_str().to_owned(),
                            secret_access_key: credential.secret.expose().to_owned().into(),
                            create_date: Some(now),
                        },
                    });
                }
                InsertAccessKey::IdTaken => {}
                InsertAccessKey::QuotaReached(quota) => {
                    return Err(ApiError::quota_exceeded("AccessKeysPerUser", quota.into()).into());
                }
                InsertAccessKey::NoOwner => return Err(ApiError::no_such_user(&user_name).into()),
            }
        }
        Err(ApiError::service_failure("no unused access key id was drawn".to_owned()).into())
    }
}

impl Implemented for ListAccessKeys {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &ListAccessKeysRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Read for ListAccessKeys {
    fn read(
        reader: &Reader<'_>,
        owner: Owner,
        input: &ListAccessKeysRequest,
        scene: &Scene,
    ) -> Result<ListAccessKeysResponse, Refusal> {
        let user_name = owner.name()?;
        // Not the name: a user can be called root.
        let user_id = match owner.key_owner()? {
            KeyOwner::Root => String::new(),
            KeyOwner::User(id) => id.to_string(),
        };
        let filters = [user_id.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        let found = reader.access_keys_page(
            scene.caller.account,
            owner.key_owner()?,
            &page.after,
            page.entries_max,
        )?;
        let Page { marker, is_truncated } = page.end(found.next);
        let metadata = |key: AccessKeyRecord| AccessKeyMetadata {
            user_name: Some(user_name.clone()),
            access_key_id: Some(key.id.to_string()),
            status: Some(key.status.as_str().to_owned()),
            create_date: Some(key.created_at),
        };
        Ok(ListAccessKeysResponse {
            access_key_metadata: found.access_keys.into_iter().map(metadata).collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for UpdateAccessKey {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &UpdateAccessKeyRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Change for UpdateAccessKey {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &UpdateAccessKeyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let owner = owner.key_owner()?;
        // The model's enumeration also has `Expired`, which nobody can set.
        let status: AccessKeyStatus = input
            .status
            .parse()
            .map_err(|_| ApiError::status_cannot_be_set(&input.status))?;
        let id = stored_id(&input.access_key_id)?;
        match tx.set_access_key_status(scene.caller.account, owner, id, status, scene.context.now)? {
            SetAccessKeyStatus::Set | SetAccessKeyStatus::Unchanged => Ok(()),
            SetAccessKeyStatus::QuotaReached(quota) => {
                Err(ApiError::quota_exceeded("AccessKeysPerUser", quota.into()).into())
            }
            SetAccessKeyStatus::NoKey => Err(ApiError::no_such_access_key(&input.access_key_id).into()),
        }
    }
}

impl Implemented for DeleteAccessKey {
    type Object = Owner;

    fn find(
        reader: &Reader<'_>,
        input: &DeleteAccessKeyRequest,
        caller: &Principal,
    ) -> Result<(Target, Owner), Refusal> {
        Owner::find(reader, input.user_name.as_deref(), caller)
    }
}

impl Change for DeleteAccessKey {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        owner: Owner,
        input: &DeleteAccessKeyRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        let id = stored_id(&input.access_key_id)?;
        if tx.delete_access_key(scene.caller.account, owner.key_owner()?, id)? {
            Ok(())
        } else {
            Err(ApiError::no_such_access_key(&input.access_key_id).into())
        }
    }
}

/// An id that no key can have is simply unknown.
fn stored_id(text: &str) -> Result<AccessKeyId, ApiError> {
    text.parse().map_err(|_| ApiError::no_such_access_key(text))
}

impl Owner {
    fn key_owner(&self) -> Result<KeyOwner, ApiError> {
        Ok(match self {
            Self::Root => KeyOwner::Root,
            Self::User { .. } => KeyOwner::User(self.user()?.id),
        })
    }
}
