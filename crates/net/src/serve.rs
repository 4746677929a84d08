//! The accept loop.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::Limits;
use crate::watch::{Phase, WatchedService, WatchedStream};

/// How long the loop rests when the system has no file descriptor or memory for a connection.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How many connections are open, for whoever watches.
#[derive(Debug, Clone, Default)]
pub struct OpenConnections(Arc<AtomicUsize>);

impl OpenConnections {
    /// The number of open connections.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// One open connection: counted and bounded for as long as this lives.
#[derive(Debug)]
struct Place {
    open: OpenConnections,
    _permit: OwnedSemaphorePermit,
}

impl Place {
    fn new(open: OpenConnections, permit: OwnedSemaphorePermit) -> Self {
        open.0.fetch_add(1, Ordering::Relaxed);
        Self {
            open,
            _permit: permit,
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How a stop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Drain {
    /// Connections that were still working at the deadline and were cut off; 0 if all finished.
    pub cut_off: usize,
}

/// Serves HTTP/1 on `listener` until `shutdown` resolves, then lets running requests finish.
///
/// `make_service` is called once for each connection with the peer's address. From the shutdown on
/// nothing is accepted, idle connections are closed, and each working one is closed after its
/// answer, at the latest [`Limits::drain_time_max`] later.
pub async fn serve<M, S, B>(
    listener: TcpListener,
    limits: Limits,
    open: OpenConnections,
    make_service: M,
    shutdown: impl Future<Output = ()>,
) -> Drain
where
    M: Fn(SocketAddr) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let limits = Arc::new(limits);
    let mut http = http1::Builder::new();
    // The stream keeps the time itself, so hyper needs neither a timer nor its own time-out.
    http.header_read_timeout(None)
        .max_buf_size(limits.buffer_bytes_max);
    let places = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            (stream, peer, permit) = next_connection(&listener, &places) => {
                connections.spawn(run_connection(
                    http.clone(),
                    stream,
                    make_service(peer),
                    Arc::clone(&limits),
                    graceful.watcher(),
                    Place::new(open.clone(), permit),
                ));
            }
        }
    }
    drop(listener);
    drain(graceful, connections, limits.drain_time_max).await
}

/// Waits for a place and then for a connection to fill it.
async fn next_connection(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, SocketAddr, OwnedSemaphorePermit) {
    let Ok(permit) = Arc::clone(places).acquire_owned().await else {
        // Nobody closes the semaphore; were it closed, nothing could be accepted any more.
        return std::future::pending().await;
    };
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer, permit),
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections; trying again");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an error of `accept` says that the newcomer is gone, not that we are in trouble.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}

async fn run_connection<S, B>(
    http: http1::Builder,
    stream: TcpStream,
    service: S,
    limits: Arc<Limits>,
    watcher: Watcher,
    place: Place,
) where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    B: Body + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    // An answer is written at once; waiting to fill a segment would only delay its tail.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "cannot set TCP_NODELAY");
    }
    let phase = Phase::new();
    let service = WatchedService {
        inner: service,
        phase: phase.clone(),
    };
    let stream = TokioIo::new(WatchedStream::new(stream, phase, limits));
    let connection = http.serve_connection(stream, service);
    if let Err(error) = watcher.watch(connection).await {
        // Peers that vanish or dawdle are every day's business.
        tracing::debug!(%error, "connection ended early");
    }
    drop(place);
}

async fn drain(
    graceful: GracefulShutdown,
    mut connections: JoinSet<()>,
    time_max: Duration,
) -> Drain {
    let finished = tokio::time::timeout(time_max, graceful.shutdown()).await;
    if finished.is_ok() {
        return Drain { cut_off: 0 };
    }
    while connections.try_join_next().is_some() {}
    let cut_off = connections.len();
    tracing::warn!(cut_off, "stopped before every request was answered");
    connections.shutdown().await;
    Drain { cut_off }
}
