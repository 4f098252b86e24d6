use std::fmt::Display;
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use keystead_types::{RequestId, Timestamp};
use tracing::field::{DisplayValue, display};

use crate::metrics::Metrics;

/// Lines about refused requests in one second; more say nothing new and fill disks.
const REFUSALS_PER_SECOND_MAX: u32 = 100;

/// What a line tells about a request.
pub struct RequestLine<'a> {
    /// The id that the caller was given.
    pub request_id: RequestId,
    /// The client's address.
    pub source: IpAddr,
    /// `iam`, `sts`.
    pub service: &'a str,
    /// `CreateUser`; as the caller wrote it if there is no such operation.
    pub operation: &'a str,
    /// The access key that signed, if the request names one.
    pub access_key_id: Option<&'a str>,
    /// The caller's ARN, once proven.
    pub caller: Option<&'a dyn Display>,
    /// The HTTP status of the answer.
    pub status: u16,
    /// AWS's error code, if the request failed.
    pub code: Option<&'a str>,
    /// Which check it failed.
    pub check: Option<&'a str>,
    /// What else the operator should know. The caller is not told.
    pub detail: Option<&'a str>,
    /// From the whole request to its answer.
    pub elapsed: Duration,
}

/// The log of requests: changes and failures at level info, faults of the server at error, and reads
/// at debug. Lines about failures are bounded in each second.
pub struct RequestLog {
    metrics: Metrics,
    /// The second that is being counted.
    second: AtomicI64,
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
            second: AtomicI64::new(i64::MIN),
            written: AtomicU32::new(0),
            suppressed: AtomicU64::new(0),
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

    /// A request was refused, by a fault of its own.
    pub fn refusal(&self, line: &RequestLine<'_>, now: Timestamp) {
        if tracing::enabled!(tracing::Level::INFO) && self.admit(now) {
            request!(info, line, "refused");
        }
    }

    /// A request failed by a fault of the server's.
    pub fn fault(&self, line: &RequestLine<'_>, now: Timestamp) {
        if self.admit(now) {
            request!(error, line, "failed");
        }
    }

    /// Says how many lines were left out since it was last said.
    pub fn flush(&self) {
        let lines = self.suppressed.swap(0, Relaxed);
        if lines > 0 {
            tracing::warn!(lines, "lines about refused requests were suppressed");
        }
    }

    /// Whether this second has room for one more line. Threads that race for the turn of a second may
    /// write a few lines more than the bound; none is lost from the count.
    fn admit(&self, now: Timestamp) -> bool {
        if self.second.swap(now.seconds(), Relaxed) != now.seconds() {
            self.written.store(0, Relaxed);
            self.flush();
        }
        if self.written.fetch_add(1, Relaxed) < REFUSALS_PER_SECOND_MAX {
            return true;
        }
        self.suppressed.fetch_add(1, Relaxed);
        self.metrics.lines_suppressed(1);
        false
    }
}
