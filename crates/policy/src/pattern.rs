//! Patterns of policies: literal text, wildcards and variables, compiled once and matched without allocation.
//!
//! `*` is any run of characters, `?` one character. The value of a variable is literal text, whatever is in it. A match goes
//! through the pattern segment by segment (what stands between two `*`) and takes the leftmost place for each. That needs no
//! backtracking, so a match takes at most text × pattern steps, however many `*` there are.

use crate::context::Value;
use crate::keys::{Interner, Lookup, Missing, Variable};
use crate::limits::VARIABLES_KEPT;
use crate::render::with_text;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Pattern {
    /// `*` alone.
    Any,
    Literal(Box<str>),
    /// A literal and a `*` at its end.
    Prefix {
        text: Box<str>,
        in_parts: bool,
    },
    Pieces {
        tokens: Box<[Token]>,
        /// Whether something other than text comes before the fifth colon, so that ARNs compare part by part.
        in_parts: bool,
        variables: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Token {
    Text(Box<str>),
    /// `?`
    One,
    /// `*`; never twice in a row.
    Run,
    Variable(Variable),
}

/// How texts compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    /// Without regard to the case of ASCII letters.
    IgnoreCase,
    /// Six parts divided by colons: a wildcard stays within its part, except in the last, which takes all the rest.
    Arn,
}

impl Mode {
    /// A pattern that is text up to the fifth colon stays within the parts of an ARN by itself.
    fn within(self, in_parts: bool) -> Self {
        match self {
            Self::Arn if !in_parts => Self::Plain,
            _ => self,
        }
    }
}

/// What is special in the text of a pattern.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Special {
    pub wildcards: bool,
    pub variables: bool,
}

impl Special {
    const LITERAL: Self = Self {
        wildcards: false,
        variables: false,
    };
}

impl Pattern {
    pub(crate) fn compile(text: &str, special: Special, keys: &mut Interner) -> Self {
        let mut builder = Builder::default();
        builder.add(text, special, keys);
        builder.finish()
    }

    /// Six parts of which only the last may hold variables.
    pub(crate) fn compile_resource(arn: &str, variables: bool, keys: &mut Interner) -> Self {
        let head = after_five_colons(arn).unwrap_or(arn.len());
        let (head, tail) = arn.split_at(head);
        let mut builder = Builder::default();
        let wildcards = true;
        builder.add(
            head,
            Special {
                wildcards,
                ..Special::LITERAL
            },
            keys,
        );
        builder.add(tail, Special { wildcards, variables }, keys);
        builder.finish()
    }

