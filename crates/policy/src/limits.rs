//! Bounds on what a document may ask of the engine.

/// Longest document, in characters: the model's bound on `policyDocument`. The quotas on policies are far lower.
pub(crate) const DOCUMENT_CHARACTERS_MAX: usize = 131_072;

/// Deepest JSON. The language itself needs six levels: document, statements, statement, condition, operator, values.
pub(crate) const NESTING_MAX: usize = 32;

/// Variables of one value that are looked up once per match; those beyond are looked up wherever they are needed.
pub(crate) const VARIABLES_KEPT: usize = 4;

/// Missing keys that a decision names.
pub(crate) const MISSING_KEYS_KEPT: usize = 8;
