//! Parts of pages that are told anew when what they show changes.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::response::{
    IntoResponse, Response,
    sse::{Event, Sse},
};
use http::StatusCode;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

/// How often what is shown is looked at.
const PERIOD: Duration = Duration::from_secs(1);
/// How long one page is told at a time. Browsers ask again, and are then authenticated again.
const TOLD_FOR: Duration = Duration::from_secs(300);
/// Pages that are told at once.
const PAGES_MAX: usize = 256;
/// Pages for which is looked at once. The others wait for their turn, so that who reads a page waits for few of them.
const LOOKS_MAX: usize = 2;
/// The event after which there are no more. A stream that ends without it is asked for again.
const END: &str = "end";

/// Who is told.
pub(super) struct Live {
    closed: watch::Sender<bool>,
    pages: Arc<Semaphore>,
    looks: Arc<Semaphore>,
}

impl Default for Live {
    fn default() -> Self {
        Self {
            closed: watch::Sender::new(false),
            pages: Arc::new(Semaphore::new(PAGES_MAX)),
            looks: Arc::new(Semaphore::new(LOOKS_MAX)),
        }
    }
}

/// One page that is told.
struct Telling<V, F> {
    /// What changes when anything may have changed that a page shows.
    version: V,
    looked_at: Option<u64>,
    look: F,
    told: Option<String>,
    closed: watch::Receiver<bool>,
    until: tokio::time::Instant,
    looks: Arc<Semaphore>,
    _place: OwnedSemaphorePermit,
}

/// What a page is told next.
enum Told {
    Html(String),
    /// Its reader may not see it any more.
    End,
}

impl Live {
    /// Tells a page, under the event's name `part`, what `look` finds, each time that it is another; until `look`
    /// finds nothing, which is when its reader may not see it any more. It looks only when `version` is another.
    pub(super) fn tell<V, F, L>(&self, part: &'static str, version: V, look: F) -> Response
    where
        V: Fn() -> u64 + Send + 'static,
        F: Fn() -> L + Send + 'static,
        L: Future<Output = Option<String>> + Send,
    {
        let Ok(place) = Arc::clone(&self.pages).try_acquire_owned() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let telling = Telling {
            version,
            looked_at: None,
            look,
            told: None,
            closed: self.closed.subscribe(),
            until: tokio::time::Instant::now() + TOLD_FOR,
            looks: Arc::clone(&self.looks),
            _place: place,
        };
        let events = futures_util::stream::unfold(Some(telling), move |telling| async move {
            let mut telling = telling?;
            Some(match telling.next().await? {
                Told::Html(html) => (Ok(Event::default().event(part).data(html)), Some(telling)),
                Told::End => (end(), None),
            })
        });
        Sse::new(events).into_response()
    }

    /// Ends all of them.
    pub(super) fn close(&self) {
        self.closed.send_replace(true);
    }
}

/// Tells a page that nothing will be told. A browser that is refused asks again and again.
pub(super) fn ended() -> Response {
    Sse::new(futures_util::stream::iter([end()])).into_response()
}

fn end() -> Result<Event, Infallible> {
    Ok(Event::default().event(END).data(END))
}

impl<V, F, L> Telling<V, F>
where
    V: Fn() -> u64,
    F: Fn() -> L,
    L: Future<Output = Option<String>>,
{
    /// What is to be told next, when it is; `None` when the browser is to ask again.
    async fn next(&mut self) -> Option<Told> {
        loop {
            if *self.closed.borrow() || tokio::time::Instant::now() >= self.until {
                return None;
            }
            let version = (self.version)();
            if self.looked_at.replace(version) != Some(version) {
                let turn = self.looks.acquire().await.ok()?;
                let found = (self.look)().await;
                drop(turn);
                let Some(found) = found else {
                    return Some(Told::End);
                };
                if self.told.as_ref() != Some(&found) {
                    self.told = Some(found.clone());
                    return Some(Told::Html(found));
                }
            }
            // Whichever comes first: both are looked at above.
            let _ = tokio::time::timeout(PERIOD, self.closed.changed()).await;
        }
    }
}