    /// Whether the whole text matches. A variable without a value makes that no text does.
    pub(crate) fn matches<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        text: &str,
        mode: Mode,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        let Self::Pieces {
            tokens,
            in_parts,
            variables: true,
        } = self
        else {
            return self.matches_literally(text, mode);
        };
        if !may_match(tokens, text.as_bytes(), mode) {
            return false;
        }
        let Some(kept) = Kept::look_up(tokens, lookup) else {
            return false;
        };
        whole(tokens, text, mode.within(*in_parts), |variable| {
            match kept.values.get(variable.number) {
                Some(value) => *value,
                None => lookup.variable(variable),
            }
        })
    }

    /// The text that everything that matches begins with.
    pub(crate) fn beginning(&self) -> &str {
        match self {
            Self::Any => "",
            Self::Literal(text) | Self::Prefix { text, .. } => text,
            Self::Pieces { tokens, .. } => match tokens.first() {
                Some(Token::Text(text)) => text,
                _ => "",
            },
        }
    }

    /// The text that the sixth part of every ARN that matches begins with. Wildcards stay within the parts before, so that it
    /// follows the pattern's own fifth colon.
    pub(crate) fn beginning_of_last_part(&self) -> &str {
        let tokens = match self {
            Self::Any => return "",
            Self::Literal(text) | Self::Prefix { text, .. } => return after_colons(5, text).unwrap_or(""),
            Self::Pieces { tokens, .. } => tokens,
        };
        let mut colons = 5;
        for token in tokens {
            if let Token::Text(text) = token {
                if let Some(rest) = after_colons(colons, text) {
                    return rest;
                }
                colons -= text.matches(':').count();
            }
        }
        ""
    }

    /// Whether all its variables have values.
    pub(crate) fn has_value<'r, 'p: 'r, M: Missing<'p>>(&'p self, lookup: &mut Lookup<'r, 'p, M>) -> bool {
        match self {
            Self::Pieces { tokens, .. } => Kept::look_up(tokens, lookup).is_some(),
            _ => true,
        }
    }

    /// The same as `matches` for a pattern without variables.
    pub(crate) fn matches_literally(&self, text: &str, mode: Mode) -> bool {
        match self {
            Self::Pieces { tokens, in_parts, .. } => {
                may_match(tokens, text.as_bytes(), mode)
                    && whole(tokens, text, mode.within(*in_parts), |_| None)
            }
            _ => self.matches_simply(text, mode),
        }
    }

    fn matches_simply(&self, text: &str, mode: Mode) -> bool {
        match self {
            Self::Any => true,
            Self::Literal(literal) if mode == Mode::IgnoreCase => literal.eq_ignore_ascii_case(text),
            Self::Literal(literal) => **literal == *text,
            // Without the fifth colon the `*` would have to go beyond its part.
            Self::Prefix { in_parts, .. } if mode.within(*in_parts) == Mode::Arn => false,
            Self::Prefix { text: prefix, .. } => starts_with(text.as_bytes(), prefix.as_bytes(), mode),
            Self::Pieces { .. } => false,
        }
    }

    /// Whether the text, without wildcards, is the pattern's in whatever case of whatever letters.
    pub(crate) fn equals_ignoring_case<'r, 'p: 'r, M: Missing<'p>>(
        &'p self,
        text: &str,
        lookup: &mut Lookup<'r, 'p, M>,
    ) -> bool {
        let mut rest = text.chars().flat_map(char::to_lowercase);
        let mut takes = |part: &str| {
            let mut lowered = part.chars().flat_map(char::to_lowercase);
            lowered.all(|character| rest.next() == Some(character))
        };
        let begins = match self {
            Self::Literal(literal) => takes(literal),
            Self::Pieces { tokens, .. } => tokens.iter().all(|token| match token {
                Token::Text(part) => takes(part),
                Token::Variable(variable) => lookup
                    .variable(variable)
                    .is_some_and(|value| with_text(value, &mut takes)),
                Token::One | Token::Run => false,
            }),
            Self::Any | Self::Prefix { .. } => false,
        };
        begins && rest.next().is_none()
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        match self {
            Self::Any => 0,
            Self::Literal(text) | Self::Prefix { text, .. } => text.len(),
            Self::Pieces { tokens, .. } => tokens
                .iter()
                .map(|token| size_of::<Token>() + token.memory_bytes())
                .sum(),
        }
    }
}

impl Token {
    fn memory_bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Variable(variable) => variable.default.as_ref().map_or(0, |text| text.len()),
            Self::One | Self::Run => 0,
        }
    }
}

/// Where the sixth part of an ARN begins.
pub(crate) fn after_five_colons(text: &str) -> Option<usize> {
    let colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    colons.map(|(index, _)| index + 1).nth(4)
}

/// What follows so many colons.
fn after_colons(count: usize, text: &str) -> Option<&str> {
    text.splitn(count + 1, ':').nth(count)
}

#[derive(Default)]
struct Builder {
    tokens: Vec<Token>,
    text: String,
    variables: usize,
}

impl Builder {
    fn add(&mut self, text: &str, special: Special, keys: &mut Interner) {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if special.variables
                && let Some((content, after)) = braced(rest)
            {
                match content {
                    "*" | "?" | "$" => self.text.push_str(content),
                    _ => self.variable(content, keys),
                }
                rest = after;
                continue;
            }
            match next {
                '*' if special.wildcards => self.token(Token::Run),
                '?' if special.wildcards => self.token(Token::One),
                _ => self.text.push(next),
            }
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
    }

