//! HTTP/1.1 over TCP, with TLS where the URL says https.

mod pool;
#[cfg(feature = "tls")]
mod trust;

use std::error::Error;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, DATE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Body as _, Incoming};
use hyper::client::conn::TrySendError;
use hyper_util::client::legacy::connect::HttpConnector;
use povline_domain::UnixMillis;

use self::pool::{Host, Pool, Taken};
#[cfg(feature = "tls")]
pub use self::trust::{TrustError, TrustStore};
use crate::transport::{
    HttpAnswer, HttpRequest, Transport, TransportError, TransportFault, TransportFuture,
};

#[cfg(feature = "tls")]
type Connector = hyper_rustls::HttpsConnector<HttpConnector>;
#[cfg(not(feature = "tls"))]
type Connector = HttpConnector;

/// What this client calls itself.
const NAME: HeaderValue = HeaderValue::from_static(concat!("povline/", env!("CARGO_PKG_VERSION")));

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
    pool: Pool,
    settings: HttpSettings,
    last: Mutex<Last>,
}

/// What the last call was about. The next one is to the same host, mostly within the same second.
#[derive(Default)]
struct Last {
    host: Option<Arc<Host>>,
    /// The answer's `Date`, and the instant that it names.
    date: Option<(HeaderValue, Option<UnixMillis>)>,
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
        Self::over(settings, tls)
    }

    /// A transport for http alone.
    #[cfg(not(feature = "tls"))]
    #[must_use]
    pub fn new(settings: HttpSettings) -> Self {
        Self::over(settings, tcp_connector(settings))
    }

    fn over(settings: HttpSettings, connector: Connector) -> Self {
        let (idle_max, kept_max) = (settings.idle_timeout, settings.idle_connections_max);
        Self {
            pool: Pool::new(connector, idle_max, kept_max),
            settings,
            last: Mutex::default(),
        }
    }

    async fn exchange(&self, request: HttpRequest) -> Result<HttpAnswer, TransportError> {
        let host = self.host(&request.uri)?;
        let mut taken = self.pool.take(&host).await?;
        let http = http_request(request, &host);
        let line = &mut taken.line;
        let sending = pin!(line.sender.try_send_request(http));
        let answer = match line.driver.during(sending).await {
            Ok(answer) => answer,
            // Most calls do not come here, and carry no room for it.
            Err(failed) => Box::pin(self.send_again(failed, &host, &mut taken)).await?,
        };
        let date = self.note_date(answer.headers().get(DATE));
        let status = answer.status().as_u16();
        let announced = answer
            .headers()
            .get(CONTENT_LENGTH)
            .and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > self.settings.answer_bytes_max) {
            return Err(TransportError::new(TransportFault::TooLarge));
        }
        let reading = pin!(self.read(answer.into_body(), announced));
        let reading = taken.line.driver.during(reading);
        let body = within(self.settings.body_timeout, reading).await??;
        self.pool.keep(host, taken.line);
        Ok(HttpAnswer { status, body, date })
    }

    fn last(&self) -> MutexGuard<'_, Last> {
        // Its values are whole, even if a holder panicked.
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The host of a URL.
    fn host(&self, uri: &Uri) -> Result<Arc<Host>, TransportError> {
        let mut last = self.last();
        if let Some(host) = last.host.as_ref().filter(|host| host.is_of(uri)) {
            return Ok(Arc::clone(host));
        }
        let host = Arc::new(Host::of(uri)?);
        last.host = Some(Arc::clone(&host));
        Ok(host)
    }

    /// Takes note of an answer's `Date`, and tells the instant that it names.
    fn note_date(&self, date: Option<&HeaderValue>) -> Option<UnixMillis> {
        let mut last = self.last();
        match (date, &last.date) {
            (Some(date), Some((known, instant))) if date == known => *instant,
            _ => {
                last.date = date.map(|date| (date.clone(), instant_of(date)));
                last.date.as_ref().and_then(|(_, instant)| *instant)
            }
        }
    }

    /// Sends a request once more that did not go out, on a new connection in place of a kept one that
    /// was found to be closed.
    async fn send_again(
        &self,
        mut failed: TrySendError<Request<Full<Bytes>>>,
        host: &Host,
        taken: &mut Taken,
    ) -> Result<Response<Incoming>, TransportError> {
        match failed.take_message() {
            Some(unsent) if taken.was_used => {
                *taken = self.pool.connect(host).await?;
                let line = &mut taken.line;
                let sending = pin!(line.sender.try_send_request(unsent));
                let sent = line.driver.during(sending).await;
                sent.map_err(|failed| judge(failed.into_error(), false))
            }
            _ => Err(judge(failed.into_error(), taken.was_used)),
        }
    }

    /// Reads a body of at most the length that is read. One that comes in one piece is not copied.
    async fn read(
        &self,
        mut body: Incoming,
        announced: Option<usize>,
    ) -> Result<Bytes, TransportError> {
        let bytes_max = self.settings.answer_bytes_max;
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let frame = frame
                .map_err(|error| TransportError::new(TransportFault::Broken).caused_by(error))?;
            // Trailers tell nothing that is read here.
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if whole.len() + data.len() > bytes_max {
                return Err(TransportError::new(TransportFault::TooLarge));
            }
            if whole.is_empty() {
                if body.is_end_stream() {
                    return Ok(data);
                }
                whole.reserve(announced.unwrap_or(data.len()));
            }
            whole.extend_from_slice(&data);
        }
        Ok(whole.freeze())
    }
}

