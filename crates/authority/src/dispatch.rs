//! Which operations there are, and the way each of them goes.

use std::{borrow::Cow, sync::Arc};

use keystead_store::{AuditEvent, Reader, Store, Tx, WriteError};
use keystead_types::{AccessKeyStatus, Principal, RequestId};
use keystead_verifier::{
    Action, Allowed, Authenticated, Failure, Permissions, Resource, UnknownKey, Verifier, Wanted, decide,
};
use keystead_wire::{ApiError, Call, Operate, Operation, decode, encode_response, iam, sts};

use crate::{
    Asked, Authority, Done,
    asked::elements,
    operation::{Answer, Change, Context, Implemented, Read, Refusal, Scene, SetPassword},
    permission::allow,
    sts::{CodeChecked, Issue, Issuing, may_call},
};

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
                    return operations!(@run $way self.$way::<$service::$name>(call, caller, context, asked));
                })*
                Err(ApiError::not_implemented(operation))
            }
        }
    };
}

operations! {
    answer sts::GetCallerIdentity;
    read sts::GetAccessKeyInfo;
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

    change iam::AttachUserPolicy;
    change iam::DetachUserPolicy;
    read iam::ListAttachedUserPolicies;
    change iam::AttachGroupPolicy;
    change iam::DetachGroupPolicy;
    read iam::ListAttachedGroupPolicies;

    change iam::CreateAccountAlias;
    change iam::DeleteAccountAlias;
    read iam::ListAccountAliases;
    read iam::GetAccountSummary;
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

    async fn answer<O: Answer>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
        let output = O::answer(&input, caller.principal());
        Ok(Done {
            answer: encode_response(O::OPERATION, &output, context.request_id),
            revision: None,
        })
    }

    async fn read<O: Read>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(Arc::clone(permissions.principal()), context);
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
        Ok(Done {
            answer: encode_response(O::OPERATION, &output, context.request_id),
            revision: None,
        })
    }

    /// Makes temporary credentials. That changes nothing in the store; its audit record is that of a read.
    async fn issue<O: Issue>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
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
        let scene = self.scene(Arc::clone(permissions.principal()), context);
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
        Ok(Done {
            answer: encode_response(O::OPERATION, &output, context.request_id),
            revision: None,
        })
    }

    async fn change<O: Change>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(Arc::clone(permissions.principal()), context);
        let request = Changing {
            input,
            caller: caller.clone(),
            permissions,
            scene,
        };
        let snapshot = request.clone();
        let decided = self
            .store()
            .read(move |reader| snapshot.decide::<O>(reader).map(drop));
        decided.await.map_err(|refusal| asked.refused(refusal))?;
        self.write::<O>(request, asked, O::change).await
    }

    async fn set_password<O: SetPassword>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(Arc::clone(permissions.principal()), context);
        let request = Changing {
            input,
            caller: caller.clone(),
            permissions,
            scene,
        };
        let snapshot = request.clone();
        let new = self.store().read(move |reader| -> Result<_, Refusal> {
            let object = snapshot.decide::<O>(reader)?;
            O::asked(reader, object, &snapshot.input)
        });
        let new = new.await.map_err(|refusal| asked.refused(refusal))?;
        let hashed = match new {
            Some(new) => Some(self.passwords.hash(new, Arc::clone(&self.random)).await?),
            None => None,
        };
        self.write::<O>(request, asked, move |tx, proof, object, input, scene| {
            O::set(tx, proof, object, input, hashed.as_ref(), scene)
        })
        .await
    }

    /// Decides again, makes the change and writes down that it was made, in one transaction.
    async fn write<O: Implemented>(
        &self,
        request: Changing<O::Input>,
        asked: &mut Asked,
        change: impl Fn(&mut Tx<'_>, &Allowed<O>, O::Object, &O::Input, &Scene) -> Result<O::Output, Refusal>
        + Send
        + 'static,
    ) -> Result<Done, ApiError> {
        let request_id = request.scene.context.request_id;
        let Changing {
            input,
            caller,
            permissions,
            scene,
        } = request;
        let written = self
            .store()
            .write(move |tx| -> Result<Result<_, ApiError>, Refusal> {
                let permissions = permissions_now(tx, &caller, &permissions, &scene.verifier)?;
                let scene = Scene {
                    caller: Arc::clone(permissions.principal()),
                    ..scene.clone()
                };
                let (target, object) = O::find(tx, &input, &scene.caller)?;
                let proof = allow::<O>(tx, &caller, &permissions, &scene.context.circumstances(), &target)?;
                let output = match change(tx, &proof, object, &input, &scene) {
                    Err(Refusal::Kept(error)) => return Ok(Err(error)),
                    output => output?,
                };
                tx.audit(&event::<O>(&caller, &input, &output, &scene))?;
                Ok(Ok((output, proof.into_decisions())))
            });
        let (changed, revision) = written.await.map_err(|error| match error {
            WriteError::Refused(refusal) => asked.refused(refusal),
            WriteError::Unavailable(error) => Refusal::Store(error).into(),
        })?;
        let (output, decisions) = changed?;
        asked.decided(decisions);
        Ok(Done {
            answer: encode_response(O::OPERATION, &output, request_id),
            revision: Some(revision),
        })
    }

    fn store(&self) -> &Store {
        self.verifier.directory()
    }

    fn scene(&self, caller: Arc<Principal>, context: &Context) -> Scene {
        Scene {
            context: context.clone(),
            caller,
            random: Arc::clone(&self.random),
            marker_key: self.marker_key,
            verifier: Arc::clone(&self.verifier),
        }
    }
}

