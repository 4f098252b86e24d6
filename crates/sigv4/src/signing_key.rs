use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::sha256::{self, Sha256, State};

/// The key of one secret for one scope, prepared for use.
///
/// Holds the two states of HMAC-SHA-256 after its pad blocks (64 bytes) instead of the derived key: that
/// saves two of the compressions of each signature. Whoever holds it can sign for the scope's day, region
/// and service, and for nothing else; so it is wiped when dropped and has no `Debug`.
#[derive(Clone)]
pub struct SigningKey {
    inner: State,
    outer: State,
}

impl SigningKey {
    /// The key of nobody: it serves where the work must be done and the outcome is known.
    pub(crate) const NOBODY: Self = Self {
        inner: [0; 8],
        outer: [0; 8],
    };

    /// Derives the key of `secret` for the day `date` (`YYYYMMDD`), a region and a service.
    ///
    /// Costs 18 compressions, twice the rest of a verification: keep the result for as long as the
    /// day lasts and the access key stays active.
    pub fn derive(secret: &[u8], date: &str, region: &str, service: &str) -> Self {
        // All raw keys pass through these two blocks, which are wiped at the end.
        let mut pads = Zeroizing::new([[0; 64]; 2]);
        let [block, _] = &mut *pads;
        block[..4].copy_from_slice(b"AWS4");
        match block.get_mut(4..4 + secret.len()) {
            Some(target) => target.copy_from_slice(secret),
            // HMAC takes a key that is longer than a block by its hash.
            None => {
                let key = Zeroizing::new([b"AWS4", secret].concat());
                block[..32].copy_from_slice(&sha256::digest(&key));
                block[32..].fill(0);
            }
        }
        let mut key = Self::NOBODY;
        key.prepare(&mut pads);
        for part in [date, region, service, "aws4_request"] {
            pads[0] = block_of(key.mac(part.as_bytes()), &[0; 32]);
            key.prepare(&mut pads);
        }
        key
    }

    /// HMAC's preparation of a key that fills the first of two blocks, RFC 2104. What is left in them is of
    /// no use.
    fn prepare(&mut self, [inner, outer]: &mut [[u8; 64]; 2]) {
        for (inner, outer) in inner.iter_mut().zip(outer.iter_mut()) {
            *outer = *inner ^ 0x5c;
            *inner ^= 0x36;
        }
        // Neither waits for the other: a processor works on both at once.
        self.inner = sha256::after_block(sha256::INITIAL_STATE, inner);
        self.outer = sha256::after_block(sha256::INITIAL_STATE, outer);
    }

    /// The MAC of a text.
    fn mac(&self, text: &[u8]) -> State {
        match sha256::after_last_block(self.inner, text, 64 + text.len()) {
            Some(digest) => self.seal(digest),
            None => {
                let mut message = self.begin();
                message.write(text);
                self.end(&mut message)
            }
        }
    }

    /// Starts a text to be authenticated; [`SigningKey::end`] with the same key ends it.
    pub(crate) fn begin(&self) -> Message {
        Message::resume(self.inner, 64)
    }

    /// The MAC of a text begun with [`SigningKey::begin`].
    pub(crate) fn end(&self, message: &mut Message) -> State {
        self.seal(message.finish())
    }

    /// HMAC's outer hash over the inner one.
    fn seal(&self, digest: State) -> State {
        sha256::after_block(self.outer, &block_of(digest, &END_OF_OUTER))
    }
}

/// A text to be authenticated. Three blocks hold a string to sign.
pub(crate) type Message = Sha256<3>;

/// What follows the inner digest in the last block of the outer hash: the end of a text of 96 bytes.
const END_OF_OUTER: [u8; 32] = {
    let mut end = [0; 32];
    end[0] = 0x80;
    [end[30], end[31]] = (96_u16 * 8).to_be_bytes();
    end
};

/// A block of a digest and what follows it.
fn block_of(digest: State, rest: &[u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    block[..32].copy_from_slice(&sha256::to_bytes(digest));
    block[32..].copy_from_slice(rest);
    block
}

impl Drop for SigningKey {
    fn drop(&mut self) {
        self.inner.zeroize();
        self.outer.zeroize();
    }
}

impl ZeroizeOnDrop for SigningKey {}
