//! Policy variables: `${key}`, `${key, 'default'}`, `${*}`, `${?}`, `${$}`.

use super::{
    date,
    glob::{self, Token},
};
use crate::case::Held;

/// The pattern with values in place of variables, which are never wildcards. `None` when one has no value.
pub(super) fn expand(pattern: &str, context: &[(String, Held)]) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = pattern;
    while let Some(start) = rest.find("${") {
        let Some(length) = rest[start..].find('}') else {
            break;
        };
        tokens.extend(glob::plain(&rest[..start]));
        tokens.extend(glob::literal(&value(&rest[start + 2..start + length], context)?));
        rest = &rest[start + length + 1..];
    }
    tokens.extend(glob::plain(rest));
    Some(tokens)
}

fn value(inside: &str, context: &[(String, Held)]) -> Option<String> {
    if ["*", "?", "$"].contains(&inside) {
        return Some(inside.to_owned());
    }
    let (key, default) = match inside.split_once(',') {
        Some((key, default)) => (key, Some(default.trim().trim_matches('\'').to_owned())),
        None => (inside, None),
    };
    match find(key.trim(), context) {
        Some(Held::List(_)) => None,
        Some(held) => Some(text(held)),
        None => default,
    }
}

/// Keys are found without regard to case.
pub(super) fn find<'c>(key: &str, context: &'c [(String, Held)]) -> Option<&'c Held> {
    let wanted = key.to_lowercase();
    let found = context.iter().find(|(name, _)| name.to_lowercase() == wanted);
    found.map(|(_, held)| held)
}

/// A value as the text that string operators compare.
pub(super) fn text(held: &Held) -> String {
    match held {
        Held::Text(text) => text.clone(),
        Held::Bool(value) => value.to_string(),
        Held::Integer(value) => value.to_string(),
        Held::Date(seconds) => date::text(*seconds),
        Held::Address(address) => {
            super::compare::address(address).map_or(address.clone(), |found| found.to_string())
        }
        Held::List(items) => items.join(","),
    }
}
