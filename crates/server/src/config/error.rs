use std::fmt;
use std::io;
use std::path::Path;

/// Why the settings cannot be used, in words for the person who wrote them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(String);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SettingsError {}

impl SettingsError {
    pub(super) fn invalid(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(super) fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self(format!(
            "cannot read the settings file {}: {error}",
            path.display()
        ))
    }

    pub(super) fn in_file(self, path: &Path) -> Self {
        Self(format!("{}, {}", path.display(), self.0))
    }

    /// Gives the line and, for an unknown key, the likeliest one meant. The line itself is not shown:
    /// somebody may have put a secret where none belongs.
    pub(super) fn from_toml(text: &str, error: &toml::de::Error) -> Self {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map_or(1, |before| before.matches('\n').count() + 1);
        let message = error.message().trim_end();
        let suggestion = if message.starts_with("unknown field") || message.starts_with("unknown variant") {
            nearest(message)
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default()
        } else {
            String::new()
        };
        Self(format!("line {line}: {message}{suggestion}"))
    }
}

/// Of the names in backticks in serde's message, the one that is most like the first.
fn nearest(message: &str) -> Option<&str> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next()?;
    let (distance, name) = names.map(|name| (distance(unknown, name), name)).min()?;
    (distance <= unknown.chars().count().div_ceil(2)).then_some(name)
}

/// Letters to insert, remove or replace to make one word of the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, a) in a.chars().enumerate() {
        let mut left = i + 1;
        let mut diagonal = i;
        for (cell, b) in row.iter_mut().skip(1).zip(b.chars()) {
            let replaced = diagonal + usize::from(a != b);
            diagonal = *cell;
            left = replaced.min(left + 1).min(diagonal + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
