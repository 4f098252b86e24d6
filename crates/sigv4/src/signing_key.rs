use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::sha256::{self, Sha256, State};

/// The key of one secret for one scope, prepared for use.
///
/// Holds the two states of HMAC-SHA-256 after its pad blocks (64 bytes) instead of the derived key:
/// that saves two of the compressions of each signature. Whoever holds it can sign for the scope's day, region and
/// service, and for nothing else; so it is wiped when dropped and has no `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    inner: State,
    outer: State,
}

impl SigningKey {
    /// The key of nobody: it serves where the work must be done and the outcome is known.
    pub(crate) const UNKNOWN: Self = Self {
        inner: [0; 8],
        outer: [0; 8],
    };

    /// Derives the key of `secret` for the day `date` (`YYYYMMDD`), a region and a service.
    ///
    /// Costs 18 compressions, twice the rest of a verification: keep the result for as long as the
    /// day lasts and the access key stays active.
    pub fn derive(secret: &[u8], date: &str, region: &str, service: &str) -> Self {
        let mut start = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        start.extend_from_slice(b"AWS4");
        start.extend_from_slice(secret);
        let parts = [date, region, service, "aws4_request"];
        parts.iter().fold(Self::prepare(&start), |key, part| {
            Self::prepare(Zeroizing::new(key.mac(part.as_bytes())).as_ref())
        })
    }

    /// HMAC's preparation of a raw key: RFC 2104, with SHA-256.
    fn prepare(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; 64]);
        if let Some(target) = block.get_mut(..key.len()) {
            target.copy_from_slice(key);
        } else {
            let short = Zeroizing::new(sha256::digest(key));
            for (target, byte) in block.iter_mut().zip(short.iter()) {
                *target = *byte;
            }
        }
        block.iter_mut().for_each(|byte| *byte ^= 0x36);
        let inner = sha256::after_first_block(&block);
        block.iter_mut().for_each(|byte| *byte ^= 0x36 ^ 0x5c);
        let outer = sha256::after_first_block(&block);
        Self { inner, outer }
    }

    /// The MAC of `text`.
    fn mac(&self, text: &[u8]) -> [u8; 32] {
        let mut message = self.begin();
        message.write(text);
        self.end(message)
    }

    /// Starts a text to be authenticated; [`SigningKey::end`] with the same key ends it.
    pub(crate) fn begin(&self) -> Sha256 {
        Sha256::resume(self.inner, 64)
    }

    /// The MAC of a text begun with [`SigningKey::begin`].
    pub(crate) fn end(&self, message: Sha256) -> [u8; 32] {
        let mut outer = Sha256::resume(self.outer, 64);
        outer.write(&message.finish());
        outer.finish()
    }
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl ZeroizeOnDrop for SigningKey {}
