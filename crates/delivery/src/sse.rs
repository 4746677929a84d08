//! Server-sent events: whoever shows the token listens, and goes on after a break where
//! `Last-Event-ID` says.
//!
//! There is no cursor here: each listener has its own. What is read ahead for one is bounded, and
//! one that does not take it in time is let go: its stream ends with [`TOO_SLOW`] behind what was
//! ready, and it may come back with the id of its last event. Nobody else waits for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::service::service_fn;
use povline_net::{Limits, OpenConnections, serve};
use povline_store::ledger::{Deliveries, EventCursor};
use subtle::ConstantTimeEq as _;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::envelope::{Letter, Source};
use crate::run::{Feed, GATHER, LOOK_EVERY, SinkError};
use crate::settings::{SsePace, SseSettings};

/// The path at which events are told.
const PATH: &str = "/events";

/// The last of a stream that was left for too long: a comment, because it is no event.
pub const TOO_SLOW: &str =
    ": too slow: what was ready was left for too long; come back with Last-Event-ID\n\n";

/// How many parts are ready for a listener who has not taken them.
const AHEAD_MAX: usize = 64;

/// How many events are read at once for one listener.
const READ_MAX: usize = 64;

/// What a listener must show, never shown itself.
#[derive(Clone)]
pub struct Token(Box<str>);

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(***)")
    }
}

impl Token {
    /// Checks a token: 16 to 256 visible characters of ASCII.
    ///
    /// # Errors
    /// What a token must be.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = text.trim();
        let fits = text.bytes().all(|byte| byte.is_ascii_graphic());
        match (16..=256).contains(&text.len()) && fits {
            true => Ok(Self(text.into())),
            false => Err("must be 16 to 256 visible characters of ASCII"),
        }
    }

    #[cfg(feature = "nats")]
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    fn is_shown_by<B>(&self, request: &Request<B>) -> bool {
        let shown = request.headers().get(AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        shown.is_some_and(|shown| bool::from(shown.as_bytes().ct_eq(self.0.as_bytes())))
    }
}

/// Serves events until the sink is to stop.
pub(crate) async fn run<D: Deliveries>(
    feed: Feed<D>,
    settings: SseSettings,
) -> Result<(), SinkError> {
    let source = feed.source().await?;
    let listener = TcpListener::bind(settings.listen).await.map_err(|error| {
        SinkError::new(
            &feed.name,
            format!("cannot listen at {}: {error}", settings.listen),
        )
    })?;
    let address = listener.local_addr().unwrap_or(settings.listen);
    tracing::info!(sink = %feed.name, "events are told at http://{address}{PATH}");
    let limits = Limits {
        // Those that are refused, and those that ask for something else, come and go.
        connections_max: settings.clients_max + 16,
        drain_time_max: Duration::from_secs(2),
        ..Limits::default()
    };
    let stop = feed.stop.clone();
    let server = Arc::new(Server {
        places: Arc::new(Semaphore::new(settings.clients_max)),
        token: settings.token,
        pace: settings.pace,
        feed,
        source,
    });
    let make_service = |_peer| {
        let server = Arc::clone(&server);
        service_fn(move |request| {
            let answer = server.answer(&request);
            async move { Ok::<_, Infallible>(answer) }
        })
    };
    let drained = serve(
        listener,
        limits,
        OpenConnections::default(),
        make_service,
        stop.cancelled_owned(),
    );
    let _ = drained.await;
    Ok(())
}

struct Server<D> {
    feed: Feed<D>,
    source: Source,
    token: Token,
    pace: SsePace,
    places: Arc<Semaphore>,
}

/// A listener's end of its stream.
struct Listener {
    parts: mpsc::Sender<Bytes>,
    slow_max: Duration,
    was_too_slow: Arc<AtomicBool>,
}

