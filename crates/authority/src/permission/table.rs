//! For each operation of the models: the action that it needs, what it is done to, and the condition
//! keys that it brings along.
//!
//! Source: AWS's Service Authorization Reference of September 2026. A test holds the table to the models.

use keystead_verifier::Action;
use keystead_wire::Operation;

/// What a caller must be allowed for one operation.
pub(crate) struct Row {
    /// The action: the operation's own name.
    pub(crate) action: Action,
    /// What it is done to; any of these.
    pub(crate) resources: &'static [ResourceType],
    /// Condition keys of this action besides the global ones. A name that ends in `/` is a family of keys.
    pub(crate) keys: &'static [&'static str],
    /// What must be allowed as well when the request carries tags.
    pub(crate) with_tags: Option<Action>,
}

/// The types of resource that IAM and STS know, as their ARNs tell them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceType {
    AccessReport,
    DelegationRequest,
    /// `*`: actions without a resource of their own.
    Everything,
    FederatedUser,
    Group,
    /// The groups of an account as a whole.
    Groups,
    InstanceProfile,
    Mfa,
    OidcProvider,
    /// The managed policies of an account as a whole.
    Policies,
    Policy,
    Role,
    /// The roles of an account as a whole.
    Roles,
    RoleTemplate,
    RootUser,
    SamlProvider,
    ServerCertificate,
    SmsMfa,
    User,
    /// The users of an account as a whole.
    Users,
}

/// The row of an operation.
pub(crate) fn row(operation: &Operation) -> Option<&'static Row> {
    let name = (operation.service.signing_name(), operation.name);
    let index = ROWS.binary_search_by_key(&name, |(name, _)| *name).ok()?;
    ROWS.get(index).map(|(_, row)| row)
}

impl Row {
    /// Whether the action has this condition key, given in lower case.
    pub(crate) fn has_key(&self, lowered: &str) -> bool {
        self.keys.iter().any(|key| {
            if key.ends_with('/') {
                lowered
                    .get(..key.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(key))
            } else {
                lowered.eq_ignore_ascii_case(key)
            }
        })
    }
}

const BOUNDARY: &str = "iam:PermissionsBoundary";
const POLICY_ARN: &str = "iam:PolicyARN";
const REQUEST_TAG: &str = "aws:RequestTag/";
const TAG_KEYS: &str = "aws:TagKeys";

macro_rules! rows {
    ($($service:ident::$name:ident on $($resource:ident)|+ $(with [$($key:expr),*])? $(and $tagging:literal)?;)*) => {
        /// Sorted by service and name.
        static ROWS: &[((&str, &str), Row)] = &[$((
            (stringify!($service), stringify!($name)),
            Row {
                action: Action::new(concat!(stringify!($service), ":", stringify!($name))),
                resources: &[$(ResourceType::$resource),+],
                keys: &[$($($key),*)?],
                with_tags: rows!(@tagging $($tagging)?),
            },
        ),)*];
    };
    (@tagging) => { None };
    (@tagging $tagging:literal) => { Some(Action::new($tagging)) };
}

