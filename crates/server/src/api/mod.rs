//! The AWS face: a whole HTTP request in, AWS's answer out.
//!
//! Each request goes one way: route, authenticate, run, report. No operation can be reached otherwise.

mod claim;
mod explain;
mod perform;
mod report;
mod reset;

use std::{sync::Arc, time::Instant};

use bytes::Bytes;
use http::{HeaderValue, StatusCode, header, request::Parts};
use keystead_authority::{Asked, Authority, Done};
use keystead_sigv4::{Expected, HeaderField, ServiceKind};
use keystead_store::Store;
use keystead_types::{AccountId, Random, RequestId, Timestamp, limits};
use keystead_verifier::{Action, Authenticated, Caller, Failure, Verifier};
use keystead_wire::{
    self as wire, Answer, ApiError, Call, ErrorCode, ErrorFormat, REQUEST_ID_HEADER, Service, Unrouted,
};

use crate::{
    environment::now,
    http::{Detached, Handler, Peer, Refusal, Response},
    logging::RequestLog,
    metrics::Metrics,
};
use claim::Claim;
pub use explain::Explanations;
pub(crate) use perform::{Refused, UnderWay, Visit};
use report::{Arrival, Report};
pub use report::{authentication_checks, operation_labels};

/// The header with the feed's revision after a change.
const REVISION_HEADER: &str = "x-keystead-revision";
/// The header of a denial with its reasons, encoded for DecodeAuthorizationMessage. AWS's IAM and STS put them nowhere;
/// its texts are left as they are.
const AUTHORIZATION_MESSAGE_HEADER: &str = "x-keystead-authorization-message";
/// The service that a request for Keystead's own pages is signed for.
pub(crate) const OWN_SERVICE: &str = "keystead";

/// What answers requests to IAM and STS.
pub struct Api {
    /// What runs operations.
    pub authority: Authority,
    /// What tells who signed a request.
    pub verifier: Arc<Verifier<Store>>,
    /// Where ids come from.
    pub random: Arc<dyn Random>,
    /// The account that requests without an established caller are recorded under.
    pub account: AccountId,
    /// Where requests are counted.
    pub metrics: Metrics,
    /// Where requests are logged.
    pub log: RequestLog,
    /// What runs changes; the listener is to wait for the same.
    pub detached: Detached,
    /// Whether `POST /-/reset` returns to the first start; only in test mode.
    pub test_reset: bool,
    /// How the latest requests were decided.
    pub explanations: Explanations,
}

/// Shared, because a change that has begun outlives the connection that asked for it.
impl Handler for Arc<Api> {
    async fn handle(&self, request: &Parts, body: Bytes, peer: &Peer) -> Response {
        let (mut report, call) = route(request, &body, peer, self.arrival());
        let call = match call {
            Ok(call) => call,
            Err(unrouted) => return self.finish(&report, unrouted.format, Err(unrouted.error)),
        };
        if let Some(refused) = refused_unsigned(&call) {
            return self.finish(&report, call.error_format(), Err(refused));
        }
        let service = call.service.signing_name();
        let now = report.arrival.now;
        match self.authenticate(service, request, &body, peer, now).await {
            Err(failure) => {
                report.unauthenticated(&failure);
                self.finish(&report, call.error_format(), Err(failure.into()))
            }
            Ok(caller) if report.is_of_change() => {
                let change =
                    Arc::clone(self).change(request.clone(), body.clone(), *peer, report.arrival, caller);
                Box::pin(self.detached.run(change)).await
            }
            Ok(caller) => self.run(report, &call, caller).await,
        }
    }

    fn refuse(&self, request: &Parts, refusal: Refusal, peer: &Peer) -> Response {
        let claim = Claim::of(request);
        let report = Report::begin(self.arrival(), request, peer, claim);
        let error = match refusal {
            Refusal::Malformed => ApiError::malformed_request(),
            Refusal::TargetTooLong => ApiError::target_too_long(limits::REQUEST_TARGET_BYTES_MAX),
            Refusal::HeadersTooLarge => ApiError::headers_too_large(limits::REQUEST_HEADERS_BYTES_MAX),
            Refusal::BodyTooLarge => ApiError::body_too_large(limits::REQUEST_BODY_BYTES_MAX),
            Refusal::BodyTimeout => ApiError::request_timeout(),
            Refusal::Overloaded => {
                ApiError::service_unavailable("bodies being received take up their memory".to_owned())
            }
            Refusal::Panicked => ApiError::service_failure("the handler panicked".to_owned()),
        };
        let service = claim
            .service
            .and_then(Service::of_signing_name)
            .unwrap_or(Service::Iam);
        self.finish(&report, ErrorFormat::Query(service), Err(error))
    }

    async fn ready(&self) -> Result<(), String> {
        self.store().ready().await.map_err(|error| error.to_string())
    }

    async fn may_read_metrics(&self, request: &Parts, body: Bytes, peer: &Peer) -> bool {
        let arrival = self.arrival();
        match self
            .authenticate(OWN_SERVICE, request, &body, peer, arrival.now)
            .await
        {
            Ok(caller) => {
                let context = Report::begin(arrival, request, peer, Claim::of(request)).context();
                let action = Action::new("keystead:ReadMetrics");
                let mut asked = Asked::default();
                let allowing = self.authority.allow(action, &caller, &context, &mut asked);
                allowing.await.is_ok()
            }
            Err(failure) => {
                self.metrics.authentication_failed(failure.check());
                false
            }
        }
    }

    async fn explain(&self, request: &Parts, body: Bytes, peer: &Peer, id: &str) -> Option<Response> {
        Some(Api::explain(self, request, &body, peer, id).await)
    }

