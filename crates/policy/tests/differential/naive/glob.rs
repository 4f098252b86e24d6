//! Wildcards, by recursion.

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    Character(char),
    /// `?`
    One,
    /// `*`
    Any,
}

/// A pattern without variables.
pub(super) fn plain(pattern: &str) -> Vec<Token> {
    let token = |character| match character {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Character(other),
    };
    pattern.chars().map(token).collect()
}

/// A text in which no character is a wildcard.
pub(super) fn literal(text: &str) -> Vec<Token> {
    text.chars().map(Token::Character).collect()
}

pub(super) fn matches(pattern: &[Token], text: &str) -> bool {
    let characters: Vec<char> = text.chars().collect();
    rest_matches(pattern, &characters)
}

fn rest_matches(pattern: &[Token], text: &[char]) -> bool {
    match pattern.first() {
        None => text.is_empty(),
        Some(Token::Any) => (0..=text.len()).any(|taken| rest_matches(&pattern[1..], &text[taken..])),
        Some(Token::One) => !text.is_empty() && rest_matches(&pattern[1..], &text[1..]),
        Some(Token::Character(wanted)) => {
            text.first() == Some(wanted) && rest_matches(&pattern[1..], &text[1..])
        }
    }
}
