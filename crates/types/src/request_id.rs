use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::Random;

/// The id of one request: a random UUID, in the answer's header and body, the log and the audit record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(Uuid);

impl RequestId {
    /// Draws a new id.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; 16];
        random.fill(&mut bytes);
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid())
    }
}

/// The text is no request id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidRequestId;

impl RequestId {
    /// The id as text, written into `buffer`.
    pub fn encode<'a>(&self, buffer: &'a mut [u8; 36]) -> &'a str {
        self.0.hyphenated().encode_lower(buffer)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl FromStr for RequestId {
    type Err = InvalidRequestId;

    /// Reads an id in the one form in which it is given out.
    fn from_str(text: &str) -> Result<Self, InvalidRequestId> {
        let id = Self(Uuid::try_parse(text).map_err(|_| InvalidRequestId)?);
        (id.encode(&mut [0; 36]) == text)
            .then_some(id)
            .ok_or(InvalidRequestId)
    }
}

impl fmt::Display for InvalidRequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a request id is a UUID in lower case")
    }
}

impl std::error::Error for InvalidRequestId {}
