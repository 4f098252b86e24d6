use keystead_store::AppliedPolicySource;
use keystead_types::PolicyOwner;
use keystead_wire::{
    ApiError,
    iam::{InlinePolicyIdentifierType, PolicyIdentifier},
};

use crate::iam::policy_source::SourcePolicy;

/// Which of a principal's policies a simulation leaves out.
pub(super) struct Exclusions<'i>(Vec<Exclusion<'i>>);

enum Exclusion<'i> {
    /// All of a kind, in AWS's word.
    Type(&'i str),
    Arn(&'i str),
    Inline(&'i InlinePolicyIdentifierType),
}

impl<'i> Exclusions<'i> {
    /// Each identifier names policies in one way.
    pub(super) fn read(given: &'i [PolicyIdentifier]) -> Result<Self, ApiError> {
        let read = |identifier: &'i PolicyIdentifier| {
            let PolicyIdentifier {
                policy_type,
                policy_arn,
                inline_policy_identifier,
            } = identifier;
            match (policy_type, policy_arn, inline_policy_identifier) {
                (Some(kind), None, None) => Ok(Exclusion::Type(kind)),
                (None, Some(arn), None) => Ok(Exclusion::Arn(arn)),
                (None, None, Some(inline)) => Ok(Exclusion::Inline(inline)),
                _ => Err(ApiError::policy_identifier_unfit()),
            }
        };
        given.iter().map(read).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a policy that grants or denies is left out.
    pub(super) fn hold(&self, policy: &SourcePolicy) -> bool {
        self.0.iter().any(|exclusion| exclusion.holds(policy))
    }

    /// Whether the permissions boundary is left out. AWS: its ARN alone does not do it.
    pub(super) fn hold_boundaries(&self) -> bool {
        let holds = |exclusion: &Exclusion<'_>| matches!(exclusion, Exclusion::Type("permission-boundary"));
        self.0.iter().any(holds)
    }
}

impl Exclusion<'_> {
    fn holds(&self, policy: &SourcePolicy) -> bool {
        match (self, &policy.source) {
            (Self::Type(kind), AppliedPolicySource::Inline(_)) => *kind == "inline",
            (Self::Type(kind), AppliedPolicySource::Managed(managed)) => match managed.arn.owner {
                PolicyOwner::Aws => *kind == "aws-managed",
                PolicyOwner::Account(_) => *kind == "user-managed",
            },
            (Self::Arn(arn), AppliedPolicySource::Managed(managed)) => managed.arn.to_string() == *arn,
            (Self::Inline(inline), AppliedPolicySource::Inline(name)) => {
                inline.policy_name == name.as_str()
                    && inline.attachment_type == policy.holder_kind.as_str()
                    && inline.attachment_name == policy.holder_name
            }
            (Self::Arn(_), AppliedPolicySource::Inline(_))
            | (Self::Inline(_), AppliedPolicySource::Managed(_)) => false,
        }
    }
}
