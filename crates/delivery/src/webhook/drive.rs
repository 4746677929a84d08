//! The driver of one webhook: lanes in the middle, the ledger on one side, the receiver on the
//! other.

use std::sync::Arc;
use std::time::Duration;

use povline_store::ledger::{Deliveries, EventCursor, SinkState, ToldEvent};
use tokio::task::{JoinError, JoinSet};

use super::{Attempt, WebhookSender};
use crate::Until;
use crate::envelope::Source;
use crate::lanes::{Lanes, Outcome};
use crate::retry::RetrySchedule;
use crate::run::{Feed, LOOK_EVERY, SinkError};
use crate::settings::WebhookSettings;

/// How many events are read at once.
const READ_MAX: usize = 64;

/// How long a stop waits for answers that are on their way.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// Drives one webhook.
pub(crate) async fn drive<D: Deliveries>(
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
            let refilled = refill(&mut lanes, &mut feed, &sender, &source, &schedule).await;
            let Some(refilled) = refilled else { break };
            is_at_the_end = !refilled;
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

/// Reads what there is room for: letters that were asked for again, and new events. Whether there
/// was anything; `None` if the sink is to stop.
async fn refill<D: Deliveries>(
    lanes: &mut Lanes,
    feed: &mut Feed<D>,
    sender: &WebhookSender,
    source: &Source,
    schedule: &RetrySchedule,
) -> Option<bool> {
    let mut refilled = false;
    if lanes.has_room() {
        let asked = feed
            .patiently(|| feed.ledger.take_asked(&feed.name, READ_MAX))
            .await?;
        for told in asked {
            lanes.readmit(told);
            refilled = true;
        }
    }
    if lanes.wants_more(feed.clock.now()) {
        let after = lanes.read_up_to();
        let outbox = feed
            .patiently(|| feed.ledger.outbox(after, READ_MAX))
            .await?;
        if let Some(gap) = outbox.forgotten_after(after) {
            let lost = tell_gap(feed, sender, source, schedule, gap).await?;
            lanes.skip_to(gap.1, lost);
        }
        for told in outbox.events {
            lanes.admit(told);
            refilled = true;
        }
    }
    Some(refilled)
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

/// Tells the receiver of a gap, as patiently as of an event, and how many events are lost by it;
/// `None` if the sink is to stop.
async fn tell_gap<D: Deliveries>(
    feed: &mut Feed<D>,
    sender: &WebhookSender,
    source: &Source,
    schedule: &RetrySchedule,
    gap: (EventCursor, EventCursor),
) -> Option<u64> {
    let (letter, lost) = feed.gap(source, gap);
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
                    return None;
                }
            }
        }
    }
    Some(lost)
}
