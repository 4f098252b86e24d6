//! Which operations there are, and the way each of them goes.

use std::sync::Arc;

use keystead_store::Store;
use keystead_types::{Principal, limits};
use keystead_verifier::{Action, Authenticated, Decided, Resource, Wanted, decide};
use keystead_wire::{ApiError, Call, Operate, Operation, checked, decode, iam, sts};

use crate::{
    Asked, Authority, Done, Performed,
    operation::{Answer, Context, Read, Refusal, Scene},
    permission::allow,
    sts::{CodeChecked, Issue, Issuing, may_call, message},
};

/// An operation that Keystead has, to whoever has its input at hand: the console's pages.
pub trait Perform: Operate {
    /// Runs it for an authenticated caller; `input` is fit, as [`keystead_wire::checked`] finds.
    fn perform(
        authority: &Authority,
        input: Self::Input,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> impl Future<Output = Result<Performed<Self::Output>, ApiError>> + Send;
}

/// One row per operation: how it runs, and its type.
macro_rules! operations {
    (@run answer $run:expr) => { $run.await };
    // The state of an operation that waits for the store is large; boxed, it does not weigh on those
    // that wait for nothing.
    (@run $way:ident $run:expr) => { Box::pin($run).await };
    ($($way:ident $service:ident::$name:ident;)*) => {
        /// Every operation that Keystead has. With [`keystead_wire::unimplemented`] they are the whole model.
        pub fn implemented() -> impl Iterator<Item = &'static Operation> {
            [$(<$service::$name as Operate>::OPERATION,)*].into_iter()
        }

        $(impl Perform for $service::$name {
            async fn perform(
                authority: &Authority,
                input: Self::Input,
                caller: &Authenticated,
                context: &Context,
                asked: &mut Asked,
            ) -> Result<Performed<Self::Output>, ApiError> {
                let input = asked.is(input);
                operations!(@run $way authority.$way::<Self>(input, caller, context, asked))
            }
        })*

        impl Authority {
            /// Runs the operation of an authenticated call. `asked` tells afterwards what it was asked.
            ///
            /// # Errors
            ///
            /// What the caller is told: no such operation, unfit input, AccessDenied, or the operation's own
            /// refusal. Nothing was changed then.
            pub async fn run(
                &self,
                call: &Call<'_>,
                caller: &Authenticated,
                context: &Context,
                asked: &mut Asked,
            ) -> Result<Done, ApiError> {
                let operation = call.operation.clone()?;
                may_call(operation, caller)?;
                $(if operation == <$service::$name as Operate>::OPERATION {
                    let input = decode(call)?;
                    let performed = <$service::$name as Perform>::perform(self, input, caller, context, asked);
                    return Ok(performed.await?.encode::<$service::$name>(context.request_id));
                })*
                Err(ApiError::not_implemented(operation))
            }
        }
    };
}

