//! Letters: events that a cursor has passed and that were not handed over.

use rusqlite::Connection;

use super::{outbox, sinks, sql};
use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::trouble::{Outcome, corrupt};
use crate::ledger::{Again, DeadLetter, EventCursor, SinkName, ToldEvent};

pub(super) fn ask_again(
    connection: &Connection,
    name: &SinkName,
    what: &Again,
) -> Outcome<Option<u64>> {
    let Some(sink) = sinks::find(connection, name)? else {
        return Ok(None);
    };
    let passed = sink.cursor.0;
    let asked = match what {
        Again::Dead => connection
            .prepare_cached(sql::ASK_DEAD)?
            .execute([sink.number])?,
        Again::Since(cursor) => {
            connection
                .prepare_cached(sql::ASK_SINCE)?
                .execute((sink.number, cursor.0, passed))?
        }
        Again::Events(cursors) => {
            let mut statement = connection.prepare_cached(sql::ASK_ONE)?;
            let mut asked = 0;
            for cursor in cursors {
                asked += statement.execute((sink.number, cursor.0, passed))?;
            }
            asked
        }
    };
    Ok(Some(asked as u64))
}

pub(super) fn asked(
    connection: &Connection,
    name: &SinkName,
    letters_max: usize,
) -> Outcome<Vec<EventCursor>> {
    let Some(sink) = sinks::find(connection, name)? else {
        return Ok(Vec::new());
    };
    let letters_max = i64::try_from(letters_max).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql::LETTERS_ASKED)?;
    let mut lines = statement.query((sink.number, letters_max))?;
    let mut cursors = Vec::new();
    while let Some(line) = lines.next()? {
        cursors.push(EventCursor(columns::number(line, 0)?));
    }
    Ok(cursors)
}

pub(super) fn take(
    connection: &Connection,
    name: &SinkName,
    cursors: &[EventCursor],
) -> Outcome<Vec<ToldEvent>> {
    let sink = sinks::known(connection, name)?.number;
    let mut statement = connection.prepare_cached(sql::LETTER_TAKE)?;
    for cursor in cursors {
        statement.execute((sink, cursor.0))?;
    }
    outbox::told(connection, cursors)
}

pub(super) fn dead(
    connection: &Connection,
    name: Option<&SinkName>,
    letters_max: usize,
) -> Outcome<Vec<DeadLetter>> {
    let letters_max = i64::try_from(letters_max).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql::LETTERS_DEAD)?;
    let mut lines = statement.query((name.map(SinkName::as_str), letters_max))?;
    let mut dead = Vec::new();
    while let Some(line) = lines.next()? {
        let cursor = EventCursor(columns::number(line, 1)?);
        let reason: Option<String> = line.get(4)?;
        dead.push(DeadLetter {
            sink: SinkName::new(columns::text(line, 0)?).map_err(|_| corrupt("name of a sink"))?,
            event: outbox::told(connection, &[cursor])?.pop(),
            cursor,
            attempts: columns::number(line, 2)?,
            failed_at: columns::instant_or_none(line, 3)?,
            reason: reason.unwrap_or_default(),
        });
    }
    Ok(dead)
}

pub(super) fn tidy(connection: &Connection, dead_max: u64) -> Outcome<u64> {
    let first_kept = outbox::after(connection, EventCursor(0), 0)?.first_kept;
    connection
        .prepare_cached(sql::TABLE_FORGET)?
        .execute([first_kept.0])?;
    let dead_max = i64::try_from(dead_max).unwrap_or(i64::MAX);
    let mut dropped = 0;
    for sink in numbers(connection)? {
        let forgotten = connection
            .prepare_cached(sql::LETTERS_FORGOTTEN)?
            .execute((sink, first_kept.0))?;
        let too_many = connection
            .prepare_cached(sql::LETTERS_TOO_MANY)?
            .execute((sink, dead_max))?;
        let lost = (forgotten + too_many) as u64;
        if lost > 0 {
            connection
                .prepare_cached(sql::SINK_LOSES)?
                .execute((sink, i64::try_from(lost).unwrap_or(i64::MAX)))?;
        }
        dropped += lost;
    }
    Ok(dropped)
}

fn numbers(connection: &Connection) -> Outcome<Vec<i64>> {
    let mut statement = connection.prepare_cached(sql::SINK_LIST)?;
    let mut lines = statement.query(())?;
    let mut numbers = Vec::new();
    while let Some(line) = lines.next()? {
        numbers.push(columns::number(line, 0)?);
    }
    Ok(numbers)
}
