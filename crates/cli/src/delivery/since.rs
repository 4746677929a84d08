//! `--since`: a place in the stream of events, by number or by time.

use povline_store::ledger::{Deliveries, EventCursor};

use crate::asked::instant;
use crate::error::{CliError, CliResult};

/// The cursor that is meant: the number itself, or the last event that was proved before an
/// instant.
pub(crate) async fn cursor<D: Deliveries>(ledger: &D, text: &str) -> CliResult<EventCursor> {
    if let Ok(number) = text.trim().parse::<i64>() {
        return Ok(EventCursor(number));
    }
    let cursor = ledger.cursor_before(instant(text)?).await;
    cursor.map_err(|error| CliError::store("cannot read the events", &error))
}
