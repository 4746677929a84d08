//! The accept loop.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
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
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::listener::{Accepted, Held, Places};
use crate::watch::{Phase, WatchedStream, watched};
use crate::{Limits, Listener, Peer};

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
    _held: Held,
}

impl Place {
    fn new(open: OpenConnections, held: Held) -> Self {
        open.0.fetch_add(1, Ordering::Relaxed);
        Self { open, _held: held }
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
/// `make_service` is called once for each connection. From the shutdown on nothing is accepted,
/// idle connections and unfinished handshakes are closed, and each working connection is closed
/// after its answer, at the latest [`Limits::drain_time_max`] later.
pub async fn serve<M, S, B>(
    listener: impl Into<Listener>,
    limits: Limits,
    open: OpenConnections,
    make_service: M,
    shutdown: impl Future<Output = ()>,
) -> Drain
where
    M: Fn(Peer) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
    S::Future: Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let listener: Listener = listener.into();
    let limits = Arc::new(limits);
    let places = Places::new(&limits);
    let graceful = GracefulShutdown::new();
    let (stop, stopping) = watch::channel(());
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            biased;
            () = &mut shutdown => break,
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = places.next(&listener) => {
                let Accepted { stream, peer, held } = accepted;
                let connection = Connection {
                    limits: Arc::clone(&limits),
                    watcher: graceful.watcher(),
                    is_beyond_limit: peer.is_beyond_limit,
                    place: Place::new(open.clone(), held),
                };
                let acceptor = listener.tls.as_ref().map(crate::ServerTls::acceptor);
                let stopping = stopping.clone();
                connections.spawn(connection.run(stream, acceptor, make_service(peer), stopping));
            }
        }
    }
    drop(listener);
    drop(stop);
    drain(graceful, connections, limits.drain_time_max).await
}

/// One connection and what it holds until it ends.
struct Connection {
    limits: Arc<Limits>,
    watcher: Watcher,
    is_beyond_limit: bool,
    place: Place,
}

impl Connection {
    async fn run<S, B>(
        self,
        stream: TcpStream,
        acceptor: Option<TlsAcceptor>,
        service: S,
        stopping: watch::Receiver<()>,
    ) where
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        // An answer is written at once; waiting to fill a segment would only delay its tail.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let refusal_time_max = self.is_beyond_limit.then_some(self.limits.refusal_time_max);
        let handshake_time_max = self.limits.handshake_time_max;
        let whole = async {
            match acceptor {
                None => self.speak(stream, service).await,
                Some(acceptor) => {
                    let secure = handshake(acceptor, stream, handshake_time_max, stopping).await;
                    if let Some(secure) = secure {
                        self.speak(secure, service).await;
                    }
                }
            }
        };
        match refusal_time_max {
            None => whole.await,
            Some(time_max) => {
                let refused = tokio::time::timeout(time_max, Box::pin(whole)).await;
                if refused.is_err() {
                    tracing::debug!("a connection beyond the limit took too long to be refused");
                }
            }
        }
    }

    async fn speak<T, S, B>(self, stream: T, service: S)
    where
        T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
        S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible> + Send + 'static,
        S::Future: Send + 'static,
        B: Body + Send + 'static,
        B::Data: Send,
        B::Error: Into<Box<dyn Error + Send + Sync>>,
    {
        let mut http = http1::Builder::new();
        // The stream keeps the time itself, so hyper needs neither a timer nor its own time-out.
        http.header_read_timeout(None)
            .max_buf_size(self.limits.buffer_bytes_max)
            .max_header_size(self.limits.buffer_bytes_max)
            .keep_alive(!self.is_beyond_limit);
        let phase = Phase::new();
        let service = watched(service, phase.clone());
        let stream = TokioIo::new(WatchedStream::new(stream, phase, self.limits));
        let connection = http.serve_connection(stream, service);
        if let Err(error) = self.watcher.watch(connection).await {
            // Peers that vanish or dawdle are every day's business.
            tracing::debug!(%error, "connection ended early");
        }
        drop(self.place);
    }
}

/// The stream under TLS, unless the peer fails, dawdles, or the server stops meanwhile.
async fn handshake(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    time_max: Duration,
    mut stopping: watch::Receiver<()>,
) -> Option<TlsStream<TcpStream>> {
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(time_max, acceptor.accept(stream)) => shaken,
        // Nothing is ever sent: the channel closes when the server stops.
        _ = stopping.changed() => return None,
    };
    match shaken {
        Ok(Ok(stream)) => Some(stream),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a TLS handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!("a TLS handshake took too long");
            None
        }
    }
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
