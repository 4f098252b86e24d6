//! What an access key is for, and what would be better than one.

/// What somebody wants an access key for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum UseCase {
    Cli,
    Code,
    Compute,
    ThirdParty,
    Outside,
    Other,
}

impl UseCase {
    pub(super) const ALL: [Self; 6] = [
        Self::Cli,
        Self::Code,
        Self::Compute,
        Self::ThirdParty,
        Self::Outside,
        Self::Other,
    ];

    /// Reads the word of a form.
    pub(super) fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|case| case.word() == word)
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Cli => "cli",
            Self::Code => "code",
            Self::Compute => "compute",
            Self::ThirdParty => "third-party",
            Self::Outside => "outside",
            Self::Other => "other",
        }
    }

    pub(super) fn label(self) -> &'static str {
        match self {
            Self::Cli => "Command Line Interface (CLI)",
            Self::Code => "Local code",
            Self::Compute => "Application running on a compute service",
            Self::ThirdParty => "Third-party service",
            Self::Outside => "Application running outside",
            Self::Other => "Other",
        }
    }

    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Cli => "You want to work with this account from a terminal.",
            Self::Code => "Code on your own machine calls services of this account.",
            Self::Compute => "An application on a server, in a container or in a cluster calls services.",
            Self::ThirdParty => "A service of somebody else's watches or manages what is here.",
            Self::Outside => "An application in your data centre or elsewhere calls services.",
            Self::Other => "Something that is not in this list.",
        }
    }

    /// What is better than a long-term key; `None` where nothing is.
    pub(super) fn alternative(self) -> Option<&'static str> {
        match self {
            Self::Cli => Some(
                "Let the CLI assume a role: a profile with role_arn and mfa_serial asks for a one-time code and works \
                 with credentials that end by themselves.",
            ),
            Self::Code => Some(
                "Let the SDK assume a role from a profile, so that no long-term key lies in your code or beside it.",
            ),
            Self::Compute => Some(
                "Give the application a role, and credentials of AssumeRole that its platform renews. A key that \
                 lies on a server is found when the server is.",
            ),
            Self::ThirdParty => Some(
                "Give the service a role of its own with an external ID in its trust policy; it assumes that role, \
                 and you can end it any time.",
            ),
            Self::Outside => Some(
                "Give the application a role that only it may assume, with as little as it needs, and rotate the one \
                 key that assumes it.",
            ),
            Self::Other => None,
        }
    }
}
