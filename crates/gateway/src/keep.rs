//! Writing down what the calls of the last moment leave: who read what, and the request log; and
//! remembering which secrets were retired.

use std::sync::Arc;
use std::time::Duration;

use povline_store::journal::CallLine;
use tokio_util::sync::CancellationToken;

use crate::PlatformBook;
use crate::state::State;

/// How often it is written, and so how much a crash can lose.
const EVERY: Duration = Duration::from_secs(1);

/// Writes until it is stopped, and then no more than what it has in hand. What comes later is for
/// [`keep_rest`].
pub(crate) async fn keep<B: PlatformBook>(state: Arc<State<B>>, stopped: CancellationToken) {
    tokio::join!(
        keep_readings(&state, &stopped),
        keep_lines(&state, &stopped)
    );
}

/// Writes what is left.
pub(crate) async fn keep_rest<B: PlatformBook>(state: &State<B>) {
    write_readings(state).await;
    write_lines(state).await;
}

async fn keep_readings<B: PlatformBook>(state: &State<B>, stopped: &CancellationToken) {
    let mut failing = false;
    loop {
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            // A failing book is not asked again at once.
            () = state.readings.are_many(), if !failing => {}
            () = stopped.cancelled() => return,
        }
        failing = !write_readings(state).await;
    }
}

async fn keep_lines<B: PlatformBook>(state: &State<B>, stopped: &CancellationToken) {
    loop {
        state.explainer.learn(&state.directory.get());
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            () = state.call_log.are_many() => {}
            () = stopped.cancelled() => return,
        }
        write_lines(state).await;
    }
}

/// Whether the readings could be written. Those that could not are kept for the next time.
async fn write_readings<B: PlatformBook>(state: &State<B>) -> bool {
    let readings = state.readings.take();
    if readings.is_empty() {
        return true;
    }
    let now = state.clock.now();
    match state.book.record_readings(now, readings.clone()).await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, readings = readings.len(), "cannot audit reads; trying again");
            state.metrics.audit.failures.inc();
            state.readings.give_back(readings);
            false
        }
    }
}

/// Lines that cannot be written are lost, and counted: the log must not grow in memory.
pub(crate) async fn write_lines<B: PlatformBook>(state: &State<B>) {
    let Some(journal) = &state.config.journal else {
        return;
    };
    let (lines, lost) = state.call_log.take();
    if lines.is_empty() && lost == 0 {
        return;
    }
    if lost > 0 {
        tracing::warn!(lost, "calls were not logged");
    }
    let lines: Vec<CallLine> = lines.into_iter().map(CallLine::from).collect();
    let count = lines.len() as u64;
    if let Err(error) = journal.append(state.clock.now(), lines, lost).await {
        tracing::error!(%error, lines = count, "cannot write the request log");
        state.metrics.audit.lines_lost.inc_by(count);
        state.call_log.lose(count + lost);
    }
}
