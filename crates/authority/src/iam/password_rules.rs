//! Which passwords an account takes.

use std::fmt;

use keystead_store::{PasswordPolicyRecord, Reader, StoreError};
use keystead_types::AccountId;

/// Characters of the shortest password where the account has no policy. AWS: 8.
const MINIMUM_LENGTH_WITHOUT_POLICY: usize = 8;
/// Kinds of characters that a password has there, of four. AWS: 3.
const KINDS_WITHOUT_POLICY: usize = 3;
/// Source: IAM User Guide, "Setting an account password policy".
const SYMBOLS: &str = "!@#$%^&*()_+-=[]{}|'";

/// Which passwords an account takes. Its text says so to whoever is to choose one.
pub struct PasswordRules(Option<PasswordPolicyRecord>);

impl PasswordRules {
    pub(crate) fn of(reader: &Reader<'_>, account: AccountId) -> Result<Self, StoreError> {
        reader.password_policy(account).map(Self)
    }

    /// Whether a user of this name may have the password, as far as that depends on neither the present nor a former
    /// one.
    pub fn fit(&self, password: &str, user_name: &str) -> bool {
        match &self.0 {
            Some(policy) => fits(policy, password),
            None => fits_without_policy(password, user_name),
        }
    }
}

impl fmt::Display for PasswordRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(policy) = &self.0 else {
            let (length, kinds) = (MINIMUM_LENGTH_WITHOUT_POLICY, KINDS_WITHOUT_POLICY);
            return write!(
                f,
                "At least {length} characters, with {kinds} of: upper case letters, lower case letters, numbers, symbols; and \
                 not the user's name."
            );
        };
        write!(f, "At least {} characters", policy.minimum_password_length)?;
        let required = [
            (policy.require_uppercase_characters, "an upper case letter"),
            (policy.require_lowercase_characters, "a lower case letter"),
            (policy.require_numbers, "a number"),
            (policy.require_symbols, "a symbol"),
        ];
        let required = required.into_iter().filter(|(is_required, _)| *is_required);
        for (at, (_, kind)) in required.enumerate() {
            write!(f, "{}{kind}", if at == 0 { ", with " } else { ", " })?;
        }
        match policy.password_reuse_prevention {
            Some(1) => f.write_str("; not the present one."),
            Some(number) => write!(f, "; none of the last {number}."),
            None => f.write_str("."),
        }
    }
}

fn fits(policy: &PasswordPolicyRecord, password: &str) -> bool {
    let kinds = Kinds::of(password);
    password.chars().count() >= policy.minimum_password_length as usize
        && (kinds.symbol || !policy.require_symbols)
        && (kinds.number || !policy.require_numbers)
        && (kinds.uppercase || !policy.require_uppercase_characters)
        && (kinds.lowercase || !policy.require_lowercase_characters)
}

fn fits_without_policy(password: &str, user_name: &str) -> bool {
    let Kinds {
        symbol,
        number,
        uppercase,
        lowercase,
    } = Kinds::of(password);
    let kinds = [symbol, number, uppercase, lowercase]
        .map(usize::from)
        .iter()
        .sum::<usize>();
    password.chars().count() >= MINIMUM_LENGTH_WITHOUT_POLICY
        && kinds >= KINDS_WITHOUT_POLICY
        && password != user_name
}

/// Which kinds of characters a password has.
struct Kinds {
    symbol: bool,
    number: bool,
    uppercase: bool,
    lowercase: bool,
}

impl Kinds {
    fn of(password: &str) -> Self {
        Self {
            symbol: password.contains(|character| SYMBOLS.contains(character)),
            number: password.contains(|character: char| character.is_ascii_digit()),
            uppercase: password.contains(|character: char| character.is_ascii_uppercase()),
            lowercase: password.contains(|character: char| character.is_ascii_lowercase()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_policy_asks_for() {
        let lax = PasswordPolicyRecord {
            minimum_password_length: 6,
            require_symbols: false,
            require_numbers: false,
            require_uppercase_characters: false,
            require_lowercase_characters: false,
            allow_users_to_change_password: false,
            max_password_age: None,
            password_reuse_prevention: None,
            hard_expiry: None,
        };
        let symbols = PasswordPolicyRecord {
            require_symbols: true,
            ..lax
        };
        let numbers = PasswordPolicyRecord {
            require_numbers: true,
            ..lax
        };
        let uppercase = PasswordPolicyRecord {
            require_uppercase_characters: true,
            ..lax
        };
        let lowercase = PasswordPolicyRecord {
            require_lowercase_characters: true,
            ..lax
        };
        for (policy, password, expected) in [
            (lax, "aaaaaa", true),
            (lax, "aaaaa", false),
            (lax, "ÄÄÄÄÄÄ", true),
            (symbols, "aaaaaa", false),
            (symbols, "aaaaa|", true),
            (symbols, "aaaaa ", false),
            (numbers, "aaaaaa", false),
            (numbers, "aaaaa1", true),
            (uppercase, "aaaaaa", false),
            (uppercase, "aaaaaA", true),
            (lowercase, "AAAAAA", false),
            (lowercase, "AAAAAa", true),
        ] {
            assert_eq!(fits(&policy, password), expected, "{policy:?} {password}");
        }
        for (policy, text) in [
            (lax, "At least 6 characters."),
            (symbols, "At least 6 characters, with a symbol."),
            (
                PasswordPolicyRecord {
                    require_numbers: true,
                    password_reuse_prevention: Some(5),
                    ..uppercase
                },
                "At least 6 characters, with an upper case letter, a number; none of the last 5.",
            ),
        ] {
            assert_eq!(PasswordRules(Some(policy)).to_string(), text);
        }
        for (password, expected) in [
            ("Abcdefg1", true),
            ("Abcdef1", false),
            ("abcdefg1", false),
            ("abcdefg1!", true),
            ("Alice-123", false),
        ] {
            assert_eq!(fits_without_policy(password, "Alice-123"), expected, "{password}");
        }
    }
}
