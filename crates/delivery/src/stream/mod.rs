//! Sinks that take a stream: a batch is written and made durable, then the cursor moves. What is
//! written twice after a crash has the same ids.

#[cfg(feature = "nats")]
pub mod nats;
mod ndjson;

use std::time::Duration;

use povline_store::ledger::{Deliveries, EventCursor, SinkState, SinkStep, TableLine, ToldEvent};

use crate::Until;
use crate::envelope::{Letter, Source};
use crate::run::{Feed, LOOK_EVERY, READ_MAX, SinkError};
use crate::settings::SinkKind;

use self::ndjson::Lines;

/// The first pause after a failure; doubled with each further one.
const PAUSE_FIRST: Duration = Duration::from_secs(1);

/// No pause is longer.
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Where a batch goes.
enum Writer {
    Lines(Lines),
    Table,
    #[cfg(feature = "nats")]
    Nats(Box<nats::Publisher>),
}

/// A batch, and the step that it is.
struct Batch {
    told: Vec<ToldEvent>,
    letters: Vec<Letter>,
    step: SinkStep,
}

/// Drives one stream.
pub(crate) async fn run<D: Deliveries>(
    mut feed: Feed<D>,
    kind: SinkKind,
    state: SinkState,
) -> Result<(), SinkError> {
    let source = feed.source().await?;
    let mut cursor = state.cursor;
    let mut writer = match kind {
        SinkKind::Ndjson(target) => {
            let (lines, told_up_to) = Lines::open(target, &source)
                .await
                .map_err(|error| SinkError::new(&feed.name, format!("cannot begin: {error}")))?;
            // What is in the file was handed over, though the cursor may not say so yet.
            if let Some(told_up_to) = told_up_to.filter(|told_up_to| *told_up_to > cursor) {
                let step = SinkStep {
                    cursor: told_up_to,
                    at: feed.clock.now(),
                    delivered: u64::try_from(told_up_to.0 - cursor.0).unwrap_or_default(),
                    ..SinkStep::default()
                };
                if !feed.advance(step).await {
                    return Ok(());
                }
                cursor = told_up_to;
            }
            Writer::Lines(lines)
        }
        #[cfg(feature = "nats")]
        SinkKind::Nats(settings) => Writer::Nats(Box::new(nats::Publisher::new(settings))),
        _ => Writer::Table,
    };
    // Letters that were taken up before a crash and not handed over.
    let mut again: Vec<EventCursor> = state.waiting.iter().map(|letter| letter.cursor).collect();
    let mut failures = 0_u32;
    loop {
        let Some(batch) = next_batch(&feed, &source, cursor, &mut again).await else {
            return Ok(());
        };
        if batch.told.is_empty() && batch.letters.is_empty() && batch.step.settled.is_empty() {
            if feed.until == Until::CaughtUp || !feed.await_events(LOOK_EVERY).await {
                return Ok(());
            }
            continue;
        }
        let to = batch.step.cursor;
        match write(&mut writer, &feed, &source, batch).await {
            Ok(true) => {
                cursor = to;
                again.clear();
                failures = 0;
            }
            Ok(false) => return Ok(()),
            Err(reason) => {
                tracing::warn!(sink = %feed.name, reason, "cannot hand events over; trying again");
                let step = SinkStep {
                    cursor,
                    at: feed.clock.now(),
                    failure: Some(reason),
                    ..SinkStep::default()
                };
                let pause = PAUSE_MAX.min(PAUSE_FIRST * 2_u32.saturating_pow(failures.min(6)));
                failures += 1;
                if !feed.advance(step).await
                    || feed.until == Until::CaughtUp
                    || !feed.rest(pause).await
                {
                    return Ok(());
                }
            }
        }
    }
}

/// What is to be handed over next: letters that were asked for again, or else new events. Empty if
/// there is nothing; `None` if the sink is to stop.
async fn next_batch<D: Deliveries>(
    feed: &Feed<D>,
    source: &Source,
    cursor: EventCursor,
    again: &mut Vec<EventCursor>,
) -> Option<Batch> {
    if feed.stop.is_cancelled() {
        return None;
    }
    let mut step = SinkStep {
        cursor,
        at: feed.clock.now(),
        ..SinkStep::default()
    };
    if again.is_empty() {
        let asked = feed
            .patiently(|| feed.ledger.take_asked(&feed.name, READ_MAX))
            .await?;
        again.extend(asked.iter().map(|told| told.event.cursor));
    }
    let mut letters = Vec::new();
    let told = if again.is_empty() {
        let outbox = feed
            .patiently(|| feed.ledger.outbox(cursor, READ_MAX))
            .await?;
        if let Some(gap) = outbox.forgotten_after(cursor) {
            let (letter, lost) = feed.gap(source, gap);
            letters.push(letter);
            step.lost = lost;
            step.cursor = gap.1;
        }
        if let Some(last) = outbox.events.last() {
            step.cursor = last.event.cursor;
        }
        outbox.events
    } else {
        step.settled.clone_from(again);
        feed.patiently(|| feed.ledger.told(again.clone())).await?
    };
    step.delivered = told.len() as u64;
    let events = told.iter();
    letters.extend(events.map(|told| source.letter(told, feed.disclosure)));
    Some(Batch {
        told,
        letters,
        step,
    })
}

/// Writes a batch and moves the cursor. `Ok(false)` if the sink is to stop before that was done.
async fn write<D: Deliveries>(
    writer: &mut Writer,
    feed: &Feed<D>,
    source: &Source,
    batch: Batch,
) -> Result<bool, String> {
    let Batch {
        told,
        letters,
        step,
    } = batch;
    match writer {
        Writer::Lines(lines) => lines.append(&letters).await.map_err(|e| e.to_string())?,
        #[cfg(feature = "nats")]
        Writer::Nats(publisher) => publisher.publish(&letters).await?,
        Writer::Table => {
            let lines: Vec<TableLine> = told
                .into_iter()
                .map(|told| TableLine {
                    event_id: source.event_id(&told),
                    told,
                })
                .collect();
            let fill = || {
                feed.ledger
                    .fill_table(&feed.name, lines.clone(), step.clone())
            };
            return Ok(feed.patiently(fill).await.is_some());
        }
    }
    Ok(feed.advance(step).await)
}
