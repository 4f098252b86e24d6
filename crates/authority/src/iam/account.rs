//! The account itself: its alias and its summary.

use std::collections::BTreeMap;

use keystead_store::{AccountRecord, MfaDeviceOwner, Reader, SetAlias, Tx};
use keystead_types::{Principal, limits};
use keystead_verifier::Allowed;
use keystead_wire::{
    ApiError,
    iam::{
        CreateAccountAlias, CreateAccountAliasRequest, DeleteAccountAlias, DeleteAccountAliasRequest,
        GetAccountSummary, GetAccountSummaryResponse, ListAccountAliases, ListAccountAliasesRequest,
        ListAccountAliasesResponse,
    },
};

use super::page::{Page, PageRequest};
use crate::{
    operation::{Change, Implemented, Read, Refusal, Scene},
    permission::Target,
};

impl Implemented for CreateAccountAlias {
    type Object = AccountRecord;

    fn find(
        reader: &Reader<'_>,
        _: &CreateAccountAliasRequest,
        caller: &Principal,
    ) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Change for CreateAccountAlias {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        account: AccountRecord,
        input: &CreateAccountAliasRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        // An account has one alias; a new one takes the old one's place, as on AWS.
        set_alias(tx, &account, Some(&input.account_alias))
    }
}

impl Implemented for DeleteAccountAlias {
    type Object = AccountRecord;

    fn find(
        reader: &Reader<'_>,
        _: &DeleteAccountAliasRequest,
        caller: &Principal,
    ) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Change for DeleteAccountAlias {
    fn change(
        tx: &mut Tx<'_>,
        _: &Allowed<Self>,
        account: AccountRecord,
        input: &DeleteAccountAliasRequest,
        _: &Scene,
    ) -> Result<(), Refusal> {
        if account.alias.as_deref() != Some(input.account_alias.as_str()) {
            return Err(ApiError::no_such_account_alias(&input.account_alias).into());
        }
        set_alias(tx, &account, None)
    }
}

impl Implemented for ListAccountAliases {
    type Object = AccountRecord;

    fn find(
        reader: &Reader<'_>,
        _: &ListAccountAliasesRequest,
        caller: &Principal,
    ) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Read for ListAccountAliases {
    fn read(
        _: &Reader<'_>,
        account: AccountRecord,
        input: &ListAccountAliasesRequest,
        scene: &Scene,
    ) -> Result<ListAccountAliasesResponse, Refusal> {
        let page = PageRequest::of::<Self>(scene, &[], input.marker.as_deref(), input.max_items)?;
        let Page { marker, is_truncated } = page.end(None);
        Ok(ListAccountAliasesResponse {
            account_aliases: account.alias.into_iter().collect(),
            is_truncated,
            marker,
        })
    }
}

impl Implemented for GetAccountSummary {
    type Object = AccountRecord;

    fn find(reader: &Reader<'_>, (): &(), caller: &Principal) -> Result<(Target, AccountRecord), Refusal> {
        find_account(reader, caller)
    }
}

impl Read for GetAccountSummary {
    fn read(
        reader: &Reader<'_>,
        account: AccountRecord,
        (): &(),
        _: &Scene,
    ) -> Result<GetAccountSummaryResponse, Refusal> {
        let settings = &account.settings;
        let root_devices = reader.mfa_devices_of(account.id, MfaDeviceOwner::Root)?;
        let counted = [
            ("AccessKeysPerUserQuota", settings.access_keys_quota),
            ("AccountAccessKeysPresent", u32::from(account.root_key_count > 0)),
            ("AccountMFAEnabled", u32::from(!root_devices.is_empty())),
            ("AssumeRolePolicySizeQuota", limits::TRUST_POLICY_CHARACTERS),
            (
                "AttachedPoliciesPerGroupQuota",
                limits::ATTACHED_POLICIES_PER_GROUP,
            ),
            (
                "AttachedPoliciesPerRoleQuota",
                settings.role_attached_policies_quota,
            ),
            ("AttachedPoliciesPerUserQuota", settings.attached_policies_quota),
            ("GroupPolicySizeQuota", limits::GROUP_POLICY_CHARACTERS),
            ("Groups", account.group_count),
            ("GroupsPerUserQuota", limits::GROUPS_PER_USER),
            ("GroupsQuota", settings.groups_quota),
            ("InstanceProfiles", account.instance_profile_count),
            ("InstanceProfilesQuota", settings.instance_profiles_quota),
            ("MFADevices", account.mfa_device_count),
            ("MFADevicesInUse", account.mfa_device_in_use_count),
            ("Policies", account.policy_count),
            ("PoliciesQuota", settings.policies_quota),
            ("PolicySizeQuota", limits::MANAGED_POLICY_CHARACTERS),
            ("PolicyVersionsInUse", account.policy_version_count),
            ("PolicyVersionsInUseQuota", limits::POLICY_VERSIONS_PER_ACCOUNT),
            ("RolePolicySizeQuota", limits::ROLE_POLICY_CHARACTERS),
            ("Roles", account.role_count),
            ("RolesQuota", settings.roles_quota),
            ("UserPolicySizeQuota", limits::USER_POLICY_CHARACTERS),
            ("Users", account.user_count),
            ("UsersQuota", settings.users_quota),
            ("VersionsPerPolicyQuota", limits::VERSIONS_PER_POLICY),
        ];
        let counted = counted.map(|(name, value)| (name, i32::try_from(value).unwrap_or(i32::MAX)));
        let entries = SUMMARY_OF_WHAT_IS_NOT_HERE.into_iter().chain(counted);
        let summary_map: BTreeMap<String, i32> =
            entries.map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(GetAccountSummaryResponse {
            summary_map: Some(summary_map),
        })
    }
}

/// Counts of what Keystead does not have, and AWS's quotas for it. Source: a recorded answer of AWS.
const SUMMARY_OF_WHAT_IS_NOT_HERE: [(&str, i32); 7] = [
    ("AccountPasswordPresent", 0),
    ("AccountSigningCertificatesPresent", 0),
    ("GlobalEndpointTokenVersion", 1),
    ("Providers", 0),
    ("ServerCertificates", 0),
    ("ServerCertificatesQuota", 20),
    ("SigningCertificatesPerUserQuota", 2),
];

pub(super) fn find_account(
    reader: &Reader<'_>,
    caller: &Principal,
) -> Result<(Target, AccountRecord), Refusal> {
    let account = reader.account(caller.account)?;
    let missing = || ApiError::service_failure(format!("account {} has no record", caller.account));
    Ok((Target::everything(), account.ok_or_else(missing)?))
}

fn set_alias(tx: &mut Tx<'_>, account: &AccountRecord, alias: Option<&str>) -> Result<(), Refusal> {
    match tx.set_account_alias(account.id, alias)? {
        SetAlias::Set => Ok(()),
        SetAlias::Taken => Err(ApiError::account_alias_already_exists(alias.unwrap_or_default()).into()),
        SetAlias::NoAccount => {
            Err(ApiError::service_failure(format!("account {} has no record", account.id)).into())
        }
    }
}
