use keystead_types::{Timestamp, limits};
use zeroize::Zeroizing;

use crate::{Reader, StoreError, Tx, engine::Row, statements};

/// A key that session tokens are sealed with. It is derived from no credential, and has no `Debug`.
#[derive(Clone)]
pub struct SessionKey {
    /// Its id, drawn at random: a token names its key by it.
    pub id: u32,
    /// When it was made.
    pub created_at: Timestamp,
    /// The key itself.
    pub key: Zeroizing<[u8; 32]>,
}

impl SessionKey {
    /// Whether new tokens may be sealed with it: for [`limits::SESSION_KEY_SECONDS`] from when it was made. One
    /// that a clock was ahead for is not used until that time has come.
    pub fn seals_at(&self, now: Timestamp) -> bool {
        (0..limits::SESSION_KEY_SECONDS).contains(&(now.seconds() - self.created_at.seconds()))
    }
}

impl Reader<'_> {
    /// The keys of all session tokens that can be valid, latest first. There is one for each day of a session's
    /// longest life, and a few more after a clock was set.
    pub fn session_keys(&self) -> Result<Vec<SessionKey>, StoreError> {
        self.query_all(statements::SESSION_KEYS, &[], |row| self.session_key(row))
    }

    fn session_key(&self, row: &dyn Row) -> Result<SessionKey, StoreError> {
        let unreadable = |column| StoreError::unreadable("session_key", column);
        let id = u32::try_from(row.integer(0)?).map_err(|_| unreadable("id"))?;
        let opened = self.keyring.open(row.integer(2)?, &context(id), row.blob(3)?)?;
        let bytes: [u8; 32] = opened
            .as_slice()
            .try_into()
            .map_err(|_| unreadable("sealed_key"))?;
        Ok(SessionKey {
            id,
            created_at: Timestamp::from_seconds(row.integer(1)?),
            key: Zeroizing::new(bytes),
        })
    }
}

impl Tx<'_> {
    /// The key to seal new session tokens with: the latest one that still does, or a new one, with which those
    /// go that no valid token can be sealed with any more.
    pub fn session_key_for(&mut self, now: Timestamp) -> Result<SessionKey, StoreError> {
        let keys = self.session_keys()?;
        if let Some(key) = keys.iter().find(|key| key.seals_at(now)) {
            return Ok(key.clone());
        }
        let mut id = self.keyring.random_number() as u32;
        while keys.iter().any(|key| key.id == id) {
            id = id.wrapping_add(1);
        }
        let mut key = Zeroizing::new([0; 32]);
        self.keyring.random().fill(key.as_mut());
        let (data_key, sealed) = self.keyring.seal(&context(id), key.as_ref())?;
        let parameters = [
            i64::from(id).into(),
            now.seconds().into(),
            data_key.into(),
            sealed.as_slice().into(),
        ];
        self.execute_one(statements::INSERT_SESSION_KEY, &parameters)?;
        let useless = now.seconds() - limits::SESSION_KEY_SECONDS - limits::SESSION_SECONDS_MAX;
        self.execute(statements::DELETE_SESSION_KEYS, &[useless.into()])?;
        Ok(SessionKey {
            id,
            created_at: now,
            key,
        })
    }
}

/// What a sealed key is bound to: under another id it does not open.
fn context(id: u32) -> String {
    format!("session-key {id}")
}
