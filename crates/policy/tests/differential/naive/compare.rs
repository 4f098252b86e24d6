//! One value of the policy against one of the request.

use std::{cmp::Ordering, net::IpAddr};

use super::{date, glob, variable};
use crate::case::Held;

/// Whether the positive comparison of this name holds. What cannot be read as its type equals nothing.
pub(super) fn equals(
    base: &str,
    wanted: &str,
    held: &Held,
    variables: bool,
    context: &[(String, Held)],
) -> bool {
    let text = variable::text(held);
    let expand = |pattern: &str| {
        if variables {
            variable::expand(pattern, context)
        } else {
            Some(glob::plain(pattern))
        }
    };
    match base {
        "StringEquals" => exact(wanted, variables, context).is_some_and(|wanted| wanted == text),
        "StringEqualsIgnoreCase" => exact(wanted, variables, context)
            .is_some_and(|wanted| wanted.to_lowercase() == text.to_lowercase()),
        "StringLike" => expand(wanted).is_some_and(|pattern| glob::matches(&pattern, &text)),
        "ArnLike" => {
            let (wanted, asked) = (arn_parts(wanted), arn_parts(&text));
            wanted.len() == 6
                && asked.len() == 6
                && wanted.iter().zip(&asked).all(|(wanted, asked)| {
                    expand(wanted).is_some_and(|pattern| glob::matches(&pattern, asked))
                })
        }
        "Bool" => ["true", "false"].contains(&wanted) && wanted == text,
        "BinaryEquals" => base64(wanted).is_some_and(|wanted| Some(wanted) == base64(&text)),
        "IpAddress" => address(&text).is_some_and(|address| is_in(address, wanted)),
        _ => ordered(base, wanted, held, &text),
    }
}

/// A text in which stars and question marks are themselves.
fn exact(wanted: &str, variables: bool, context: &[(String, Held)]) -> Option<String> {
    if !variables {
        return Some(wanted.to_owned());
    }
    let tokens = variable::expand(wanted, context)?;
    let character = |token: &glob::Token| match token {
        glob::Token::Character(character) => *character,
        glob::Token::One => '?',
        glob::Token::Any => '*',
    };
    Some(tokens.iter().map(character).collect())
}

/// Six parts; a colon inside of `${…}` separates nothing.
fn arn_parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_braces = false;
    let mut before = ' ';
    for character in text.chars() {
        in_braces = (in_braces || (before == '$' && character == '{')) && character != '}';
        if character == ':' && !in_braces && parts.len() < 6 {
            parts.push(String::new());
        } else {
            parts.last_mut().unwrap().push(character);
        }
        before = character;
    }
    parts
}

fn ordered(base: &str, wanted: &str, held: &Held, text: &str) -> bool {
    let (order, name) = if let Some(name) = base.strip_prefix("Numeric") {
        // aws:EpochTime is a number as well as a date.
        let text = match held {
            Held::Date(seconds) => &seconds.to_string(),
            _ => text,
        };
        let (Some(held), Some(wanted)) = (Number::read(text), Number::read(wanted)) else {
            return false;
        };
        (held.compare(&wanted), name)
    } else {
        let held = match held {
            Held::Date(seconds) => Some((*seconds, 0)),
            _ => date::read(text),
        };
        let (Some(held), Some(wanted)) = (held, date::read(wanted)) else {
            return false;
        };
        (held.cmp(&wanted), base.strip_prefix("Date").unwrap())
    };
    match name {
        "Equals" => order == Ordering::Equal,
        "LessThan" => order == Ordering::Less,
        "LessThanEquals" => order != Ordering::Greater,
        "GreaterThan" => order == Ordering::Greater,
        "GreaterThanEquals" => order != Ordering::Less,
        _ => panic!("no operator {base}"),
    }
}

/// A decimal number of any length.
struct Number {
    negative: bool,
    whole: String,
    fraction: String,
}

impl Number {
    fn read(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !is_number(whole) || !is_number(fraction) || digits.ends_with('.') {
            return None;
        }
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        Some(Self {
            negative: negative && !(whole.is_empty() && fraction.is_empty()),
            whole: whole.to_owned(),
            fraction: fraction.to_owned(),
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.compare_size(other),
            (true, true) => other.compare_size(self),
        }
    }

    fn compare_size(&self, other: &Self) -> Ordering {
        let lengths = self.whole.len().cmp(&other.whole.len());
        lengths
            .then_with(|| self.whole.cmp(&other.whole))
            .then_with(|| self.fraction.cmp(&other.fraction))
    }
}

/// IPv4 in IPv6 form counts as IPv4.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn is_in(asked: IpAddr, network: &str) -> bool {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, length.parse::<usize>().ok()),
        None => (network, Some(128)),
    };
    let (Some(base), Some(length)) = (address(base), length) else {
        return false;
    };
    let (asked, base) = (bits(asked), bits(base));
    let length = if network.contains('/') { length } else { base.len() };
    asked.len() == base.len() && length <= base.len() && asked[..length] == base[..length]
}

fn bits(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => format!("{:032b}", u32::from(address)),
        IpAddr::V6(address) => format!("{:0128b}", u128::from(address)),
    }
}

fn base64(text: &str) -> Option<Vec<u8>> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let body = text.trim_end_matches('=');
    if !text.len().is_multiple_of(4) || text.len() - body.len() > 2 {
        return None;
    }
    let mut binary = String::new();
    for character in body.chars() {
        binary += &format!("{:06b}", alphabet.find(character)?);
    }
    let octets: Vec<char> = binary.chars().collect();
    let whole = octets.chunks_exact(8);
    Some(
        whole
            .map(|octet| octet.iter().fold(0, |byte, bit| byte * 2 + u8::from(*bit == '1')))
            .collect(),
    )
}
