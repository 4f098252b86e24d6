use keystead_store::StoreError;

use super::Api;

impl Api {
    /// Returns to the marked first start: the same account and keys, and nothing else. What keys were
    /// used for, but has not been written down, is forgotten with it.
    pub(super) async fn return_to_first_start(&self) -> Result<(), StoreError> {
        if let Some(unwritten) = self.verifier.usage().drain() {
            unwritten.commit();
        }
        self.store().reset().await?;
        Ok(())
    }
}
