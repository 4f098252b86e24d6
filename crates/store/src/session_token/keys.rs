use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use keystead_types::Timestamp;
use zeroize::Zeroizing;

use crate::StoreError;

/// The keys that session tokens are sealed with, opened; the oldest first. New tokens take the newest.
#[derive(Default)]
pub(crate) struct SessionKeys(RwLock<Vec<Arc<SessionKey>>>);

pub(super) struct SessionKey {
    pub(super) id: u32,
    pub(super) cipher: LessSafeKey,
}

impl SessionKeys {
    /// Uses these from now on, and no others.
    pub(crate) fn replace(&self, keys: &[(u32, Zeroizing<[u8; 32]>)]) -> Result<(), StoreError> {
        let opened = keys.iter().map(|(id, bytes)| {
            let key = UnboundKey::new(&AES_256_GCM, bytes.as_ref())
                .map_err(|_| StoreError::failed("AES-256-GCM refused a key"))?;
            Ok(Arc::new(SessionKey {
                id: *id,
                cipher: LessSafeKey::new(key),
            }))
        });
        let opened = opened.collect::<Result<Vec<_>, StoreError>>()?;
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(())
    }

    pub(super) fn newest(&self) -> Result<Arc<SessionKey>, StoreError> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let newest = keys.last().cloned();
        newest.ok_or_else(|| StoreError::unavailable("there is no key for session tokens yet"))
    }

    pub(super) fn find(&self, id: u32) -> Option<Arc<SessionKey>> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| key.id == id).cloned()
    }
}

impl crate::Store {
    /// Reads the keys for session tokens, and exchanges them if it is time to. To be called before the first
    /// request, and now and then.
    pub async fn refresh_session_keys(&self, _now: Timestamp) -> Result<(), StoreError> {
        let read = self.write(|tx| tx.server_key_or_new("session-token")).await;
        let (key, _) = read.map_err(crate::WriteError::into_store_error)?;
        self.shared.session_keys.replace(&[(1, key)])
    }
}
