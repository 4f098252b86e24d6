use std::fmt::Display;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use keystead_types::RequestId;
use tracing::field::{DisplayValue, display};

use crate::metrics::Metrics;

/// Lines about refused requests in one second, and as many about failed ones; more say nothing new and
/// fill disks.
const LINES_PER_SECOND_MAX: u32 = 100;

/// What a line tells about a request.
pub struct RequestLine<'a> {
    /// The id that the caller was given.
    pub request_id: RequestId,
    /// The client's address.
    pub source: IpAddr,
    /// `iam`, `sts`.
    pub service: &'a str,
    /// `CreateUser`; `unknown` if there is no such operation.
    pub operation: &'a str,
    /// The access key that signed, or, as long as there is no `caller`, the one that the request names.
    pub access_key_id: Option<&'a str>,
    /// The caller's ARN, once proven.
    pub caller: Option<&'a dyn Display>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// AWS's error code, if the request failed.
    pub code: Option<&'a str>,
    /// Which check it failed.
    pub check: Option<&'a str>,
    /// What the operator should know and the caller is not told, or else what the caller is told.
    pub detail: Option<&'a str>,
    /// From the whole request to its answer.
    pub elapsed: Duration,
}

/// The log of requests: changes and failures at level info, faults of the server at error, and reads
/// at debug. Lines about failures are bounded in each second, and those about faults apart from them.
pub struct RequestLog {
    metrics: Metrics,
    begun: Instant,
    refusals: Budget,
    /// Requests without a proven caller have a budget of their own: a flood of them hides nobody else.
    unproven: Budget,
    faults: Budget,
}

/// How many lines of one kind a second still takes.
struct Budget {
    /// What the lines are about.
    outcome: &'static str,
    /// The second that is being counted, since the log began.
    second: AtomicU64,
    written: AtomicU32,
    suppressed: AtomicU64,
}

macro_rules! request {
    ($level:ident, $line:expr, $text:literal) => {
        tracing::$level!(
            request_id = %$line.request_id,
            source = %$line.source,
            service = $line.service,
            operation = $line.operation,
            access_key_id = $line.access_key_id,
            caller = $line.caller.map(shown),
            status = $line.status,
            code = $line.code,
            check = $line.check,
            detail = $line.detail,
            microseconds = u64::try_from($line.elapsed.as_micros()).unwrap_or(u64::MAX),
            $text
        )
    };
}

fn shown(caller: &dyn Display) -> DisplayValue<&dyn Display> {
    display(caller)
}

impl RequestLog {
    /// A log that counts in `metrics` what it leaves out.
    pub fn new(metrics: Metrics) -> Self {
        Self {
            metrics,
            begun: Instant::now(),
            refusals: Budget::new("refused"),
            unproven: Budget::new("unauthenticated"),
            faults: Budget::new("failed"),
        }
    }

    /// A request changed something.
    pub fn change(&self, line: &RequestLine<'_>) {
        request!(info, line, "changed");
    }

    /// A request was answered and changed nothing.
    pub fn read(&self, line: &RequestLine<'_>) {
        request!(debug, line, "answered");
    }

    /// A request was refused, by a fault of its own. `at` is when it was answered.
    pub fn refusal(&self, line: &RequestLine<'_>, at: Instant) {
        let budget = match line.caller {
            Some(_) => &self.refusals,
            None => &self.unproven,
        };
        if tracing::enabled!(tracing::Level::INFO) && self.admit(budget, at) {
            request!(info, line, "refused");
        }
    }

    /// A request failed by a fault of the server's. `at` is when it was answered.
    pub fn fault(&self, line: &RequestLine<'_>, at: Instant) {
        if self.admit(&self.faults, at) {
            request!(error, line, "failed");
        }
    }

    /// Says how many lines were left out since it was last said.
    pub fn flush(&self) {
        self.refusals.flush();
        self.unproven.flush();
        self.faults.flush();
    }

    fn admit(&self, budget: &Budget, at: Instant) -> bool {
        let admitted = budget.admit(at.saturating_duration_since(self.begun).as_secs());
        if !admitted {
            self.metrics.lines_suppressed(1);
        }
        admitted
    }
}

impl Budget {
    fn new(outcome: &'static str) -> Self {
        Self {
            outcome,
            second: AtomicU64::new(0),
            written: AtomicU32::new(0),
            suppressed: AtomicU64::new(0),
        }
    }

    /// Whether this second has room for one more line. A request that is late counts for the second that
    /// has begun meanwhile. Threads that race for the turn of a second may write a few lines more than the
    /// bound; none is lost from the count.
    fn admit(&self, second: u64) -> bool {
        if self.second.fetch_max(second, Relaxed) < second {
            self.written.store(0, Relaxed);
            self.flush();
        }
        if self.written.fetch_add(1, Relaxed) < LINES_PER_SECOND_MAX {
            return true;
        }
        self.suppressed.fetch_add(1, Relaxed);
        false
    }

    fn flush(&self) {
        let lines = self.suppressed.swap(0, Relaxed);
        if lines > 0 {
            let outcome = self.outcome;
            tracing::warn!(lines, outcome, "lines about requests were suppressed");
        }
    }
}