    fn variable(&mut self, content: &str, keys: &mut Interner) {
        let (key, default) = key_and_default(content);
        let variable = Variable {
            key: keys.intern(key),
            number: self.variables,
            default: default.map(Into::into),
        };
        self.variables += 1;
        self.token(Token::Variable(variable));
    }

    fn token(&mut self, token: Token) {
        self.end_text();
        if !matches!((self.tokens.last(), &token), (Some(Token::Run), Token::Run)) {
            self.tokens.push(token);
        }
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            let text = std::mem::take(&mut self.text);
            self.tokens.push(Token::Text(text.into()));
        }
    }

    fn finish(mut self) -> Pattern {
        self.end_text();
        let in_parts = match self.tokens.first() {
            Some(Token::Text(text)) => after_five_colons(text).is_none(),
            _ => true,
        };
        match self.tokens.as_slice() {
            [] => Pattern::Literal("".into()),
            [Token::Text(text)] => Pattern::Literal(text.clone()),
            [Token::Run] => Pattern::Any,
            [Token::Text(text), Token::Run] => Pattern::Prefix {
                text: text.clone(),
                in_parts,
            },
            _ => Pattern::Pieces {
                tokens: self.tokens.into(),
                in_parts,
                variables: self.variables > 0,
            },
        }
    }
}

/// What stands between `${` at the beginning and the next `}`, and what follows. Braces that never close are text.
fn braced(text: &str) -> Option<(&str, &str)> {
    text.strip_prefix("${")?.split_once('}')
}

/// `key` or `key, 'default'`. A default that is not in quotes makes a key that no request has.
fn key_and_default(content: &str) -> (&str, Option<&str>) {
    let default = content.split_once(',').and_then(|(key, default)| {
        let default = default.trim().strip_prefix('\'')?.strip_suffix('\'')?;
        Some((key.trim(), Some(default)))
    });
    default.unwrap_or((content.trim(), None))
}

/// The values of a pattern's first variables.
struct Kept<'r> {
    values: [Option<Value<'r>>; VARIABLES_KEPT],
}

impl<'r> Kept<'r> {
    /// `None` if any variable of the pattern is without a value.
    fn look_up<'p: 'r, M: Missing<'p>>(tokens: &'p [Token], lookup: &mut Lookup<'r, 'p, M>) -> Option<Self> {
        let mut values = [None; VARIABLES_KEPT];
        for token in tokens {
            if let Token::Variable(variable) = token {
                let value = lookup.variable(variable)?;
                if let Some(slot) = values.get_mut(variable.number) {
                    *slot = Some(value);
                }
            }
        }
        Some(Self { values })
    }
}

/// What is cheap to see: whether the text begins and ends as the pattern does.
fn may_match(tokens: &[Token], text: &[u8], mode: Mode) -> bool {
    let begins = match tokens.first() {
        Some(Token::Text(first)) => starts_with(text, first.as_bytes(), mode),
        _ => true,
    };
    begins
        && match tokens.last() {
            Some(Token::Text(last)) => ends_with(text, last.as_bytes(), mode),
            _ => true,
        }
}

/// Whether the tokens match the whole text.
fn whole<'r, 'p: 'r>(
    tokens: &'p [Token],
    text: &str,
    mode: Mode,
    values: impl FnMut(&'p Variable) -> Option<Value<'r>>,
) -> bool {
    let last_part = match mode {
        Mode::Arn => after_five_colons(text),
        Mode::Plain | Mode::IgnoreCase => Some(0),
    };
    let Some(last_part) = last_part else {
        return false;
    };
    Match {
        text: text.as_bytes(),
        mode,
        last_part,
        values,
    }
    .segments(tokens)
}

struct Match<'t, F> {
    text: &'t [u8],
    mode: Mode,
    /// Where wildcards begin to match colons too.
    last_part: usize,
    values: F,
}

impl<'r, 'p: 'r, F: FnMut(&'p Variable) -> Option<Value<'r>>> Match<'_, F> {
    fn segments(&mut self, tokens: &'p [Token]) -> bool {
        let mut segments = tokens.split(|token| matches!(token, Token::Run));
        let first = segments.next().unwrap_or_default();
        let Some(mut at) = self.forward(first, 0) else {
            return false;
        };
        let Some(mut segment) = segments.next() else {
            return at == self.text.len();
        };
        for next in segments {
            let Some(end) = self.leftmost(segment, at) else {
                return false;
            };
            at = end;
            segment = next;
        }
        let start = self.backward(segment, self.text.len());
        start.is_some_and(|start| at <= start && start <= self.run_limit(at))
    }

