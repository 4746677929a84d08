//! The world on HTTP: the address that clients call, and the admin address.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, DATE, HeaderValue};
use http::{Response, StatusCode};
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use parking_lot::Mutex;
use povline_domain::{Clock, UnixMillis};
use povline_gateway::GatewayError;
use povline_net::{BodyLimits, LargeBodies, Limits, OpenConnections, read_body};
use povline_protocol::request::PATH;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::admin;
use super::admission::CallParams;
use super::body::{Broken, FedBody};
use super::gateway::Backend;
use super::stage::{Answered, Stage};
use crate::clock::WorldClock;
use crate::grade::Grader;

/// Why a world could not be served.
#[derive(Debug, Error)]
pub enum ServerError {
    /// A port could not be had.
    #[error("a port of this machine cannot be listened on")]
    Port(#[from] std::io::Error),
    /// The gateway could not be made.
    #[error("the world's gateway cannot be started")]
    Gateway(#[from] GatewayError),
}

/// Large bodies in memory at a time, whoever they are from.
const LARGE_BODIES: usize = 4;

/// How a world is served.
#[derive(Debug, Clone, Copy)]
pub struct WorldServerConfig {
    /// The limits of both addresses.
    pub body: BodyLimits,
}

impl Default for WorldServerConfig {
    fn default() -> Self {
        Self {
            body: BodyLimits {
                // A view of a mass site's fortnight.
                bytes_max: 256 << 20,
                time_max: Duration::from_secs(60),
                large_bytes_per_second: 32 << 10,
            },
        }
    }
}

/// What both addresses share.
pub(super) struct Shared {
    pub(super) stage: Mutex<Stage>,
    pub(super) grader: Mutex<Grader>,
    pub(super) clock: Arc<WorldClock>,
    pub(super) config: WorldServerConfig,
    large_bodies: LargeBodies,
    backend: Option<Backend>,
    /// Cancelled when a client says that it is done.
    pub(super) finished: CancellationToken,
}

/// A world that is served.
pub struct WorldServer {
    shared: Arc<Shared>,
    stop: CancellationToken,
}

impl std::fmt::Debug for WorldServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorldServer").finish_non_exhaustive()
    }
}

impl WorldServer {
    /// A world on this stage, graded by this grader. If its scenario wants the real gateway, one
    /// is started on a port of its own.
    ///
    /// # Errors
    /// [`ServerError`] if the gateway cannot be started.
    pub async fn new(
        stage: Stage,
        grader: Grader,
        clock: Arc<WorldClock>,
        config: WorldServerConfig,
    ) -> Result<Self, ServerError> {
        let stop = CancellationToken::new();
        let backend = match stage.wants_gateway() {
            false => None,
            true => {
                let truth = Arc::clone(stage.truth());
                let real = Arc::new(RealOf(Arc::clone(&clock)));
                Some(Backend::start(truth, stage.identity(), real, stop.clone()).await?)
            }
        };
        Ok(Self {
            shared: Arc::new(Shared {
                stage: Mutex::new(stage),
                grader: Mutex::new(grader),
                clock,
                config,
                large_bodies: LargeBodies::at_most(LARGE_BODIES, LARGE_BODIES),
                backend,
                finished: CancellationToken::new(),
            }),
            stop,
        })
    }

    /// Serves clients on one listener and the admin address on another, until stopped.
    pub async fn serve(
        &self,
        clients: TcpListener,
        admin: TcpListener,
        stop: impl Future<Output = ()>,
    ) {
        let stopped = self.stop.clone();
        let _stop_all = stopped.clone().drop_guard();
        let admin_task = tokio::spawn(serve_admin(
            Arc::clone(&self.shared),
            admin,
            stopped.clone(),
        ));
        let shared = Arc::clone(&self.shared);
        let drain = povline_net::serve(
            clients,
            limits(),
            OpenConnections::default(),
            |_peer| {
                let shared = Arc::clone(&shared);
                service_fn(move |request| {
                    let shared = Arc::clone(&shared);
                    async move {
                        let mut response = play(&shared, request).await;
                        response
                            .headers_mut()
                            .extend(date(shared.clock.now()).map(|date| (DATE, date)));
                        Ok::<_, Infallible>(response)
                    }
                })
            },
            stop,
        )
        .await;
        tracing::debug!(cut_off = drain.cut_off, "the world closed");
        stopped.cancel();
        drop(admin_task.await);
    }

    /// Resolves when a client has said that it is done.
    pub async fn finished(&self) {
        self.shared.finished.cancelled().await;
    }

    /// Lets somebody look at the stage.
    pub fn with_stage<T>(&self, look: impl FnOnce(&Stage) -> T) -> T {
        look(&self.shared.stage.lock())
    }

    /// The report of everything that was handed in, as of now.
    #[must_use]
    pub fn report(&self) -> crate::grade::Report {
        self.shared.report()
    }
}

