//! Connections that are kept for the next call.
//!
//! A call takes the connection that was used last, so that those which are not needed grow old and
//! go. A connection answers one call at a time and comes back only when its answer was read whole.
//!
//! A connection has no task of its own: the call that uses it drives it ([`Driver`]), which saves a
//! hand-over between tasks for each thing that comes or goes. A kept one lies still; what its server
//! did meanwhile is seen by the next call that takes it, before anything is sent.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::uri::{self, Authority, PathAndQuery, Scheme};
use http::{HeaderValue, Uri};
use http_body_util::Full;
use hyper::client::conn::http1::{Builder, Connection, SendRequest};
use tokio::time::Instant;
use tower_service::Service;

use super::{Connector, judge_connecting};
use crate::transport::{TransportError, TransportFault};

/// What moves a connection's bytes, which go over a stream with TLS or without.
type Moving = Connection<<Connector as Service<Uri>>::Response, Full<Bytes>>;

/// Where a call goes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Host {
    scheme: Scheme,
    authority: Authority,
    header: HeaderValue,
}

impl Host {
    /// The host of a URL.
    pub(super) fn of(uri: &Uri) -> Result<Self, TransportError> {
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(TransportError::new(TransportFault::Connect)
                .caused_by("the URL names no host; write it whole, with http or https"));
        };
        Ok(Self {
            scheme: scheme.clone(),
            authority: authority.clone(),
            header: header_of(scheme, authority)?,
        })
    }

    /// Whether it is the host of this URL.
    pub(super) fn is_of(&self, uri: &Uri) -> bool {
        uri.scheme() == Some(&self.scheme) && uri.authority() == Some(&self.authority)
    }

    /// Its URL, with no path.
    fn uri(&self) -> Uri {
        let mut parts = uri::Parts::default();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        parts.path_and_query = Some(PathAndQuery::from_static("/"));
        // All three parts are there, and each is one.
        Uri::from_parts(parts).unwrap_or_default()
    }

    /// What stands in the header `Host`: the port only where it is not the scheme's own.
    pub(super) fn header(&self) -> &HeaderValue {
        &self.header
    }
}

fn header_of(scheme: &Scheme, authority: &Authority) -> Result<HeaderValue, TransportError> {
    let usual = match *scheme == Scheme::HTTPS {
        true => 443,
        false => 80,
    };
    let host = authority.host();
    let value = match authority.port_u16() {
        Some(port) if port != usual => {
            HeaderValue::from_maybe_shared(Bytes::from(format!("{host}:{port}")))
        }
        _ => HeaderValue::from_str(host),
    };
    value.map_err(|error| TransportError::new(TransportFault::Connect).caused_by(error))
}

/// A connection for one call.
pub(super) struct Taken {
    pub(super) line: Line,
    /// Whether it has carried an answer before, so that its server may close it at the very moment
    /// at which it is used again.
    pub(super) was_used: bool,
}

/// A connection: what takes requests, and what moves their bytes.
pub(super) struct Line {
    pub(super) sender: SendRequest<Full<Bytes>>,
    pub(super) driver: Driver,
}

impl Line {
    /// Waits until the connection can take a request.
    async fn ready(&mut self) -> Result<(), hyper::Error> {
        let ready = pin!(self.sender.ready());
        self.driver.during(ready).await
    }
}

/// Moves the bytes of a connection, while somebody waits for what they bring.
pub(super) struct Driver {
    /// `None` when the connection has ended. What ended it is told to the call that uses it.
    connection: Option<Pin<Box<Moving>>>,
}

impl Driver {
    /// Does `work` and drives the connection meanwhile. It is no `async fn`, which would carry what it
    /// is given twice.
    pub(super) fn during<W: Future>(
        &mut self,
        mut work: Pin<&mut W>,
    ) -> impl Future<Output = W::Output> {
        poll_fn(move |context| {
            if let Poll::Ready(done) = work.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            let Some(connection) = &mut self.connection else {
                return Poll::Pending;
            };
            if connection.as_mut().poll(context).is_ready() {
                self.connection = None;
            }
            // What the connection brought is at hand now.
            work.as_mut().poll(context)
        })
    }
}

struct Kept {
    line: Line,
    since: Instant,
}

/// The connections that nobody uses, by host, those used last at the end. Hosts are few, mostly one.
#[derive(Default)]
struct Idle {
    hosts: Vec<(Arc<Host>, Vec<Kept>)>,
    /// Whether a task looks after those that nobody asks for.
    is_watched: bool,
}

