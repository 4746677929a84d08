//! What others may know of the ledger.

use std::ops::RangeInclusive;

use povline_domain::{AppointmentId, Change, ChangeKind, Day, OutPovId, UnixMillis, Window};
use rusqlite::{Connection, OptionalExtension, Row, Rows};

use super::columns::{self, PovNumber};
use super::encode::{read_evidence, read_states, read_windows};
use super::tally::Tally;
use super::trouble::{Outcome, corrupt};
use super::{quarantine, sql, view};
use crate::ledger::{
    CertificateRecord, CheckedDay, Counts, DayStatus, Event, EventCursor, HistoryEntry, Suspect,
    TrackedRow,
};

pub(super) fn standing_windows(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
) -> Outcome<Option<Vec<Window>>> {
    let mut statement = connection.prepare_cached(sql::DAY_STANDING)?;
    let mut lines = statement.query((pov.as_str(), day.number()))?;
    match lines.next()? {
        Some(line) => Ok(Some(read_windows(columns::blob(line, 0)?)?)),
        None => Ok(None),
    }
}

pub(super) fn rows(connection: &Connection, pov: &OutPovId, day: Day) -> Outcome<Vec<TrackedRow>> {
    let number: Option<i64> = connection
        .prepare_cached(sql::POV_NUMBER)?
        .query_row([pov.as_str()], |line| line.get(0))
        .optional()?;
    match number {
        Some(number) => view::rows_of_day(connection, PovNumber(number), pov, day),
        None => Ok(Vec::new()),
    }
}

pub(super) fn days_from(connection: &Connection, first: Day) -> Outcome<Vec<DayStatus>> {
    let mut statement = connection.prepare_cached(sql::DAY_LIST)?;
    let mut lines = statement.query((first.number(),))?;
    let mut days = Vec::new();
    while let Some(line) = lines.next()? {
        days.push(day_status(line)?);
    }
    Ok(days)
}

/// The age and size of a POV-day, from the columns of [`sql::DAY_LIST`].
pub(super) fn day_status(line: &Row<'_>) -> Outcome<DayStatus> {
    Ok(DayStatus {
        pov: columns::pov_name(line, 0)?,
        day: columns::day(line, 1)?,
        checked_at: columns::instant_or_none(line, 2)?,
        changed_at: columns::instant_or_none(line, 3)?,
        tried_at: columns::instant_or_none(line, 4)?,
        verdict: columns::text(line, 5)?.to_owned(),
        live: columns::number(line, 6)?,
        suspected: columns::number(line, 7)?,
        picked: columns::number(line, 8)?,
    })
}

pub(super) fn suspects(connection: &Connection) -> Outcome<Vec<Suspect>> {
    let mut statement = connection.prepare_cached(sql::ABSENT_SUSPECTS_ALL)?;
    let mut lines = statement.query(())?;
    let mut suspects = Vec::new();
    while let Some(line) = lines.next()? {
        suspects.push(Suspect {
            appointment_id: columns::id(line, 0)?,
            pov: columns::pov_name(line, 1)?,
            day: columns::day(line, 2)?,
            last_shown: columns::instant(line, 3)?,
            vanished_at: columns::instant(line, 4)?,
            confirmed_at: columns::instant_or_none(line, 5)?,
            accepted: columns::number::<i64>(line, 6)? == 1,
            held: columns::number::<i64>(line, 7)? == 1,
        });
    }
    Ok(suspects)
}

pub(super) fn days_beyond(
    connection: &Connection,
    open_days: &RangeInclusive<Day>,
    first: Day,
) -> Outcome<Vec<CheckedDay>> {
    let mut statement = connection.prepare_cached(sql::DAY_BEYOND)?;
    let open = (open_days.start().number(), open_days.end().number());
    checked_days(statement.query((first.number(), open.0, open.1))?)
}

pub(super) fn checks_from(connection: &Connection, first: Day) -> Outcome<Vec<CheckedDay>> {
    let mut statement = connection.prepare_cached(sql::DAY_CHECKS_FROM)?;
    checked_days(statement.query((first.number(),))?)
}

/// The lists of [`sql::DAY_BEYOND`] or [`sql::DAY_CHECKS_FROM`].
fn checked_days(mut lines: Rows<'_>) -> Outcome<Vec<CheckedDay>> {
    let mut days = Vec::new();
    while let Some(line) = lines.next()? {
        days.push(CheckedDay {
            pov: columns::pov_name(line, 0)?,
            day: columns::day(line, 1)?,
            checked_at: columns::instant(line, 2)?,
        });
    }
    Ok(days)
}

