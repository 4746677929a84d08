//! The real gateway behind the stage.

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use parking_lot::{Mutex, RwLock};
use povline_domain::{Clock, UnixMillis};
use povline_gateway::{Gateway, GatewayConfig};
use povline_protocol::request::{CONTENT_TYPE, SignedRequest};
use povline_store::book::SecretText;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::admission::{CallParams, Identity};
use super::front::ServerError;
use crate::truth::{Truth, TruthBook, pov_of};

/// A gateway on a port of its own, asked over real HTTP.
pub(super) struct Backend {
    gateway: Gateway<TruthBook>,
    url: String,
    client: Client<HttpConnector, Full<Bytes>>,
    truth: Arc<RwLock<Truth>>,
    /// How many of the truth's touched lists the gateway was told of.
    told: Mutex<usize>,
}

impl std::fmt::Debug for Backend {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Backend")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl Backend {
    pub(super) async fn start(
        truth: Arc<RwLock<Truth>>,
        identity: &Identity,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<Self, ServerError> {
        let secret = SecretText(identity.secret.reveal().to_owned());
        let book = TruthBook::new(Arc::clone(&truth), identity.app_key.clone(), secret);
        let gateway = Gateway::new(Arc::new(book), clock, GatewayConfig::default()).await?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("http://{}/router/rest", listener.local_addr()?);
        tokio::spawn({
            let gateway = gateway.clone();
            async move {
                let drain = gateway.serve(listener, None, stop.cancelled()).await;
                tracing::debug!(cut_off = drain.cut_off, "the world's gateway closed");
            }
        });
        Ok(Self {
            gateway,
            url,
            client: Client::builder(TokioExecutor::new()).build_http(),
            truth,
            told: Mutex::new(0),
        })
    }

    /// Advances the truth, and tells the gateway which lists have changed.
    pub(super) fn advance(&self, now: UnixMillis) {
        let mut truth = self.truth.write();
        truth.advance(now);
        let mut told = self.told.lock();
        let (touched, count) = truth.touched_since(*told);
        for (clinic, day) in touched {
            self.gateway.invalidate(pov_of(*clinic), *day);
        }
        *told = count;
    }

    /// Hands a call on: as it came, or, if its client goes by the world's clock and the gateway
    /// by the real one, signed anew.
    pub(super) async fn ask(
        &self,
        call: CallParams<'_>,
        anew: Option<SignedRequest>,
    ) -> Option<Vec<u8>> {
        let query = anew
            .as_ref()
            .map(|signed| signed.query.as_str())
            .or(call.query);
        let uri = match query {
            Some(query) => format!("{}?{query}", self.url),
            None => self.url.clone(),
        };
        let content_type = anew.as_ref().map(|_| CONTENT_TYPE).or(call.content_type);
        let body = match anew.as_ref() {
            Some(signed) => Bytes::from(signed.body.clone()),
            None => Bytes::copy_from_slice(call.body),
        };
        let mut request = http::Request::post(uri);
        if let Some(content_type) = content_type {
            request = request.header(http::header::CONTENT_TYPE, content_type);
        }
        let request = request.body(Full::new(body)).ok()?;
        let response = self.client.request(request).await.ok()?;
        let body = response.into_body().collect().await.ok()?;
        Some(body.to_bytes().to_vec())
    }
}
