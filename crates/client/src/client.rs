//! The client: signs, sends, and tells answers from failures.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use http::uri::PathAndQuery;
use povline_domain::{AppKey, Clock, Digest, UnixMillis};
use povline_protocol::decode::{self, Answer, PageAnswer};
use povline_protocol::methods::appointment_query::{AppointmentQuery, QueryForm};
use povline_protocol::request::{self, Credentials, Filled};
use povline_protocol::{AnswerForm, PlatformError, Secret, result_digest};

use crate::builder::ClientBuilder;
use crate::error::{CallError, MalformedAnswer};
use crate::transport::{HttpAnswer, HttpRequest, Transport, TransportError, TransportFault};

/// A client of one gateway for one app. Clones share connections.
#[derive(Clone)]
pub struct Client {
    settings: Arc<Settings>,
    transport: Arc<dyn Transport>,
}

/// What a client was built with.
pub(crate) struct Settings {
    pub(crate) url: Uri,
    /// The path of the URL, and `?`.
    pub(crate) target: String,
    pub(crate) credentials: Credentials,
    pub(crate) form: AnswerForm,
    /// The call that is made all the time, but for what differs.
    pub(crate) query_form: QueryForm,
    pub(crate) call_timeout: Duration,
    pub(crate) clock: Arc<dyn Clock>,
}

/// An answer as it came, to any method.
#[derive(Debug, Clone)]
pub struct RawAnswer {
    /// Status and body.
    pub http: HttpAnswer,
    /// When the request left.
    pub requested_at: UnixMillis,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
}

/// An answer to the appointment query, not read yet. It has a `result`, which may still turn out
/// to be a failure.
#[derive(Debug, Clone)]
pub struct Fetched {
    raw: RawAnswer,
    digest: Digest,
}

/// A page of a POV-day's list.
#[derive(Debug, Clone)]
pub struct Answered {
    /// The page, and the rows of it that could not be read.
    pub page: PageAnswer,
    /// The digest of the answer's `result`: if it is that of an earlier answer, so is the page.
    pub digest: Digest,
    /// The id under which the platform has logged the call.
    pub request_id: Option<String>,
    /// When the request left.
    pub requested_at: UnixMillis,
    /// When the whole answer was there.
    pub answered_at: UnixMillis,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("host", &self.settings.url.host())
            .field("app_key", &self.settings.credentials.app_key)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Sets up a client of the gateway at `url`. The clock tells the timestamp of each call, which
    /// a platform accepts only within ten minutes of its own.
    #[must_use]
    pub fn builder(
        url: &str,
        app_key: AppKey,
        secret: Secret,
        clock: Arc<dyn Clock>,
    ) -> ClientBuilder {
        ClientBuilder::new(url, app_key, secret, clock)
    }

    pub(crate) fn new(settings: Settings, transport: Arc<dyn Transport>) -> Self {
        Self {
            settings: Arc::new(settings),
            transport,
        }
    }

    /// The app as which this client calls.
    #[must_use]
    pub fn app_key(&self) -> &AppKey {
        &self.settings.credentials.app_key
    }

    /// The instant that the platform's last answer named (HTTP `Date`), in whole seconds.
    #[must_use]
    pub fn server_date(&self) -> Option<UnixMillis> {
        self.transport.server_date()
    }

    /// Asks for a page of a POV-day's list.
    ///
    /// # Errors
    /// [`CallError`] for everything that is not such a page.
    pub async fn appointments(&self, query: &AppointmentQuery) -> Result<Answered, CallError> {
        let fetched = match self.fetch(query).await {
            Err(CallError::Transport(error)) if error.fault() == TransportFault::IdleClosed => {
                self.fetch(query).await
            }
            other => other,
        };
        fetched?.decode()
    }

    /// Asks for a page without reading the answer, and in exactly one attempt: for those who count
    /// their calls, and who may know the answer by its digest.
    ///
    /// # Errors
    /// [`CallError`] for everything without a `result`.
    pub async fn fetch(&self, query: &AppointmentQuery) -> Result<Fetched, CallError> {
        let now = self.settings.clock.now();
        let raw = self.send_at(now, self.query(query, now)?).await?;
        if raw.http.status != 200 {
            // Some proxies put a status of their own on a good error document.
            return Err(raw
                .refusal()
                .unwrap_or(MalformedAnswer::Status(raw.http.status).into()));
        }
        match result_digest(&raw.http.body) {
            Ok(digest) => Ok(Fetched { raw, digest }),
            Err(error) => Err(raw.refusal().unwrap_or_else(|| raw.malformed(error))),
        }
    }

