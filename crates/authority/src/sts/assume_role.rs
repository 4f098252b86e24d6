//! Becoming a session of a role.

use keystead_store::Reader;
use keystead_verifier::Decided;
use keystead_wire::{
    ApiError,
    sts::{AssumeRole, AssumeRoleRequest, AssumeRoleResponse, AssumedRoleUser},
};

use super::{
    Issue, Issuing, OneTimeCode,
    assumption::{Assumption, assume},
};
use crate::operation::Refusal;

impl Issue for AssumeRole {
    fn one_time_code(input: &AssumeRoleRequest) -> Result<Option<OneTimeCode>, ApiError> {
        OneTimeCode::of(input.serial_number.as_deref(), input.token_code.as_deref())
    }

    fn issue(
        reader: &Reader<'_>,
        input: &AssumeRoleRequest,
        request: &Issuing<'_>,
    ) -> Result<(AssumeRoleResponse, Vec<Decided>), Refusal> {
        if input
            .provided_contexts
            .as_ref()
            .is_some_and(|contexts| !contexts.is_empty())
        {
            return Err(ApiError::provided_contexts_unsupported().into());
        }
        let assumption = Assumption {
            role_arn: &input.role_arn,
            session: &input.role_session_name,
            external_id: input.external_id.as_deref(),
            seconds: input.duration_seconds,
            policy: input.policy.as_deref(),
            policy_arns: input.policy_arns.as_deref(),
            tags: input.tags.as_deref(),
            transitive_tag_keys: input.transitive_tag_keys.as_deref(),
            source_identity: input.source_identity.as_deref(),
        };
        let (assumed, decisions) = assume::<Self>(reader, &assumption, request)?;
        let output = AssumeRoleResponse {
            credentials: Some(assumed.credentials),
            assumed_role_user: Some(AssumedRoleUser {
                assumed_role_id: assumed.principal.user_id(),
                arn: assumed.principal.arn(),
            }),
            packed_policy_size: assumed.packed_policy_size,
            source_identity: assumed.source_identity.map(|identity| identity.to_string()),
            ..Default::default()
        };
        Ok((output, decisions))
    }
}
