use std::{fmt, str::FromStr};

/// Makes the type of one kind of names: they differ in length alone.
macro_rules! names {
    ($($(#[$meaning:meta])* $name:ident: $length_max:literal, $source:literal;)*) => {$(
        $(#[$meaning])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            #[doc = concat!("Longest name, in characters. Source: IAM's model, `", $source, "`.")]
            pub const LENGTH_MAX: usize = $length_max;

            /// The name as given.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The name in lower case: equal for two names exactly when they may not coexist.
            pub fn folded(&self) -> String {
                self.0.to_ascii_lowercase()
            }
        }

        impl FromStr for $name {
            type Err = InvalidName;

            fn from_str(text: &str) -> Result<Self, InvalidName> {
                is_name(text, Self::LENGTH_MAX).then(|| Self(text.into())).ok_or(InvalidName)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

names! {
    /// A user's name: 1 to 64 characters of `[A-Za-z0-9_+=,.@-]`, kept as given.
    ///
    /// Names are unique in an account without regard to case; [`UserName::folded`] is what is compared.
    UserName: 64, "userNameType";
    /// A group's name: 1 to 128 characters of `[A-Za-z0-9_+=,.@-]`, kept as given; unique in an account
    /// without regard to case.
    GroupName: 128, "groupNameType";
    /// What a session of a role is called: 1 to 64 characters of `[A-Za-z0-9_+=,.@-]`. STS asks for two at least.
    RoleSessionName: 64, "roleSessionNameType";
    /// What a federated user is called: 1 to 32 characters of `[A-Za-z0-9_+=,.@-]`. STS asks for two at least.
    FederatedUserName: 32, "userNameType";
    /// Who stands behind a session, by its own word: 1 to 64 characters of `[A-Za-z0-9_+=,.@-]`. It can never be
    /// changed, along a chain of roles either. STS asks for two at least.
    SourceIdentity: 64, "sourceIdentityType";
    /// The name of a managed or inline policy: 1 to 128 characters of `[A-Za-z0-9_+=,.@-]`, kept as given.
    ///
    /// Managed policies' names are unique in an account without regard to case; those of inline policies
    /// are compared as they are, among the policies of one user or group.
    PolicyName: 128, "policyNameType";
    /// A role's name: 1 to 64 characters of `[A-Za-z0-9_+=,.@-]`, kept as given; unique in an account
    /// without regard to case.
    RoleName: 64, "roleNameType";
    /// An instance profile's name: 1 to 128 characters of `[A-Za-z0-9_+=,.@-]`, kept as given; unique in an
    /// account without regard to case.
    InstanceProfileName: 128, "instanceProfileNameType";
    /// A virtual MFA device's name: characters of `[A-Za-z0-9_+=,.@-]`, as many as fit into a serial number
    /// (256) with the root path; unique in an account together with its path.
    MfaDeviceName: 226, "serialNumberType";
}

/// A path: `/`, or `/…/` of up to 512 printable ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Path(Box<str>);

/// The text is no name, or no path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidName;

impl Path {
    /// Longest path, in characters. Source: IAM's model, `pathType`.
    pub const LENGTH_MAX: usize = 512;

    /// The path as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Path {
    /// The root path, `/`.
    fn default() -> Self {
        Self("/".into())
    }
}

impl FromStr for Path {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let framed = text == "/" || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'));
        let legal = framed
            && text.len() <= Self::LENGTH_MAX
            && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        legal.then(|| Self(text.into())).ok_or(InvalidName)
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a valid name")
    }
}

impl std::error::Error for InvalidName {}

fn is_name(text: &str, length_max: usize) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=length_max).contains(&text.len()) && text.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_at_their_bounds() {
        for (name, legal) in [
            ("a", true),
            ("", false),
            ("a/b", false),
            ("ä", false),
            ("A_1+=,.@-", true),
        ] {
            assert_eq!(name.parse::<UserName>().is_ok(), legal, "{name:?}");
        }
        for (length, legal) in [(64, true), (65, false)] {
            let name = "n".repeat(length);
            assert_eq!(name.parse::<UserName>().is_ok(), legal, "{length}");
            assert_eq!(name.parse::<RoleName>().is_ok(), legal, "{length}");
        }
        for (length, legal) in [(128, true), (129, false)] {
            let name = "n".repeat(length);
            assert_eq!(name.parse::<GroupName>().is_ok(), legal, "{length}");
            assert_eq!(name.parse::<PolicyName>().is_ok(), legal, "{length}");
            assert_eq!(name.parse::<InstanceProfileName>().is_ok(), legal, "{length}");
        }
        let rows = [
            ("/", true),
            ("", false),
            ("//", false),
            ("/a/", true),
            ("/a", false),
            ("a/", false),
            ("/a b/", false),
        ];
        for (path, legal) in rows {
            assert_eq!(path.parse::<Path>().is_ok(), legal, "{path:?}");
        }
        for (length, legal) in [(512, true), (513, false)] {
            assert_eq!(
                format!("/{}/", "p".repeat(length - 2)).parse::<Path>().is_ok(),
                legal,
                "{length}"
            );
        }
    }
}
