//! The one table of what a caller is told when a request is refused or fails.

mod code;
mod from_verifier;
mod sts_texts;
mod texts;

use std::{borrow::Cow, fmt};

pub use code::ErrorCode;

/// A refusal or failure, as the caller and as the operator get to read it.
///
/// Its constructors are the whole list of texts; each stands beside its code in one table. Neither
/// text ever holds a secret or a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    code: ErrorCode,
    status: u16,
    message: Option<Cow<'static, str>>,
    operator: Option<Cow<'static, str>>,
}

/// Longest message, in bytes. Some repeat what was sent, which must not be paid back many times over.
const MESSAGE_BYTES_MAX: usize = 8 * 1024;

impl ApiError {
    fn new(code: ErrorCode, message: impl Into<Cow<'static, str>>) -> Self {
        let mut message = message.into();
        if message.len() > MESSAGE_BYTES_MAX {
            let end = message.floor_char_boundary(MESSAGE_BYTES_MAX);
            message.to_mut().truncate(end);
        }
        Self {
            code,
            status: code.status(),
            message: Some(message),
            operator: None,
        }
    }

    /// The code that clients decide by.
    pub fn code(&self) -> ErrorCode {
        self.code
    }

    /// HTTP status.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// AWS's text for the caller. A few errors have none.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// What the operator is told besides, in the log under the request id: the check that failed,
    /// the statement, the line. It never goes to the caller.
    pub fn operator(&self) -> Option<&str> {
        self.operator.as_deref()
    }

    /// Adds what the operator is told. It must hold no secret.
    #[must_use]
    pub fn for_operator(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.operator = Some(detail.into());
        self
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())?;
        match self.message() {
            Some(message) => write!(f, ": {message}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ApiError {}
