//! One document, parsed, validated and compiled.

use crate::document::{Document, Version};
use crate::keys::{Interner, KeyName};
use crate::malformed::{Breach, Check, MalformedPolicy, Positions, Span};
use crate::statement::{Effect, Statement};
use crate::validate::validate;

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
    statements: Box<[Statement]>,
    keys: Box<[KeyName]>,
}

impl Policy {
    /// Reads, checks and compiles a document.
    ///
    /// # Errors
    /// The first of AWS's checks that fails, in AWS's order, over the whole document.
    pub fn parse(text: &str, kind: DocumentKind) -> Result<Self, MalformedPolicy> {
        let read = Document::read(text).and_then(|document| {
            validate(&document, kind)?;
            Ok(document)
        });
        match read {
            Ok(document) => Ok(Self::compile(text, &document)),
            Err(breach) => Err(MalformedPolicy::new(text, in_words_of(kind, breach))),
        }
    }

    fn compile(text: &str, document: &Document) -> Self {
        let mut keys = Interner::default();
        let mut positions = Positions::new(text);
        let variables = document.version == Version::Current;
        let statements = document
            .statements
            .iter()
            .map(|raw| {
                let span = Span {
                    start: positions.at(raw.start),
                    end: positions.at(raw.end),
                };
                Statement::compile(raw, span, variables, &mut keys)
            })
            .collect();
        Self {
            statements,
            keys: keys.finish(),
        }
    }

    /// The statements in the order of the document.
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Each key that a condition or a variable asks for, as written, once, sorted.
    pub fn context_keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = self.keys.iter().map(|name| &*name.written).collect();
        keys.sort_unstable();
        keys
    }

    /// Whether an `Allow` statement can match an action of this namespace (`iam`, `s3`).
    pub fn grants_service(&self, service: &str) -> bool {
        let mut allows = self
            .statements
            .iter()
            .filter(|statement| statement.effect == Effect::Allow);
        allows.any(|statement| statement.actions.concern_service(service))
    }

    /// About how much memory the compiled form takes.
    pub fn memory_bytes(&self) -> usize {
        let keys = self
            .keys
            .iter()
            .map(|name| size_of::<KeyName>() + 2 * name.written.len());
        let statements = self.statements.iter().map(Statement::memory_bytes);
        size_of::<Self>() + keys.sum::<usize>() + statements.sum::<usize>()
    }

    pub(crate) fn keys(&self) -> &[KeyName] {
        &self.keys
    }
}

/// The trust policy's parser has a text of its own for what is no JSON.
fn in_words_of(kind: DocumentKind, breach: Breach) -> Breach {
    match (kind, breach.check) {
        (DocumentKind::Trust, Check::Json) => {
            Breach::new(Check::Json, "This policy contains invalid Json", breach.offset)
        }
        _ => breach,
    }
}

/// Characters that AWS's size quotas count: all but white space.
pub fn counted_characters(text: &str) -> usize {
    text.chars()
        .filter(|character| !character.is_whitespace())
        .count()
}

#[cfg(test)]
mod tests;
