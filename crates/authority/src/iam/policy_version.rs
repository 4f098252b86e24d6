//! Versions of managed policies. A version's document never changes, and its number is never used again.

use keystead_store::{
    DeletePolicyVersion as Deleted, InsertPolicyVersion, PolicyVersionRecord, Reader,
    SetDefaultPolicyVersion as DefaultSet, Tx,
};
use keystead_types::{PolicyVersion as VersionNumber, Principal};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        CreatePolicyVersion, CreatePolicyVersionRequest, CreatePolicyVersionResponse, DeletePolicyVersion,
        DeletePolicyVersionRequest, GetPolicyVersion, GetPolicyVersionRequest, GetPolicyVersionResponse,
        ListPolicyVersions, ListPolicyVersionsRequest, ListPolicyVersionsResponse, PolicyVersion,
        SetDefaultPolicyVersion, SetDefaultPolicyVersionRequest,
    },
    percent_encode,
};

use super::{
    page::{Page, PageRequest},
    policy::{NamedPolicy, check_document},
};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for CreatePolicyVersion {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &CreatePolicyVersionRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Change for CreatePolicyVersion {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        input: &CreatePolicyVersionRequest,
        scene: &Scene,
    ) -> Result<CreatePolicyVersionResponse, Refusal> {
        named.must_be_own(ApiError::cannot_update_foreign_policy)?;
        let policy = named.record()?;
        check_document(&input.policy_document)?;
        let is_default = input.set_as_default.unwrap_or_default();
        let now = scene.context.now;
        let inserted = tx.insert_policy_version(
            scene.caller.account,
            policy.id,
            &input.policy_document,
            is_default,
            now,
        )?;
        match inserted {
            InsertPolicyVersion::Created(version) => Ok(CreatePolicyVersionResponse {
                policy_version: Some(PolicyVersion {
                    document: None,
                    version_id: Some(version.to_string()),
                    is_default_version: Some(is_default),
                    create_date: Some(now),
                }),
            }),
            InsertPolicyVersion::TooMany => Err(ApiError::too_many_policy_versions().into()),
            InsertPolicyVersion::QuotaReached(quota) => {
                Err(ApiError::quota_exceeded("PolicyVersionsInUse", quota.into()).into())
            }
            InsertPolicyVersion::NoPolicy => Err(ApiError::no_such_policy(&named.arn).into()),
        }
    }
}

impl Implemented for GetPolicyVersion {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &GetPolicyVersionRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Read for GetPolicyVersion {
    fn read(
        reader: &Reader<'_>,
        named: NamedPolicy,
        input: &GetPolicyVersionRequest,
        scene: &Scene,
    ) -> Result<GetPolicyVersionResponse, Refusal> {
        let (policy, version) = named.with_version(&input.version_id)?;
        let found = reader.policy_version(scene.caller.account, policy.id, version)?;
        let missing = || ApiError::no_such_policy_version(&named.arn, &input.version_id);
        Ok(GetPolicyVersionResponse {
            policy_version: Some(with_document(&found.ok_or_else(missing)?, policy.default_version)),
        })
    }
}

impl Implemented for ListPolicyVersions {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &ListPolicyVersionsRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Read for ListPolicyVersions {
    fn read(
        reader: &Reader<'_>,
        named: NamedPolicy,
        input: &ListPolicyVersionsRequest,
        scene: &Scene,
    ) -> Result<ListPolicyVersionsResponse, Refusal> {
        let policy = named.record()?;
        let filters = [named.arn.as_str()];
        let page = PageRequest::of::<Self>(scene, &filters, input.marker.as_deref(), input.max_items)?;
        // The position is the last version that was listed; newer ones come before it.
        let after: Option<VersionNumber> = page.after.parse().ok();
        let all = reader.policy_versions(scene.caller.account, policy.id)?;
        let mut left = all
            .into_iter()
            .filter(|found| after.is_none_or(|after| found.version < after));
        let listed: Vec<_> = left.by_ref().take(page.entries_max as usize).collect();
        let more = left.next().is_some();
        let next = listed.last().filter(|_| more);
        let Page { marker, is_truncated } = page.end(next.map(|last| last.version.to_string()));
        Ok(ListPolicyVersionsResponse {
            versions: Some(
                listed
                    .iter()
                    .map(|found| shape(found, policy.default_version))
                    .collect(),
            ),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for DeletePolicyVersion {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &DeletePolicyVersionRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Change for DeletePolicyVersion {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        input: &DeletePolicyVersionRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        named.must_be_own(ApiError::cannot_delete_foreign_policy_version)?;
        let (policy, version) = named.with_version(&input.version_id)?;
        match tx.delete_policy_version(scene.caller.account, policy.id, version)? {
            Deleted::Deleted => Ok(()),
            Deleted::IsDefault => Err(ApiError::cannot_delete_default_version().into()),
            Deleted::NoVersion | Deleted::NoPolicy => {
                Err(ApiError::no_such_policy_version(&named.arn, &input.version_id).into())
            }
        }
    }
}

impl Implemented for SetDefaultPolicyVersion {
    type Object = NamedPolicy;

    fn find(
        reader: &Reader<'_>,
        input: &SetDefaultPolicyVersionRequest,
        caller: &Principal,
    ) -> Result<(Target, NamedPolicy), Refusal> {
        NamedPolicy::find(reader, &input.policy_arn, caller)
    }
}

impl Change for SetDefaultPolicyVersion {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        named: NamedPolicy,
        input: &SetDefaultPolicyVersionRequest,
        scene: &Scene,
    ) -> Result<(), Refusal> {
        named.must_be_own(ApiError::cannot_update_foreign_policy)?;
        let (policy, version) = named.with_version(&input.version_id)?;
        match tx.set_default_policy_version(scene.caller.account, policy.id, version)? {
            DefaultSet::Set | DefaultSet::Unchanged => Ok(()),
            DefaultSet::NoVersion | DefaultSet::NoPolicy => {
                Err(ApiError::no_such_policy_version(&named.arn, &input.version_id).into())
            }
        }
    }
}

/// A version with its document, percent-encoded.
pub(super) fn with_document(found: &PolicyVersionRecord, default: VersionNumber) -> PolicyVersion {
    PolicyVersion {
        document: Some(percent_encode(&found.document)),
        ..shape(found, default)
    }
}

/// A version as lists show it.
fn shape(found: &PolicyVersionRecord, default: VersionNumber) -> PolicyVersion {
    PolicyVersion {
        document: None,
        version_id: Some(found.version.to_string()),
        is_default_version: Some(found.version == default),
        create_date: Some(found.created_at),
    }
}
