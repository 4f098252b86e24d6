//! What is said of a request after it was answered: one log line, one count, one audit record.

use std::{fmt::Display, net::IpAddr, sync::OnceLock, time::Instant};

use http::{header, request::Parts};
use keystead_authority::{Asked, Context};
use keystead_store::Call as AuditedCall;
use keystead_types::{AccessKeyId, RequestId, Timestamp, limits, shortened};
use keystead_verifier::{Authenticated, Failure};
use keystead_wire::{ApiError, Call, ErrorCode, Operation, Service};

use super::{Api, OWN_SERVICE, Visit, claim::Claim, text, user_agent};
use crate::{
    http::Peer,
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
    referer: Option<&'a str>,
    source: IpAddr,
    secure_transport: bool,
    claim: Claim<'a>,
    service: Option<Service>,
    operation: Option<&'static Operation>,
    own: Option<&'static str>,
    failed_check: Option<&'static str>,
    caller: Option<Authenticated>,
    asked: Asked,
}

impl<'a> Report<'a> {
    pub(super) fn begin(arrival: Arrival, request: &'a Parts, peer: &Peer, claim: Claim<'a>) -> Self {
        Self {
            arrival,
            user_agent: user_agent(request),
            referer: text(request, &header::REFERER),
            source: peer.address,
            secure_transport: peer.secure,
            claim,
            own: None,
            service: None,
            operation: None,
            failed_check: None,
            caller: None,
            asked: Asked::default(),
        }
    }

    /// A report on something that a page of the console asks for.
    pub(super) fn of_visit(
        arrival: Arrival,
        visit: &'a Visit,
        operation: Option<&'static Operation>,
    ) -> Self {
        Self {
            arrival,
            user_agent: &visit.user_agent,
            referer: visit.referer.as_deref(),
            source: visit.peer.address,
            secure_transport: visit.peer.secure,
            claim: Claim::default(),
            own: None,
            service: operation.map(|operation| operation.service),
            operation,
            failed_check: None,
            caller: None,
            asked: Asked::default(),
        }
    }

    /// What the operation may know of the request.
    pub(super) fn context(&self) -> Context {
        let seen = |header| shortened(header, limits::CONDITION_HEADER_BYTES_MAX);
        Context {
            request_id: self.arrival.request_id,
            now: self.arrival.now,
            source: self.source,
            user_agent: seen(self.user_agent).into(),
            referer: self.referer.map(|referer| seen(referer).into()),
            secure_transport: self.secure_transport,
        }
    }

    /// The request is for something of Keystead's own, which no model has.
    pub(super) fn is_own(&mut self, operation: &'static str) {
        self.own = Some(operation);
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

    /// Writes it down everywhere. What `is_recorded` already is a change, which has left its record in its
    /// own transaction.
    pub(super) fn end(&self, api: &Api, error: Option<&ApiError>, is_recorded: bool) {
        let ended = Instant::now();
        if let Some(check) = self.failed_check {
            api.metrics.authentication_failed(check);
        }
        let index = self.operation.and_then(operation_index);
        api.metrics.request(
            index,
            self.outcome(error),
            ended.duration_since(self.arrival.started),
        );
        self.log(api, error, is_recorded, ended);
        if !is_recorded {
            self.audit(api, error);
        }
    }

    /// The key that signed; of a caller who has proven nothing, the one it claims.
    fn access_key_id(&self) -> Option<AccessKeyId> {
        match &self.caller {
            Some(caller) => Some(caller.access_key_id()),
            None => self.claim.access_key_id,
        }
    }

    fn operation_name(&self) -> &'static str {
        self.operation
            .map(|operation| operation.name)
            .or(self.own)
            .unwrap_or("unknown")
    }

    fn outcome(&self, error: Option<&ApiError>) -> Outcome {
        match error {
            None => Outcome::Success,
            Some(error) if error.code() == ErrorCode::Throttling => Outcome::Throttled,
            Some(error) if error.status() >= 500 => Outcome::Failed,
            Some(_) if self.caller.is_none() => Outcome::Unauthenticated,
            Some(error) if error.code() == ErrorCode::AccessDenied => Outcome::Denied,
            Some(_) => Outcome::Invalid,
        }
    }

    fn log(&self, api: &Api, error: Option<&ApiError>, is_recorded: bool, ended: Instant) {
        let read = error.is_none() && !is_recorded;
        if read && !tracing::enabled!(tracing::Level::DEBUG) {
            return;
        }
        let arn = self.caller.as_ref().map(|caller| caller.principal().arn());
        let access_key_id = self.access_key_id();
        let line = RequestLine {
            request_id: self.arrival.request_id,
            source: self.source,
            service: self
                .service
                .map_or(self.own.map_or("unknown", |_| OWN_SERVICE), Service::signing_name),
            operation: self.operation_name(),
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
        let response_elements = self.asked.response_elements();
        let call = AuditedCall {
            time: self.arrival.now,
            request_id: self.arrival.request_id,
            account: principal.map_or(api.account, |principal| principal.account),
            principal,
            session: self.caller.as_ref().and_then(Authenticated::session),
            access_key: self.access_key_id(),
            event_source: self.service.map_or(OWN_SERVICE, Service::event_source),
            operation: self.operation_name(),
            region: self.caller.as_ref().map_or("", Authenticated::region),
            source: self.source,
            user_agent: self.user_agent,
            error: error.map(|error| (error.code().as_str(), error.message().unwrap_or_default())),
            response_elements: response_elements.as_ref(),
            read_only: self.own.is_some() || self.operation.is_some_and(Operation::is_read_only),
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
