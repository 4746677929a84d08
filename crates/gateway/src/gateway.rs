//! The gateway put together.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use povline_domain::{Clock, Day, PovId};
use povline_net::{Drain, Listener, OpenConnections};
use povline_store::StoreError;
use povline_store::book::ChangeCursor;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;

use crate::PlatformBook;
use crate::follow::Follower;
use crate::keep::{keep, keep_rest};
use crate::state::State;
use crate::{ConfigError, GatewayConfig, admin, rest};

/// How long a stop waits for calls whose callers have gone away.
const BEGUN_TIME_MAX: Duration = Duration::from_secs(5);

/// How long a stop waits for the book to be told how many calls were used.
const LIMITS_END_TIME_MAX: Duration = Duration::from_secs(5);

/// Why a gateway could not be made.
#[derive(Debug, Error)]
pub enum GatewayError {
    /// A setting cannot be.
    #[error("a setting of the platform cannot be")]
    Config(#[from] ConfigError),
    /// The book could not be read.
    #[error("the book could not be read")]
    Book(#[from] StoreError),
}

/// The platform: answers TOP calls from a book. Cheap to clone; clones are the same gateway.
pub struct Gateway<B> {
    pub(crate) state: Arc<State<B>>,
    /// Where in the book's changes the directory was read.
    begin: ChangeCursor,
}

impl<B> Clone for Gateway<B> {
    fn clone(&self) -> Self {
        Self {
            state: Arc::clone(&self.state),
            begin: self.begin,
        }
    }
}

impl<B> fmt::Debug for Gateway<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").finish_non_exhaustive()
    }
}

impl<B: PlatformBook> Gateway<B> {
    /// Reads who may call from the book. Nothing is served before [`Gateway::serve`].
    ///
    /// # Errors
    /// [`GatewayError`] if a setting cannot be or the book cannot be read.
    pub async fn new(
        book: Arc<B>,
        clock: Arc<dyn Clock>,
        config: GatewayConfig,
    ) -> Result<Self, GatewayError> {
        config.check()?;
        let book = book.waiting_at_most(config.write_wait_max);
        // The cursor first: what is written between the two is then read twice, never missed.
        let begin = book.change_cursor().await?;
        let kind = book.kind().await?;
        let let_through_until = book.calls_begin(clock.now()).await?;
        let state = State::new(book, clock, config, kind);
        state.limiter.begin_behind(let_through_until);
        state.directory.load(&*state.book).await?;
        state.explainer.learn(&state.directory.get());
        Ok(Self {
            state: Arc::new(state),
            begin,
        })
    }

    /// Serves `/router/rest` on `listener`, and health, readiness and metrics on `admin_listener`
    /// if there is one, until `shutdown` resolves and running calls are answered.
    pub async fn serve(
        &self,
        listener: TcpListener,
        admin_listener: Option<TcpListener>,
        shutdown: impl Future<Output = ()>,
    ) -> Drain {
        let state = &self.state;
        let stopped = CancellationToken::new();
        state.begun.serve_on(Handle::current());
        // Dropped with this future, so that an embedding program that gives up leaves no task.
        let _stop_all = stopped.clone().drop_guard();
        tokio::spawn(follow(Arc::clone(state), self.begin, stopped.clone()));
        let keeper = tokio::spawn(keep_limits(Arc::clone(state), stopped.clone()));
        if let Some(admin_listener) = admin_listener {
            tokio::spawn(serve_admin(
                Arc::clone(state),
                admin_listener,
                stopped.clone(),
            ));
        }
        let recorder = tokio::spawn(keep(Arc::clone(state), stopped.clone()));
        let proxies = state.config.trusted_proxies.clone();
        let drain = povline_net::serve(
            Listener::new(listener, state.config.tls.clone())
                .excusing(move |address| proxies.trusts(address)),
            state.config.public.clone(),
            state.connections.clone(),
            |peer| {
                let state = Arc::clone(state);
                service_fn(move |request| {
                    let state = Arc::clone(&state);
                    async move { Ok::<_, Infallible>(rest::answer(state, peer, request).await) }
                })
            },
            shutdown,
        )
        .await;
        // What takes longer was not answered to anybody.
        drop(tokio::time::timeout(BEGUN_TIME_MAX, state.begun.finished()).await);
        stopped.cancel();
        // What a hanging book is not told now was reserved before and stays so.
        drop(tokio::time::timeout(LIMITS_END_TIME_MAX, keeper).await);
        // It ends with what it has in hand. One that panicked has said so; what it left is written
        // all the same.
        drop(recorder.await);
        keep_rest(state).await;
        drain
    }

    /// Forgets what is in memory of a POV-day: calls that arrive from now on see what is written
    /// by now. Who writes to the book in this process calls it before saying that it is done; who
    /// does not is seen a moment later.
    pub fn invalidate(&self, pov: PovId, day: Day) {
        self.state.sheets.invalidate(pov, day);
    }
}

async fn follow<B: PlatformBook>(
    state: Arc<State<B>>,
    begin: ChangeCursor,
    stopped: CancellationToken,
) {
    let follower = Follower {
        book: &*state.book,
        clock: &*state.clock,
        sheets: &state.sheets,
        pins: &state.pins,
        booking_lists: &state.booking_lists,
        directory: &state.directory,
        freshness: &state.freshness,
    };
    let every = state.config.follow_every;
    stopped
        .run_until_cancelled(follower.run(begin, every))
        .await;
}

async fn keep_limits<B: PlatformBook>(state: Arc<State<B>>, stopped: CancellationToken) {
    state.limiter.keep(&*state.book, &stopped).await;
    if let Err(error) = state.book.calls_end(state.clock.now()).await {
        // The next process takes this one for killed, and waits for a second.
        tracing::error!(%error, "cannot say that no more calls are let through");
    }
}

async fn serve_admin<B: PlatformBook>(
    state: Arc<State<B>>,
    listener: TcpListener,
    stopped: CancellationToken,
) {
    let drain = povline_net::serve(
        listener,
        state.config.admin.clone(),
        OpenConnections::default(),
        |_peer| {
            let state = Arc::clone(&state);
            service_fn(move |request: Request<Incoming>| {
                let state = Arc::clone(&state);
                let (head, _) = request.into_parts();
                async move { Ok::<_, Infallible>(admin::answer(&state, &head).await) }
            })
        },
        stopped.cancelled(),
    )
    .await;
    tracing::debug!(cut_off = drain.cut_off, "admin address closed");
}
