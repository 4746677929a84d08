//! Where each sink stands.

use rusqlite::{Connection, OptionalExtension};

use super::{outbox, sql};
use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::trouble::{Outcome, corrupt, refused};
use crate::ledger::{
    EventCursor, SinkName, SinkStart, SinkState, SinkStatus, SinkStep, WaitingLetter,
};

/// The state of a letter.
pub(super) const WAITING: i64 = 0;
pub(super) const DEAD: i64 = 1;
pub(super) const ASKED: i64 = 2;

/// A sink as it is stored.
pub(super) struct Sink {
    pub(super) number: i64,
    kind: String,
    pub(super) cursor: EventCursor,
    pub(super) stopped: Option<String>,
}

pub(super) fn find(connection: &Connection, name: &SinkName) -> Outcome<Option<Sink>> {
    let sink = connection
        .prepare_cached(sql::SINK_FIND)?
        .query_row([name.as_str()], |line| {
            Ok(Sink {
                number: line.get(0)?,
                kind: line.get(1)?,
                cursor: EventCursor(line.get(2)?),
                stopped: line.get(3)?,
            })
        })
        .optional()?;
    Ok(sink)
}

pub(super) fn known(connection: &Connection, name: &SinkName) -> Outcome<Sink> {
    find(connection, name)?.ok_or_else(|| refused("find the sink: enlist it first"))
}

pub(super) fn enlist(
    connection: &Connection,
    name: &SinkName,
    kind: &'static str,
    start: SinkStart,
) -> Outcome<SinkState> {
    let Some(sink) = find(connection, name)? else {
        let cursor = match start {
            SinkStart::Oldest => {
                EventCursor(outbox::after(connection, EventCursor(0), 0)?.first_kept.0 - 1)
            }
            SinkStart::Now => outbox::last(connection)?,
        };
        connection
            .prepare_cached(sql::SINK_ADD)?
            .execute((name.as_str(), kind, cursor.0))?;
        return Ok(SinkState {
            cursor,
            waiting: Vec::new(),
            stopped: None,
        });
    };
    if sink.kind != kind {
        return Err(refused(
            "enlist the sink: one of that name is of another kind; take another name, or forget \
             that one",
        ));
    }
    let mut statement = connection.prepare_cached(sql::LETTERS_WAITING)?;
    let mut lines = statement.query([sink.number])?;
    let mut waiting = Vec::new();
    while let Some(line) = lines.next()? {
        waiting.push(WaitingLetter {
            cursor: EventCursor(columns::number(line, 0)?),
            attempts: columns::number(line, 1)?,
            due_at: columns::instant(line, 2)?,
            reason: line.get(3)?,
        });
    }
    Ok(SinkState {
        cursor: sink.cursor,
        waiting,
        stopped: sink.stopped,
    })
}

pub(super) fn advance(connection: &Connection, name: &SinkName, step: &SinkStep) -> Outcome<()> {
    let sink = known(connection, name)?.number;
    let SinkStep {
        cursor,
        at,
        delivered,
        lost,
        settled,
        waiting,
        dead,
        failure,
        stopped,
    } = step;
    connection.prepare_cached(sql::SINK_STEP)?.execute((
        sink,
        cursor.0,
        count(*delivered),
        at.0,
        count(*lost),
        failure,
        stopped,
    ))?;
    let mut settle = connection.prepare_cached(sql::LETTER_SETTLE)?;
    for cursor in settled {
        settle.execute((sink, cursor.0))?;
    }
    let mut write = connection.prepare_cached(sql::LETTER_WRITE)?;
    let all = waiting.iter().map(|letter| (WAITING, letter));
    for (state, letter) in all.chain(dead.iter().map(|letter| (DEAD, letter))) {
        let failed_at = (letter.attempts > 0).then_some(at.0);
        write.execute((
            sink,
            letter.cursor.0,
            state,
            letter.attempts,
            letter.due_at.0,
            failed_at,
            &letter.reason,
        ))?;
    }
    Ok(())
}

pub(super) fn resume(connection: &Connection, name: &SinkName) -> Outcome<bool> {
    let resumed = connection
        .prepare_cached(sql::SINK_RESUME)?
        .execute([name.as_str()])?;
    Ok(resumed > 0)
}

pub(super) fn dismiss(connection: &Connection, name: &SinkName) -> Outcome<bool> {
    let Some(sink) = find(connection, name)? else {
        return Ok(false);
    };
    for statement in [sql::LETTERS_DISMISS, sql::SINK_DISMISS] {
        connection
            .prepare_cached(statement)?
            .execute([sink.number])?;
    }
    Ok(true)
}

pub(super) fn list(connection: &Connection) -> Outcome<Vec<SinkStatus>> {
    let last = outbox::last(connection)?;
    let mut statement = connection.prepare_cached(sql::SINK_LIST)?;
    let mut lines = statement.query(())?;
    let mut sinks = Vec::new();
    while let Some(line) = lines.next()? {
        let sink: i64 = columns::number(line, 0)?;
        let name = SinkName::new(columns::text(line, 1)?).map_err(|_| corrupt("name of a sink"))?;
        let cursor = EventCursor(columns::number(line, 3)?);
        let (waits, first_waiting) = letters(connection, WAITING, sink)?;
        let (asked, first_asked) = letters(connection, ASKED, sink)?;
        let (dead, _) = letters(connection, DEAD, sink)?;
        let first = first_waiting.into_iter().chain(first_asked).min();
        let before_first = first.map_or(cursor.0, |first| cursor.0.min(first - 1));
        let unread = u64::try_from(last.0 - cursor.0).unwrap_or_default();
        let waiting = waits + asked;
        let behind = unread + waiting;
        let failed_at = columns::instant_or_none(line, 7)?;
        let failure: Option<String> = line.get(8)?;
        sinks.push(SinkStatus {
            name,
            kind: columns::text(line, 2)?.to_owned(),
            cursor,
            behind,
            behind_since: match behind {
                0 => None,
                _ => outbox::proved_after(connection, EventCursor(before_first))?,
            },
            waiting,
            dead,
            delivered: columns::number(line, 4)?,
            lost: columns::number(line, 5)?,
            delivered_at: columns::instant_or_none(line, 6)?,
            failure: failed_at.zip(failure),
            stopped: line.get(9)?,
        });
    }
    Ok(sinks)
}

/// How many letters of a sink are in this state, and the first of them.
fn letters(connection: &Connection, state: i64, sink: i64) -> Outcome<(u64, Option<i64>)> {
    let mut statement = connection.prepare_cached(sql::LETTERS_OF_STATE)?;
    let (count, first): (i64, Option<i64>) =
        statement.query_row((state, sink), |line| Ok((line.get(0)?, line.get(1)?)))?;
    Ok((u64::try_from(count).unwrap_or_default(), first))
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
