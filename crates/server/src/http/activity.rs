use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::Limits;

/// A clock that is wound on by the sweep over the connections, and read for nothing.
///
/// A timer for each request would cost more than parsing it; a connection only notes the tick at
/// which it began to wait, and the sweep does the arithmetic.
pub(super) struct Clock {
    tick: AtomicU32,
    /// Time between two ticks.
    pub(super) period: Duration,
}

impl Clock {
    /// A clock fine enough for these limits.
    pub(super) fn new(limits: &Limits) -> Self {
        let shortest = limits.head_timeout.min(limits.idle_timeout);
        let period = (shortest / 8).clamp(Duration::from_millis(5), Duration::from_millis(250));
        Self {
            tick: AtomicU32::new(1),
            period,
        }
    }

    /// The current tick, never 0.
    pub(super) fn now(&self) -> u32 {
        self.tick.load(Relaxed)
    }

    pub(super) fn wind(&self) -> u32 {
        // Reaches its end after 34 years of quarter seconds.
        self.tick.fetch_add(1, Relaxed).saturating_add(1)
    }

    /// Whether a span that began at a tick is surely longer than `timeout`.
    pub(super) fn exceeds(&self, since: u32, timeout: Duration) -> bool {
        // The tick at which a span began may have been almost over.
        self.period * self.now().saturating_sub(since).saturating_sub(1) > timeout
    }
}

/// What a connection is doing, for the sweep to see.
pub(super) struct Activity {
    clock: Arc<Clock>,
    requests: AtomicU32,
    /// The tick at which the last request ended.
    rested_since: AtomicU32,
    /// The tick at which a request's head began, or 0.
    head_since: AtomicU32,
    multiplexed: AtomicBool,
}

/// What a connection has kept the server waiting for, for too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    Head,
    Idle,
}

impl Activity {
    pub(super) fn new(clock: Arc<Clock>) -> Self {
        let now = clock.now();
        Self {
            clock,
            requests: AtomicU32::new(0),
            rested_since: AtomicU32::new(now),
            head_since: AtomicU32::new(now),
            multiplexed: AtomicBool::new(false),
        }
    }

    /// Marks the begin of something that ends by itself: a request, a handshake.
    pub(super) fn begin(self: &Arc<Self>) -> InFlight {
        self.requests.fetch_add(1, Relaxed);
        self.head_since.store(0, Relaxed);
        InFlight(Arc::clone(self))
    }

    /// Expects a request's head from now on.
    pub(super) fn expect_head(&self) {
        self.head_since.store(self.clock.now(), Relaxed);
    }

    /// Says that requests share this connection, so that bytes need not belong to a head.
    pub(super) fn set_multiplexed(&self) {
        if !self.multiplexed.load(Relaxed) {
            self.multiplexed.store(true, Relaxed);
        }
    }

    pub(super) fn overdue(&self, limits: &Limits) -> Option<Overdue> {
        if self.requests.load(Relaxed) > 0 {
            return None;
        }
        let head_since = self.head_since.load(Relaxed);
        if head_since != 0 {
            return self
                .clock
                .exceeds(head_since, limits.head_timeout)
                .then_some(Overdue::Head);
        }
        self.clock
            .exceeds(self.rested_since.load(Relaxed), limits.idle_timeout)
            .then_some(Overdue::Idle)
    }

    fn received(&self) {
        if self.requests.load(Relaxed) == 0
            && self.head_since.load(Relaxed) == 0
            && !self.multiplexed.load(Relaxed)
        {
            self.expect_head();
        }
    }
}

pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.rested_since.store(self.0.clock.now(), Relaxed);
        self.0.requests.fetch_sub(1, Relaxed);
    }
}

/// A stream that notes when bytes arrive on it.
pub(super) struct Watched<S> {
    stream: S,
    activity: Arc<Activity>,
}

impl<S> Watched<S> {
    pub(super) fn new(stream: S, activity: Arc<Activity>) -> Self {
        Self { stream, activity }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let outcome = Pin::new(&mut self.stream).poll_read(cx, buffer);
        if buffer.filled().len() > before {
            self.activity.received();
        }
        outcome
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[std::io::IoSlice<'_>],
    ) -> Poll<std::io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_connection_waits_for() {
        let limits = Limits {
            head_timeout: Duration::from_millis(1000),
            idle_timeout: Duration::from_millis(2000),
            ..Limits::default()
        };
        let clock = Arc::new(Clock::new(&limits));
        assert_eq!(clock.period, Duration::from_millis(125));
        let wind = |ticks| {
            for _ in 0..ticks {
                clock.wind();
            }
        };
        let activity = Arc::new(Activity::new(Arc::clone(&clock)));
        wind(9);
        assert_eq!(
            activity.overdue(&limits),
            None,
            "a new connection has the whole time for a head"
        );
        wind(1);
        assert_eq!(activity.overdue(&limits), Some(Overdue::Head));

        let request = activity.begin();
        wind(1000);
        assert_eq!(activity.overdue(&limits), None, "a request takes what it takes");
        drop(request);
        wind(17);
        assert_eq!(activity.overdue(&limits), None);
        wind(1);
        assert_eq!(activity.overdue(&limits), Some(Overdue::Idle));

        activity.received();
        wind(5);
        activity.received();
        wind(4);
        assert_eq!(activity.overdue(&limits), None);
        wind(1);
        assert_eq!(
            activity.overdue(&limits),
            Some(Overdue::Head),
            "counted from the head's first byte"
        );

        activity.set_multiplexed();
        drop(activity.begin());
        activity.received();
        wind(11);
        assert_eq!(activity.overdue(&limits), None, "frames of HTTP/2 are not heads");
    }
}
