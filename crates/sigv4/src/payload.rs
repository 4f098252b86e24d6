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

impl BodyHash {
    /// Hashes the whole body, raw: a form must not be parsed and written anew before.
    pub fn of(body: &[u8]) -> Self {
        Self::Sha256 {
            digest: sha256::digest(body),
            length: body.len() as u64,
        }
    }
}

impl Payload {
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
        let mode = match word {
            b"UNSIGNED-PAYLOAD" => Self::Unsigned,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD" => Self::StreamingSigned,
            b"STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER" => Self::StreamingSignedTrailer,
            b"STREAMING-UNSIGNED-PAYLOAD-TRAILER" => Self::StreamingUnsignedTrailer,
            _ => Self::Declared(sha256::from_hex(word)?),
        };
        Some(mode)
    }
}
