//! Forgetting what is old, in batches that leave the writer to others between them.

use povline_domain::{Day, UnixMillis};
use rusqlite::Connection;

use super::columns;
use super::sql;
use super::trouble::Outcome;
use crate::StoreError;
use crate::sqlite::Database;

/// How many lines one transaction forgets at most: some milliseconds of the writer's time.
const BATCH: i64 = 2_000;

/// How many lists one transaction forgets at most, each with all its rows.
const LISTS: i64 = 8;

/// Forgets the events, and the history and certificates behind them, whose certificate ended
/// before `before`, in the order in which they were told; then the rows reported cancelled by
/// then, the lists of earlier days, their spent budgets and holds, old decisions about holds, and rows
/// in quarantine that are no longer there; last, picks that were told and sessions that ended. Tells
/// how many lines that were.
pub(super) async fn forget(database: &Database, before: UnixMillis) -> Result<u64, StoreError> {
    let what = "forget what is old";
    let keep_from = move |connection: &Connection| {
        let mut statement = connection.prepare_cached(sql::FORGET_UNTIL)?;
        Ok(statement.query_row([before.0], |line| line.get::<_, i64>(0))?)
    };
    let keep_from: i64 = database.read_long(what, keep_from).await?;
    let mut forgotten = 0;
    loop {
        let batch = move |connection: &Connection| forget_batch(connection, keep_from, before);
        match database.write(what, batch).await? {
            0 => return Ok(forgotten),
            lines => forgotten += lines as u64,
        }
    }
}

/// Forgets up to a batch of the first kind of which there is something to forget. Events go before
/// the certificates that they name.
fn forget_batch(connection: &Connection, keep_from: i64, before: UnixMillis) -> Outcome<usize> {
    let mut forgotten = forget_told(connection, keep_from)?;
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_CERTIFICATES)?
            .execute((keep_from, BATCH))?;
    }
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_CANCELLED)?
            .execute((keep_from, BATCH))?;
    }
    if forgotten == 0 {
        forgotten = forget_days(connection, before)?;
    }
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_CALLS)?
            .execute([Day::at(before).number()])?;
    }
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_BRAKES)?
            .execute([Day::at(before).number()])?;
    }
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_DECISIONS)?
            .execute((before.0, BATCH))?;
    }
    if forgotten == 0 {
        forgotten = connection
            .prepare_cached(sql::FORGET_QUARANTINE)?
            .execute((before.0, BATCH))?;
    }
    for what in [sql::FORGET_ALARMS, sql::FORGET_PICKS, sql::FORGET_SESSIONS] {
        if forgotten == 0 {
            forgotten = connection
                .prepare_cached(what)?
                .execute((before.0, BATCH))?;
        }
    }
    Ok(forgotten)
}

/// Forgets the first lists of earlier days that nobody has read since, each whole, so that none is ever
/// found without its rows.
fn forget_days(connection: &Connection, before: UnixMillis) -> Outcome<usize> {
    let lists: Vec<(i64, i64)> = connection
        .prepare_cached(sql::FORGET_DAYS_FIRST)?
        .query_map((Day::at(before).number(), before.0, LISTS), |line| {
            Ok((line.get(0)?, line.get(1)?))
        })?
        .collect::<Result<_, _>>()?;
    let mut forgotten = 0;
    for list in lists {
        for what in [
            sql::FORGET_LIVE,
            sql::FORGET_SUSPECTS,
            sql::FORGET_QUARANTINED,
            sql::FORGET_DAY,
        ] {
            forgotten += connection.prepare_cached(what)?.execute(list)?;
        }
    }
    Ok(forgotten)
}

/// Forgets events and their lines of history from the front of the outbox. Their certificates
/// ascend with them, so the first that is to be kept ends it.
fn forget_told(connection: &Connection, keep_from: i64) -> Outcome<usize> {
    let mut old = Vec::new();
    {
        let mut statement = connection.prepare_cached(sql::FORGET_FIRST)?;
        let mut lines = statement.query([BATCH])?;
        while let Some(line) = lines.next()? {
            if columns::number::<i64>(line, 4)? >= keep_from {
                break;
            }
            let pov: i64 = columns::number(line, 1)?;
            let version: i64 = columns::number(line, 3)?;
            let cursor: i64 = columns::number(line, 0)?;
            old.push((cursor, pov, columns::id(line, 2)?, version));
        }
    }
    let mut event = connection.prepare_cached(sql::FORGET_EVENT)?;
    let mut history = connection.prepare_cached(sql::FORGET_HISTORY)?;
    for (cursor, pov, id, version) in &old {
        history.execute((pov, id.as_str(), version))?;
        event.execute([cursor])?;
    }
    Ok(old.len())
}