rows! {
    iam::AcceptDelegationRequest on DelegationRequest;
    iam::AcquireRole on Role;
    iam::AddClientIDToOpenIDConnectProvider on OidcProvider;
    iam::AddRoleToInstanceProfile on InstanceProfile;
    iam::AddUserToGroup on Group;
    iam::AssociateDelegationRequest on DelegationRequest;
    iam::AttachGroupPolicy on Group with [POLICY_ARN];
    iam::AttachRolePolicy on Role with [BOUNDARY, POLICY_ARN, "iam:RoleTemplateARN"];
    iam::AttachUserPolicy on User with [BOUNDARY, POLICY_ARN];
    iam::ChangePassword on User;
    iam::CreateAccessKey on User;
    iam::CreateAccountAlias on Everything;
    iam::CreateDelegationRequest on DelegationRequest with ["iam:DelegationDuration", "iam:NotificationChannel", "iam:TemplateArn"];
    iam::CreateGroup on Group;
    iam::CreateInstanceProfile on InstanceProfile with [REQUEST_TAG, TAG_KEYS] and "iam:TagInstanceProfile";
    iam::CreateLoginProfile on User;
    iam::CreateOpenIDConnectProvider on OidcProvider with [REQUEST_TAG, TAG_KEYS] and "iam:TagOpenIDConnectProvider";
    iam::CreatePolicy on Policy with [REQUEST_TAG, TAG_KEYS] and "iam:TagPolicy";
    iam::CreatePolicyVersion on Policy;
    iam::CreateRole on Role with [REQUEST_TAG, TAG_KEYS, BOUNDARY, "iam:RoleTemplateARN"] and "iam:TagRole";
    iam::CreateSAMLProvider on SamlProvider with [REQUEST_TAG, TAG_KEYS] and "iam:TagSAMLProvider";
    iam::CreateServiceLinkedRole on Role with ["iam:AWSServiceName"];
    iam::CreateServiceSpecificCredential on User with ["iam:ServiceSpecificCredentialAgeDays", "iam:ServiceSpecificCredentialServiceName"];
    iam::CreateUser on User with [REQUEST_TAG, TAG_KEYS, BOUNDARY] and "iam:TagUser";
    iam::CreateVirtualMFADevice on Mfa with [REQUEST_TAG, TAG_KEYS] and "iam:TagMFADevice";
    iam::DeactivateMFADevice on User;
    iam::DeleteAccessKey on User;
    iam::DeleteAccountAlias on Everything;
    iam::DeleteAccountPasswordPolicy on Everything;
    iam::DeleteGroup on Group;
    iam::DeleteGroupPolicy on Group;
    iam::DeleteInstanceProfile on InstanceProfile;
    iam::DeleteLoginProfile on User;
    iam::DeleteOpenIDConnectProvider on OidcProvider;
    iam::DeletePolicy on Policy;
    iam::DeletePolicyVersion on Policy;
    iam::DeleteRole on Role with [BOUNDARY];
    iam::DeleteRolePermissionsBoundary on Role with [BOUNDARY];
    iam::DeleteRolePolicy on Role with [BOUNDARY];
    iam::DeleteSAMLProvider on SamlProvider;
    iam::DeleteSSHPublicKey on User;
    iam::DeleteServerCertificate on ServerCertificate;
    iam::DeleteServiceLinkedRole on Role;
    iam::DeleteServiceSpecificCredential on User with ["iam:ServiceSpecificCredentialServiceName"];
    iam::DeleteSigningCertificate on User;
    iam::DeleteUser on User;
    iam::DeleteUserPermissionsBoundary on User with [BOUNDARY];
    iam::DeleteUserPolicy on User with [BOUNDARY];
    iam::DeleteVirtualMFADevice on Mfa | SmsMfa;
    iam::DetachGroupPolicy on Group with [POLICY_ARN];
    iam::DetachRolePolicy on Role with [BOUNDARY, POLICY_ARN];
    iam::DetachUserPolicy on User with [BOUNDARY, POLICY_ARN];
    iam::DisableOrganizationsRootCredentialsManagement on Everything;
    iam::DisableOrganizationsRootSessions on Everything;
    iam::DisableOutboundWebIdentityFederation on Everything;
    iam::EnableMFADevice on User with ["iam:FIDO-FIPS-140-2-certification", "iam:FIDO-FIPS-140-3-certification", "iam:FIDO-certification", "iam:RegisterSecurityKey"];
    iam::EnableOrganizationsRootCredentialsManagement on Everything;
    iam::EnableOrganizationsRootSessions on Everything;
    iam::EnableOutboundWebIdentityFederation on Everything;
    iam::GenerateCredentialReport on Everything;
    iam::GenerateOrganizationsAccessReport on AccessReport with ["iam:OrganizationsPolicyId"];
    iam::GenerateServiceLastAccessedDetails on Group | Policy | Role | User;
    iam::GetAccessKeyLastUsed on User;
    iam::GetAccountAuthorizationDetails on Everything;
    iam::GetAccountPasswordPolicy on Everything;
    iam::GetAccountProperties on Everything with ["iam:AccountPropertyNamespaces"];
    iam::GetAccountSummary on Everything;
    iam::GetContextKeysForCustomPolicy on Everything;
    iam::GetContextKeysForPrincipalPolicy on Group | Role | User;
    iam::GetCredentialReport on Everything;
    iam::GetDelegationRequest on DelegationRequest;
    iam::GetGroup on Group;
    iam::GetGroupPolicy on Group;
    iam::GetHumanReadableSummary on DelegationRequest;
    iam::GetInstanceProfile on InstanceProfile;
    iam::GetLoginProfile on User;
    iam::GetMFADevice on User;
    iam::GetOpenIDConnectProvider on OidcProvider;
    iam::GetOrganizationsAccessReport on Everything;
    iam::GetOutboundWebIdentityFederationInfo on Everything;
    iam::GetPolicy on Policy;
    iam::GetPolicyVersion on Policy;
    iam::GetRole on Role with [BOUNDARY, "iam:RoleTemplateARN"];
    iam::GetRolePolicy on Role;
    iam::GetRoleTemplateVersion on RoleTemplate;
    iam::GetSAMLProvider on SamlProvider;
    iam::GetSSHPublicKey on User;
    iam::GetServerCertificate on ServerCertificate;
    iam::GetServiceLastAccessedDetails on Everything;
    iam::GetServiceLastAccessedDetailsWithEntities on Everything;
    iam::GetServiceLinkedRoleDeletionStatus on Role;
    iam::GetUser on User;
    iam::GetUserPolicy on User;
    iam::ListAccessKeys on User;
    iam::ListAccountAliases on Everything;
    iam::ListAttachedGroupPolicies on Group;
    iam::ListAttachedRolePolicies on Role;
    iam::ListAttachedUserPolicies on User;
    iam::ListDelegationRequests on Everything with ["iam:DelegationRequestOwner"];
    iam::ListEntitiesForPolicy on Policy;
    iam::ListGroupPolicies on Group;
    iam::ListGroups on Groups;
    iam::ListGroupsForUser on User;
    iam::ListInstanceProfileTags on InstanceProfile;
    iam::ListInstanceProfiles on Everything;
    iam::ListInstanceProfilesForRole on Role;
    iam::ListMFADeviceTags on Mfa;
    iam::ListMFADevices on User;
    iam::ListOpenIDConnectProviderTags on OidcProvider;
    iam::ListOpenIDConnectProviders on Everything;
    iam::ListOrganizationsFeatures on Everything;
    iam::ListPolicies on Policies;
    iam::ListPoliciesGrantingServiceAccess on Group | Role | User;
    iam::ListPolicyTags on Policy;
    iam::ListPolicyVersions on Policy;
    iam::ListRolePolicies on Role;
    iam::ListRoleTags on Role;
    iam::ListRoles on Roles;
    iam::ListSAMLProviderTags on SamlProvider;
    iam::ListSAMLProviders on Everything;
    iam::ListSSHPublicKeys on User;
    iam::ListServerCertificateTags on ServerCertificate;
    iam::ListServerCertificates on Everything;
    iam::ListServiceSpecificCredentials on User;
    iam::ListSigningCertificates on User;
    iam::ListUserPolicies on User;
    iam::ListUserTags on User;
    iam::ListUsers on Users;
    iam::ListVirtualMFADevices on Everything;
    iam::PutAccountProperties on Everything with ["iam:AccountPropertyNamespaces"];
    iam::PutGroupPolicy on Group;
    iam::PutRolePermissionsBoundary on Role with [BOUNDARY, "iam:RoleTemplateARN"];
    iam::PutRolePolicy on Role with [BOUNDARY, "iam:RoleTemplateARN"];
    iam::PutUserPermissionsBoundary on User with [BOUNDARY];
    iam::PutUserPolicy on User with [BOUNDARY];
    iam::RejectDelegationRequest on DelegationRequest;
    iam::RemoveClientIDFromOpenIDConnectProvider on OidcProvider;
    iam::RemoveRoleFromInstanceProfile on InstanceProfile;
    iam::RemoveUserFromGroup on Group;
    iam::ResetServiceSpecificCredential on User with ["iam:ServiceSpecificCredentialServiceName"];
    iam::ResyncMFADevice on User;
    iam::SendDelegationToken on DelegationRequest;
    iam::SetDefaultPolicyVersion on Policy;
    iam::SetSecurityTokenServicePreferences on Everything;
    iam::SimulateCustomPolicy on Everything;
    iam::SimulatePrincipalPolicy on Group | Role | User;
    iam::TagInstanceProfile on InstanceProfile with [REQUEST_TAG, TAG_KEYS];
    iam::TagMFADevice on Mfa with [REQUEST_TAG, TAG_KEYS];
    iam::TagOpenIDConnectProvider on OidcProvider with [REQUEST_TAG, TAG_KEYS];
    iam::TagPolicy on Policy with [REQUEST_TAG, TAG_KEYS];
    iam::TagRole on Role with [REQUEST_TAG, TAG_KEYS, "iam:RoleTemplateARN"];
    iam::TagSAMLProvider on SamlProvider with [REQUEST_TAG, TAG_KEYS];
    iam::TagServerCertificate on ServerCertificate with [REQUEST_TAG, TAG_KEYS];
    iam::TagUser on User with [REQUEST_TAG, TAG_KEYS];
    iam::UntagInstanceProfile on InstanceProfile with [TAG_KEYS];
    iam::UntagMFADevice on Mfa with [TAG_KEYS];
    iam::UntagOpenIDConnectProvider on OidcProvider with [TAG_KEYS];
    iam::UntagPolicy on Policy with [TAG_KEYS];
    iam::UntagRole on Role with [TAG_KEYS];
    iam::UntagSAMLProvider on SamlProvider with [TAG_KEYS];
    iam::UntagServerCertificate on ServerCertificate with [TAG_KEYS];
    iam::UntagUser on User with [TAG_KEYS];
    iam::UpdateAccessKey on User;
    iam::UpdateAccountPasswordPolicy on Everything;
    iam::UpdateAssumeRolePolicy on Role with [BOUNDARY];
    iam::UpdateDelegationRequest on DelegationRequest;
    iam::UpdateGroup on Group;
    iam::UpdateLoginProfile on User;
    iam::UpdateOpenIDConnectProviderThumbprint on OidcProvider;
    iam::UpdateRole on Role with [BOUNDARY];
    iam::UpdateRoleDescription on Role with [BOUNDARY];
    iam::UpdateSAMLProvider on SamlProvider;
    iam::UpdateSSHPublicKey on User;
    iam::UpdateServerCertificate on ServerCertificate;
    iam::UpdateServiceSpecificCredential on User with ["iam:ServiceSpecificCredentialServiceName"];
    iam::UpdateSigningCertificate on User;
    iam::UpdateUser on User;
    iam::UploadSSHPublicKey on User;
    iam::UploadServerCertificate on ServerCertificate with [REQUEST_TAG, TAG_KEYS] and "iam:TagServerCertificate";
    iam::UploadSigningCertificate on User;
    sts::AssumeRole on Role with [REQUEST_TAG, TAG_KEYS, "sts:ExternalId", "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys"] and "sts:TagSession";
    sts::AssumeRoleWithSAML on Role with [REQUEST_TAG, TAG_KEYS, "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys"] and "sts:TagSession";
    sts::AssumeRoleWithWebIdentity on Role with [REQUEST_TAG, TAG_KEYS, "sts:RoleSessionName", "sts:SourceIdentity", "sts:TransitiveTagKeys"] and "sts:TagSession";
    sts::AssumeRoot on RootUser with ["sts:TaskPolicyArn"];
    sts::DecodeAuthorizationMessage on Everything;
    sts::GetAccessKeyInfo on Everything;
    sts::GetCallerIdentity on Everything;
    sts::GetDelegatedAccessToken on Everything;
    sts::GetFederationToken on FederatedUser with [REQUEST_TAG, TAG_KEYS] and "sts:TagSession";
    sts::GetSessionToken on Everything;
    sts::GetWebIdentityToken on Everything with [REQUEST_TAG, TAG_KEYS, "sts:DurationSeconds", "sts:IdentityTokenAudience", "sts:SigningAlgorithm"] and "sts:TagGetWebIdentityToken";
}

#[cfg(test)]
mod tests {
    use keystead_wire::Service;

    use super::*;

    #[test]
    fn every_operation_of_the_models_has_a_row_and_no_other() {
        let operations = || Service::ALL.into_iter().flat_map(Service::operations);
        let missing: Vec<_> = operations()
            .filter(|operation| row(operation).is_none())
            .collect();
        assert!(missing.is_empty(), "no row says who may do {missing:?}");
        assert_eq!(ROWS.len(), operations().count());
        assert!(ROWS.is_sorted_by(|(left, _), (right, _)| left < right));
    }

    #[test]
    fn the_action_of_a_row_is_its_operation() {
        for ((service, name), row) in ROWS {
            assert_eq!(row.action.name(), format!("{service}:{name}"));
            assert!(!row.resources.is_empty());
        }
    }
}
