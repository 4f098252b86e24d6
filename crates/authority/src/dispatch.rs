//! Which operations there are, and the way each of them goes.

use std::{borrow::Cow, sync::Arc};

use keystead_store::{AuditEvent, Reader, Store, WriteError};
use keystead_types::{AccessKeyId, AccessKeyStatus, Principal, RequestId};
use keystead_verifier::{Action, Authenticated, Failure, UnknownKey, decide};
use keystead_wire::{ApiError, Call, Operate, Operation, decode, encode_response, iam, sts};

use crate::{
    Asked, Authority, Done,
    asked::elements,
    operation::{Answer, Change, Context, Read, Refusal, Scene},
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

    change iam::CreateAccountAlias;
    change iam::DeleteAccountAlias;
    read iam::ListAccountAliases;
    read iam::GetAccountSummary;
}

impl Authority {
    async fn answer<O: Answer>(
        &self,
        call: &Call<'_>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Done, ApiError> {
        let input = asked.is(decode::<O::Input>(call)?);
        decide(caller, action(O::OPERATION), &O::RESOURCE)?;
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
        let scene = self.scene(Arc::clone(caller.principal()), context);
        let caller = caller.clone();
        let output = self.store().read(move |reader| -> Result<O::Output, Refusal> {
            let (resource, object) = O::find(reader, &input, &scene.caller)?;
            decide(&caller, action(O::OPERATION), &resource)?;
            O::read(reader, object, &input, &scene)
        });
        let output = output.await?;
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
        self.decide_on_snapshot::<O>(Arc::clone(&input), caller.clone())
            .await?;
        let scene = self.scene(Arc::clone(caller.principal()), context);
        let caller = caller.clone();
        let written = self.store().write(move |tx| -> Result<O::Output, Refusal> {
            let fresh = caller_now(tx, &caller)?;
            let (resource, object) = O::find(tx, &input, &fresh)?;
            let proof = decide(&caller, action(O::OPERATION), &resource)?;
            proof.still_holds(&fresh)?;
            let scene = Scene {
                caller: fresh,
                ..scene.clone()
            };
            let output = O::change(tx, &proof, object, &input, &scene)?;
            tx.audit(&event::<O>(&caller, &input, &output, &scene))?;
            Ok(output)
        });
        let (output, revision) = written.await.map_err(|error| match error {
            WriteError::Refused(refusal) => refusal,
            WriteError::Unavailable(error) => Refusal::Store(error),
        })?;
        Ok(Done {
            answer: encode_response(O::OPERATION, &output, context.request_id),
            revision: Some(revision),
        })
    }

    /// Refuses what a snapshot says is not allowed, so that it never waits for the writer.
    async fn decide_on_snapshot<O: Change>(
        &self,
        input: Arc<O::Input>,
        caller: Authenticated,
    ) -> Result<(), Refusal> {
        let decided = self.store().read(move |reader| -> Result<(), Refusal> {
            let (resource, _) = O::find(reader, &input, caller.principal())?;
            decide(&caller, action(O::OPERATION), &resource)?;
            Ok(())
        });
        decided.await
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

fn action(operation: &'static Operation) -> Action {
    Action::new(operation.service.signing_name(), operation.name)
}

/// The caller as this transaction sees it. Since its signature was verified, its key may have been
/// switched off or deleted, and its user renamed.
fn caller_now(reader: &Reader<'_>, caller: &Authenticated) -> Result<Arc<Principal>, Refusal> {
    let id: AccessKeyId = caller.access_key_id();
    let revoked = |why| Refusal::from(Failure::UnknownKey(why));
    let key = reader
        .access_key(id)?
        .ok_or_else(|| revoked(UnknownKey::Absent))?;
    if key.status != AccessKeyStatus::Active {
        return Err(revoked(UnknownKey::Inactive));
    }
    let principal = reader
        .principal_of(&key)?
        .ok_or_else(|| revoked(UnknownKey::Absent))?;
    Ok(Arc::new(principal))
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
    } = &scene.context;
    AuditEvent {
        time: *now,
        event_id: RequestId::generate(&*scene.random),
        request_id: *request_id,
        account: scene.caller.account,
        principal: Some(Arc::clone(&scene.caller)),
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
