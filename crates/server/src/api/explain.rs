//! How earlier requests were decided, for operators: `GET /-/explain/REQUEST-ID`.

use std::collections::VecDeque;

use http::{HeaderValue, StatusCode, header, request::Parts};
use keystead_authority::Asked;
use keystead_types::{AccountId, RequestId, Timestamp, limits};
use keystead_verifier::{Action, Decided, DecidingStatement, Effect};
use keystead_wire::ApiError;
use parking_lot::Mutex;
use serde_json::{Value as Json, json};

use super::{Api, Arrival, Claim, OWN_SERVICE, Report};
use crate::http::{Peer, Response};

/// The decisions of the latest requests. Older ones make room.
#[derive(Default)]
pub struct Explanations(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    requests: VecDeque<Explained>,
    bytes: usize,
}

struct Explained {
    request_id: RequestId,
    at: Timestamp,
    decisions: Vec<Decided>,
    bytes: usize,
}

impl Explanations {
    /// Keeps what a request's decisions were; nothing for a request that needed none.
    pub(super) fn keep(&self, request_id: RequestId, at: Timestamp, decisions: Vec<Decided>) {
        if decisions.is_empty() {
            return;
        }
        let explained = Explained {
            request_id,
            at,
            bytes: decisions.iter().map(Decided::memory_bytes).sum(),
            decisions,
        };
        let mut kept = self.0.lock();
        let oldest = kept.make_room(explained.bytes);
        kept.bytes += explained.bytes;
        kept.requests.push_back(explained);
        // Freed without the lock.
        drop(kept);
        drop(oldest);
    }

    /// The explanation of a request of this account; another account's is as good as none.
    fn find(&self, request_id: RequestId, account: AccountId) -> Option<Json> {
        let kept = self.0.lock();
        let found = kept
            .requests
            .iter()
            .rev()
            .find(|explained| explained.request_id == request_id)?;
        let is_own = found.decisions.iter().all(|decided| decided.account() == account);
        is_own.then(|| explanation(found))
    }
}

impl Kept {
    /// Takes out the oldest, until there is room for one more of this size.
    fn make_room(&mut self, bytes: usize) -> Vec<Explained> {
        let mut oldest = Vec::new();
        while self.requests.len() >= limits::EXPLAINED_REQUESTS_MAX
            || self.bytes + bytes > limits::EXPLAINED_BYTES_MAX
        {
            let Some(explained) = self.requests.pop_front() else {
                break;
            };
            self.bytes -= explained.bytes;
            oldest.push(explained);
        }
        oldest
    }
}

impl Api {
    /// Answers who has `keystead:Explain`. What is refused is counted, logged and recorded like a request to
    /// IAM.
    pub(super) async fn explain(&self, request: &Parts, body: &[u8], peer: &Peer, id: &str) -> Response {
        let arrival: Arrival = self.arrival();
        let mut report = Report::begin(arrival, request, peer, Claim::of(request));
        report.is_own("Explain");
        let caller = match self
            .authenticate(OWN_SERVICE, request, body, peer, arrival.now)
            .await
        {
            Ok(caller) => caller,
            Err(failure) => {
                report.unauthenticated(&failure);
                return self.refused(&report, failure.into());
            }
        };
        let account = caller.principal().account;
        let mut asked = Asked::default();
        let context = report.context();
        let action = Action::new("keystead:Explain");
        let allowed = self.authority.allow(action, &caller, &context, &mut asked).await;
        let decisions = asked.take_decisions();
        report.authenticated(caller, asked);
        self.explanations.keep(arrival.request_id, arrival.now, decisions);
        if let Err(error) = allowed {
            return self.refused(&report, error);
        }
        report.end(self, None, false);
        let found = id.parse().ok().and_then(|id| self.explanations.find(id, account));
        match found {
            Some(explanation) => json_response(StatusCode::OK, &explanation),
            None => json_response(
                StatusCode::NOT_FOUND,
                &json!({ "message": "No decision of this account's is kept under this request id." }),
            ),
        }
    }

    fn refused(&self, report: &Report<'_>, error: ApiError) -> Response {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let answer = json!({
            "code": error.code().as_str(),
            "message": error.message(),
            "requestId": report.arrival.request_id.to_string(),
        });
        report.end(self, Some(&error), false);
        json_response(status, &answer)
    }
}

fn explanation(explained: &Explained) -> Json {
    json!({
        "requestId": explained.request_id.to_string(),
        "time": explained.at.to_string(),
        "caller": explained.decisions.first().map(Decided::caller_arn),
        "decisions": explained.decisions.iter().map(decision).collect::<Vec<_>>(),
    })
}

fn decision(decided: &Decided) -> Json {
    let policies = decided.identity_policies().iter().map(ToString::to_string);
    json!({
        "action": decided.action().name(),
        "resource": decided.resource().arn(),
        "decision": decided.outcome().as_str(),
        "decidedBy": decided.policy_type(),
        "statement": decided.statement().map(statement),
        "missingContextKeys": decided.missing_keys().collect::<Vec<_>>(),
        "identityPolicies": policies.collect::<Vec<_>>(),
        "sessionPolicies": decided.session_policies().iter().map(ToString::to_string).collect::<Vec<_>>(),
        "permissionsBoundary": decided.boundary().map(ToString::to_string),
        "revision": decided.revision(),
    })
}

fn statement(statement: &DecidingStatement) -> Json {
    json!({
        "policy": statement.policy.to_string(),
        "index": statement.index,
        "sid": statement.sid,
        "effect": match statement.effect {
            Effect::Allow => "Allow",
            Effect::Deny => "Deny",
        },
        "line": statement.line,
    })
}

fn json_response(status: StatusCode, content: &Json) -> Response {
    let mut response = Response::new(format!("{content}\n").into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(bytes: usize) -> Explained {
        Explained {
            request_id: "00000000-0000-4000-8000-000000000000".parse().unwrap(),
            at: Timestamp::from_seconds(0),
            decisions: Vec::new(),
            bytes,
        }
    }

    #[test]
    fn the_oldest_make_room_by_number_and_by_size() {
        let mut kept = Kept::default();
        let mut keep = |bytes| {
            let gone = kept.make_room(bytes).len();
            kept.bytes += bytes;
            kept.requests.push_back(explained(bytes));
            (gone, kept.requests.len(), kept.bytes)
        };
        for number in 1..=limits::EXPLAINED_REQUESTS_MAX {
            assert_eq!(keep(1), (0, number, number));
        }
        let all = limits::EXPLAINED_REQUESTS_MAX;
        assert_eq!(keep(1), (1, all, all));
        assert_eq!(
            keep(limits::EXPLAINED_BYTES_MAX - 2),
            (all - 2, 3, limits::EXPLAINED_BYTES_MAX)
        );
        assert_eq!(keep(1), (1, 3, limits::EXPLAINED_BYTES_MAX));
        // What is too large by itself is kept alone.
        assert_eq!(
            keep(limits::EXPLAINED_BYTES_MAX + 1),
            (3, 1, limits::EXPLAINED_BYTES_MAX + 1)
        );
        assert_eq!(keep(1), (1, 1, 1));
    }
}
