//! HTTP/1.1 over TCP, with TLS where the URL says https.

mod connect;
#[cfg(feature = "tls")]
mod trust;

use std::error::Error;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HeaderValue, USER_AGENT};
use http::{Extensions, Method, Request};
use http_body_util::{BodyExt as _, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as PooledClient, Error as PooledError};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use self::connect::{CarriedAnswer, Marking};
#[cfg(feature = "tls")]
pub use self::trust::{TrustError, TrustStore};
use crate::transport::{
    HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};

#[cfg(feature = "tls")]
type Connector = Marking<hyper_rustls::HttpsConnector<HttpConnector>>;
#[cfg(not(feature = "tls"))]
type Connector = Marking<HttpConnector>;

/// How connections are made and kept.
#[derive(Debug, Clone, Copy)]
pub struct HttpSettings {
    /// How long a TCP connection may take to come about.
    pub connect_timeout: Duration,
    /// How long the body may take once its head is there.
    pub body_timeout: Duration,
    /// How long an unused connection is kept. Below what servers usually allow, so that most
    /// connections are closed by us and not under our feet.
    pub idle_timeout: Duration,
    /// How many unused connections are kept for one host.
    pub idle_connections_max: usize,
    /// The longest body that is read.
    pub answer_bytes_max: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(12),
            idle_connections_max: 256,
            answer_bytes_max: 8 << 20,
        }
    }
}

/// The real network, with a pool of connections.
pub struct HttpTransport {
    pool: PooledClient<Connector, Full<Bytes>>,
    settings: HttpSettings,
    /// The `Date` of the last answer.
    date: Mutex<Option<HeaderValue>>,
}

impl fmt::Debug for HttpTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl HttpTransport {
    /// A transport that trusts these certificate authorities for https.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn new(settings: HttpSettings, trust: TrustStore) -> Self {
        let mut tcp = tcp_connector(settings);
        tcp.enforce_http(false);
        let tls = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(trust.into_config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        Self::over(settings, Marking(tls))
    }

    /// A transport for http alone.
    #[cfg(not(feature = "tls"))]
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self::over(settings, Marking(tcp_connector(settings)))
    }

    fn over(settings: HttpSettings, connector: Connector) -> Self {
        let pool = PooledClient::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(settings.idle_timeout)
            .pool_max_idle_per_host(settings.idle_connections_max)
            .build(connector);
        Self {
            pool,
            settings,
            date: Mutex::default(),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let has_body = !request.body.is_empty();
        let mut http = Request::new(Full::new(request.body));
        *http.method_mut() = if has_body { Method::POST } else { Method::GET };
        *http.uri_mut() = request.uri;
        let headers = http.headers_mut();
        if has_body {
            let content_type = http::HeaderValue::from_static(request.content_type);
            headers.insert(CONTENT_TYPE, content_type);
        }
        headers.insert(
            USER_AGENT,
            http::HeaderValue::from_static(concat!("povline/", env!("CARGO_PKG_VERSION"))),
        );
        let answer = self.pool.request(http).await.map_err(judge)?;
        if let Some(carried) = answer.extensions().get::<CarriedAnswer>() {
            carried.set();
        }
        *self.date() = answer.headers().get(DATE).cloned();
        let status = answer.status().as_u16();
        let announced = answer
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.settings.answer_bytes_max) {
            return Err(TransportError::new(TransportFault::TooLarge));
        }
        let body = self.read(answer.into_body()).await?;
        Ok(HttpAnswer { status, body })
    }

    fn date(&self) -> MutexGuard<'_, Option<HeaderValue>> {
        // A value is whole, even if a holder panicked.
        self.date.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn read(&self, body: Incoming) -> Result<Bytes, TransportError> {
        let whole = Limited::new(body, self.settings.answer_bytes_max).collect();
        match tokio::time::timeout(self.settings.body_timeout, whole).await {
            Err(_elapsed) => Err(TransportError::new(TransportFault::TimedOut)),
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => {
                Err(TransportError::new(TransportFault::TooLarge))
            }
            Ok(Err(error)) => Err(TransportError::new(TransportFault::Broken).caused_by(error)),
        }
    }
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(self.exchange(request))
    }

    fn server_date(&self) -> Option<String> {
        let date = self.date();
        date.as_ref()?.to_str().ok().map(str::to_owned)
    }
}

fn tcp_connector(settings: HttpSettings) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(settings.connect_timeout));
    tcp.set_nodelay(true);
    tcp
}

fn judge(error: PooledError) -> TransportError {
    let fault = if error.is_connect() {
        match timed_out(&error) {
            true => TransportFault::TimedOut,
            false => TransportFault::Connect,
        }
    } else if had_carried_answer(&error) {
        TransportFault::IdleClosed
    } else {
        TransportFault::Broken
    };
    TransportError::new(fault).caused_by(error)
}

/// Whether a time-out is among the causes.
fn timed_out(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::TimedOut
        {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether the connection on which this failed had carried an answer before, and no byte of the
/// next one came.
fn had_carried_answer(error: &PooledError) -> bool {
    let mut extensions = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extensions);
    }
    extensions
        .get::<CarriedAnswer>()
        .is_some_and(CarriedAnswer::get)
        && !was_malformed(error)
}

/// Whether the answer's head itself was at fault.
fn was_malformed(error: &PooledError) -> bool {
    error
        .source()
        .and_then(|cause| cause.downcast_ref::<hyper::Error>())
        .is_some_and(|error| error.is_parse() || error.is_timeout())
}
