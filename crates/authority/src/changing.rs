//! The way of a change: decided on a snapshot, decided again and made in one transaction, with its audit record.

use std::{borrow::Cow, sync::Arc};

use keystead_store::{AuditEvent, Reader, Store, Tx, WriteError};
use keystead_types::{AccessKeyStatus, RequestId};
use keystead_verifier::{Allowed, Authenticated, Failure, Permissions, UnknownKey, Verifier};
use keystead_wire::{ApiError, Operate};

use crate::{
    Asked, Authority, Context, Performed,
    asked::elements,
    operation::{Change, Implemented, Refusal, Scene, SetPassword},
    permission::allow,
};

impl Authority {
    /// Changes something.
    pub(crate) async fn change<O: Change>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        self.change_by::<O>(input, caller, context, asked, O::change)
            .await
    }

    /// Changes something by a function that knows more than the operation's input.
    pub(crate) async fn change_by<O: Implemented>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
        change: impl Fn(&mut Tx<'_>, &Allowed<O>, O::Object, &O::Input, &Scene) -> Result<O::Output, Refusal>
        + Send
        + 'static,
    ) -> Result<Performed<O::Output>, ApiError> {
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(caller, Arc::clone(permissions.principal()), context);
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
        self.write::<O>(request, asked, change).await
    }

    /// Sets a password, which is compared and hashed before the change.
    pub(crate) async fn set_password<O: SetPassword>(
        &self,
        input: Arc<O::Input>,
        caller: &Authenticated,
        context: &Context,
        asked: &mut Asked,
    ) -> Result<Performed<O::Output>, ApiError> {
        let permissions = self.verifier.permissions(caller).await?;
        let scene = self.scene(caller, Arc::clone(permissions.principal()), context);
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
    ) -> Result<Performed<O::Output>, ApiError> {
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
        Ok(Performed {
            output,
            revision: Some(revision),
        })
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
    if caller.is_console() && !tx.is_console_session(caller.access_key_id())? {
        return Err(Failure::SessionToken.into());
    }
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
        |account| Ok(tx.root_snapshot(account)?),
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
