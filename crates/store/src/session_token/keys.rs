use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use keystead_types::Timestamp;

use crate::{Store, StoreError, WriteError, sealing::SessionKey};

/// The keys that session tokens are sealed with, opened. They never leave the store.
#[derive(Default)]
pub(crate) struct SessionKeys(RwLock<Arc<Opened>>);

#[derive(Default)]
struct Opened {
    /// The latest first; new tokens take it.
    keys: Vec<OpenedKey>,
    latest: Option<SessionKey>,
}

pub(super) struct OpenedKey {
    pub(super) id: u32,
    pub(super) cipher: LessSafeKey,
}

impl SessionKeys {
    /// Uses these from now on, and no others; new tokens take the first.
    pub(super) fn replace(&self, keys: &[SessionKey]) -> Result<(), StoreError> {
        let opened = keys.iter().map(|key| {
            let cipher = UnboundKey::new(&AES_256_GCM, key.key.as_ref())
                .map_err(|_| StoreError::failed("AES-256-GCM refused a key"))?;
            Ok(OpenedKey {
                id: key.id,
                cipher: LessSafeKey::new(cipher),
            })
        });
        let opened = Opened {
            keys: opened.collect::<Result<_, StoreError>>()?,
            latest: keys.first().cloned(),
        };
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(opened);
        Ok(())
    }

    pub(super) fn with_latest<T>(
        &self,
        work: impl FnOnce(&OpenedKey) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let opened = self.opened();
        let latest = opened.keys.first();
        work(latest.ok_or_else(|| StoreError::unavailable("there is no key for session tokens yet"))?)
    }

    pub(super) fn with<T>(&self, id: u32, work: impl FnOnce(&OpenedKey) -> Option<T>) -> Option<T> {
        work(self.opened().keys.iter().find(|key| key.id == id)?)
    }

    fn seal_at(&self, now: Timestamp) -> bool {
        let opened = self.opened();
        opened.latest.as_ref().is_some_and(|key| key.seals_at(now))
    }

    fn opened(&self) -> Arc<Opened> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store {
    /// Opens the keys for session tokens, and makes another where it is time to. To be called before the first
    /// request, and now and then.
    pub async fn refresh_session_keys(&self, now: Timestamp) -> Result<(), StoreError> {
        if self.shared.session_keys.seal_at(now) {
            return Ok(());
        }
        let read = self.write(move |tx| -> Result<_, StoreError> {
            let latest = tx.session_key_for(now)?;
            let mut keys = tx.session_keys()?;
            // A key that a clock was ahead for may be later, and seals nothing yet.
            keys.sort_by_key(|key| key.id != latest.id);
            Ok(keys)
        });
        let (keys, _) = read.await.map_err(WriteError::into_store_error)?;
        self.shared.session_keys.replace(&keys)
    }
}
