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

/// Turns offsets into positions. Offsets asked for in ascending order cost one pass over the document.
pub(crate) struct Positions<'t> {
    text: &'t str,
    offset: usize,
    position: Position,
}

impl<'t> Positions<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            offset: 0,
            position: Position { line: 1, column: 1 },
        }
    }

    pub(crate) fn at(&mut self, offset: usize) -> Position {
        if offset < self.offset {
            *self = Self::new(self.text);
        }
        let passed = self.text.get(self.offset..offset).unwrap_or_default();
        for character in passed.chars() {
            if character == '\n' {
                self.position.line += 1;
                self.position.column = 1;
            } else {
                self.position.column += 1;
            }
        }
        self.offset += passed.len();
        self.position
    }
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

    /// The element that broke it; for what is missing, the element that should hold it.
    pub fn position(&self) -> Position {
        self.position
    }

    pub(crate) fn new(document: &str, breach: Breach) -> Self {
        Self {
            check: breach.check,
            text: breach.text,
            position: Positions::new(document).at(breach.offset),
        }
    }
}

impl fmt::Display for MalformedPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for MalformedPolicy {}

/// A failed check before its place is known as line and column.
#[derive(Debug)]
pub(crate) struct Breach {
    pub check: Check,
    pub text: String,
    pub offset: usize,
}

impl Breach {
    pub(crate) fn new(check: Check, text: impl Into<String>, offset: usize) -> Self {
        Self {
            check,
            text: text.into(),
            offset,
        }
    }

    /// One of the many faults for which AWS has one text.
    pub(crate) fn syntax(check: Check, offset: usize) -> Self {
        Self::new(check, "Syntax errors in policy.", offset)
    }
}

/// The rules of a document, one variant each, in AWS's order: an earlier one hides later ones over the whole document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Check {
    /// The document is no longer than the model allows.
    Length,
    /// The text is JSON.
    Json,
    /// The JSON is not nested deeper than any policy is.
    Nesting,
    /// No object has the same key twice.
    DuplicateKey,
    /// An element has the JSON type that it must have.
    ElementType,
    /// There are no elements but the language's own, in their own letter case.
    UnknownElement,
    /// `Version` is `2012-10-17` or `2008-10-17`.
    VersionUnknown,
    /// There is at least one statement.
    StatementMissing,
    /// `Effect` is there and is a word that means something.
    Effect,
    /// Not both of `Action` and `NotAction`, `Resource` and `NotResource`, `Principal` and `NotPrincipal`.
    BothForms,
    /// A condition operator that has keys is one of the language's.
    Operator,
    /// `Version` is there and recent, where this is required.
    VersionRequired,
    /// `Effect` is written `Allow` or `Deny`.
    EffectCase,
    /// Values of date operators are dates.
    Date,
    /// An ARN in short form has no empty part, and no ARN an empty service.
    LegacyArn,
    /// Policies of identities name no principal.
    PrincipalForbidden,
    /// Trust policies have no `Resource`, `NotResource` or `NotPrincipal`.
    FieldForbidden,
    /// Trust and resource policies name principals.
    PrincipalMissing,
    /// A principal is an account, an ARN, an id or `*`, without wildcards.
    Principal,
    /// A `Sid` is made of ASCII letters and digits.
    SidCharacters,
    /// No two statements have the same `Sid`.
    SidUnique,
    /// Each statement has actions.
    ActionsMissing,
    /// A resource is `*` or has a colon.
    ResourceFormat,
    /// The partition of a resource is one that exists.
    ResourcePartition,
    /// The service of a resource is spelt out.
    ResourceVendor,
    /// A resource of IAM has one of IAM's kinds.
    ResourcePath,
    /// A resource of IAM or S3 has no region.
    ResourceRegion,
    /// Each statement has resources.
    ResourcesMissing,
    /// An action has a service in front.
    ActionVendorMissing,
    /// The service of an action is made of letters, digits, `-` and `.`.
    ActionVendor,
    /// An action has one colon.
    ActionColons,
    /// The actions of a trust policy are those of assuming a role.
    TrustAction,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut positions = Positions::new("é\né{");
        for (offset, line, column) in [(0, 1, 1), (3, 2, 1), (5, 2, 2), (2, 1, 2), (6, 2, 3)] {
            assert_eq!(positions.at(offset), Position { line, column }, "{offset}");
        }
    }
}
