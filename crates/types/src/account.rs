use std::{fmt, str::FromStr};

use crate::Random;

/// A 12-digit AWS-style account id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(u64);

/// The text or number is no account id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidAccountId;

impl AccountId {
    /// One more than the largest account id: twelve decimal digits.
    const END: u64 = 1_000_000_000_000;

    /// The account with this number, or `None` when it has more than twelve digits.
    pub fn new(number: u64) -> Option<Self> {
        (number < Self::END).then_some(Self(number))
    }

    /// A random account id that, as AWS's, does not start with zero.
    pub fn random(random: &dyn Random) -> Self {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let lowest = Self::END / 10;
        Self(lowest + u64::from_le_bytes(bytes) % (Self::END - lowest))
    }

    /// The id as a number.
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012}", self.0)
    }
}

impl FromStr for AccountId {
    type Err = InvalidAccountId;

    fn from_str(text: &str) -> Result<Self, InvalidAccountId> {
        if text.len() != 12 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(InvalidAccountId);
        }
        text.parse().ok().and_then(Self::new).ok_or(InvalidAccountId)
    }
}

impl fmt::Display for InvalidAccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an account id has exactly twelve digits")
    }
}

impl std::error::Error for InvalidAccountId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_digits_only() {
        assert_eq!(
            "000000000001".parse::<AccountId>().unwrap().to_string(),
            "000000000001"
        );
        for text in [
            "",
            "12345678901",
            "1234567890123",
            "12345678901a",
            "+12345678901",
            "１23456789012",
        ] {
            assert_eq!(text.parse::<AccountId>(), Err(InvalidAccountId), "{text}");
        }
    }
}
