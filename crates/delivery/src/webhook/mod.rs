//! Webhooks: one signed POST for each event, and what the answer means.

mod drive;

pub(crate) use drive::drive;

use std::error::Error as _;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, USER_AGENT};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use povline_client::TrustStore;
use povline_domain::{Clock, UnixMillis};

use crate::envelope::Letter;
use crate::lanes::Outcome;
use crate::retry::retry_after;
use crate::signature::{WebhookSecret, signatures};
use crate::target::{Resolver, Target};

/// How long a TCP connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// How long an unused connection is kept.
const IDLE_TIMEOUT: Duration = Duration::from_secs(12);

/// So much of an answer is read, so that its connection can be used again; what it says does not
/// matter.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

/// How long a receiver that answers 429 or 503 without saying so is left alone.
const CROWDED_PAUSE: Duration = Duration::from_secs(5);

/// Sends letters to one address.
pub struct WebhookSender {
    client: Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>,
    target: Target,
    secrets: Vec<WebhookSecret>,
    timeout: Duration,
    clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for WebhookSender {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookSender")
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// What one attempt came to, for whoever shows it.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What it means.
    pub outcome: Outcome,
}

impl WebhookSender {
    /// A sender to this address that trusts these authorities for https, signs with each of these
    /// secrets, and waits for so long.
    #[must_use]
    pub fn new(
        target: Target,
        secrets: Vec<WebhookSecret>,
        timeout: Duration,
        trust: TrustStore,
        clock: Arc<dyn Clock>,
    ) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::new(target.only_public()));
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        tcp.set_nodelay(true);
        tcp.enforce_http(false);
        let tls = HttpsConnectorBuilder::new()
            .with_tls_config(trust.into_config())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE_TIMEOUT)
            .build(tls);
        Self {
            client,
            target,
            secrets,
            timeout,
            clock,
        }
    }

    /// Sends a letter once. It never fails: whatever happens is an outcome.
    pub async fn send(&self, letter: &Letter) -> Attempt {
        let exchange = tokio::time::timeout(self.timeout, self.exchange(letter));
        match exchange.await {
            Ok(attempt) => attempt,
            Err(_elapsed) => failed(None, format!("no answer within {:?}", self.timeout)),
        }
    }

    async fn exchange(&self, letter: &Letter) -> Attempt {
        let timestamp = self.clock.now().0.div_euclid(1_000);
        let answer = match self.client.request(self.request(letter, timestamp)).await {
            Ok(answer) => answer,
            Err(error) => {
                let what = match error.is_connect() {
                    true => "no connection",
                    false => "the connection broke before the answer was there",
                };
                return failed(None, format!("{what}{}", cause(&error)));
            }
        };
        let status = answer.status();
        let asked = answer.headers().get(RETRY_AFTER).cloned();
        // A receiver that has answered has decided, whatever becomes of the rest.
        let rest = Limited::new(answer.into_body(), ANSWER_BYTES_MAX).collect();
        if rest.await.is_err() {
            tracing::debug!(target = %self.target, "the rest of an answer was not read");
        }
        judge(status, asked.as_ref(), self.clock.now())
    }

    fn request(&self, letter: &Letter, timestamp: i64) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(letter.body.clone()));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.target.uri().clone();
        let headers = request.headers_mut();
        let fixed = [
            (CONTENT_TYPE, "application/cloudevents+json; charset=utf-8"),
            (USER_AGENT, concat!("povline/", env!("CARGO_PKG_VERSION"))),
        ];
        for (name, value) in fixed {
            headers.insert(name, HeaderValue::from_static(value));
        }
        let signature = signatures(&self.secrets, &letter.id, timestamp, &letter.body);
        let of_this = [
            ("webhook-id", letter.id.clone()),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-signature", signature),
        ];
        for (name, value) in of_this {
            // Ids, numbers and Base64 fit into headers.
            if let Ok(mut value) = HeaderValue::from_str(&value) {
                value.set_sensitive(name == "webhook-signature");
                headers.insert(name, value);
            }
        }
        request
    }
}

/// What an answer means. 2xx is a receipt; 410 wants nothing any more; everything else has failed,
/// redirects included, because nobody vouches for where they lead.
#[must_use]
pub fn judge(status: StatusCode, asked: Option<&HeaderValue>, now: UnixMillis) -> Attempt {
    let number = status.as_u16();
    if status.is_success() {
        return Attempt {
            status: Some(number),
            outcome: Outcome::Delivered,
        };
    }
    if status == StatusCode::GONE {
        return Attempt {
            status: Some(number),
            outcome: Outcome::Gone,
        };
    }
    let asked = asked.and_then(|value| retry_after(value.to_str().ok()?, now));
    let is_crowded = matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    );
    let reason = match status.is_redirection() {
        true => format!("HTTP {number}: redirects are not followed; name where it leads"),
        false => format!("HTTP {number}"),
    };
    Attempt {
        status: Some(number),
        outcome: Outcome::Failed {
            reason,
            pause: asked.or(is_crowded.then_some(CROWDED_PAUSE)),
        },
    }
}

fn failed(status: Option<u16>, reason: String) -> Attempt {
    Attempt {
        status,
        outcome: Outcome::Failed {
            reason,
            pause: None,
        },
    }
}

/// The innermost cause, which is the one that a person can do something about.
fn cause(error: &hyper_util::client::legacy::Error) -> String {
    let mut innermost = None;
    let mut cause = error.source();
    while let Some(error) = cause {
        innermost = Some(error.to_string());
        cause = error.source();
    }
    innermost.map_or_else(String::new, |text| format!(": {text}"))
}
