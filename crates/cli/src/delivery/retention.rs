//! Keeps the ledger from growing for ever, and patients' data from being kept for longer than they
//! serve anybody.

use std::sync::Arc;
use std::time::Duration;

use povline_domain::Clock as _;
use povline_store::StoreError;
use povline_store::ledger::{Deliveries, Ledger};

use crate::clock::SystemClock;
use crate::config::Retention;

/// How often what is too old or too much is forgotten.
const FORGET_EVERY: Duration = Duration::from_secs(60 * 60);

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Forgets and erases what the settings say, again and again.
pub(crate) async fn keep<L: Ledger + Deliveries>(ledger: Arc<L>, retention: Retention) {
    let mut every = tokio::time::interval(FORGET_EVERY);
    loop {
        every.tick().await;
        if let Err(error) = once(ledger.as_ref(), retention).await {
            tracing::warn!(%error, "cannot forget what is old; trying again in an hour");
        }
    }
}

async fn once<L: Ledger + Deliveries>(ledger: &L, retention: Retention) -> Result<(), StoreError> {
    let now = SystemClock.now();
    let by_age = now.plus_millis(-retention.events_days * DAY_MS);
    let by_size = ledger.bound_of_events(retention.events_max).await?;
    if by_size.is_some_and(|by_size| by_size > by_age) {
        tracing::warn!(
            events_max = retention.events_max,
            "more events than agent.events_max: the oldest are forgotten before their time"
        );
    }
    let before = by_size.map_or(by_age, |by_size| by_size.max(by_age));
    let forgotten = ledger.forget(before).await?;
    if forgotten > 0 {
        tracing::info!(forgotten, %before, "forgot what is older");
    }
    let lost = ledger.tidy_deliveries(retention.dead_letters_max).await?;
    if lost > 0 {
        tracing::error!(
            lost,
            "letters to sinks were dropped undelivered: their events are too old, or there are \
             more dead letters than agent.dead_letters_max; see povline events dead"
        );
    }
    let nameless_before = now.plus_millis(-retention.names_days * DAY_MS);
    let erased = ledger.erase_names(nameless_before).await?;
    if erased > 0 {
        tracing::info!(erased, "erased names");
    }
    Ok(())
}
