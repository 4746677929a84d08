//! Between a client and a real server, looking on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use parking_lot::Mutex;
use povline_client::{HttpRequest, Transport};
use povline_domain::Clock;
use povline_net::{BodyLimits, LargeBodies, Limits, OpenConnections, read_body};
use tokio::net::TcpListener;

use super::call::RecordedCall;
use super::recorder::{Recorder, Seen};
use crate::server::CallParams;

/// The form in which TOP's clients send their parameters.
const URLENCODED: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// How much of a call is passed on.
const BODY_LIMITS: BodyLimits = BodyLimits {
    bytes_max: 1 << 20,
    time_max: Duration::from_secs(30),
    large_bytes_per_second: 32 << 10,
};

/// Large calls in memory at a time, whoever they are from.
const LARGE_BODIES: usize = 16;

/// Passes calls on to a server, as they are, and what it answers back, and hands a line of each to
/// whoever keeps the recording.
pub struct Proxy<F> {
    upstream: Uri,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    watching: Mutex<(Recorder, F)>,
    large_bodies: LargeBodies,
}

impl<F> std::fmt::Debug for Proxy<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Proxy").finish_non_exhaustive()
    }
}

impl<F: FnMut(&RecordedCall) + Send + 'static> Proxy<F> {
    /// A proxy before the server at this address, which has no query. `keep` is called with each
    /// line, in the order in which calls are answered.
    pub fn new(
        upstream: Uri,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        recorder: Recorder,
        keep: F,
    ) -> Self {
        Self {
            upstream,
            transport,
            clock,
            watching: Mutex::new((recorder, keep)),
            large_bodies: LargeBodies::at_most(LARGE_BODIES, LARGE_BODIES),
        }
    }

    /// Serves clients until stopped. Whatever path they call, the call goes to the server's.
    pub async fn serve(self: Arc<Self>, listener: TcpListener, stop: impl Future<Output = ()>) {
        let drain = povline_net::serve(
            listener,
            Limits::default(),
            OpenConnections::default(),
            |_peer| {
                let proxy = Arc::clone(&self);
                service_fn(move |request| {
                    let proxy = Arc::clone(&proxy);
                    async move { Ok::<_, Infallible>(proxy.pass_on(request).await) }
                })
            },
            stop,
        )
        .await;
        tracing::debug!(cut_off = drain.cut_off, "the proxy closed");
    }

    async fn pass_on(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let Ok(body) = read_body(body, BODY_LIMITS, &self.large_bodies, None).await else {
            return plain(
                StatusCode::BAD_REQUEST,
                "the body is too large or broke off\n",
            );
        };
        let content_type = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if content_type.is_some_and(|kind| !kind.trim_start().starts_with("application/x-www-form"))
        {
            return plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "only urlencoded calls are passed on\n",
            );
        }
        let query = head.uri.query();
        let Some(uri) = self.address(query) else {
            return plain(StatusCode::BAD_REQUEST, "the query cannot be passed on\n");
        };
        let at = self.clock.now();
        let answer = self
            .transport
            .send(HttpRequest {
                uri,
                content_type: URLENCODED,
                body: Bytes::copy_from_slice(&body),
            })
            .await;
        let took = self.clock.now().millis_since(at).max(0);
        let seen = match &answer {
            Ok(answer) => Seen::Answer(answer.status, &answer.body),
            Err(_) => Seen::Broken,
        };
        let call = CallParams {
            query,
            content_type,
            body: &body,
        };
        {
            let mut watching = self.watching.lock();
            let (recorder, keep) = &mut *watching;
            let took_ms = u32::try_from(took).unwrap_or(u32::MAX);
            if let Some(line) = recorder.line(call, at, took_ms, seen) {
                keep(&line);
            }
        }
        match answer {
            Ok(answer) => back(answer.status, answer.body),
            Err(error) => {
                tracing::warn!(%error, "the server gave no answer");
                plain(StatusCode::BAD_GATEWAY, "the server gave no answer\n")
            }
        }
    }

    fn address(&self, query: Option<&str>) -> Option<Uri> {
        let Some(query) = query else {
            return Some(self.upstream.clone());
        };
        let mut parts = self.upstream.clone().into_parts();
        let path = format!("{}?{query}", self.upstream.path());
        parts.path_and_query = Some(path.parse().ok()?);
        Uri::from_parts(parts).ok()
    }
}

/// The answer, under the type that its first byte tells: clients look at it.
fn back(status: u16, body: Bytes) -> Response<Full<Bytes>> {
    let kind = match body.trim_ascii_start().first() {
        Some(b'{' | b'[') => "application/json;charset=UTF-8",
        Some(b'<') if body.trim_ascii_start().starts_with(b"<?xml") => "text/xml;charset=UTF-8",
        _ => "text/html;charset=UTF-8",
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    respond(status, kind, body)
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    respond(
        status,
        "text/plain;charset=UTF-8",
        Bytes::from_static(text.as_bytes()),
    )
}

fn respond(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}
