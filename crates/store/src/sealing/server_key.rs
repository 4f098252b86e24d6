use zeroize::Zeroizing;

use crate::{Reader, StoreError, Tx, statements};

impl Reader<'_> {
    /// A small secret of the server itself, such as the key that seals pagination markers.
    pub fn server_key(&self, name: &str) -> Result<Option<Zeroizing<[u8; 32]>>, StoreError> {
        self.query_one(statements::SERVER_KEY, &[name.into()], |row| {
            let opened = self.keyring.open(row.integer(0)?, &context(name), row.blob(1)?)?;
            let bytes: [u8; 32] = opened
                .as_slice()
                .try_into()
                .map_err(|_| StoreError::unreadable("server_key", "sealed_key"))?;
            Ok(Zeroizing::new(bytes))
        })
    }
}

impl Tx<'_> {
    /// The server's secret of this name, drawn and stored sealed if there is none yet.
    pub fn server_key_or_new(&mut self, name: &str) -> Result<Zeroizing<[u8; 32]>, StoreError> {
        if let Some(key) = self.server_key(name)? {
            return Ok(key);
        }
        let mut key = Zeroizing::new([0; 32]);
        self.keyring.random().fill(key.as_mut());
        let (data_key, sealed) = self.keyring.seal(&context(name), key.as_ref())?;
        let parameters = [name.into(), data_key.into(), sealed.as_slice().into()];
        self.execute_one(statements::INSERT_SERVER_KEY, &parameters)?;
        Ok(key)
    }
}

fn context(name: &str) -> String {
    format!("server-key {name}")
}
