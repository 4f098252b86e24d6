use std::sync::Arc;

use keystead_types::{AccessKeyId, Identity, Principal, UserIdentity};
use keystead_verifier::{Directory, DirectoryKey, DirectoryUnavailable, Snapshot};

use crate::{
    AccessKeyRecord, KeyOwner, Reader, Store, StoreError, aws_managed::ADMINISTRATOR_ACCESS, statistics::add,
};

impl Directory for Store {
    async fn access_key(&self, id: AccessKeyId) -> Result<Snapshot, DirectoryUnavailable> {
        let read = self.read(move |reader| reader.directory_snapshot(id)).await;
        read.map_err(|error: StoreError| {
            if matches!(error, StoreError::Sealed(_)) {
                add(&self.shared.counters.unopened, 1);
            }
            DirectoryUnavailable::new(error.to_string())
        })
    }
}

impl Reader<'_> {
    /// Whom a key stands for now; `None` when its owner is gone.
    pub fn principal_of(&self, key: &AccessKeyRecord) -> Result<Option<Principal>, StoreError> {
        let identity = match key.owner {
            KeyOwner::Root => Identity::Root,
            KeyOwner::User(id) => match self.user_by_id(key.account, id)? {
                Some(user) => Identity::User(UserIdentity {
                    id: user.id,
                    name: user.name,
                    path: user.path,
                    administrator: self.is_attached(key.account, user.id, ADMINISTRATOR_ACCESS)?,
                }),
                None => return Ok(None),
            },
        };
        Ok(Some(Principal {
            account: key.account,
            identity,
        }))
    }

    fn directory_snapshot(&self, id: AccessKeyId) -> Result<Snapshot, StoreError> {
        Ok(Snapshot {
            revision: self.revision().number(),
            key: self.directory_key(id)?,
        })
    }

    fn directory_key(&self, id: AccessKeyId) -> Result<Option<DirectoryKey>, StoreError> {
        let Some(key) = self.access_key(id)? else {
            return Ok(None);
        };
        let (Some(principal), Some(secret)) = (self.principal_of(&key)?, self.access_key_secret(&key)?)
        else {
            return Ok(None);
        };
        Ok(Some(DirectoryKey {
            status: key.status,
            principal: Arc::new(principal),
            secret,
        }))
    }
}
