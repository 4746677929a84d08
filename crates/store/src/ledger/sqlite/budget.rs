//! The budget of calls: what was granted is used, whatever becomes of the process.

use povline_domain::{AppKey, Day};
use rusqlite::{Connection, OptionalExtension};

use super::sql;
use super::trouble::Outcome;

pub(super) fn reserve_calls(
    connection: &Connection,
    app: &AppKey,
    day: Day,
    calls_max: u64,
    calls_per_day: u64,
) -> Outcome<u64> {
    let taken = calls_taken(connection, app, day)?;
    // The sum must be storable, however large a budget is given.
    let per_day = calls_per_day.min(i64::MAX as u64);
    let granted = per_day.saturating_sub(taken).min(calls_max);
    if granted > 0 {
        connection.prepare_cached(sql::CALLS_TAKE)?.execute((
            app.as_str(),
            day.number(),
            granted as i64,
        ))?;
    }
    Ok(granted)
}

pub(super) fn calls_taken(connection: &Connection, app: &AppKey, day: Day) -> Outcome<u64> {
    let taken: Option<i64> = connection
        .prepare_cached(sql::CALLS_TAKEN)?
        .query_row((app.as_str(), day.number()), |line| line.get(0))
        .optional()?;
    Ok(u64::try_from(taken.unwrap_or_default()).unwrap_or_default())
}
