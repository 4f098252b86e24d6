//! Why a request was denied, sealed: whoever got it can have it read by those who may know.

use keystead_policy::Outcome;
use keystead_store::Reader;
use keystead_types::Principal;
use keystead_verifier::{Decided, Effect};
use keystead_wire::{
    ApiError,
    sts::{
        DecodeAuthorizationMessage, DecodeAuthorizationMessageRequest, DecodeAuthorizationMessageResponse,
    },
};
use serde_json::{Value as Json, json};

use crate::{
    operation::{Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for DecodeAuthorizationMessage {
    type Object = ();

    fn find(
        _: &Reader<'_>,
        _: &DecodeAuthorizationMessageRequest,
        _: &Principal,
    ) -> Result<(Target, ()), Refusal> {
        Ok((Target::everything(), ()))
    }
}

impl Read for DecodeAuthorizationMessage {
    /// AWS: a message is of the account of whoever was denied, and of no other.
    fn read(
        _: &Reader<'_>,
        (): (),
        input: &DecodeAuthorizationMessageRequest,
        scene: &Scene,
    ) -> Result<DecodeAuthorizationMessageResponse, Refusal> {
        let store = scene.verifier.directory();
        let message = store.open_explanation(scene.caller.account, &input.encoded_message);
        Ok(DecodeAuthorizationMessageResponse {
            decoded_message: Some(message.ok_or_else(ApiError::invalid_authorization_message)?),
        })
    }
}

/// What is sealed, in the form that AWS documents. What another account's policy says stays there.
pub(crate) fn message(denied: &Decided, caller: &Principal) -> String {
    let resource = denied.resource();
    let is_own = resource
        .account()
        .is_none_or(|account| account == denied.account());
    let statement = denied.statement().filter(|_| is_own);
    let matched: Vec<Json> = statement
        .map(|statement| {
            json!({
                "statementId": statement.sid.as_deref().unwrap_or_default(),
                "effect": match statement.effect {
                    Effect::Allow => "ALLOW",
                    Effect::Deny => "DENY",
                },
                "policy": statement.policy.to_string(),
            })
        })
        .into_iter()
        .collect();
    let message = json!({
        "allowed": false,
        "explicitDeny": is_own && denied.outcome() == Outcome::ExplicitDeny,
        "matchedStatements": { "items": matched },
        "failures": { "items": [] },
        "context": {
            "principal": { "id": caller.user_id(), "arn": denied.caller_arn() },
            "action": denied.action().name(),
            "resource": resource.arn(),
            "conditions": { "items": [] },
        },
        "decidedBy": is_own.then(|| denied.policy_type()),
    });
    message.to_string()
}
