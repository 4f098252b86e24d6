//! What is said of a request after it was answered: one log line, one count, one audit record.

use std::{fmt::Display, net::IpAddr, sync::OnceLock, time::Instant};

use keystead_authority::{Asked, Context, Done};
use keystead_store::Call as AuditedCall;
use keystead_types::{AccessKeyId, RequestId, Timestamp};
use keystead_verifier::{Authenticated, Failure};
use keystead_wire::{ApiError, Call, ErrorCode, Operation, Service};

use super::{Api, claim::Claim};
use crate::{
    logging::RequestLine,
    metrics::{OperationClass, OperationLabel, Outcome},
};

/// How a request came to be known.
#[derive(Clone, Copy)]
pub(super) struct Arrival {
    /// The id that it is answered with.
    pub(super) request_id: RequestId,
    /// The time that it is judged by.
    pub(super) now: Timestamp,
    /// What its duration counts from.
    pub(super) started: Instant,
}

/// What is known of a request so far.
pub(super) struct Report<'a> {
    pub(super) arrival: Arrival,
    user_agent: &'a str,
    source: IpAddr,
    claim: Claim<'a>,
    service: Option<Service>,
    operation: Option<&'static Operation>,
    failed_check: Option<&'static str>,
    caller: Option<Authenticated>,
    asked: Asked,
}

impl<'a> Report<'a> {
    pub(super) fn begin(arrival: Arrival, source: IpAddr, user_agent: &'a str, claim: Claim<'a>) -> Self {
        Self {
            arrival,
            user_agent,
            source,
            claim,
            service: None,
            operation: None,
            failed_check: None,
            caller: None,
            asked: Asked::default(),
        }
    }

    /// What the operation may know of the request.
    pub(super) fn context(&self) -> Context {
        Context {
            request_id: self.arrival.request_id,
            now: self.arrival.now,
            source: self.source,
            user_agent: self.user_agent.into(),
        }
    }

    /// Whether the request asks for something that may change the store.
    pub(super) fn is_of_change(&self) -> bool {
        self.operation.is_some_and(|operation| !operation.is_read_only())
    }

    pub(super) fn routed(&mut self, call: &Call<'_>) {
        self.service = Some(call.service);
        self.operation = call.operation.as_ref().ok().copied();
    }

    pub(super) fn unauthenticated(&mut self, failure: &Failure) {
        self.failed_check = Some(failure.check());
    }

    pub(super) fn authenticated(&mut self, caller: Authenticated, asked: Asked) {
        self.caller = Some(caller);
        self.asked = asked;
    }

    /// Writes it down everywhere.
    pub(super) fn end(&self, api: &Api, result: &Result<Done, ApiError>) {
        let ended = Instant::now();
        if let Some(check) = self.failed_check {
            api.metrics.authentication_failed(check);
        }
        let index = self.operation.and_then(operation_index);
        api.metrics.request(
            index,
            self.outcome(result),
            ended.duration_since(self.arrival.started),
        );
        self.log(api, result, ended);
        // A change has left its record in its own transaction.
        if !result.as_ref().is_ok_and(|done| done.revision.is_some()) {
            self.audit(api, result.as_ref().err());
        }
    }

    /// The key that signed; of a caller who has proven nothing, the one it claims.
    fn access_key_id(&self) -> Option<AccessKeyId> {
        match &self.caller {
            Some(caller) => Some(caller.access_key_id()),
            None => self.claim.access_key_id,
        }
    }

    fn outcome(&self, result: &Result<Done, ApiError>) -> Outcome {
        match result {
            Ok(_) => Outcome::Success,
            Err(error) if error.code() == ErrorCode::Throttling => Outcome::Throttled,
            Err(error) if error.status() >= 500 => Outcome::Failed,
            Err(_) if self.caller.is_none() => Outcome::Unauthenticated,
            Err(error) if error.code() == ErrorCode::AccessDenied => Outcome::Denied,
            Err(_) => Outcome::Invalid,
        }
    }

    fn log(&self, api: &Api, result: &Result<Done, ApiError>, ended: Instant) {
        let read = result.as_ref().is_ok_and(|done| done.revision.is_none());
        if read && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let arn = self.caller.as_ref().map(|caller| caller.principal().arn());
        let access_key_id = self.access_key_id();
        let error = result.as_ref().err();
        let line = RequestLine {
            request_id: self.arrival.request_id,
            source: self.source,
            service: self.service.map_or("unknown", Service::signing_name),
            operation: self.operation.map_or("unknown", |operation| operation.name),
            access_key_id: access_key_id.as_ref().map(|id| id.as_str()),
            caller: arn.as_ref().map(|arn| arn as &dyn Display),
            status: error.map_or(200, ApiError::status),
            code: error.map(|error| error.code().as_str()),
            check: self.failed_check,
            detail: error.and_then(|error| error.operator().or(error.message())),
            elapsed: ended.duration_since(self.arrival.started),
        };
        match error {
            None if read => api.log.read(&line),
            None => api.log.change(&line),
            Some(error) if error.status() >= 500 => api.log.fault(&line, ended),
            Some(_) => api.log.refusal(&line, ended),
        }
    }

    fn audit(&self, api: &Api, error: Option<&ApiError>) {
        let principal = self.caller.as_ref().map(Authenticated::principal);
        let call = AuditedCall {
            time: self.arrival.now,
            request_id: self.arrival.request_id,
            account: principal.map_or(api.account, |principal| principal.account),
            principal,
            access_key: self.access_key_id(),
            event_source: self.service.map_or("keystead", Service::event_source),
            operation: self.operation.map_or("unknown", |operation| operation.name),
            region: self.caller.as_ref().map_or("", Authenticated::region),
            source: self.source,
            user_agent: self.user_agent,
            error: error.map(|error| (error.code().as_str(), error.message().unwrap_or_default())),
            read_only: self.operation.is_some_and(Operation::is_read_only),
        };
        api.store()
            .audit_log()
            .record(&call, || self.asked.request_parameters());
    }
}

/// Every check that an authentication can fail, as the metrics name it.
pub fn authentication_checks() -> Vec<&'static str> {
    Failure::checks().collect()
}

/// Every operation of the model, as the metrics name it.
pub fn operation_labels() -> Vec<OperationLabel> {
    let operations = Service::ALL.into_iter().flat_map(Service::operations);
    operations
        .map(|operation| OperationLabel {
            service: operation.service.signing_name(),
            operation: operation.name,
            class: if operation.is_read_only() {
                OperationClass::Read
            } else {
                OperationClass::Write
            },
        })
        .collect()
}

/// Where an operation stands in [`operation_labels`].
fn operation_index(operation: &'static Operation) -> Option<usize> {
    static OFFSETS: OnceLock<Vec<(Service, usize)>> = OnceLock::new();
    let offsets = OFFSETS.get_or_init(|| {
        let mut before = 0;
        let mut offset = |service: Service| {
            let offset = before;
            before += service.operations().len();
            (service, offset)
        };
        Service::ALL.map(&mut offset).to_vec()
    });
    let (_, offset) = offsets
        .iter()
        .find(|(service, _)| *service == operation.service)?;
    let operations = operation.service.operations();
    let index = operations
        .binary_search_by(|other| other.name.cmp(operation.name))
        .ok()?;
    Some(offset + index)
}