operations! {
    answer sts::GetCallerIdentity;
    read sts::GetAccessKeyInfo;
    read sts::DecodeAuthorizationMessage;
    issue sts::AssumeRole;
    issue sts::GetSessionToken;
    issue sts::GetFederationToken;

    change iam::CreateAccessKey;
    read iam::ListAccessKeys;
    change iam::UpdateAccessKey;
    change iam::DeleteAccessKey;
    read iam::GetAccessKeyLastUsed;

    change iam::CreateUser;
    read iam::GetUser;
    read iam::ListUsers;
    change iam::UpdateUser;
    change iam::DeleteUser;
    change iam::TagUser;
    change iam::UntagUser;
    read iam::ListUserTags;
    change iam::PutUserPermissionsBoundary;
    change iam::DeleteUserPermissionsBoundary;

    change iam::CreateVirtualMFADevice;
    change iam::EnableMFADevice;
    change iam::ResyncMFADevice;
    change iam::DeactivateMFADevice;
    change iam::DeleteVirtualMFADevice;
    read iam::ListMFADevices;
    read iam::ListVirtualMFADevices;
    read iam::GetMFADevice;
    change iam::TagMFADevice;
    change iam::UntagMFADevice;
    read iam::ListMFADeviceTags;

    change iam::CreateGroup;
    read iam::GetGroup;
    read iam::ListGroups;
    change iam::UpdateGroup;
    change iam::DeleteGroup;
    change iam::AddUserToGroup;
    change iam::RemoveUserFromGroup;
    read iam::ListGroupsForUser;

    change iam::CreateRole;
    read iam::GetRole;
    read iam::ListRoles;
    change iam::UpdateRole;
    change iam::UpdateRoleDescription;
    change iam::UpdateAssumeRolePolicy;
    change iam::DeleteRole;
    change iam::TagRole;
    change iam::UntagRole;
    read iam::ListRoleTags;
    change iam::PutRolePermissionsBoundary;
    change iam::DeleteRolePermissionsBoundary;

    change iam::CreateServiceLinkedRole;
    change iam::DeleteServiceLinkedRole;
    read iam::GetServiceLinkedRoleDeletionStatus;

    change iam::CreateInstanceProfile;
    read iam::GetInstanceProfile;
    read iam::ListInstanceProfiles;
    read iam::ListInstanceProfilesForRole;
    change iam::DeleteInstanceProfile;
    change iam::AddRoleToInstanceProfile;
    change iam::RemoveRoleFromInstanceProfile;
    change iam::TagInstanceProfile;
    change iam::UntagInstanceProfile;
    read iam::ListInstanceProfileTags;
    set_password iam::CreateLoginProfile;
    read iam::GetLoginProfile;
    set_password iam::UpdateLoginProfile;
    change iam::DeleteLoginProfile;
    set_password iam::ChangePassword;
    read iam::GetAccountPasswordPolicy;
    change iam::UpdateAccountPasswordPolicy;
    change iam::DeleteAccountPasswordPolicy;

    change iam::PutUserPolicy;
    read iam::GetUserPolicy;
    read iam::ListUserPolicies;
    change iam::DeleteUserPolicy;
    change iam::PutGroupPolicy;
    read iam::GetGroupPolicy;
    read iam::ListGroupPolicies;
    change iam::DeleteGroupPolicy;
    change iam::PutRolePolicy;
    read iam::GetRolePolicy;
    read iam::ListRolePolicies;
    change iam::DeleteRolePolicy;

    change iam::AttachUserPolicy;
    change iam::DetachUserPolicy;
    read iam::ListAttachedUserPolicies;
    change iam::AttachGroupPolicy;
    change iam::DetachGroupPolicy;
    read iam::ListAttachedGroupPolicies;
    change iam::AttachRolePolicy;
    change iam::DetachRolePolicy;
    read iam::ListAttachedRolePolicies;

    change iam::CreateAccountAlias;
    change iam::DeleteAccountAlias;
    read iam::ListAccountAliases;
    read iam::GetAccountSummary;
    change iam::GenerateCredentialReport;
    read iam::GetCredentialReport;
    read iam::GetAccountAuthorizationDetails;

    change iam::CreatePolicy;
    read iam::GetPolicy;
    read iam::ListPolicies;
    change iam::DeletePolicy;
    change iam::CreatePolicyVersion;
    read iam::GetPolicyVersion;
    read iam::ListPolicyVersions;
    change iam::DeletePolicyVersion;
    change iam::SetDefaultPolicyVersion;
    change iam::TagPolicy;
    change iam::UntagPolicy;
    read iam::ListPolicyTags;
    read iam::ListEntitiesForPolicy;
    read iam::ListPoliciesGrantingServiceAccess;

    read iam::SimulateCustomPolicy;
    read iam::SimulatePrincipalPolicy;
    read iam::GetContextKeysForCustomPolicy;
    read iam::GetContextKeysForPrincipalPolicy;
}

impl Authority {
    /// Runs an operation whose input did not come over the wire, and is checked as if it had.
    ///
    /// # Errors
    ///
    /// As for [`Authority::run`].
    pub async fn perform<O: Perform>(
        &self,
        input: O::Input,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        may_call(O::OPERATION, caller)?;
        let input = checked(O::OPERATION.service, &input)?;
        O::perform(self, input, caller, context, asked).await
    }

