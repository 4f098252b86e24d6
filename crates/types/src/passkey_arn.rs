use std::{fmt, str::FromStr};

use crate::{AccountId, MfaDeviceName, Random, UserName, unique_id::BASE32};

/// Length of the random end, in characters of five bits.
const ID_LENGTH: usize = 24;

/// The ARN, and serial number, of a user's passkey: `arn:aws:iam::ACCOUNT:u2f/user/USER/NAME-ID`. It stays as it was
/// when the user gets another name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PasskeyArn {
    /// The account that it is in.
    pub account: AccountId,
    /// What its user was called when it was registered.
    pub user: UserName,
    /// What it is called, with the random end that makes it different from all others.
    pub name: MfaDeviceName,
}

/// The text is no ARN of a passkey.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPasskeyArn;

impl PasskeyArn {
    /// Makes an ARN that no other passkey has.
    ///
    /// # Errors
    ///
    /// [`InvalidPasskeyArn`] for a name that is too long.
    pub fn generate(
        account: AccountId,
        user: UserName,
        name: &MfaDeviceName,
        random: &dyn Random,
    ) -> Result<Self, InvalidPasskeyArn> {
        let mut bytes = [0; ID_LENGTH];
        random.fill(&mut bytes);
        let id = bytes
            .iter()
            .map(|byte| char::from(BASE32[usize::from(byte & 31)]));
        let name = format!("{name}-{}", id.collect::<String>());
        let name = name.parse().map_err(|_| InvalidPasskeyArn)?;
        Ok(Self { account, user, name })
    }
}

impl FromStr for PasskeyArn {
    type Err = InvalidPasskeyArn;

    fn from_str(text: &str) -> Result<Self, InvalidPasskeyArn> {
        let rest = text.strip_prefix("arn:aws:iam::").ok_or(InvalidPasskeyArn)?;
        let (account, resource) = rest.split_once(":u2f/user/").ok_or(InvalidPasskeyArn)?;
        let (user, name) = resource.split_once('/').ok_or(InvalidPasskeyArn)?;
        Ok(Self {
            account: account.parse().map_err(|_| InvalidPasskeyArn)?,
            user: user.parse().map_err(|_| InvalidPasskeyArn)?,
            name: name.parse().map_err(|_| InvalidPasskeyArn)?,
        })
    }
}

impl fmt::Display for PasskeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account, user, name } = self;
        write!(f, "arn:aws:iam::{account}:u2f/user/{user}/{name}")
    }
}

impl fmt::Display for InvalidPasskeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the ARN of a passkey")
    }
}

impl std::error::Error for InvalidPasskeyArn {}

#[cfg(test)]
mod tests {
    use super::*;

    struct Ones;

    impl Random for Ones {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(0xff);
        }
    }

    #[test]
    fn a_new_one_is_read_back() {
        let account = AccountId::new(123_456_789_012).unwrap();
        let generate = |name: &str| {
            let name = name.parse().unwrap();
            PasskeyArn::generate(account, "alice".parse().unwrap(), &name, &Ones)
        };
        let arn = generate("laptop").unwrap();
        let text = "arn:aws:iam::123456789012:u2f/user/alice/laptop-777777777777777777777777";
        assert_eq!(arn.to_string(), text);
        assert_eq!(text.parse(), Ok(arn));
        assert_eq!(generate(&"n".repeat(226)), Err(InvalidPasskeyArn));
    }

    #[test]
    fn nothing_else_is_one() {
        for text in [
            "",
            "arn:aws:iam::123456789012:mfa/alice/laptop",
            "arn:aws:iam::123456789012:u2f/user/alice",
            "arn:aws:iam::123456789012:u2f/user/alice/",
            "arn:aws:iam::123456789012:u2f/user//laptop",
            "arn:aws:iam::123456789012:u2f/user/alice/a/b",
            "arn:aws:iam::12345678901:u2f/user/alice/laptop",
            "arn:aws:iam::aws:u2f/user/alice/laptop",
        ] {
            assert_eq!(text.parse::<PasskeyArn>(), Err(InvalidPasskeyArn), "{text}");
        }
    }
}
