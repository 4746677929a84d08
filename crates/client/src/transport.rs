//! How a request reaches a gateway: a trait, so that a simulation can stand in for the network.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use bytes::Bytes;
use http::Uri;
use povline_domain::UnixMillis;

/// A future that a [`Transport`] returns.
pub type TransportFuture<'a> =
    Pin<Box<dyn Future<Output = Result<HttpAnswer, TransportError>> + Send + 'a>>;

/// Carries one HTTP request to a gateway and its answer back: one attempt, no retry.
pub trait Transport: Send + Sync + 'static {
    /// Sends a POST with an urlencoded body, or a GET if there is no body, and reads the whole
    /// answer.
    fn send(&self, request: HttpRequest) -> TransportFuture<'_>;

    /// The instant that the last answer named (`Date`); `None` if it has named none, or if this
    /// transport knows no such thing.
    fn server_date(&self) -> Option<UnixMillis> {
        None
    }
}

/// A request as it goes over the wire. Its query and body hold the signature, so its `Debug` shows
/// neither.
#[derive(Clone)]
pub struct HttpRequest {
    /// Where to, with the query.
    pub uri: Uri,
    /// The `Content-Type` of the body.
    pub content_type: &'static str,
    /// The urlencoded body; empty if everything stands in the query.
    pub body: Bytes,
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("host", &self.uri.host())
            .field("path", &self.uri.path())
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// An answer with its whole body. Bodies hold patients' data, so its `Debug` does not show it.
#[derive(Clone)]
pub struct HttpAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Bytes,
    /// The instant that the answer names (`Date`), in whole seconds.
    pub date: Option<UnixMillis>,
}

impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpAnswer")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .field("date", &self.date)
            .finish()
    }
}

/// What went wrong between here and the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TransportFault {
    /// No connection came about: refused, unreachable, unknown host, or TLS did not agree.
    Connect,
    /// The answer did not come within the time allowed.
    TimedOut,
    /// The connection broke before the whole answer was there.
    Broken,
    /// The gateway closed a kept connection just as it was used again. Nothing is wrong with
    /// either side; the same call at once, on a new connection, is the cure.
    IdleClosed,
    /// The answer is longer than this client reads.
    TooLarge,
}

impl TransportFault {
    /// A stable word for metrics and summaries.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::TimedOut => "timed-out",
            Self::Broken => "broken",
            Self::IdleClosed => "idle-closed",
            Self::TooLarge => "too-large",
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::Connect => "no connection to the gateway",
            Self::TimedOut => "the gateway did not answer in time",
            Self::Broken => "the connection broke before the whole answer was there",
            Self::IdleClosed => "the gateway closed an idle connection as it was used again",
            Self::TooLarge => "the answer is longer than this client reads",
        }
    }
}

/// A failed attempt to reach a gateway or to read its answer.
#[derive(Debug)]
pub struct TransportError {
    fault: TransportFault,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl TransportError {
    /// An error of this kind.
    #[must_use]
    pub fn new(fault: TransportFault) -> Self {
        Self {
            fault,
            source: None,
        }
    }

    /// The same with the error that caused it, which must not hold the request's query or body.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    #[must_use]
    pub fn fault(&self) -> TransportFault {
        self.fault
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.fault.text())
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source
            .as_ref()
            .map(|source| &**source as &(dyn Error + 'static))
    }
}
