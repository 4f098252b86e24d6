//! Credentials that a user, or root, makes for somebody else, of some of its own permissions.

use keystead_store::Reader;
use keystead_types::{FederatedUserIdentity, Identity, Principal, Session, arn};
use keystead_verifier::{Decided, Resource};
use keystead_wire::{
    ApiError,
    sts::{FederatedUser, GetFederationToken, GetFederationTokenRequest, GetFederationTokenResponse},
};

use super::{
    Issue, Issuing, OneTimeCode,
    credentials::{self, expires_at, issued_at, revoked_until},
    session_policies::SessionPolicies,
    session_tags::session_tags,
    session_token::seconds,
};
use crate::{
    operation::Refusal,
    permission::{Target, allow},
};

impl Issue for GetFederationToken {
    fn one_time_code(_: &GetFederationTokenRequest) -> Result<Option<OneTimeCode>, ApiError> {
        Ok(None)
    }

    fn bad_code() -> ApiError {
        ApiError::mfa_not_valid()
    }

    fn issue(
        reader: &Reader<'_>,
        input: &GetFederationTokenRequest,
        request: &Issuing<'_>,
    ) -> Result<(GetFederationTokenResponse, Vec<Decided>), Refusal> {
        let maker = request.permissions.principal();
        let account = maker.account;
        let name = input.name.parse().map_err(|_| ApiError::unfit_name("name"))?;
        let resource = Resource::new(Some(account), arn::federated_user(account, &name));
        let tags = input.tags.as_deref().unwrap_or_default().iter();
        let target = Target::new(resource).with_session_tags(tags.map(|tag| (&*tag.key, &*tag.value)));
        let proof = allow::<Self>(
            reader,
            request.caller,
            request.permissions,
            &request.circumstances(),
            &target,
        )?;
        let policies = SessionPolicies::of(
            reader,
            account,
            input.policy.as_deref(),
            input.policy_arns.as_deref(),
        )?;
        let session = Session {
            issued_at: issued_at(request.now(), [revoked_until(reader, request)?]),
            expires_at: expires_at(request, seconds(&maker.identity, input.duration_seconds)),
            mfa_at: None,
            source_identity: None,
            tags: session_tags(input.tags.as_deref(), None, None)?,
            policy: policies.policy,
            policy_ids: policies.policy_ids,
            ancestors: Box::default(),
        };
        let principal = Principal {
            account,
            identity: Identity::FederatedUser(FederatedUserIdentity {
                name,
                user: maker.user().cloned(),
            }),
        };
        let (credentials, packed_policy_size) = credentials::issue(request, &principal, &session)?;
        let output = GetFederationTokenResponse {
            credentials: Some(credentials),
            federated_user: Some(FederatedUser {
                federated_user_id: principal.user_id(),
                arn: principal.arn(),
            }),
            packed_policy_size: Some(packed_policy_size),
            ..Default::default()
        };
        Ok((output, proof.into_decisions()))
    }
}
