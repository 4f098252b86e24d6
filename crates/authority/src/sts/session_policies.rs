//! Policies that are passed for one session.

use std::sync::Arc;

use keystead_policy::{DocumentKind, Policy};
use keystead_store::Reader;
use keystead_types::{AccountId, PolicyArn, UniqueId, limits};
use keystead_wire::{ApiError, sts::PolicyDescriptorType};

use crate::operation::Refusal;

/// What was passed, checked.
pub(super) struct SessionPolicies {
    /// The document, without the white space that means nothing.
    pub(super) policy: Option<Arc<str>>,
    pub(super) policy_ids: Box<[UniqueId]>,
}

impl SessionPolicies {
    /// Checks policies that are passed for a session of this account.
    pub(super) fn of(
        reader: &Reader<'_>,
        account: AccountId,
        document: Option<&str>,
        managed: Option<&[PolicyDescriptorType]>,
    ) -> Result<Self, Refusal> {
        let policy = document.map(checked).transpose()?;
        let arns = managed.unwrap_or_default().iter();
        let arns: Vec<&str> = arns.filter_map(|described| described.arn.as_deref()).collect();
        if arns.len() > limits::SESSION_POLICY_ARNS {
            return Err(ApiError::too_many_session_policies(limits::SESSION_POLICY_ARNS).into());
        }
        let ids = arns.into_iter().map(|arn| {
            let parsed: PolicyArn = arn.parse().map_err(|_| ApiError::unfit_arn(arn))?;
            let policy = reader.policy_by_arn(account, &parsed)?;
            Ok(policy.ok_or_else(|| ApiError::unfit_arn(arn))?.id)
        });
        Ok(Self {
            policy,
            policy_ids: ids.collect::<Result<_, Refusal>>()?,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.policy.is_none() && self.policy_ids.is_empty()
    }
}

fn checked(document: &str) -> Result<Arc<str>, ApiError> {
    let length = document.chars().count();
    if length > limits::SESSION_POLICY_CHARACTERS {
        // AssumeRole's model has no maximum; the service has.
        let limit = limits::SESSION_POLICY_CHARACTERS;
        return Err(ApiError::validation(format!(
            "1 validation error detected: Value '{document}' at 'policy' failed to satisfy constraint: \
             Member must have length less than or equal to {limit}"
        )));
    }
    Policy::parse(document, DocumentKind::Session)
        .map_err(|malformed| ApiError::malformed_policy(&malformed))?;
    Ok(without_space(document).into())
}

/// A JSON text without white space between its tokens.
fn without_space(json: &str) -> String {
    let (mut is_text, mut is_escaped) = (false, false);
    let keeps = |character: &char| {
        let keeps = is_text || !character.is_ascii_whitespace();
        match character {
            '"' if !is_escaped => is_text = !is_text,
            '\\' if is_text && !is_escaped => {
                is_escaped = true;
                return keeps;
            }
            _ => {}
        }
        is_escaped = false;
        keeps
    };
    json.chars().filter(keeps).collect()
}

#[cfg(test)]
mod tests {
    use super::without_space;

    #[test]
    fn space_goes_between_tokens_and_stays_within_texts() {
        let rows = [
            ("{ \"a\" :\n\t[ 1, true ] }", "{\"a\":[1,true]}"),
            (r#"{"a b": "c \" d" }"#, r#"{"a b":"c \" d"}"#),
            (r#"{ "a\\": "b  c" }"#, r#"{"a\\":"b  c"}"#),
            ("", ""),
        ];
        for (json, kept) in rows {
            assert_eq!(without_space(json), kept);
        }
    }
}