    /// Calls any method with any arguments and gives back whatever came, error documents and other
    /// statuses than 200 included.
    ///
    /// # Errors
    /// [`CallError`] if the arguments cannot be sent or no whole answer came.
    pub async fn call(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<RawAnswer, CallError> {
        match self.exchange(method, arguments).await {
            Err(CallError::Transport(error)) if error.fault() == TransportFault::IdleClosed => {
                self.exchange(method, arguments).await
            }
            other => other,
        }
    }

    /// Signs a call and does not send it.
    ///
    /// # Errors
    /// [`CallError::Request`] if the arguments cannot be sent.
    pub fn request(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<HttpRequest, CallError> {
        let settings = &self.settings;
        let signed = settings
            .credentials
            .sign(method, arguments, settings.form, settings.clock.now())
            .map_err(CallError::Request)?;
        settings.to_be_sent(Filled {
            target: [&settings.target, &*signed.query].concat(),
            body: signed.body,
        })
    }

    fn query(&self, query: &AppointmentQuery, now: UnixMillis) -> Result<HttpRequest, CallError> {
        let settings = &self.settings;
        settings.to_be_sent(settings.query_form.fill(&settings.target, query, now))
    }

    async fn exchange(
        &self,
        method: &str,
        arguments: &[(&str, &str)],
    ) -> Result<RawAnswer, CallError> {
        self.send(self.request(method, arguments)?).await
    }

    /// Sends a call that [`Client::request`] signed, in exactly one attempt, and gives back
    /// whatever came.
    ///
    /// # Errors
    /// [`CallError`] if no whole answer came.
    pub async fn send(&self, request: HttpRequest) -> Result<RawAnswer, CallError> {
        self.send_at(self.settings.clock.now(), request).await
    }

    async fn send_at(
        &self,
        requested_at: UnixMillis,
        request: HttpRequest,
    ) -> Result<RawAnswer, CallError> {
        let sending = self.transport.send(request);
        let http = tokio::time::timeout(self.settings.call_timeout, sending)
            .await
            .map_err(|_elapsed| TransportError::new(TransportFault::TimedOut))??;
        Ok(RawAnswer {
            http,
            requested_at,
            answered_at: self.settings.clock.now(),
        })
    }
}

impl Settings {
    fn to_be_sent(&self, filled: Filled) -> Result<HttpRequest, CallError> {
        let mut parts = self.url.clone().into_parts();
        // Longer than a URI may be: there are no other reasons left for a query that was encoded.
        let too_long = || CallError::Transport(TransportError::new(TransportFault::TooLarge));
        let target = PathAndQuery::from_maybe_shared(Bytes::from(filled.target));
        parts.path_and_query = Some(target.map_err(|_| too_long())?);
        Ok(HttpRequest {
            uri: Uri::from_parts(parts).map_err(|_| too_long())?,
            content_type: request::CONTENT_TYPE,
            body: Bytes::from(filled.body),
        })
    }
}

impl RawAnswer {
    /// The platform's error, if the answer is one.
    #[must_use]
    pub fn error(&self) -> Option<PlatformError> {
        decode::read_error(&self.http.body).ok().flatten()
    }

    fn refusal(&self) -> Option<CallError> {
        let error = self.error()?;
        let reply = decode::read_answer(&self.http.body).ok();
        Some(CallError::Platform {
            error,
            request_id: reply.and_then(|reply| reply.request_id),
        })
    }

    pub(crate) fn malformed(&self, error: decode::DecodeError) -> CallError {
        if is_web_page(&self.http.body) {
            MalformedAnswer::WebPage.into()
        } else {
            error.into()
        }
    }
}

impl Fetched {
    /// The digest of the answer's `result`.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// When the request left.
    #[must_use]
    pub fn requested_at(&self) -> UnixMillis {
        self.raw.requested_at
    }

    /// When the whole answer was there.
    #[must_use]
    pub fn answered_at(&self) -> UnixMillis {
        self.raw.answered_at
    }

    /// The instant that the answer itself names (HTTP `Date`), in whole seconds: between the two,
    /// if our clock is the platform's.
    #[must_use]
    pub fn named_at(&self) -> Option<UnixMillis> {
        self.raw.http.date
    }

    /// Reads the answer.
    ///
    /// # Errors
    /// [`CallError`] if it is no page.
    pub fn decode(&self) -> Result<Answered, CallError> {
        let body = &self.raw.http.body;
        let reply = decode::read_answer(body).map_err(|error| self.raw.malformed(error))?;
        let request_id = reply.request_id;
        match reply.answer {
            Answer::Page(page) => Ok(Answered {
                page,
                digest: self.digest,
                request_id,
                requested_at: self.raw.requested_at,
                answered_at: self.raw.answered_at,
            }),
            Answer::BusinessFailure(failure) => Err(CallError::Business {
                failure,
                request_id,
            }),
            Answer::PlatformError(error) => Err(CallError::Platform { error, request_id }),
        }
    }
}

/// Whether a body is HTML.
fn is_web_page(body: &[u8]) -> bool {
    let start = body.trim_ascii_start();
    ["<!doctype html", "<html", "<head", "<body"]
        .iter()
        .any(|tag| {
            start
                .get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        })
}
