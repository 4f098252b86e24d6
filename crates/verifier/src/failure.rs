use std::{error::Error, fmt};

use keystead_sigv4::Rejection;

use crate::DirectoryUnavailable;

/// Why a request is not authenticated. `Display` is AWS's text for the caller; [`Failure::check`] and
/// the source error are for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The signature, or the form in which it came.
    Rejected(Rejection),
    /// The access key may not sign. AWS does not tell the caller why, so neither does the text.
    UnknownKey(UnknownKey),
    /// A session token came with the request and is none that belongs to its access key.
    SessionToken,
    /// The session token has expired.
    SessionExpired,
    /// The signature is wrong or the key unknown, as has happened too often for this source and key.
    Throttled {
        /// The check that failed this time.
        failed_check: &'static str,
    },
    /// The key could not be looked up; says nothing about the request.
    DirectoryUnavailable(DirectoryUnavailable),
}

/// Why an access key may not sign; for the operator only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnknownKey {
    /// There is none of that id.
    Absent,
    /// It is switched off.
    Inactive,
    /// A temporary key's id (`ASIA`) without the session token that it needs.
    TokenMissing,
    /// The user or role of a session, or one by whose credentials the session came about, is gone.
    PrincipalGone,
    /// The session was revoked, or that of one by whose credentials it came about.
    Revoked,
}

impl Failure {
    /// Every name that [`Failure::check`] gives, once.
    pub fn checks() -> impl Iterator<Item = &'static str> {
        const OWN: [&str; 8] = [
            "access-key-active",
            "directory-available",
            "failure-rate",
            "session-not-revoked",
            "session-principal-present",
            "session-token-current",
            "session-token-present",
            "session-token-valid",
        ];
        Rejection::CHECKS.into_iter().chain(OWN)
    }

    /// The failed check's short name, for operators: logs, metrics, explanations.
    pub fn check(&self) -> &'static str {
        match self {
            Self::Rejected(rejection) => rejection.check(),
            Self::UnknownKey(UnknownKey::Absent) => "access-key-known",
            Self::UnknownKey(UnknownKey::Inactive) => "access-key-active",
            Self::UnknownKey(UnknownKey::TokenMissing) => "session-token-present",
            Self::UnknownKey(UnknownKey::PrincipalGone) => "session-principal-present",
            Self::UnknownKey(UnknownKey::Revoked) => "session-not-revoked",
            Self::SessionToken => "session-token-valid",
            Self::SessionExpired => "session-token-current",
            Self::Throttled { .. } => "failure-rate",
            Self::DirectoryUnavailable(_) => "directory-available",
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::UnknownKey(_) => f.write_str("The security token included in the request is invalid."),
            // AWS: this one without a full stop.
            Self::SessionToken => f.write_str("The security token included in the request is invalid"),
            Self::SessionExpired => f.write_str("The security token included in the request is expired"),
            Self::Throttled { .. } => f.write_str("Rate exceeded"),
            Self::DirectoryUnavailable(_) => {
                f.write_str("The request processing has failed because of a temporary failure of the server.")
            }
        }
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::DirectoryUnavailable(unavailable) => Some(unavailable),
            Self::Rejected(_)
            | Self::UnknownKey(_)
            | Self::SessionToken
            | Self::SessionExpired
            | Self::Throttled { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_is_in_the_list() {
        let own = [
            Failure::Rejected(Rejection::SignatureMismatch),
            Failure::UnknownKey(UnknownKey::Absent),
            Failure::UnknownKey(UnknownKey::Inactive),
            Failure::UnknownKey(UnknownKey::TokenMissing),
            Failure::UnknownKey(UnknownKey::PrincipalGone),
            Failure::UnknownKey(UnknownKey::Revoked),
            Failure::SessionToken,
            Failure::SessionExpired,
            Failure::Throttled {
                failed_check: "signature",
            },
            Failure::DirectoryUnavailable(DirectoryUnavailable::new("")),
        ];
        let given = own.iter().map(Failure::check).chain(Rejection::CHECKS);
        let listed: BTreeSet<_> = Failure::checks().collect();
        assert_eq!(given.collect::<BTreeSet<_>>(), listed);
        assert_eq!(
            Failure::checks().count(),
            listed.len(),
            "no name stands there twice"
        );
    }
}
