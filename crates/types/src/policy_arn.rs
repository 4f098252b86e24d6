use std::{fmt, str::FromStr};

use crate::{AccountId, Path, PolicyName};

/// The ARN of a managed policy: `arn:aws:iam::ACCOUNT:policy/path/name`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PolicyArn {
    /// Whose policy it is.
    pub owner: PolicyOwner,
    /// Its path.
    pub path: Path,
    /// Its name.
    pub name: PolicyName,
}

/// Whose a managed policy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyOwner {
    /// AWS's own: the same in every account, and nobody's to change.
    Aws,
    /// An account's.
    Account(AccountId),
}

/// The text is no ARN of a managed policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPolicyArn;

impl FromStr for PolicyArn {
    type Err = InvalidPolicyArn;

    fn from_str(text: &str) -> Result<Self, InvalidPolicyArn> {
        let rest = text.strip_prefix("arn:aws:iam::").ok_or(InvalidPolicyArn)?;
        let (owner, resource) = rest.split_once(":policy").ok_or(InvalidPolicyArn)?;
        let name_at = resource.rfind('/').ok_or(InvalidPolicyArn)? + 1;
        let (path, name) = resource.split_at(name_at);
        let owner = match owner {
            "aws" => PolicyOwner::Aws,
            account => PolicyOwner::Account(account.parse().map_err(|_| InvalidPolicyArn)?),
        };
        Ok(Self {
            owner,
            path: path.parse().map_err(|_| InvalidPolicyArn)?,
            name: name.parse().map_err(|_| InvalidPolicyArn)?,
        })
    }
}

impl fmt::Display for PolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owner, path, name } = self;
        write!(f, "arn:aws:iam::{owner}:policy{path}{name}")
    }
}

impl fmt::Display for PolicyOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aws => f.write_str("aws"),
            Self::Account(id) => id.fmt(f),
        }
    }
}

impl fmt::Display for InvalidPolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not the ARN of a managed policy")
    }
}

impl std::error::Error for InvalidPolicyArn {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_accounts_and_of_aws() {
        let account = PolicyOwner::Account(AccountId::new(123_456_789_012).unwrap());
        let rows = [
            (
                "arn:aws:iam::aws:policy/ReadOnlyAccess",
                PolicyOwner::Aws,
                "/",
                "ReadOnlyAccess",
            ),
            (
                "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
                PolicyOwner::Aws,
                "/job-function/",
                "ViewOnlyAccess",
            ),
            ("arn:aws:iam::123456789012:policy/p", account, "/", "p"),
            (
                "arn:aws:iam::123456789012:policy/a/:policy/p",
                account,
                "/a/:policy/",
                "p",
            ),
        ];
        for (text, owner, path, name) in rows {
            let arn: PolicyArn = text.parse().unwrap();
            assert_eq!(
                (arn.owner, arn.path.as_str(), arn.name.as_str()),
                (owner, path, name)
            );
            assert_eq!(arn.to_string(), text);
        }
        for text in [
            "",
            "p",
            "arn:aws:iam::123456789012:policy",
            "arn:aws:iam::123456789012:policy/",
            "arn:aws:iam::123456789012:policy//p",
            "arn:aws:iam::123456789012:policyp",
            "arn:aws:iam::12345678901:policy/p",
            "arn:aws:iam::123456789012:user/p",
            "arn:aws:iam:us-east-1:123456789012:policy/p",
            "arn:aws:s3::123456789012:policy/p",
            "arn:aws:iam:::policy/p",
            "ARN:aws:iam::aws:policy/p",
        ] {
            assert_eq!(text.parse::<PolicyArn>(), Err(InvalidPolicyArn), "{text}");
        }
    }
}
