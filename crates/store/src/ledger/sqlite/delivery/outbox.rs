//! Events with their proofs.

use std::rc::Rc;

use povline_domain::{UnixMillis, Verdict};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sql;
use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::encode::{KeptEvidence, read_evidence};
use crate::ledger::sqlite::read::change;
use crate::ledger::sqlite::trouble::{Outcome, corrupt};
use crate::ledger::{Event, EventCursor, Outbox, ProvingScan, ToldEvent};

pub(super) fn identity(connection: &Connection) -> Outcome<String> {
    let id = connection
        .prepare_cached(sql::IDENTITY)?
        .query_row((), |line| line.get(0))
        .optional()?;
    id.ok_or_else(|| corrupt("id of the ledger"))
}

pub(super) fn after(
    connection: &Connection,
    cursor: EventCursor,
    events_max: usize,
) -> Outcome<Outbox> {
    let last = last(connection)?;
    let first: Option<i64> = connection
        .prepare_cached(sql::FIRST_KEPT)?
        .query_row((), |line| line.get(0))?;
    Ok(Outbox {
        events: some(connection, cursor, events_max)?,
        first_kept: EventCursor(first.unwrap_or(last.0 + 1)),
        last,
    })
}

pub(super) fn told(connection: &Connection, cursors: &[EventCursor]) -> Outcome<Vec<ToldEvent>> {
    let mut told = Vec::with_capacity(cursors.len());
    for cursor in cursors {
        let found = some(connection, EventCursor(cursor.0 - 1), 1)?;
        told.extend(
            found
                .into_iter()
                .filter(|told| told.event.cursor == *cursor),
        );
    }
    Ok(told)
}

fn some(
    connection: &Connection,
    cursor: EventCursor,
    events_max: usize,
) -> Outcome<Vec<ToldEvent>> {
    let events_max = i64::try_from(events_max).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql::OUTBOX)?;
    let mut lines = statement.query((cursor.0, events_max))?;
    let mut events = Vec::new();
    // The events of one scan stand together: its proof is read once.
    let mut proof: Option<(i64, Rc<ProvingScan>)> = None;
    while let Some(line) = lines.next()? {
        let certificate: i64 = columns::number(line, 6)?;
        let scan = match &proof {
            Some((number, scan)) if *number == certificate => Rc::clone(scan),
            _ => {
                let scan = Rc::new(scan(columns::blob(line, 9)?)?);
                proof = Some((certificate, Rc::clone(&scan)));
                scan
            }
        };
        events.push(ToldEvent {
            event: event(line, certificate)?,
            scan: scan.as_ref().clone(),
        });
    }
    Ok(events)
}

fn event(line: &Row<'_>, certificate: i64) -> Outcome<Event> {
    let pov = columns::pov_name(line, 1)?;
    let id = columns::id(line, 3)?;
    Ok(Event {
        cursor: EventCursor(columns::number(line, 0)?),
        day: columns::day(line, 2)?,
        certificate,
        change: change(line, [4, 5, 7, 8], id, &pov)?,
        pov,
    })
}

fn scan(evidence: &[u8]) -> Outcome<ProvingScan> {
    let KeptEvidence {
        certificate,
        looked_at,
        ..
    } = read_evidence(evidence)?;
    Ok(ProvingScan {
        verdict: match &certificate.verdict {
            Verdict::Complete => "complete",
            Verdict::Agreed => "agreed",
            Verdict::Incomplete(reason) => reason.code(),
        },
        began_at: certificate.begun_at(),
        ended_at: certificate.ended_at(),
        pages: u32::try_from(certificate.windows.len()).unwrap_or(u32::MAX),
        looked_at,
    })
}

pub(super) fn last(connection: &Connection) -> Outcome<EventCursor> {
    let last: Option<i64> = connection
        .prepare_cached(sql::LAST)?
        .query_row((), |line| line.get(0))
        .optional()?;
    Ok(EventCursor(last.unwrap_or_default()))
}

pub(super) fn cursor_before(connection: &Connection, at: UnixMillis) -> Outcome<EventCursor> {
    let cursor: Option<i64> = connection
        .prepare_cached(sql::CURSOR_BEFORE)?
        .query_row([at.0], |line| line.get(0))
        .optional()?;
    Ok(EventCursor(cursor.unwrap_or_default()))
}

/// When the first event after this one was proved.
pub(super) fn proved_after(
    connection: &Connection,
    cursor: EventCursor,
) -> Outcome<Option<UnixMillis>> {
    let at: Option<i64> = connection
        .prepare_cached(sql::PROVED_AT)?
        .query_row([cursor.0], |line| line.get(0))
        .optional()?;
    Ok(at.map(UnixMillis))
}

pub(super) fn bound(connection: &Connection, events_max: u64) -> Outcome<Option<UnixMillis>> {
    let events_max = i64::try_from(events_max).unwrap_or(i64::MAX);
    let keep_after = EventCursor(last(connection)?.0.saturating_sub(events_max));
    let first: Option<i64> = connection
        .prepare_cached(sql::FIRST_KEPT)?
        .query_row((), |line| line.get(0))?;
    match first {
        // What is proved before this goes; of the scan itself some events may be too many.
        Some(first) if first <= keep_after.0 => proved_after(connection, keep_after),
        _ => Ok(None),
    }
}