impl Idle {
    /// Drops what is older than it may be.
    fn drop_old(&mut self, now: Instant, idle_max: Duration) {
        self.hosts.retain_mut(|(_, kept)| {
            kept.retain(|one| now - one.since < idle_max);
            !kept.is_empty()
        });
    }

    fn of(&mut self, host: &Host) -> Option<&mut Vec<Kept>> {
        let mut hosts = self.hosts.iter_mut();
        Some(&mut hosts.find(|(known, _)| **known == *host)?.1)
    }
}

/// Makes connections and keeps them.
pub(super) struct Pool {
    connector: Connector,
    idle: Arc<Mutex<Idle>>,
    idle_max: Duration,
    kept_max: usize,
}

impl Pool {
    /// A pool that keeps up to `kept_max` connections for one host, each for up to `idle_max`.
    pub(super) fn new(connector: Connector, idle_max: Duration, kept_max: usize) -> Self {
        Self {
            connector,
            idle: Arc::default(),
            idle_max,
            kept_max,
        }
    }

    /// A kept connection, or a new one.
    pub(super) async fn take(&self, host: &Host) -> Result<Taken, TransportError> {
        while let Some(mut line) = self.kept(host) {
            // What the server has closed meanwhile is known here, before anything was sent.
            if line.ready().await.is_ok() {
                return Ok(Taken {
                    line,
                    was_used: true,
                });
            }
        }
        self.connect(host).await
    }

    /// A new connection. Most calls need none, and carry no room for it.
    pub(super) async fn connect(&self, host: &Host) -> Result<Taken, TransportError> {
        Box::pin(self.make(host)).await
    }

    async fn make(&self, host: &Host) -> Result<Taken, TransportError> {
        let mut connector = self.connector.clone();
        poll_fn(|context| connector.poll_ready(context))
            .await
            .map_err(judge_connecting)?;
        let stream = connector.call(host.uri()).await;
        let stream = stream.map_err(judge_connecting)?;
        // A call's form is short: one piece with the head is sooner copied than two are handed over.
        let (sender, connection) = Builder::new()
            .writev(false)
            .handshake(stream)
            .await
            .map_err(|error| TransportError::new(TransportFault::Connect).caused_by(error))?;
        let driver = Driver {
            connection: Some(Box::pin(connection)),
        };
        let mut line = Line { sender, driver };
        line.ready()
            .await
            .map_err(|error| TransportError::new(TransportFault::Broken).caused_by(error))?;
        Ok(Taken {
            line,
            was_used: false,
        })
    }

    /// Keeps a connection whose answer was read whole.
    pub(super) fn keep(&self, host: Arc<Host>, line: Line) {
        if line.sender.is_closed() {
            return;
        }
        let since = Instant::now();
        let mut idle = lock(&self.idle);
        let one = Kept { line, since };
        match idle.of(&host) {
            Some(kept) if kept.len() < self.kept_max => kept.push(one),
            Some(_) => {}
            None if self.kept_max > 0 => idle.hosts.push((host, vec![one])),
            None => return,
        }
        if !std::mem::replace(&mut idle.is_watched, true) {
            drop(idle);
            tokio::spawn(watch(Arc::downgrade(&self.idle), self.idle_max));
        }
    }

    fn kept(&self, host: &Host) -> Option<Line> {
        let mut idle = lock(&self.idle);
        let kept = idle.of(host)?;
        let last = kept.pop()?;
        if last.since.elapsed() < self.idle_max {
            return Some(last.line);
        }
        // Those before it are older still.
        kept.clear();
        None
    }
}

/// Drops connections that have grown old, until there is none left to look after.
async fn watch(idle: Weak<Mutex<Idle>>, idle_max: Duration) {
    loop {
        tokio::time::sleep(idle_max).await;
        let Some(idle) = idle.upgrade() else { return };
        let mut idle = lock(&idle);
        idle.drop_old(Instant::now(), idle_max);
        if idle.hosts.is_empty() {
            idle.is_watched = false;
            return;
        }
    }
}

fn lock(idle: &Mutex<Idle>) -> MutexGuard<'_, Idle> {
    // It is whole after every step, even if a holder panicked.
    idle.lock().unwrap_or_else(PoisonError::into_inner)
}
