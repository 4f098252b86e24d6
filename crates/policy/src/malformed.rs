//! What is wrong with a document, and where.

use std::fmt;

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1, in characters.
    pub column: u32,
}

/// From the first character of an element to the one after its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// The first character.
    pub start: Position,
    /// After the last character.
    pub end: Position,
}

/// Why a document is refused. `Display` is AWS's text of MalformedPolicyDocument and nothing else; [`check`](Self::check)
/// says which rule failed and [`position`](Self::position) where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MalformedPolicy {
    check: Check,
    text: String,
    position: Position,
}

impl MalformedPolicy {
    /// The rule that failed, for whoever has to find the fault.
    pub fn check(&self) -> Check {
        self.check
    }

    /// The element that broke it.
    pub fn position(&self) -> Position {
        self.position
    }

    pub(crate) fn new(check: Check, text: impl Into<String>, position: Position) -> Self {
        Self {
            check,
            text: text.into(),
            position,
        }
    }
}

impl fmt::Display for MalformedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for MalformedPolicy {}

/// The rules of a document, one variant each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Check {
    /// The text is JSON.
    Json,
}