    async fn reset(&self) -> Option<Result<(), String>> {
        if !self.test_reset {
            return None;
        }
        Some(
            self.return_to_first_start()
                .await
                .map_err(|error| error.to_string()),
        )
    }
}

impl Api {
    fn arrival(&self) -> Arrival {
        Arrival {
            request_id: RequestId::generate(&*self.random),
            now: now(),
            started: Instant::now(),
        }
    }

    /// Runs a change of an authenticated caller, whether or not anybody waits for the answer. Its
    /// parameters are read again, from a copy of the request that outlives the connection.
    async fn change(
        self: Arc<Self>,
        request: Parts,
        body: Bytes,
        peer: Peer,
        arrival: Arrival,
        caller: Authenticated,
    ) -> Response {
        let (report, call) = route(&request, &body, &peer, arrival);
        match call {
            Ok(call) => self.run(report, &call, caller).await,
            Err(unrouted) => self.finish(&report, unrouted.format, Err(unrouted.error)),
        }
    }

    async fn run(&self, mut report: Report<'_>, call: &Call<'_>, caller: Authenticated) -> Response {
        let mut asked = Asked::default();
        let context = report.context();
        let result = self.authority.run(call, &caller, &context, &mut asked).await;
        let Arrival { request_id, now, .. } = report.arrival;
        let decisions = asked.take_decisions();
        let message = match &result {
            Err(error) if error.code() == ErrorCode::AccessDenied => {
                self.authority.authorization_message(&decisions, &caller)
            }
            _ => None,
        };
        self.explanations.keep(request_id, now, decisions);
        report.authenticated(caller, asked);
        let mut response = self.finish(&report, call.error_format(), result);
        if let Some(message) = message.and_then(|message| HeaderValue::try_from(message).ok()) {
            response
                .headers_mut()
                .insert(AUTHORIZATION_MESSAGE_HEADER, message);
        }
        response
    }

    fn finish(&self, report: &Report<'_>, format: ErrorFormat, result: Result<Done, ApiError>) -> Response {
        let is_recorded = result.as_ref().is_ok_and(|done| done.revision.is_some());
        report.end(self, result.as_ref().err(), is_recorded);
        respond(format, report.arrival.request_id, result)
    }

    async fn authenticate(
        &self,
        service: &str,
        request: &Parts,
        body: &[u8],
        peer: &Peer,
        now: Timestamp,
    ) -> Result<Authenticated, Failure> {
        let headers: Vec<HeaderField<'_>> = request
            .headers
            .iter()
            .map(|(name, value)| HeaderField {
                name: name.as_str(),
                value: value.as_bytes(),
            })
            .collect();
        let signed = keystead_sigv4::Request {
            method: request.method.as_str(),
            path: request.uri.path(),
            query: request.uri.query().unwrap_or_default(),
            headers: &headers,
        };
        let expected = Expected {
            service,
            kind: ServiceKind::Other,
            regions: None,
            skew_seconds_max: limits::CLOCK_SKEW_SECONDS_MAX,
        };
        let caller = Caller {
            source: peer.address,
            user_agent: user_agent(request),
        };
        self.verifier
            .authenticate(&signed, body, &expected, caller, now)
            .await
    }

    fn store(&self) -> &Store {
        self.verifier.directory()
    }
}

/// Finds out what a request asks for, and begins the report on it.
fn route<'a>(
    request: &'a Parts,
    body: &'a [u8],
    peer: &Peer,
    arrival: Arrival,
) -> (Report<'a>, Result<Call<'a>, Unrouted>) {
    let claim = Claim::of(request);
    let mut report = Report::begin(arrival, request, peer, claim);
    let call = wire::route(&wire::Parts {
        method: request.method.as_str(),
        path: request.uri.path(),
        query: request.uri.query().unwrap_or_default(),
        content_type: text(request, &header::CONTENT_TYPE),
        target: request
            .headers
            .get("x-amz-target")
            .map(|target| target.to_str().unwrap_or_default()),
        scope_service: claim.service,
        body,
    });
    if let Ok(call) = &call {
        report.routed(call);
    }
    (report, call)
}

/// Operations that AWS answers without a signature: they need an outside identity provider, of which there is none
/// here yet. Nobody is authenticated, and nothing is done.
fn refused_unsigned(call: &Call<'_>) -> Option<ApiError> {
    let operation = call
        .operation
        .as_ref()
        .ok()
        .filter(|operation| !operation.signed)?;
    Some(ApiError::not_implemented(operation))
}

fn respond(format: ErrorFormat, request_id: RequestId, result: Result<Done, ApiError>) -> Response {
    let (answer, revision) = match result {
        Ok(Done { answer, revision }) => (answer, revision),
        Err(error) => (wire::encode_error(format, &error, request_id), None),
    };
    let Answer {
        status,
        content_type,
        body,
        location,
    } = answer;
    let mut response = Response::new(body.into());
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(id) = HeaderValue::from_str(request_id.encode(&mut [0; 36])) {
        headers.insert(REQUEST_ID_HEADER, id);
    }
    if let Some(location) = location {
        headers.insert(header::LOCATION, HeaderValue::from_static(location));
    }
    if let Some(revision) = revision {
        headers.insert(REVISION_HEADER, HeaderValue::from(revision.number()));
    }
    response
}

fn text<'a>(request: &'a Parts, name: &header::HeaderName) -> Option<&'a str> {
    request.headers.get(name).and_then(|value| value.to_str().ok())
}

fn user_agent(request: &Parts) -> &str {
    text(request, &header::USER_AGENT).unwrap_or_default()
}
