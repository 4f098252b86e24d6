use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use keystead_types::limits::REQUEST_BODY_BYTES_MAX;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::{Limits, Refusal};

/// Why a body was not received.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreceived {
    /// It is refused, and the client is told.
    Refused(Refusal),
    /// It broke off: there is nobody to tell, and nothing to be done.
    Cut,
}

/// Memory that bodies take up while they are being received, on all connections together.
pub(super) struct Memory {
    taken: AtomicUsize,
    bytes_max: usize,
}

impl Memory {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            taken: AtomicUsize::new(0),
            bytes_max,
        }
    }
}

struct Taken<'a> {
    memory: &'a Memory,
    bytes: usize,
}

impl Taken<'_> {
    fn grow(&mut self, bytes: usize) -> Result<(), Unreceived> {
        self.bytes += bytes;
        let before = self.memory.taken.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.memory.bytes_max {
            return Err(Unreceived::Refused(Refusal::Overloaded));
        }
        Ok(())
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        self.memory.taken.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Receives a whole body. One that came in a single piece is passed on without a copy.
///
/// `patience` is how many times the body is simply asked again before a timer is set: over HTTP/1
/// the first time only says that somebody now wants it.
pub(super) async fn receive(
    body: &mut Incoming,
    limits: &Limits,
    memory: &Memory,
    patience: u32,
) -> Result<Bytes, Unreceived> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = body.size_hint().lower();
    if announced > REQUEST_BODY_BYTES_MAX as u64 {
        return Err(Unreceived::Refused(Refusal::BodyTooLarge));
    }
    let mut pieces = Pieces {
        body,
        pace: Pace::new(limits),
        patience,
    };
    let Some(first) = pieces.next().await? else {
        return Ok(Bytes::new());
    };
    if pieces.body.is_end_stream() && first.len() <= REQUEST_BODY_BYTES_MAX {
        return Ok(first);
    }
    let mut taken = Taken { memory, bytes: 0 };
    let mut whole = BytesMut::new();
    let mut piece = Some(first);
    while let Some(bytes) = piece {
        if whole.len() + bytes.len() > REQUEST_BODY_BYTES_MAX {
            return Err(Unreceived::Refused(Refusal::BodyTooLarge));
        }
        taken.grow(bytes.len())?;
        whole.extend_from_slice(&bytes);
        pieces.pace.received += bytes.len();
        piece = if pieces.body.is_end_stream() {
            None
        } else {
            pieces.next().await?
        };
    }
    Ok(whole.freeze())
}

struct Pieces<'a> {
    body: &'a mut Incoming,
    pace: Pace,
    patience: u32,
}

impl Pieces<'_> {
    /// The next piece of data; trailers are passed over.
    async fn next(&mut self) -> Result<Option<Bytes>, Unreceived> {
        loop {
            self.pace.readjust();
            let frame = poll_fn(|cx| {
                if let Poll::Ready(frame) = Pin::new(&mut *self.body).poll_frame(cx) {
                    return Poll::Ready(frame.transpose().map_err(|_| Unreceived::Cut));
                }
                if self.patience > 0 {
                    self.patience -= 1;
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                self.pace
                    .timer()
                    .poll(cx)
                    .map(|()| Err(Unreceived::Refused(Refusal::BodyTimeout)))
            });
            match frame.await? {
                None => return Ok(None),
                Some(frame) => {
                    if let Ok(data) = frame.into_data() {
                        return Ok(Some(data));
                    }
                }
            }
        }
    }
}

/// How fast a body must come: freely for a while, then at the slowest pace allowed.
struct Pace {
    timeout: Duration,
    bytes_per_second_min: u32,
    received: usize,
    /// The moment of the first wait and its timer; a body that is there needs neither.
    timer: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    fn new(limits: &Limits) -> Self {
        Self {
            timeout: limits.body_timeout,
            bytes_per_second_min: limits.body_bytes_per_second_min.max(1),
            received: 0,
            timer: None,
        }
    }

    fn earned(&self) -> Duration {
        self.timeout
            + Duration::from_secs(1).mul_f64(self.received as f64 / f64::from(self.bytes_per_second_min))
    }

    fn timer(&mut self) -> Pin<&mut Sleep> {
        let earned = self.earned();
        let (_, timer) = self.timer.get_or_insert_with(|| {
            let begun = Instant::now();
            (begun, Box::pin(sleep_until(begun + earned)))
        });
        timer.as_mut()
    }

    fn readjust(&mut self) {
        let earned = self.earned();
        if let Some((begun, timer)) = &mut self.timer {
            timer.as_mut().reset(*begun + earned);
        }
    }
}

/// Bytes of a refused body that are read and thrown away.
const DISCARDED_BYTES_MAX: usize = 16 * REQUEST_BODY_BYTES_MAX;
/// How long that goes on.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(2);

/// Reads on for a while and throws away. Closing a socket with unread bytes resets the connection, and
/// the client, busy sending, would never read why it was refused.
pub(super) async fn discard(mut body: Incoming) {
    let _ = timeout(DISCARD_TIMEOUT, async {
        let mut bytes = 0;
        while let Some(Ok(frame)) = body.frame().await {
            bytes += frame.data_ref().map_or(0, Bytes::len);
            if bytes > DISCARDED_BYTES_MAX {
                return;
            }
        }
    })
    .await;
}
