use std::borrow::Cow;

use crate::sha256;

/// How the body takes part in the signature. It never decides *whether* the signature is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payload {
    /// Nothing declared: the signature covers the SHA-256 of the body.
    Body,
    /// `x-amz-content-sha256` declares the body's SHA-256; the body must have it.
    Declared([u8; 32]),
    /// `UNSIGNED-PAYLOAD`: the signature does not cover the body. S3 only.
    Unsigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD`: each chunk carries a signature that chains to this one. S3 only.
    StreamingSigned,
    /// `STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER`: the same, with a signed trailer. S3 only.
    StreamingSignedTrailer,
    /// `STREAMING-UNSIGNED-PAYLOAD-TRAILER`: chunks without signatures and a checksum trailer. S3 only.
    StreamingUnsignedTrailer,
}

/// What is known of the body when a signature is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyHash {
    /// The whole body was read.
    Sha256 {
        /// Its SHA-256.
        digest: [u8; 32],
        /// Its length in bytes.
        length: u64,
    },
    /// The body was not read. Accepted only in modes of [`Payload`] that do not sign it.
    Unread,
}

/// The SHA-256 of an empty body.
const EMPTY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27,
    0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

impl BodyHash {
    /// Hashes the whole body, raw: a form must not be parsed and written anew before.
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256 {
            digest: if body.is_empty() {
                EMPTY
            } else {
                sha256::digest(body)
            },
            length: body.len() as u64,
        }
    }
}

impl Payload {
    const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
    const STREAMING_SIGNED: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
    const STREAMING_SIGNED_TRAILER: &str = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
    const STREAMING_UNSIGNED_TRAILER: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

    /// Whether the signature covers the body, so that checking it needs [`BodyHash::Sha256`].
    pub fn covers_body(self) -> bool {
        match self {
            Self::Body | Self::Declared(_) => true,
            Self::Unsigned
            | Self::StreamingSigned
            | Self::StreamingSignedTrailer
            | Self::StreamingUnsignedTrailer => false,
        }
    }

    /// The mode that the value of `x-amz-content-sha256` names, or `None` for one that names none, or
    /// one of Signature Version 4A.
    pub(crate) fn parse(word: &[u8]) -> Option<Self> {
        if let Some(digest) = sha256::from_hex(word) {
            return Some(Self::Declared(digest));
        }
        match str::from_utf8(word).ok()? {
            Self::UNSIGNED => Some(Self::Unsigned),
            Self::STREAMING_SIGNED => Some(Self::StreamingSigned),
            Self::STREAMING_SIGNED_TRAILER => Some(Self::StreamingSignedTrailer),
            Self::STREAMING_UNSIGNED_TRAILER => Some(Self::StreamingUnsignedTrailer),
            _ => None,
        }
    }

    /// The value of `x-amz-content-sha256` that names the mode, or `None` for the one without.
    pub(crate) fn word(self) -> Option<Cow<'static, str>> {
        let word = match self {
            Self::Body => return None,
            Self::Declared(digest) => {
                return Some(
                    String::from_utf8_lossy(&sha256::to_hex(&digest))
                        .into_owned()
                        .into(),
                );
            }
            Self::Unsigned => Self::UNSIGNED,
            Self::StreamingSigned => Self::STREAMING_SIGNED,
            Self::StreamingSignedTrailer => Self::STREAMING_SIGNED_TRAILER,
            Self::StreamingUnsignedTrailer => Self::STREAMING_UNSIGNED_TRAILER,
        };
        Some(Cow::Borrowed(word))
    }
}
