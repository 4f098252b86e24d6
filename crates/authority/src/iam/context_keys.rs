//! The condition keys that policies ask for, so that a simulation can be given their values.

use std::{collections::BTreeMap, sync::Arc};

use keystead_policy::{DocumentKind, Policy};
use keystead_store::Reader;
use keystead_types::Principal;
use keystead_wire::{
    ApiError,
    iam::{
        GetContextKeysForCustomPolicy, GetContextKeysForCustomPolicyRequest, GetContextKeysForPolicyResponse,
        GetContextKeysForPrincipalPolicy, GetContextKeysForPrincipalPolicyRequest,
    },
};

use super::policy_source::PolicySource;
use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for GetContextKeysForCustomPolicy {
    type Object = ();

    fn find(
        _: &Reader<'_>,
        _: &GetContextKeysForCustomPolicyRequest,
        _: &Principal,
    ) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for GetContextKeysForCustomPolicy {
    fn read(
        _: &Reader<'_>,
        (): (),
        input: &GetContextKeysForCustomPolicyRequest,
        _: &Scene,
    ) -> Result<GetContextKeysForPolicyResponse, Refusal> {
        Ok(answer(&compile("PolicyInputList", &input.policy_input_list)?))
    }
}

impl Implemented for GetContextKeysForPrincipalPolicy {
    type Object = PolicySource;

    fn find(
        reader: &Reader<'_>,
        input: &GetContextKeysForPrincipalPolicyRequest,
        caller: &Principal,
    ) -> Result<(Target, PolicySource), Refusal> {
        PolicySource::find(reader, &input.policy_source_arn, caller)
    }
}

impl Read for GetContextKeysForPrincipalPolicy {
    fn read(
        reader: &Reader<'_>,
        source: PolicySource,
        input: &GetContextKeysForPrincipalPolicyRequest,
        _: &Scene,
    ) -> Result<GetContextKeysForPolicyResponse, Refusal> {
        let found = source.policies(reader)?;
        let given = input.policy_input_list.as_deref().unwrap_or_default();
        let mut policies = compile("PolicyInputList", given)?;
        for policy in found.policies.iter().chain(&found.boundary) {
            policies.push(policy.compile()?);
        }
        Ok(answer(&policies))
    }
}

/// Compiles policies that a request brings along, called `LIST.1` and so on. Old ones without a version are
/// policies too.
pub(super) fn compile(list: &str, documents: &[String]) -> Result<Vec<Arc<Policy>>, ApiError> {
    let compile = |(index, document): (usize, &String)| {
        Policy::parse(document, DocumentKind::Inline)
            .map(Arc::new)
            .map_err(|malformed| {
                let name = format!("{list}.{}", index + 1);
                ApiError::malformed_simulated_policy(&name, &malformed.to_string())
            })
    };
    documents.iter().enumerate().map(compile).collect()
}

/// Each key once, however the policies write it.
fn answer(policies: &[Arc<Policy>]) -> GetContextKeysForPolicyResponse {
    let mut keys = BTreeMap::new();
    for key in policies.iter().flat_map(|policy| policy.context_keys()) {
        keys.entry(key.to_ascii_lowercase())
            .or_insert_with(|| key.to_owned());
    }
    GetContextKeysForPolicyResponse {
        context_key_names: Some(keys.into_values().collect()),
    }
}
