//! Operations that pages of the console ask for: reported like those that come over the wire.

use std::sync::{Arc, Mutex, PoisonError};

use http::request::Parts;
use keystead_authority::{Asked, Context, Perform, Performed};
use keystead_types::RequestId;
use keystead_verifier::Authenticated;
use keystead_wire::{ApiError, Operation};

use super::{Api, report::Report, text, user_agent};
use crate::http::Peer;

/// A visit of a page, which may ask for several operations.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    pub(super) user_agent: String,
    pub(super) referer: Option<String>,
    pub(super) peer: Peer,
    /// Of what is done again and again, the operations of which a refusal was reported.
    repeated: Option<Arc<Mutex<Vec<&'static str>>>>,
}

/// What was asked for is not done.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The error that a client of the API would have read.
    pub(crate) error: ApiError,
    /// Under which the operator finds why.
    pub(crate) request_id: RequestId,
}

/// What a page asks for, while it is under way.
pub(crate) struct UnderWay<'a> {
    report: Report<'a>,
    operation: &'static str,
    visit: &'a Visit,
    /// The circumstances that it is decided in.
    pub(crate) context: Context,
    /// What it was asked, and what was decided.
    pub(crate) asked: Asked,
}

impl<'a> UnderWay<'a> {
    fn of(report: Report<'a>, operation: &'static str, visit: &'a Visit) -> Self {
        Self {
            context: report.context(),
            asked: Asked::default(),
            report,
            operation,
            visit,
        }
    }
}

impl Visit {
    pub(crate) fn new(request: &Parts, peer: Peer) -> Self {
        Self {
            user_agent: user_agent(request).to_owned(),
            referer: text(request, &http::header::REFERER).map(str::to_owned),
            peer,
            repeated: None,
        }
    }

    /// The same again and again, as a live part of a page looks again at what it has shown. Reads that succeed are not
    /// reported any more, and the refusals of an operation once.
    pub(crate) fn repeated(&self) -> Self {
        Self {
            repeated: Some(Arc::default()),
            ..self.clone()
        }
    }

    /// Whether the end of a read, or of a change that was refused, is to be reported.
    fn is_news(&self, operation: &'static str, is_refused: bool) -> bool {
        let Some(refused) = &self.repeated else {
            return true;
        };
        let mut refused = refused.lock().unwrap_or_else(PoisonError::into_inner);
        let is_news = is_refused && !refused.contains(&operation);
        if is_news {
            refused.push(operation);
        }
        is_news
    }

    /// The browser's address.
    pub(crate) fn source(&self) -> std::net::IpAddr {
        self.peer.address
    }
}

impl Refused {
    /// A refusal that is not reported.
    fn quietly(error: ApiError, report: &Report<'_>) -> Self {
        Self {
            error,
            request_id: report.arrival.request_id,
        }
    }
}

impl Api {
    /// The circumstances of a visit, for what is no operation: a sign-in.
    pub(crate) fn context_of(&self, visit: &Visit) -> Context {
        Report::of_visit(self.arrival(), visit, None).context()
    }

    /// Runs an operation for a page.
    pub(crate) async fn perform<O: Perform>(
        &self,
        input: O::Input,
        caller: &Authenticated,
        visit: &Visit,
    ) -> Result<O::Output, Refused> {
        let mut under_way = self.begin(O::OPERATION, visit);
        let UnderWay { context, asked, .. } = &mut under_way;
        let performed = self.authority.perform::<O>(input, caller, context, asked).await;
        self.end(under_way, caller, performed)
    }

    /// Begins what is known as an operation, and is more than its input says.
    pub(crate) fn begin<'a>(&self, operation: &'static Operation, visit: &'a Visit) -> UnderWay<'a> {
        let report = Report::of_visit(self.arrival(), visit, Some(operation));
        UnderWay::of(report, operation.name, visit)
    }

    /// Ends it.
    pub(crate) fn end<T>(
        &self,
        under_way: UnderWay<'_>,
        caller: &Authenticated,
        performed: Result<Performed<T>, ApiError>,
    ) -> Result<T, Refused> {
        let is_recorded = performed
            .as_ref()
            .is_ok_and(|performed| performed.revision.is_some());
        let performed = performed.map(|performed| performed.output);
        self.conclude(under_way, caller, performed, is_recorded)
    }

    /// Begins a read of Keystead's own for a page.
    pub(crate) fn begin_own_read<'a>(&self, operation: &'static str, visit: &'a Visit) -> UnderWay<'a> {
        let mut report = Report::of_visit(self.arrival(), visit, None);
        report.is_own(operation);
        UnderWay::of(report, operation, visit)
    }

    /// Ends it.
    pub(crate) fn end_own_read<T>(
        &self,
        read: UnderWay<'_>,
        caller: &Authenticated,
        result: Result<T, ApiError>,
    ) -> Result<T, Refused> {
        self.conclude(read, caller, result, false)
    }

    fn conclude<T>(
        &self,
        under_way: UnderWay<'_>,
        caller: &Authenticated,
        result: Result<T, ApiError>,
        is_recorded: bool,
    ) -> Result<T, Refused> {
        let UnderWay {
            mut report,
            mut asked,
            operation,
            visit,
            ..
        } = under_way;
        if !is_recorded && !visit.is_news(operation, result.is_err()) {
            return result.map_err(|error| Refused::quietly(error, &report));
        }
        let (request_id, now) = (report.arrival.request_id, report.arrival.now);
        self.explanations.keep(request_id, now, asked.take_decisions());
        report.authenticated(caller.clone(), asked);
        report.end(self, result.as_ref().err(), is_recorded);
        result.map_err(|error| Refused { error, request_id })
    }
}
