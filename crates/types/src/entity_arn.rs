use std::{fmt, str::FromStr};

use crate::{AccountId, MfaDeviceName, Path, RoleName, UserName};

/// Makes the type of one kind of ARNs of an account: they differ in the kind and in the name's type alone.
macro_rules! entity_arns {
    ($($(#[$meaning:meta])* $arn:ident: $kind:literal, $name:ident;)*) => {$(
        $(#[$meaning])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $arn {
            /// The account that it is in.
            pub account: AccountId,
            /// Its path.
            pub path: Path,
            /// Its name.
            pub name: $name,
        }

        impl FromStr for $arn {
            type Err = InvalidEntityArn;

            fn from_str(text: &str) -> Result<Self, InvalidEntityArn> {
                let (account, path, name) = parts(text, $kind)?;
                Ok(Self {
                    account,
                    path,
                    name: name.parse().map_err(|_| InvalidEntityArn)?,
                })
            }
        }

        impl fmt::Display for $arn {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { account, path, name } = self;
                write!(f, concat!("arn:aws:iam::{}:", $kind, "{}{}"), account, path, name)
            }
        }
    )*};
}

entity_arns! {
    /// The ARN of a user: `arn:aws:iam::ACCOUNT:user/path/name`.
    UserArn: "user", UserName;
    /// The ARN of a role: `arn:aws:iam::ACCOUNT:role/path/name`.
    RoleArn: "role", RoleName;
    /// The ARN, and serial number, of a virtual MFA device: `arn:aws:iam::ACCOUNT:mfa/path/name`.
    MfaDeviceArn: "mfa", MfaDeviceName;
}

/// The text is no ARN of that kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidEntityArn;

fn parts<'a>(text: &'a str, kind: &str) -> Result<(AccountId, Path, &'a str), InvalidEntityArn> {
    let rest = text.strip_prefix("arn:aws:iam::").ok_or(InvalidEntityArn)?;
    let (account, resource) = rest.split_once(':').ok_or(InvalidEntityArn)?;
    let resource = resource.strip_prefix(kind).ok_or(InvalidEntityArn)?;
    let name_at = resource.rfind('/').ok_or(InvalidEntityArn)? + 1;
    let (path, name) = resource.split_at(name_at);
    Ok((
        account.parse().map_err(|_| InvalidEntityArn)?,
        path.parse().map_err(|_| InvalidEntityArn)?,
        name,
    ))
}

impl fmt::Display for InvalidEntityArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an ARN of that kind")
    }
}

impl std::error::Error for InvalidEntityArn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kind_path_and_name() {
        for (text, path, name) in [
            ("arn:aws:iam::123456789012:role/r", "/", "r"),
            ("arn:aws:iam::123456789012:role/a/:role/r", "/a/:role/", "r"),
        ] {
            let arn: RoleArn = text.parse().unwrap();
            assert_eq!((arn.path.as_str(), arn.name.as_str()), (path, name));
            assert_eq!(arn.account.number(), 123_456_789_012);
            assert_eq!(arn.to_string(), text);
        }
        assert!("arn:aws:iam::123456789012:user/a/u".parse::<UserArn>().is_ok());
        assert!("arn:aws:iam::123456789012:mfa/m".parse::<MfaDeviceArn>().is_ok());
        for text in [
            "",
            "r",
            "arn:aws:iam::123456789012:role",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role//r",
            "arn:aws:iam::123456789012:roler",
            "arn:aws:iam::123456789012:roles/r",
            "arn:aws:iam::12345678901:role/r",
            "arn:aws:iam::aws:role/r",
            "arn:aws:iam::123456789012:user/r",
            "arn:aws:sts::123456789012:role/r",
            "arn:aws:iam:us-east-1:123456789012:role/r",
            "ARN:aws:iam::123456789012:role/r",
        ] {
            assert_eq!(text.parse::<RoleArn>(), Err(InvalidEntityArn), "{text}");
        }
    }
}
