//! Running sinks: what they share, and the driver of webhooks.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::Clock;
use povline_store::StoreError;
use povline_store::ledger::{
    Deliveries, EventCursor, SinkName, SinkStart, SinkState, SinkStep, ToldEvent,
};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::envelope::{Disclosure, Letter, Source};
use crate::lanes::{Lanes, Outcome};
use crate::settings::{SinkKind, SinkSettings, WebhookSettings};
use crate::webhook::{Attempt, WebhookSender};
use crate::{sse, stream};

/// How many events are read at once.
pub(crate) const READ_MAX: usize = 256;

/// How often a sink looks for what another process asks of it, and for events that another process
/// wrote.
pub(crate) const LOOK_EVERY: Duration = Duration::from_secs(1);

/// How long a sink waits for more after a commit, so that it does not read after each of many.
pub(crate) const GATHER: Duration = Duration::from_millis(20);

/// How long a sink waits for a ledger that cannot be read or written.
const LEDGER_PAUSE: Duration = Duration::from_secs(1);

/// How long a stop waits for answers that are on their way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

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
            webhook(feed, *settings, state).await
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

/// Drives one webhook.
async fn webhook<D: Deliveries>(
    mut feed: Feed<D>,
    settings: WebhookSettings,
    state: SinkState,
) -> Result<(), SinkError> {
    let source = feed.source().await?;
    let cursors: Vec<_> = state.waiting.iter().map(|letter| letter.cursor).collect();
    let told = feed
        .ledger
        .told(cursors)
        .await
        .map_err(|error| feed.failed("cannot read its letters", &error))?;
    let schedule = settings.schedule;
    let mut lanes = Lanes::new(settings.limits, schedule, &state, told);
    let sender = Arc::new(WebhookSender::new(
        settings.target,
        settings.secrets,
        settings.timeout,
        settings.trust,
        Arc::clone(&feed.clock),
    ));
    let mut stopped = state.stopped;
    let mut on_their_way: JoinSet<(ToldEvent, Attempt)> = JoinSet::new();
    while !feed.stop.is_cancelled() {
        if stopped.is_some() && lanes.in_flight() == 0 {
            if let Some(step) = lanes.take_step(feed.clock.now())
                && !feed.advance(step).await
            {
                break;
            }
            if feed.until == Until::CaughtUp || !feed.rest(LOOK_EVERY).await {
                break;
            }
            let now = feed.patiently(|| feed.ledger.stopped(&feed.name)).await;
            stopped = now.flatten();
            continue;
        }
        let mut is_at_the_end = true;
        if stopped.is_none() {
            if lanes.has_room() {
                let asked = feed
                    .patiently(|| feed.ledger.take_asked(&feed.name, READ_MAX / 4))
                    .await;
                for told in asked.unwrap_or_default() {
                    lanes.readmit(told);
                    is_at_the_end = false;
                }
            }
            if lanes.wants_more(feed.clock.now()) {
                let after = lanes.read_up_to();
                let read = feed
                    .patiently(|| feed.ledger.outbox(after, READ_MAX / 4))
                    .await;
                let Some(outbox) = read else { break };
                if let Some(gap) = outbox.forgotten_after(after) {
                    if !tell_gap(&mut feed, &sender, &source, &schedule, gap).await {
                        break;
                    }
                    let lost = u64::try_from(gap.1.0 - gap.0.0 + 1).unwrap_or_default();
                    lanes.skip_to(gap.1, lost);
                }
                is_at_the_end &= outbox.events.is_empty();
                for told in outbox.events {
                    lanes.admit(told);
                }
            }
            while let Some(told) = lanes.next(feed.clock.now()) {
                let letter = source.letter(&told, feed.disclosure);
                let sender = Arc::clone(&sender);
                on_their_way.spawn(async move {
                    let attempt = sender.send(&letter).await;
                    (told, attempt)
                });
            }
        }
        if lanes.should_commit()
            && let Some(step) = lanes.take_step(feed.clock.now())
            && !feed.advance(step).await
        {
            break;
        }
        if on_their_way.is_empty() {
            let due_in = lanes.next_at().map(|at| feed.time_to(at));
            if due_in == Some(Duration::ZERO) {
                continue;
            }
            if feed.until == Until::CaughtUp && is_at_the_end {
                break;
            }
            if is_at_the_end {
                let pause = due_in.map_or(LOOK_EVERY, |due_in| due_in.min(LOOK_EVERY));
                feed.await_events(pause).await;
            }
            continue;
        }
        let ended = tokio::select! {
            ended = on_their_way.join_next() => ended,
            () = feed.stop.cancelled() => None,
            () = tokio::time::sleep(LOOK_EVERY) => None,
        };
        take(&mut lanes, &mut feed, ended, &mut stopped);
        while let Some(ended) = on_their_way.try_join_next() {
            take(&mut lanes, &mut feed, Some(ended), &mut stopped);
        }
    }
    // Whoever answers within some seconds is not asked the same again after a restart.
    let rest = async {
        while let Some(ended) = on_their_way.join_next().await {
            take(&mut lanes, &mut feed, Some(ended), &mut stopped);
        }
    };
    if tokio::time::timeout(STOP_PATIENCE, rest).await.is_err() {
        tracing::debug!(sink = %feed.name, "stopped before every answer was there");
    }
    if let Some(step) = lanes.take_step(feed.clock.now())
        && let Err(error) = feed.ledger.advance(&feed.name, step).await
    {
        // Nothing is lost: what was handed over since the last step is handed over again.
        tracing::warn!(sink = %feed.name, %error, "cannot write down the last step");
    }
    Ok(())
}

/// Takes what became of a letter.
fn take<D: Deliveries>(
    lanes: &mut Lanes,
    feed: &mut Feed<D>,
    ended: Option<Result<(ToldEvent, Attempt), JoinError>>,
    stopped: &mut Option<String>,
) {
    let Some(Ok((told, attempt))) = ended else {
        return;
    };
    if let Outcome::Failed { reason, .. } = &attempt.outcome {
        tracing::warn!(sink = %feed.name, sequence = told.event.cursor.0, reason, "not delivered");
    }
    let chance = feed.chance.next_u64();
    if lanes.ended(&told, attempt.outcome, feed.clock.now(), chance) {
        tracing::error!(
            sink = %feed.name,
            "the receiver answered 410 and is sent nothing more; after it is mended, say `povline \
             events resume`"
        );
        *stopped = Some("410".to_owned());
    }
}

/// Tells the receiver of a gap, as patiently as of an event; `false` if the sink is to stop.
async fn tell_gap<D: Deliveries>(
    feed: &mut Feed<D>,
    sender: &WebhookSender,
    source: &Source,
    schedule: &crate::retry::RetrySchedule,
    gap: (EventCursor, EventCursor),
) -> bool {
    let (letter, _) = feed.gap(source, gap);
    for failures in 1.. {
        match sender.send(&letter).await.outcome {
            Outcome::Delivered | Outcome::Gone => break,
            Outcome::Failed { reason, pause } => {
                tracing::warn!(sink = %feed.name, reason, "the gap was not delivered");
                let chance = feed.chance.next_u64();
                let Some(after) = schedule.pause(failures, chance) else {
                    break;
                };
                if !feed.rest(after.max(pause.unwrap_or_default())).await {
                    return false;
                }
            }
        }
    }
    true
}
