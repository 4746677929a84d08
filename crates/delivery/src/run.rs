//! Running sinks, and what they share.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::Clock;
use povline_store::StoreError;
use povline_store::ledger::{Deliveries, EventCursor, SinkName, SinkStart, SinkState, SinkStep};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::envelope::{Disclosure, Letter, Source};
use crate::settings::{SinkKind, SinkSettings};
use crate::{sse, stream, webhook};

/// How many events are read at once.
pub(crate) const READ_MAX: usize = 256;

/// How often a sink looks for what another process asks of it, and for events that another process
/// wrote.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a sink waits for more after a commit, so that it does not read after each of many.
pub(crate) const GATHER: Duration = Duration::from_millis(20);

/// How long a sink waits for a ledger that cannot be read or written.
const LEDGER_PAUSE: Duration = Duration::from_secs(1);

/// When a sink ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// When it is told to.
    Stopped,
    /// Once nothing is left that can be handed over now. Servers do not begin at all.
    CaughtUp,
}

/// Hands the events of a ledger to its sinks.
pub struct Courier<D> {
    ledger: Arc<D>,
    clock: Arc<dyn Clock>,
    seed: u64,
}

impl<D> std::fmt::Debug for Courier<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Courier").finish_non_exhaustive()
    }
}

impl<D: Deliveries> Courier<D> {
    /// A courier of this ledger. `seed` spreads what is tried again.
    pub fn new(ledger: Arc<D>, clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self {
            ledger,
            clock,
            seed,
        }
    }

    /// Runs these sinks, each at its own pace, until they end. One that cannot begin says so in
    /// its error and harms no other.
    ///
    /// # Errors
    /// The first sink that could not begin, with why; the others have run all the same.
    pub async fn run(
        &self,
        sinks: Vec<SinkSettings>,
        until: Until,
        stop: &CancellationToken,
    ) -> Result<(), SinkError> {
        let mut running = JoinSet::new();
        for (number, sink) in (0_u64..).zip(sinks) {
            let feed = Feed {
                ledger: Arc::clone(&self.ledger),
                clock: Arc::clone(&self.clock),
                name: sink.name.clone(),
                disclosure: sink.disclosure,
                until,
                stop: stop.clone(),
                commits: self.ledger.commits(),
                chance: Chance::new(self.seed.wrapping_add(number)),
            };
            running.spawn(one(feed, sink));
        }
        let mut first = Ok(());
        while let Some(ended) = running.join_next().await {
            let ended = ended.unwrap_or_else(|error| Err(SinkError::panicked(&error)));
            if let Err(error) = &ended {
                tracing::error!(%error, "a sink has ended");
            }
            first = first.and(ended);
        }
        first
    }
}

/// A sink that ended though nobody told it to.
#[derive(Debug, thiserror::Error)]
#[error("the sink {sink} {what}")]
pub struct SinkError {
    /// Which one; empty if nobody knows.
    pub sink: String,
    what: String,
}

impl SinkError {
    pub(crate) fn new(sink: &SinkName, what: impl Into<String>) -> Self {
        Self {
            sink: sink.as_str().to_owned(),
            what: what.into(),
        }
    }

    fn panicked(error: &JoinError) -> Self {
        Self {
            sink: String::new(),
            what: format!("has a fault in the program: {error}"),
        }
    }
}

async fn one<D: Deliveries>(feed: Feed<D>, sink: SinkSettings) -> Result<(), SinkError> {
    match sink.kind {
        SinkKind::Webhook(settings) => {
            let state = feed.enlist("webhook", sink.start).await?;
            webhook::drive(feed, *settings, state).await
        }
        SinkKind::Sse(settings) => match feed.until {
            Until::CaughtUp => Ok(()),
            Until::Stopped => sse::run(feed, settings).await,
        },
        kind => {
            let state = feed.enlist(kind.word(), sink.start).await?;
            stream::run(feed, kind, state).await
        }
    }
}

/// What feeds one sink.
pub(crate) struct Feed<D> {
    pub(crate) ledger: Arc<D>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) name: SinkName,
    pub(crate) disclosure: Disclosure,
    pub(crate) until: Until,
    pub(crate) stop: CancellationToken,
    pub(crate) commits: watch::Receiver<u64>,
    pub(crate) chance: Chance,
}

impl<D: Deliveries> Feed<D> {
    async fn enlist(&self, kind: &'static str, start: SinkStart) -> Result<SinkState, SinkError> {
        self.ledger
            .enlist(&self.name, kind, start)
            .await
            .map_err(|error| self.failed("cannot begin", &error))
    }

    pub(crate) fn failed(&self, what: &str, error: &StoreError) -> SinkError {
        SinkError::new(&self.name, format!("{what}: failed to {error}"))
    }

    /// The ledger as the source of events.
    pub(crate) async fn source(&self) -> Result<Source, SinkError> {
        let id = self.ledger.ledger_id().await;
        id.map(Source::new)
            .map_err(|error| self.failed("cannot read the ledger's id", &error))
    }

    /// What the ledger says, however long it takes to say it; `None` once the sink is to stop.
    pub(crate) async fn patiently<T, F>(&self, mut ask: impl FnMut() -> F) -> Option<T>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        loop {
            match ask().await {
                Ok(answer) => return Some(answer),
                Err(error) => {
                    tracing::warn!(sink = %self.name, %error, "the ledger failed; trying again");
                }
            }
            if !self.rest(LEDGER_PAUSE).await {
                return None;
            }
        }
    }

    /// Writes a step down; `false` if the sink is to stop before that succeeded.
    pub(crate) async fn advance(&self, step: SinkStep) -> bool {
        self.patiently(|| self.ledger.advance(&self.name, step.clone()))
            .await
            .is_some()
    }

    /// Waits; `false` as soon as the sink is to stop.
    pub(crate) async fn rest(&self, pause: Duration) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            () = tokio::time::sleep(pause) => true,
        }
    }

    /// Waits for events, at most for so long; `false` as soon as the sink is to stop.
    pub(crate) async fn await_events(&mut self, time_max: Duration) -> bool {
        tokio::select! {
            () = self.stop.cancelled() => false,
            changed = self.commits.changed() => {
                // Scans are settled one close behind the other; and if the writer is gone, so is
                // the ledger soon.
                let pause = if changed.is_ok() { GATHER } else { LOOK_EVERY };
                tokio::time::sleep(pause).await;
                true
            }
            () = tokio::time::sleep(time_max) => true,
        }
    }

    /// Tells that events were forgotten before this sink could have them, and makes the letter
    /// that says so.
    pub(crate) fn gap(
        &self,
        source: &Source,
        (first, last): (EventCursor, EventCursor),
    ) -> (Letter, u64) {
        let lost = u64::try_from(last.0 - first.0 + 1).unwrap_or_default();
        tracing::error!(
            sink = %self.name, first = first.0, last = last.0, lost,
            "events were forgotten before this sink could be handed them; it is told so. Look why \
             it lags, or keep events for longer (agent.events_days, agent.events_max)"
        );
        let letter = source.gap(&self.name, first, last, self.clock.now().utc());
        (letter, lost)
    }

    /// How long the time from now to an instant is.
    pub(crate) fn time_to(&self, at: povline_domain::UnixMillis) -> Duration {
        let millis = at.millis_since(self.clock.now());
        Duration::from_millis(u64::try_from(millis).unwrap_or_default())
    }
}