    /// Decides whether the caller may do something that is no operation of AWS's, such as to read the
    /// server's metrics, and remembers the decision.
    ///
    /// # Errors
    ///
    /// AccessDenied, or why it could not be decided.
    pub async fn allow(
        &self,
        action: Action,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<(), ApiError> {
        let permissions = self.verifier.permissions(caller).await?;
        let wanted = Wanted {
            action,
            resource: &Resource::everything(),
            trust: None,
            is_granted: false,
            keys: &(),
            region: caller.region(),
        };
        match decide::<Self>(caller, &permissions, &context.circumstances(), wanted, &[]) {
            Ok(allowed) => {
                asked.decided(allowed.into_decisions());
                Ok(())
            }
            Err(denied) => Err(asked.refused(denied.into())),
        }
    }

    /// Why a request was denied, for DecodeAuthorizationMessage to read; `None` when it was not, or when there is no
    /// room for the reasons. `decisions` are those of the request.
    pub fn authorization_message(&self, decisions: &[Decided], caller: &Authenticated) -> Option<String> {
        let denied = decisions.iter().find(|decided| !decided.is_allowed())?;
        let principal = caller.principal();
        let sealed = self
            .store()
            .seal_explanation(principal.account, &message(denied, principal));
        sealed
            .ok()
            .filter(|sealed| sealed.len() <= limits::AUTHORIZATION_MESSAGE_CHARACTERS_MAX)
    }

    async fn answer<O: Answer>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        _: &Context,
        _: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        let output = O::answer(&input, caller.principal());
        Ok(Performed {
            output,
            revision: None,
        })
    }

    async fn read<O: Read>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(caller, Arc::clone(permissions.principal()), context);
        let caller = caller.clone();
        let read = self.store().read(move |reader| -> Result<_, Refusal> {
            let (target, object) = O::find(reader, &input, &scene.caller)?;
            let proof = allow::<O>(
                reader,
                &caller,
                &permissions,
                &scene.context.circumstances(),
                &target,
            )?;
            Ok((O::read(reader, object, &input, &scene)?, proof.into_decisions()))
        });
        let (output, decisions) = read.await.map_err(|refusal| asked.refused(refusal))?;
        asked.decided(decisions);
        Ok(Performed {
            output,
            revision: None,
        })
    }

    /// Makes temporary credentials. That changes nothing in the store; its audit record is that of a read.
    async fn issue<O: Issue>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        let permissions = self.verifier.permissions(caller).await?;
        let one_time_code = match O::one_time_code(&input)? {
            None => false,
            Some(code) => {
                let checked = code.check(self.store(), caller.principal(), context.now).await;
                match checked.map_err(Refusal::Store)? {
                    CodeChecked::Good => true,
                    CodeChecked::WrongCode => return Err(ApiError::mfa_code_not_valid()),
                    CodeChecked::NoDevice => return Err(ApiError::mfa_not_valid()),
                }
            }
        };
        let scene = self.scene(caller, Arc::clone(permissions.principal()), context);
        let caller = caller.clone();
        let issued = self.store().read(move |reader| {
            let request = Issuing {
                caller: &caller,
                permissions: &permissions,
                scene: &scene,
                one_time_code,
            };
            O::issue(reader, &input, &request)
        });
        let (output, decisions) = issued.await.map_err(|refusal| asked.refused(refusal))?;
        asked.decided(decisions);
        asked.answered(&output);
        Ok(Performed {
            output,
            revision: None,
        })
    }

    pub(crate) fn store(&self) -> &Store {
        self.verifier.directory()
    }

    pub(crate) fn scene(&self, signer: &Authenticated, caller: Arc<Principal>, context: &Context) -> Scene {
        Scene {
            context: context.clone(),
            caller,
            console_session: signer.is_console().then(|| signer.access_key_id()),
            random: Arc::clone(&self.random),
            marker_key: self.marker_key,
            verifier: Arc::clone(&self.verifier),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use keystead_wire::{Service, unimplemented};

    use super::*;

    #[test]
    fn every_operation_of_the_model_is_either_here_or_listed_as_missing() {
        let here: BTreeSet<String> = implemented().map(ToString::to_string).collect();
        let missing: BTreeSet<String> = unimplemented().map(ToString::to_string).collect();
        assert_eq!(
            here.intersection(&missing).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        let model: BTreeSet<String> = Service::ALL
            .into_iter()
            .flat_map(Service::operations)
            .map(ToString::to_string)
            .collect();
        assert_eq!(here.union(&missing).cloned().collect::<BTreeSet<_>>(), model);
    }
}