/// The real clock behind a world's.
struct RealOf(Arc<WorldClock>);

impl Clock for RealOf {
    fn now(&self) -> UnixMillis {
        self.0.real()
    }
}

/// The `Date` of an answer: by the world's clock, which its clients keep.
fn date(now: UnixMillis) -> Option<HeaderValue> {
    let text = now.timestamp().strftime("%a, %d %b %Y %H:%M:%S GMT");
    HeaderValue::try_from(text.to_string()).ok()
}

fn limits() -> Limits {
    Limits {
        drain_time_max: Duration::from_secs(1),
        ..Limits::default()
    }
}

async fn serve_admin(shared: Arc<Shared>, listener: TcpListener, stopped: CancellationToken) {
    let drain = povline_net::serve(
        listener,
        limits(),
        OpenConnections::default(),
        |_peer| {
            let shared = Arc::clone(&shared);
            service_fn(move |request| {
                let shared = Arc::clone(&shared);
                async move { Ok::<_, Infallible>(admin::answer(&shared, request).await) }
            })
        },
        stopped.cancelled(),
    )
    .await;
    tracing::debug!(cut_off = drain.cut_off, "the world's admin address closed");
}

impl Shared {
    /// Brings the truth to the present.
    pub(super) fn advance(&self) -> UnixMillis {
        let now = self.clock.now();
        match &self.backend {
            Some(backend) => backend.advance(now),
            None => self.stage.lock().truth().write().advance(now),
        }
        now
    }

    pub(super) async fn body(&self, body: Incoming) -> Option<Bytes> {
        let body = read_body(body, self.config.body, &self.large_bodies, None)
            .await
            .ok()?;
        Some(Bytes::copy_from_slice(&body))
    }

    pub(super) fn report(&self) -> crate::grade::Report {
        let now = self.advance();
        let stage = self.stage.lock();
        let truth = stage.read_truth();
        self.grader.lock().report(&truth, stage.log(), now)
    }
}

/// One call of a client.
async fn play(shared: &Arc<Shared>, request: Request<Incoming>) -> Response<FedBody> {
    if request.uri().path() != PATH {
        return plain(StatusCode::NOT_FOUND, "TOP calls go to /router/rest\n");
    }
    let (head, body) = request.into_parts();
    let Some(body) = shared.body(body).await else {
        return plain(StatusCode::BAD_REQUEST, "the body broke off\n");
    };
    let content_type = head.headers.get(CONTENT_TYPE);
    let call = CallParams {
        query: head.uri.query(),
        content_type: content_type.and_then(|value| value.to_str().ok()),
        body: &body,
    };
    let at = shared.advance();
    let plan = shared.stage.lock().begin(call, at, shared.clock.real());
    shared.clock.pass(plan.delivery().before_ms).await;
    let now = shared.advance();
    let page = match &shared.backend {
        Some(backend) if plan.needs_page() => {
            let anew = shared.stage.lock().signed_anew(&plan, shared.clock.real());
            backend.ask(call, anew).await
        }
        _ => None,
    };
    let answered = shared.stage.lock().finish(plan, now, page);
    deliver(Arc::clone(shared), answered).await
}

/// Sends an answer as its delivery says.
async fn deliver(shared: Arc<Shared>, answered: Answered) -> Response<FedBody> {
    let delivery = answered.delivery;
    let whole = Bytes::from(answered.body);
    let kept = match delivery.cut_percent {
        Some(percent) => whole.slice(..whole.len() * percent as usize / 100),
        None => whole.clone(),
    };
    let promised = match delivery.breaks {
        // More is promised than will ever come.
        true => whole.len().max(kept.len() + 1),
        false => kept.len(),
    };
    let pieces = u64::from(delivery.pieces.max(1));
    if pieces == 1 {
        shared.clock.pass(delivery.after_ms).await;
    }
    let (feed, body) = FedBody::new(promised);
    tokio::spawn(async move {
        let step = kept.len().div_ceil(pieces as usize).max(1);
        let mut rest = kept;
        while !rest.is_empty() {
            if pieces > 1 {
                shared.clock.pass(delivery.after_ms / pieces).await;
            }
            let piece = rest.split_to(step.min(rest.len()));
            if feed.send(Ok(piece)).await.is_err() {
                return;
            }
        }
        if delivery.breaks {
            // If nobody waits for it any more, it has broken already.
            let _ = feed.send(Err(Broken)).await;
        }
    });
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answered.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static(answered.content_type),
    );
    response
}

pub(super) fn plain(status: StatusCode, text: &'static str) -> Response<FedBody> {
    document(status, "text/plain;charset=UTF-8", text)
}

pub(super) fn document(
    status: StatusCode,
    content_type: &'static str,
    text: impl Into<Bytes>,
) -> Response<FedBody> {
    let mut response = Response::new(FedBody::whole(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