    /// Where the segment ends at its leftmost place that a `*` can reach from here.
    fn leftmost(&mut self, segment: &'p [Token], at: usize) -> Option<usize> {
        let limit = self.run_limit(at);
        if let [Token::Text(part)] = segment
            && self.mode != Mode::IgnoreCase
        {
            let reachable = self.text.get(at..self.text.len().min(limit + part.len()))?;
            return find(reachable, part.as_bytes()).map(|index| at + index + part.len());
        }
        (at..=limit).find_map(|start| {
            let between_characters = self.text.get(start).is_none_or(|byte| !is_continuation(*byte));
            between_characters.then(|| self.forward(segment, start))?
        })
    }

    /// How far a `*` that begins here may go.
    fn run_limit(&self, at: usize) -> usize {
        if at >= self.last_part {
            return self.text.len();
        }
        let rest = self.text.get(at..).unwrap_or_default();
        let colon = rest.iter().position(|byte| *byte == b':');
        at + colon.unwrap_or(rest.len())
    }

    /// Where the segment ends if it begins here.
    fn forward(&mut self, segment: &'p [Token], mut at: usize) -> Option<usize> {
        for token in segment {
            let rest = self.text.get(at..)?;
            at += match token {
                Token::Text(part) => starts_with(rest, part.as_bytes(), self.mode).then_some(part.len())?,
                Token::Variable(variable) => {
                    let value = (self.values)(variable)?;
                    let begins =
                        |part: &str| starts_with(rest, part.as_bytes(), self.mode).then_some(part.len());
                    with_text(value, begins)?
                }
                Token::One => {
                    let length = 1 + rest
                        .get(1..)?
                        .iter()
                        .take_while(|byte| is_continuation(**byte))
                        .count();
                    self.one_may_match(at).then_some(length)?
                }
                Token::Run => return None,
            };
        }
        Some(at)
    }

    /// Where the segment begins if it ends here.
    fn backward(&mut self, segment: &'p [Token], mut end: usize) -> Option<usize> {
        for token in segment.iter().rev() {
            let rest = self.text.get(..end)?;
            end -= match token {
                Token::Text(part) => ends_with(rest, part.as_bytes(), self.mode).then_some(part.len())?,
                Token::Variable(variable) => {
                    let value = (self.values)(variable)?;
                    let ends = |part: &str| ends_with(rest, part.as_bytes(), self.mode).then_some(part.len());
                    with_text(value, ends)?
                }
                Token::One => {
                    let start = rest.iter().rposition(|byte| !is_continuation(*byte))?;
                    self.one_may_match(start).then_some(end - start)?
                }
                Token::Run => return None,
            };
        }
        Some(end)
    }

    fn one_may_match(&self, at: usize) -> bool {
        at >= self.last_part || self.text.get(at) != Some(&b':')
    }
}

/// Where the part first stands in the text.
fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    let (first, after) = part.split_first()?;
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let index = from + rest.iter().position(|byte| byte == first)?;
        if text.get(index + 1..)?.starts_with(after) {
            return Some(index);
        }
        from = index + 1;
    }
}

/// Whether this byte of UTF-8 continues a character.
fn is_continuation(byte: u8) -> bool {
    byte & 0b1100_0000 == 0b1000_0000
}

fn starts_with(text: &[u8], part: &[u8], mode: Mode) -> bool {
    match mode {
        Mode::IgnoreCase => text
            .get(..part.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(part)),
        Mode::Plain | Mode::Arn => text.starts_with(part),
    }
}

fn ends_with(text: &[u8], part: &[u8], mode: Mode) -> bool {
    let Some(start) = text.len().checked_sub(part.len()) else {
        return false;
    };
    starts_with(text.get(start..).unwrap_or_default(), part, mode)
}

#[cfg(test)]
mod tests;