impl<D: Deliveries> Server<D> {
    fn answer(self: &Arc<Self>, request: &Request<Incoming>) -> Response<Parts> {
        if request.uri().path() != PATH {
            return refusal(StatusCode::NOT_FOUND, "events are at /events\n");
        }
        if request.method() != Method::GET {
            return refusal(StatusCode::METHOD_NOT_ALLOWED, "events are told to GET\n");
        }
        if !self.token.is_shown_by(request) {
            let mut refused = refusal(
                StatusCode::UNAUTHORIZED,
                "show the token: Authorization: Bearer TOKEN\n",
            );
            let bearer = HeaderValue::from_static("Bearer");
            refused.headers_mut().insert(WWW_AUTHENTICATE, bearer);
            return refused;
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            return refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "as many listen as may (clients_max)\n",
            );
        };
        let last = request
            .headers()
            .get("last-event-id")
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let (parts, received) = mpsc::channel(AHEAD_MAX);
        let was_too_slow = Arc::new(AtomicBool::new(false));
        let listener = Listener {
            parts,
            slow_max: self.pace.slow_max,
            was_too_slow: Arc::clone(&was_too_slow),
        };
        let server = Arc::clone(self);
        tokio::spawn(async move { server.tell(last, &listener, place).await });
        let mut answer = Response::new(Parts::Stream(received, was_too_slow));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        answer
    }

    /// Tells one listener everything after its last event, until it goes or is too slow.
    async fn tell(&self, last: Option<String>, listener: &Listener, _place: OwnedSemaphorePermit) {
        let feed = &self.feed;
        let mut commits = feed.commits.clone();
        let (mut cursor, mut is_strange) = match last.as_deref().map(|id| self.place_of(id)) {
            // Without an id: what happens from now on.
            None => match feed.ledger.outbox(EventCursor(i64::MAX), 0).await {
                Ok(outbox) => (outbox.last, false),
                Err(_) => return,
            },
            Some(Some(cursor)) => (cursor, false),
            Some(None) => (EventCursor(0), true),
        };
        if !listener.hand(Bytes::from_static(b"retry: 3000\n\n")).await {
            return;
        }
        loop {
            let after = cursor;
            let read = feed.patiently(|| feed.ledger.outbox(after, READ_MAX)).await;
            let Some(outbox) = read else { return };
            if let Some((first, last)) = outbox.forgotten_after(cursor)
                && !is_strange
            {
                let (gap, _) = feed.gap(&self.source, (first, last));
                if !listener.hand(self.part(&gap)).await {
                    return;
                }
            }
            // An id of another ledger: nothing of this one was told yet, and so nothing is missing.
            is_strange = false;
            let is_all = outbox.events.len() < READ_MAX;
            cursor = EventCursor(cursor.0.max(outbox.first_kept.0 - 1));
            for told in &outbox.events {
                let letter = self.source.letter(told, feed.disclosure);
                if !listener.hand(self.part(&letter)).await {
                    tracing::debug!(sink = %feed.name, "a listener went away or was too slow");
                    return;
                }
                cursor = told.event.cursor;
            }
            if is_all && !self.await_more(listener, &mut commits).await {
                return;
            }
        }
    }

    /// Waits for events, saying now and then that the stream is alive; `false` once there is
    /// nobody to wait for.
    async fn await_more(
        &self,
        listener: &Listener,
        commits: &mut tokio::sync::watch::Receiver<u64>,
    ) -> bool {
        let look_every = LOOK_EVERY.min(self.pace.heartbeat);
        let mut silent = Duration::ZERO;
        loop {
            tokio::select! {
                () = self.feed.stop.cancelled() => return false,
                () = listener.parts.closed() => return false,
                changed = commits.changed() => {
                    tokio::time::sleep(GATHER).await;
                    return changed.is_ok();
                }
                () = tokio::time::sleep(look_every) => {
                    silent += look_every;
                    if silent < self.pace.heartbeat {
                        continue;
                    }
                    return listener.hand(Bytes::from_static(b": alive\n\n")).await;
                }
            }
        }
    }

    /// The place that an id tells, if it is one of this ledger's.
    fn place_of(&self, id: &str) -> Option<EventCursor> {
        let (ledger, sequence) = id.trim().split_once('.')?;
        let sequence: i64 = sequence.parse().ok()?;
        (ledger == self.source.ledger() && sequence >= 0).then_some(EventCursor(sequence))
    }

    fn part(&self, letter: &Letter) -> Bytes {
        let mut part = format!(
            "id: {}.{}\nevent: {}\ndata: ",
            self.source.ledger(),
            letter.sequence,
            letter.kind
        )
        .into_bytes();
        part.extend_from_slice(&letter.body);
        part.extend_from_slice(b"\n\n");
        Bytes::from(part)
    }
}

impl Listener {
    /// Makes a part ready; `false` if the listener is gone or too slow.
    async fn hand(&self, part: Bytes) -> bool {
        let Ok(handed) = tokio::time::timeout(self.slow_max, self.parts.send(part)).await else {
            self.was_too_slow.store(true, Ordering::Relaxed);
            return false;
        };
        handed.is_ok()
    }
}

fn refusal(status: StatusCode, text: &'static str) -> Response<Parts> {
    let mut answer = Response::new(Parts::Whole(Some(Bytes::from_static(text.as_bytes()))));
    *answer.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    answer.headers_mut().insert(CONTENT_TYPE, plain);
    answer
}

/// The body of an answer.
enum Parts {
    /// What is ready, and whether it ends because it was left for too long.
    Stream(mpsc::Receiver<Bytes>, Arc<AtomicBool>),
    Whole(Option<Bytes>),
}

impl Body for Parts {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Stream(parts, was_too_slow) => parts.poll_recv(context).map(|part| {
                let part = part.or_else(|| {
                    let last = was_too_slow.swap(false, Ordering::Relaxed);
                    last.then_some(Bytes::from_static(TOO_SLOW.as_bytes()))
                });
                part.map(|part| Ok(Frame::data(part)))
            }),
            Self::Whole(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }
}
