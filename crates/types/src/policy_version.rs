use std::{fmt, num::NonZeroU32, str::FromStr};

/// The number of a managed policy's version, written `v1`. A number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PolicyVersion(NonZeroU32);

/// The text or number is no version of a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidPolicyVersion;

impl PolicyVersion {
    /// The version that a policy is made with.
    pub const FIRST: Self = Self(NonZeroU32::MIN);

    /// The version with this number, or `None` for zero.
    pub fn new(number: u32) -> Option<Self> {
        NonZeroU32::new(number).map(Self)
    }

    /// The version as a number.
    pub fn number(self) -> u32 {
        self.0.get()
    }
}

impl FromStr for PolicyVersion {
    type Err = InvalidPolicyVersion;

    /// Reads `v` and a number without leading zeros. AWS's model allows a suffix, `v1.a`; no version
    /// has one.
    fn from_str(text: &str) -> Result<Self, InvalidPolicyVersion> {
        let digits = text.strip_prefix('v').ok_or(InvalidPolicyVersion)?;
        // The number's own parser takes a sign.
        if !digits.starts_with(|first: char| ('1'..='9').contains(&first)) {
            return Err(InvalidPolicyVersion);
        }
        digits.parse().map(Self).map_err(|_| InvalidPolicyVersion)
    }
}

impl fmt::Display for PolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.0)
    }
}

impl fmt::Display for InvalidPolicyVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a version of a policy")
    }
}

impl std::error::Error for InvalidPolicyVersion {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_v_and_a_number() {
        for number in [1, 2, 10, u32::MAX] {
            let version = PolicyVersion::new(number).unwrap();
            assert_eq!(version.to_string().parse(), Ok(version));
        }
        assert_eq!(PolicyVersion::new(0), None);
        assert_eq!("v1".parse(), Ok(PolicyVersion::FIRST));
        for text in [
            "",
            "v",
            "1",
            "v0",
            "v01",
            "v+1",
            "v-1",
            "V1",
            "v1.a",
            "v1 ",
            "v4294967296",
        ] {
            assert_eq!(
                text.parse::<PolicyVersion>(),
                Err(InvalidPolicyVersion),
                "{text:?}"
            );
        }
    }
}
