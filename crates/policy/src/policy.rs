//! One document, parsed, validated and compiled.

use crate::malformed::{Check, MalformedPolicy, Position, Span};

/// What a document is for. Decides its grammar and AWS's texts for what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A managed policy (CreatePolicy, CreatePolicyVersion): `Version` must be `2012-10-17`.
    Managed,
    /// A policy embedded in a user, group or role: `Version` may be missing or `2008-10-17`, and then `${…}` is literal text.
    Inline,
    /// A policy passed to STS for one session.
    Session,
    /// A role's trust policy: no `Resource`, actions of `sts` alone, `Principal` required.
    Trust,
    /// A policy of a resource: `Principal` or `NotPrincipal` required.
    Resource,
}

/// A compiled policy; immutable.
#[derive(Debug)]
pub struct Policy {
    statements: Vec<Statement>,
}

impl Policy {
    /// Reads, checks and compiles a document.
    ///
    /// # Errors
    /// The first of AWS's checks that fails, in AWS's order, over the whole document.
    pub fn parse(text: &str, _kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        serde_json::from_str::<&serde_json::value::RawValue>(text)
            .map(|_| Self {
                statements: Vec::new(),
            })
            .map_err(|error| {
                let position = Position {
                    line: u32::try_from(error.line()).unwrap_or(u32::MAX),
                    column: u32::try_from(error.column()).unwrap_or(u32::MAX),
                };
                MalformedPolicy::new(Check::Json, "Syntax errors in policy.", position)
            })
    }

    /// The statements in the order of the document.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Each key that a condition or a variable asks for, as written, once, sorted.
    pub fn context_keys(&self) -> Vec<&str> {
        Vec::new()
    }

    /// Whether an `Allow` statement can match an action of this namespace (`iam`, `s3`).
    pub fn grants_service(&self, _service: &str) -> bool {
        false
    }

    /// About how much memory the compiled form takes.
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>()
    }
}

/// `Allow` or `Deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Allows what matches, where nothing denies it.
    Allow,
    /// Denies what matches, whatever allows it.
    Deny,
}

/// One compiled statement.
#[derive(Debug)]
pub struct Statement {
    sid: Option<Box<str>>,
    effect: Effect,
    span: Span,
}

impl Statement {
    /// The `Sid`, if it has one.
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether it allows or denies.
    pub fn effect(&self) -> Effect {
        self.effect
    }

    /// Where the statement stands in its document.
    pub fn span(&self) -> Span {
        self.span
    }
}

/// Characters that AWS's size quotas count: all but white space.
pub fn counted_characters(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}