pub(super) fn events_after(
    connection: &Connection,
    cursor: EventCursor,
    events_max: usize,
) -> Outcome<Vec<Event>> {
    let mut statement = connection.prepare_cached(sql::EVENTS_AFTER)?;
    let events_max = i64::try_from(events_max).unwrap_or(i64::MAX);
    let mut lines = statement.query((cursor.0, events_max))?;
    let mut events = Vec::new();
    while let Some(line) = lines.next()? {
        let pov = columns::pov_name(line, 1)?;
        let id = columns::id(line, 3)?;
        events.push(Event {
            cursor: EventCursor(columns::number(line, 0)?),
            day: columns::day(line, 2)?,
            certificate: columns::number(line, 6)?,
            change: change(line, [4, 5, 7, 8], id, &pov)?,
            pov,
        });
    }
    Ok(events)
}

pub(super) fn history(
    connection: &Connection,
    pov: &OutPovId,
    id: &AppointmentId,
) -> Outcome<Vec<HistoryEntry>> {
    let mut statement = connection.prepare_cached(sql::HISTORY_READ)?;
    let mut lines = statement.query((pov.as_str(), id.as_str()))?;
    let mut entries = Vec::new();
    while let Some(line) = lines.next()? {
        entries.push(HistoryEntry {
            certificate: columns::number(line, 2)?,
            change: change(line, [0, 1, 3, 4], id.clone(), pov)?,
        });
    }
    Ok(entries)
}

/// The change whose version, kind, instant and states stand in these columns.
pub(super) fn change(
    line: &Row<'_>,
    [version, kind, observed_at, states]: [usize; 4],
    id: AppointmentId,
    pov: &OutPovId,
) -> Outcome<Change> {
    let kind: usize = columns::number(line, kind)?;
    let states = columns::blob(line, states)?;
    let (before, after) = read_states(states, id.clone(), pov.clone())?;
    Ok(Change {
        kind: *ChangeKind::ALL
            .get(kind)
            .ok_or_else(|| corrupt("kind of a change"))?,
        appointment_id: id,
        version: columns::number(line, version)?,
        before,
        after,
        observed_at: columns::instant(line, observed_at)?,
    })
}

pub(super) fn certificate(
    connection: &Connection,
    number: i64,
) -> Outcome<Option<CertificateRecord>> {
    let mut statement = connection.prepare_cached(sql::CERTIFICATE_READ)?;
    let mut lines = statement.query([number])?;
    let Some(line) = lines.next()? else {
        return Ok(None);
    };
    let evidence = read_evidence(columns::blob(line, 2)?)?;
    let (pov, day) = (columns::pov_name(line, 0)?, columns::day(line, 1)?);
    Ok(Some(evidence.record(pov, day)))
}

/// What SQLite finds to be wrong with the file.
pub(super) fn damage(connection: &Connection) -> Outcome<Vec<String>> {
    let mut statement = connection.prepare_cached(sql::QUICK_CHECK)?;
    let mut lines = statement.query(())?;
    let mut found = Vec::new();
    while let Some(line) = lines.next()? {
        found.push(columns::text(line, 0)?.to_owned());
    }
    found.retain(|line| line != "ok");
    Ok(found)
}

pub(super) fn counts(connection: &Connection) -> Outcome<Counts> {
    let tally = Tally::read(connection)?;
    let mut statement = connection.prepare_cached(sql::DAY_COUNTS)?;
    let mut lines = statement.query(())?;
    let mut counts = Counts::default();
    if let Some(line) = lines.next()? {
        counts.days = columns::number(line, 0)?;
        counts.live = sum(line, 1)?;
        counts.suspected = sum(line, 2)?;
        counts.oldest_check = columns::instant_or_none(line, 3)?;
    }
    counts.cancelled = count(connection, sql::ABSENT_CANCELLED)?;
    counts.quarantined = quarantine::count(connection)?;
    counts.certificates = count(connection, sql::CERTIFICATE_COUNT)?;
    counts.events = tally
        .told
        .map(|told| u64::try_from(told).unwrap_or_default());
    Ok(counts)
}

/// A sum, which SQL calls NULL where there is nothing to add up.
fn sum(line: &Row<'_>, column: usize) -> Outcome<u64> {
    let UnixMillis(sum) = columns::instant_or_none(line, column)?.unwrap_or_default();
    u64::try_from(sum).map_err(|_| corrupt("sum"))
}

fn count(connection: &Connection, sql: &'static str) -> Outcome<u64> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut lines = statement.query(())?;
    match lines.next()? {
        Some(line) => columns::number(line, 0),
        None => Ok(0),
    }
}
