use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};

use super::activity::InFlight;

/// The body of an answer: whole, or, for a page of the console that goes on telling, in parts.
pub struct Body {
    content: Content,
    /// Keeps the connection from counting as idle while parts may come.
    in_flight: Option<InFlight>,
}

enum Content {
    Whole(Full<Bytes>),
    Parts(axum::body::Body),
}

impl Body {
    /// A body that comes in parts.
    pub(crate) fn parts(parts: axum::body::Body) -> Self {
        Self {
            content: Content::Parts(parts),
            in_flight: None,
        }
    }

    pub(super) fn is_in_parts(&self) -> bool {
        matches!(self.content, Content::Parts(_))
    }

    pub(super) fn keep(&mut self, in_flight: InFlight) {
        self.in_flight = Some(in_flight);
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self {
            content: Content::Whole(Full::new(bytes.into())),
            in_flight: None,
        }
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::from(Bytes::new())
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match &mut self.content {
            Content::Whole(whole) => Pin::new(whole).poll_frame(cx).map_err(|never| match never {}),
            Content::Parts(parts) => Pin::new(parts).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.content {
            Content::Whole(whole) => whole.is_end_stream(),
            Content::Parts(parts) => parts.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.content {
            Content::Whole(whole) => whole.size_hint(),
            Content::Parts(parts) => parts.size_hint(),
        }
    }
}
