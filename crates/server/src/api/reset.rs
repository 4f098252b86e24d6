use keystead_store::StoreError;

use super::Api;

impl Api {
    /// Returns to the marked first start: the same account and keys, and nothing else. What keys were
    /// used for, but has not been written down, is forgotten with it.
    pub(super) async fn return_to_first_start(&self) -> Result<(), StoreError> {
        // A flush that is under way would write what was used before into the fresh store.
        while self.verifier.usage().keys() > 0 {
            if let Some(unwritten) = self.verifier.usage().drain() {
                unwritten.commit();
            }
            tokio::task::yield_now().await;
        }
        drop(self.verifier.role_usage().drain());
        let revision = self.store().reset().await?;
        self.verifier.clear(revision.number());
        self.authority.sign_in().clear();
        Ok(())
    }
}