/// What a future brings within this time. Most bodies come along with their heads, so that there is
/// nothing to wait for, and to set a timer costs as much as to read one.
async fn within<F: Future>(longest: Duration, future: F) -> Result<F::Output, TransportError> {
    let mut future = pin!(future);
    let at_once = poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await;
    if let Poll::Ready(output) = at_once {
        return Ok(output);
    }
    let output = tokio::time::timeout(longest, future).await;
    output.map_err(|_elapsed| TransportError::new(TransportFault::TimedOut))
}

/// A request as it goes over a connection: the path alone, and the host in its header.
fn http_request(request: HttpRequest, host: &Host) -> Request<Full<Bytes>> {
    let has_body = !request.body.is_empty();
    let path = request.uri.into_parts().path_and_query;
    let mut http = Request::new(Full::new(request.body));
    *http.method_mut() = if has_body { Method::POST } else { Method::GET };
    if let Some(path) = path {
        *http.uri_mut() = Uri::from(path);
    }
    let headers = http.headers_mut();
    headers.insert(HOST, host.header().clone());
    if has_body {
        let content_type = HeaderValue::from_static(request.content_type);
        headers.insert(CONTENT_TYPE, content_type);
    }
    headers.insert(USER_AGENT, NAME);
    http
}

impl Transport for HttpTransport {
    fn send(&self, request: HttpRequest) -> TransportFuture<'_> {
        Box::pin(self.exchange(request))
    }

    fn server_date(&self) -> Option<UnixMillis> {
        self.last().date.as_ref().and_then(|(_, instant)| *instant)
    }
}

/// The instant that a `Date` names.
fn instant_of(date: &HeaderValue) -> Option<UnixMillis> {
    let named = jiff::fmt::rfc2822::parse(date.to_str().ok()?).ok()?;
    Some(UnixMillis(named.timestamp().as_millisecond()))
}

fn tcp_connector(settings: HttpSettings) -> HttpConnector {
    let mut tcp = HttpConnector::new();
    tcp.set_connect_timeout(Some(settings.connect_timeout));
    tcp.set_nodelay(true);
    tcp
}

/// Why there is no connection.
fn judge_connecting(error: impl Into<Box<dyn Error + Send + Sync>>) -> TransportError {
    let error = error.into();
    let fault = match timed_out(&*error) {
        true => TransportFault::TimedOut,
        false => TransportFault::Connect,
    };
    TransportError::new(fault).caused_by(error)
}

/// Why no answer began. On a connection that had carried an answer before, and on which no byte of
/// the next one came, the server was free to close.
fn judge(error: hyper::Error, was_used: bool) -> TransportError {
    // The answer's head itself may be at fault.
    let was_malformed = error.is_parse() || error.is_timeout();
    let fault = match was_used && !was_malformed {
        true => TransportFault::IdleClosed,
        false => TransportFault::Broken,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_if_it_is_one() {
        let read = |text| instant_of(&HeaderValue::from_static(text));
        let expected = Some(UnixMillis(1_795_478_400_000));
        assert_eq!(read("Tue, 24 Nov 2026 00:00:00 GMT"), expected);
        assert_eq!(read("yesterday"), None);
    }
}
