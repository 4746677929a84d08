//! A connection that knows how long it has been waiting for its peer.
//!
//! hyper has a time-out for heads but none for idle or stalled connections, and sets up a timer
//! anew with every request. Here each connection has one timer, touched only when the peer really
//! makes us wait: a busy connection pays one reading of the clock for each answer.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use http_body::Body;
use hyper::body::Incoming;
use hyper::service::{Service, service_fn};
use hyper::{Request, Response};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::Limits;

/// The head of a request is on its way.
const HEAD: u8 = 0;
/// A request is being worked on: the service has its own deadlines, body included. What is written
/// meanwhile is no answer, but the word that a body may come (`100 Continue`).
const WORK: u8 = 1;
/// The answer is there and none of it is written yet.
const ANSWERED: u8 = 2;
/// An answer has been (or is being) written and no byte of another request has come.
const IDLE: u8 = 3;

/// Where a connection stands, known to its two ends: the stream and the service.
#[derive(Debug, Clone)]
pub(crate) struct Phase(Arc<AtomicU8>);

impl Phase {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicU8::new(HEAD)))
    }

    // One task owns both ends, so the order of memory accesses is the program's.
    fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, phase: u8) {
        self.0.store(phase, Ordering::Relaxed);
    }
}

/// A service that tells its connection when a head has arrived whole, and when its answer is there.
pub(crate) fn watched<S, B>(
    service: S,
    phase: Phase,
) -> impl Service<
    Request<Incoming>,
    Response = Response<B>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<B>, Infallible>> + Send,
>
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible, Future: Send>,
    B: Body,
{
    service_fn(move |request| {
        phase.set(WORK);
        let (working, phase) = (service.call(request), phase.clone());
        async move {
            let answer = working.await;
            phase.set(ANSWERED);
            answer
        }
    })
}

/// A stream that fails with [`io::ErrorKind::TimedOut`] when its peer is too slow.
#[derive(Debug)]
pub(crate) struct WatchedStream<T> {
    stream: T,
    phase: Phase,
    limits: Arc<Limits>,
    /// When the present wait for bytes began.
    waiting_since: Instant,
    /// When the peer began to refuse bytes, if it does.
    stalled_since: Option<Instant>,
    /// How fast the peer takes what it has let wait, if it has.
    late: Option<Late>,
    /// Set for some deadline of the past or the present, never for a later one than is due.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<T> WatchedStream<T> {
    pub(crate) fn new(stream: T, phase: Phase, limits: Arc<Limits>) -> Self {
        Self {
            stream,
            phase,
            limits,
            waiting_since: Instant::now(),
            stalled_since: None,
            late: None,
            timer: None,
        }
    }

    /// Fails if `deadline` is past, else makes sure that the task is woken then.
    fn poll_deadline(&mut self, cx: &mut Context<'_>, deadline: Instant) -> Result<(), io::Error> {
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        // A timer set for an earlier wait may ring early: it is then set anew for this one.
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Err(io::ErrorKind::TimedOut.into());
            }
            timer.as_mut().reset(deadline);
        }
        Ok(())
    }

    fn read_deadline(&self) -> Option<Instant> {
        match self.phase.get() {
            HEAD => Some(self.waiting_since + self.limits.head_time_max),
            IDLE => Some(self.waiting_since + self.limits.idle_time_max),
            _ => None,
        }
    }

    /// Judges what writing to the peer came to.
    fn watch_write(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match &written {
            Poll::Ready(result) => {
                self.stalled_since = None;
                if self.phase.get() != WORK {
                    self.waiting_since = Instant::now();
                    self.phase.set(IDLE);
                }
                if let (Some(late), Ok(bytes)) = (&mut self.late, result) {
                    late.bytes += bytes;
                }
            }
            Poll::Pending => {
                if let Err(error) = self.poll_stall(cx) {
                    return Poll::Ready(Err(error));
                }
            }
        }
        written
    }

    /// Judges whether the peer has taken all that there was.
    fn watch_flush(
        &mut self,
        cx: &mut Context<'_>,
        flushed: Poll<io::Result<()>>,
    ) -> Poll<io::Result<()>> {
        match &flushed {
            Poll::Ready(_) => {
                self.stalled_since = None;
                self.late = None;
            }
            Poll::Pending => {
                if let Err(error) = self.poll_stall(cx) {
                    return Poll::Ready(Err(error));
                }
            }
        }
        flushed
    }

    /// The peer takes nothing just now: fails if it has done so for too long, or takes so little
    /// whenever it takes something that the answer hardly moves on.
    fn poll_stall(&mut self, cx: &mut Context<'_>) -> Result<(), io::Error> {
        let now = Instant::now();
        let late = self.late.get_or_insert(Late {
            since: now,
            bytes: 0,
        });
        if late.bytes >= self.limits.write_bytes_min
            && now >= late.since + self.limits.write_time_max
        {
            *late = Late {
                since: now,
                bytes: 0,
            };
        }
        let mut deadline = *self.stalled_since.get_or_insert(now) + self.limits.write_stall_max;
        if late.bytes < self.limits.write_bytes_min {
            deadline = deadline.min(late.since + self.limits.write_time_max);
        }
        self.poll_deadline(cx, deadline)
    }
}

/// How much the peer has taken of an answer since it let it wait.
#[derive(Debug)]
struct Late {
    since: Instant,
    bytes: usize,
}

impl<T: AsyncRead + Unpin> AsyncRead for WatchedStream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let read = Pin::new(&mut this.stream).poll_read(cx, buffer);
        match (&read, this.read_deadline()) {
            (Poll::Ready(_), _) => {
                if this.phase.get() == IDLE {
                    this.phase.set(HEAD);
                    this.waiting_since = Instant::now();
                }
            }
            (Poll::Pending, Some(deadline)) if this.stalled_since.is_none() => {
                if let Err(error) = this.poll_deadline(cx, deadline) {
                    return Poll::Ready(Err(error));
                }
            }
            (Poll::Pending, _) => {}
        }
        read
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for WatchedStream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watch_write(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_flush(cx, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // Over TLS there is a farewell to be written.
        let ended = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch_flush(cx, ended)
    }
}
