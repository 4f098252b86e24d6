use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
};
use keystead_types::Random;
use zeroize::Zeroizing;

use super::MasterKey;
use crate::{OpenError, StoreError};

/// First byte of everything sealed: the form of the rest.
const FORM: u8 = 1;

/// The data keys, opened.
pub(crate) struct Keyring {
    keys: Vec<DataKey>,
    random: Arc<dyn Random>,
}

/// A data key as its row holds it.
#[derive(Clone)]
pub(crate) struct SealedDataKey {
    pub(crate) id: i64,
    pub(crate) master_key: String,
    pub(crate) sealed: Vec<u8>,
}

struct DataKey {
    id: i64,
    bytes: Zeroizing<[u8; 32]>,
    cipher: LessSafeKey,
}

impl Keyring {
    /// A ring with one new data key, and that key sealed for its row.
    pub(crate) fn generate(
        master: &MasterKey,
        random: Arc<dyn Random>,
    ) -> Result<(Self, SealedDataKey), StoreError> {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut());
        let keyring = Self {
            keys: vec![DataKey::new(1, bytes)?],
            random,
        };
        let sealed = keyring.wrapped(master)?.remove(0);
        Ok((keyring, sealed))
    }

    /// Opens the data keys of the database.
    pub(crate) fn open_all(
        sealed: &[SealedDataKey],
        master: &MasterKey,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let cipher = cipher(master.bytes())?;
        let mut keys = Vec::with_capacity(sealed.len());
        for row in sealed {
            let damaged = || OpenError::DataKeyDamaged(row.id);
            let opened = open(&cipher, &context(row.id), &row.sealed).ok_or_else(damaged)?;
            let bytes: [u8; 32] = opened.as_slice().try_into().map_err(|_| damaged())?;
            keys.push(DataKey::new(row.id, Zeroizing::new(bytes))?);
        }
        Ok(Self { keys, random })
    }

    /// A number that nobody can foresee.
    pub(crate) fn random_number(&self) -> u64 {
        let mut bytes = [0; 8];
        self.random.fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// All data keys sealed with a master key.
    pub(crate) fn wrapped(&self, master: &MasterKey) -> Result<Vec<SealedDataKey>, StoreError> {
        let cipher = cipher(master.bytes())?;
        let wrap = |key: &DataKey| {
            Ok(SealedDataKey {
                id: key.id,
                master_key: master.id(),
                sealed: seal(&cipher, &context(key.id), key.bytes.as_ref(), &*self.random)?,
            })
        };
        self.keys.iter().map(wrap).collect()
    }

    /// Seals a secret for the place that `context` names: the data key's id, and the sealed bytes.
    pub(crate) fn seal(&self, context: &str, secret: &[u8]) -> Result<(i64, Vec<u8>), StoreError> {
        let key = self
            .keys
            .last()
            .ok_or_else(|| StoreError::failed("there is no data key"))?;
        Ok((key.id, seal(&key.cipher, context, secret, &*self.random)?))
    }

    /// Opens what was sealed for the place that `context` names.
    pub(crate) fn open(
        &self,
        key: i64,
        context: &str,
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let key = self
            .keys
            .iter()
            .find(|known| known.id == key)
            .ok_or_else(|| StoreError::Sealed(format!("there is no data key {key}").into()))?;
        open(&key.cipher, context, sealed)
            .ok_or_else(|| StoreError::Sealed(format!("does not open with data key {}", key.id).into()))
    }

    /// Draws bytes from the store's source of randomness.
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// A key for authenticating backups: who has no master key cannot make one that restores.
    pub(crate) fn backup_key(&self) -> Result<hmac::Key, StoreError> {
        let key = self
            .keys
            .first()
            .ok_or_else(|| StoreError::failed("there is no data key"))?;
        let data_key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes.as_ref());
        let derived = hmac::sign(&data_key, b"keystead backup");
        Ok(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }
}

impl DataKey {
    fn new(id: i64, bytes: Zeroizing<[u8; 32]>) -> Result<Self, StoreError> {
        let cipher = cipher(&bytes)?;
        Ok(Self { id, bytes, cipher })
    }
}

fn context(data_key: i64) -> String {
    format!("data-key {data_key}")
}

fn cipher(key: &[u8; 32]) -> Result<LessSafeKey, StoreError> {
    let key =
        UnboundKey::new(&AES_256_GCM, key).map_err(|_| StoreError::failed("AES-256-GCM refused a key"))?;
    Ok(LessSafeKey::new(key))
}

fn seal(
    cipher: &LessSafeKey,
    context: &str,
    secret: &[u8],
    random: &dyn Random,
) -> Result<Vec<u8>, StoreError> {
    let mut nonce = [0; NONCE_LEN];
    random.fill(&mut nonce);
    let mut sealed = Vec::with_capacity(1 + NONCE_LEN + secret.len() + AES_256_GCM.tag_len());
    sealed.push(FORM);
    sealed.extend_from_slice(&nonce);
    let mut text = Zeroizing::new(secret.to_vec());
    let tag = cipher
        .seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(context),
            text.as_mut_slice(),
        )
        .map_err(|_| StoreError::failed("sealing failed"))?;
    sealed.extend_from_slice(&text);
    sealed.extend_from_slice(tag.as_ref());
    Ok(sealed)
}

fn open(cipher: &LessSafeKey, context: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (form, rest) = sealed.split_first()?;
    let (nonce, text) = rest.split_at_checked(NONCE_LEN)?;
    if *form != FORM {
        return None;
    }
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut text = Zeroizing::new(text.to_vec());
    let length = cipher
        .open_in_place(nonce, Aad::from(context), &mut text)
        .ok()?
        .len();
    text.truncate(length);
    Some(text)
}
