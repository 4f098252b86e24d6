use std::{fmt, process::ExitCode};

/// Why a command was not carried out, in words for the person at the terminal.
pub(crate) struct Failure {
    text: String,
    exit_code: u8,
}

impl Failure {
    /// It was understood and could not be done.
    pub(crate) fn work(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            exit_code: 1,
        }
    }

    /// It makes no sense as it was asked.
    pub(crate) fn usage(text: impl fmt::Display) -> Self {
        Self {
            text: text.to_string(),
            exit_code: 2,
        }
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.exit_code.into()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