/// A change that is asked for.
struct Changing<I> {
    input: Arc<I>,
    caller: Authenticated,
    permissions: Arc<Permissions>,
    scene: Scene,
}

impl<I> Changing<I> {
    /// Decides on a snapshot, so that what is refused never waits for the writer.
    fn decide<O: Implemented<Input = I>>(&self, reader: &Reader<'_>) -> Result<O::Object, Refusal> {
        let (target, object) = O::find(reader, &self.input, &self.scene.caller)?;
        let circumstances = self.scene.context.circumstances();
        allow::<O>(reader, &self.caller, &self.permissions, &circumstances, &target)?;
        Ok(object)
    }
}

impl<I> Clone for Changing<I> {
    fn clone(&self) -> Self {
        Self {
            input: Arc::clone(&self.input),
            caller: self.caller.clone(),
            permissions: Arc::clone(&self.permissions),
            scene: self.scene.clone(),
        }
    }
}

/// The caller's permissions as this transaction sees them. Since its signature was verified, its key
/// may have been switched off or deleted, and its policies changed, by commands of the same transaction
/// too. What did not move need not be read again.
fn permissions_now(
    tx: &Tx<'_>,
    caller: &Authenticated,
    permissions: &Arc<Permissions>,
    verifier: &Verifier<Store>,
) -> Result<Arc<Permissions>, Refusal> {
    let revoked = |why| Refusal::from(Failure::UnknownKey(why));
    // Temporary credentials have no row; what they depend on is looked at below.
    if caller.session().is_none() {
        let key = tx.access_key(caller.access_key_id())?;
        let key = key.ok_or_else(|| revoked(UnknownKey::Absent))?;
        if key.status != AccessKeyStatus::Active {
            return Err(revoked(UnknownKey::Inactive));
        }
    }
    if verifier.still_hold(permissions, tx.changed_subjects()) {
        return Ok(Arc::clone(permissions));
    }
    verifier.permissions_within(
        caller,
        |account, holder| Ok(tx.permissions_snapshot(account, holder)?),
        |account, ids| Ok(tx.policies_snapshot(account, ids)?),
    )
}

/// The audit event of a change that was made.
fn event<O: Operate>(
    caller: &Authenticated,
    input: &O::Input,
    output: &O::Output,
    scene: &Scene,
) -> AuditEvent {
    let Context {
        request_id,
        now,
        source,
        user_agent,
        ..
    } = &scene.context;
    AuditEvent {
        time: *now,
        event_id: RequestId::generate(&*scene.random),
        request_id: *request_id,
        account: scene.caller.account,
        principal: Some(Arc::clone(&scene.caller)),
        session: caller.session().cloned(),
        access_key: Some(caller.access_key_id()),
        event_source: Cow::Borrowed(O::OPERATION.service.event_source()),
        operation: Cow::Borrowed(O::OPERATION.name),
        region: Cow::Owned(caller.region().to_owned()),
        source_address: Cow::Owned(source.to_string()),
        user_agent: Cow::Owned(user_agent.to_string()),
        error: None,
        request_parameters: elements(input),
        response_elements: elements(output),
        read_only: false,
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
