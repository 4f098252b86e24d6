//! Session tokens: everything that temporary credentials are, sealed, so that no row is written for them.
//!
//! A token is base64 of: form (1 byte), number of its key (4), nonce (12), sealed content, tag (16). It is bound to
//! its access key id and to that id's account. The keys are the server's own, drawn at random, exchanged while it
//! runs, and derived from no credential.

mod content;
mod keys;

use aws_lc_rs::aead::{Aad, NONCE_LEN, Nonce};
use data_encoding::BASE64URL_NOPAD;
use keystead_types::{AccessKeyId, AccountId, Principal, Random, SecretAccessKey, Session, limits};
use keystead_verifier::DirectorySession;
use zeroize::Zeroizing;

pub(crate) use self::keys::SessionKeys;
use crate::{Store, StoreError};

/// First byte of a token: the form of the rest.
const FORM: u8 = 1;
/// First byte of a sealed explanation.
const FORM_OF_EXPLANATION: u8 = 2;
const KEY_LEN: usize = 4;

impl Store {
    /// Makes the session token of temporary credentials; it can be opened again with exactly this id.
    ///
    /// # Errors
    ///
    /// There is no key to seal it with.
    pub fn seal_session(
        &self,
        id: AccessKeyId,
        principal: &Principal,
        session: &Session,
        secret: &SecretAccessKey,
    ) -> Result<String, StoreError> {
        let content = content::write(principal, session, secret);
        let keys = &self.shared.session_keys;
        keys.seal(
            FORM,
            &place(id, &account_of(id)?),
            &content,
            self.shared.keyring.random(),
        )
    }

    /// Opens a session token; `None` for one that is damaged, of another server, or of another key id.
    pub(crate) fn open_session(&self, id: AccessKeyId, token: &str) -> Option<DirectorySession> {
        let account = id.embedded_account()?;
        let content = self
            .shared
            .session_keys
            .open(FORM, &place(id, &account.to_string()), token)?;
        content::read(&content).filter(|found| found.principal.account == account)
    }

    /// Seals a text for an account, to be read again by who may: the reasons of a denial.
    ///
    /// # Errors
    ///
    /// There is no key to seal it with.
    pub fn seal_explanation(&self, account: AccountId, text: &str) -> Result<String, StoreError> {
        let place = format!("authorization-message {account}");
        let keys = &self.shared.session_keys;
        keys.seal(
            FORM_OF_EXPLANATION,
            &place,
            text.as_bytes(),
            self.shared.keyring.random(),
        )
    }

    /// Opens a text that was sealed for an account; `None` for anything else.
    pub fn open_explanation(&self, account: AccountId, sealed: &str) -> Option<String> {
        let place = format!("authorization-message {account}");
        let text = self
            .shared
            .session_keys
            .open(FORM_OF_EXPLANATION, &place, sealed)?;
        String::from_utf8(text.to_vec()).ok()
    }
}

/// What the policies and tags of a session take in its token, in bytes: at most
/// [`limits::SESSION_PACKED_BYTES_MAX`] of them are good.
pub fn packed_bytes(session: &Session) -> usize {
    content::passed_bytes(session)
}

impl SessionKeys {
    fn seal(&self, form: u8, place: &str, content: &[u8], random: &dyn Random) -> Result<String, StoreError> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = Zeroizing::new(content.to_vec());
        self.with_latest(|key| {
            let place = Aad::from(bound_to(form, key.id, place));
            let tag = key
                .cipher
                .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), place, sealed.as_mut_slice())
                .map_err(|_| StoreError::failed("sealing failed"))?;
            let parts: [&[u8]; 5] = [&[form], &key.id.to_be_bytes(), &nonce, &sealed, tag.as_ref()];
            Ok(BASE64URL_NOPAD.encode(&parts.concat()))
        })
    }

    fn open(&self, form: u8, place: &str, token: &str) -> Option<Zeroizing<Vec<u8>>> {
        if token.len() > limits::SESSION_TOKEN_CHARACTERS_MAX {
            return None;
        }
        let mut bytes = Zeroizing::new(BASE64URL_NOPAD.decode(token.as_bytes()).ok()?);
        let (head, sealed) = bytes.split_at_mut_checked(1 + KEY_LEN + NONCE_LEN)?;
        let (found, rest) = head.split_first()?;
        let (id, nonce) = rest.split_at_checked(KEY_LEN)?;
        if *found != form {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        self.with(u32::from_be_bytes(id.try_into().ok()?), |key| {
            let place = Aad::from(bound_to(form, key.id, place));
            let content = key.cipher.open_in_place(nonce, place, sealed).ok()?;
            Some(Zeroizing::new(content.to_vec()))
        })
    }
}

fn account_of(id: AccessKeyId) -> Result<String, StoreError> {
    let account = id.embedded_account();
    let account = account.ok_or_else(|| StoreError::failed("a temporary key id without an account"))?;
    Ok(account.to_string())
}

fn place(id: AccessKeyId, account: &str) -> String {
    format!("session-token {id} {account}")
}

fn bound_to(form: u8, key: u32, place: &str) -> String {
    format!("{form} {key} {place}")
}

#[cfg(test)]
mod tests;
