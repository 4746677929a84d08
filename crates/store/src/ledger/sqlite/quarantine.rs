//! Rows that cannot be taken at their word.

use std::collections::HashSet;

use povline_domain::{AppointmentId, Day, UnixMillis};
use rusqlite::Connection;

use super::columns::{self, PovNumber};
use super::sql;
use super::trouble::{Outcome, corrupt};
use crate::ledger::{Observation, Observed, Quarantined, Suspect, TrackedRow, UnreadRow};

/// Beyond so many rows in quarantine, further ones are taken note of without their text.
const RAW_KEPT_MAX: i64 = 10_000;

/// Which suspects an unreadable row shows to be there: on another list or, if this one was not
/// read anew, on this one.
pub(super) fn shown_suspects(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    suspects: &[(Suspect, TrackedRow)],
) -> Outcome<Vec<AppointmentId>> {
    let mut shown = Vec::new();
    if suspects.is_empty() || !any(connection)? {
        return Ok(shown);
    }
    let except = match observation.observed {
        Observed::Rows(_) => pov.0,
        // No list is of POV 0.
        Observed::Unchanged => 0,
    };
    let mut statement = connection.prepare_cached(sql::QUARANTINE_HAS)?;
    for (suspect, _) in suspects {
        let id = &suspect.appointment_id;
        let key = (id.as_str(), except, observation.day.number());
        if statement.query_row(key, |line| line.get(0))? {
            shown.push(id.clone());
        }
    }
    Ok(shown)
}

/// Whether the list has rows in quarantine that it still shows.
pub(super) fn is_in_list(connection: &Connection, pov: PovNumber, day: Day) -> Outcome<bool> {
    if !any(connection)? {
        return Ok(false);
    }
    let mut statement = connection.prepare_cached(sql::QUARANTINE_IN_LIST)?;
    Ok(statement.query_row((pov.0, day.number()), |line| line.get(0))?)
}

fn any(connection: &Connection) -> Outcome<bool> {
    let mut statement = connection.prepare_cached(sql::QUARANTINE_ANY)?;
    Ok(statement.query_row((), |line| line.get(0))?)
}

/// A row in quarantine, as far as it must be known to recognise it.
struct Known {
    number: i64,
    appointment_id: Option<String>,
    reason: String,
    raw: String,
    is_there: bool,
}

impl Known {
    fn is_like(&self, row: &UnreadRow) -> bool {
        let id = row.appointment_id.as_ref().map(AppointmentId::as_str);
        self.appointment_id.as_deref() == id
            && match id {
                Some(_) => true,
                None => self.reason == row.reason && self.raw == row.raw,
            }
    }
}

/// Writes which rows of its list a scan could not read. A complete one also tells which are no
/// longer there. Tells how many are new.
pub(super) fn write(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    begun_at: UnixMillis,
) -> Outcome<u32> {
    let was_read = matches!(observation.observed, Observed::Rows(_));
    if !was_read || (observation.unread.is_empty() && !any(connection)?) {
        return Ok(0);
    }
    let known = of_list(connection, pov, observation)?;
    let mut seen = HashSet::new();
    let mut new = 0;
    for row in &observation.unread {
        match known.iter().find(|known| known.is_like(row)) {
            Some(known) => {
                new += u32::from(!known.is_there && seen.insert(known.number));
                seen.insert(known.number);
                // A text that was dropped does not come back as long as its row stays.
                let was_dropped = known.is_there && known.raw.is_empty();
                let raw = if was_dropped { "" } else { &row.raw };
                connection.prepare_cached(sql::QUARANTINE_SEEN)?.execute((
                    known.number,
                    raw,
                    begun_at.0,
                ))?;
            }
            None => {
                add(connection, pov, observation, row, begun_at)?;
                new += 1;
            }
        }
    }
    if observation.certificate.is_complete() {
        let gone = known
            .iter()
            .filter(|known| known.is_there && !seen.contains(&known.number));
        for known in gone {
            connection
                .prepare_cached(sql::QUARANTINE_GONE)?
                .execute([known.number])?;
        }
    }
    Ok(new)
}

fn of_list(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
) -> Outcome<Vec<Known>> {
    let mut statement = connection.prepare_cached(sql::QUARANTINE_OF_LIST)?;
    let mut lines = statement.query((pov.0, observation.day.number()))?;
    let mut known = Vec::new();
    while let Some(line) = lines.next()? {
        known.push(Known {
            number: columns::number(line, 0)?,
            appointment_id: line.get(1)?,
            reason: columns::text(line, 2)?.to_owned(),
            raw: columns::text(line, 3)?.to_owned(),
            is_there: columns::number::<i64>(line, 4)? == 1,
        });
    }
    Ok(known)
}

fn add(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    row: &UnreadRow,
    begun_at: UnixMillis,
) -> Outcome<()> {
    let rows: i64 = connection
        .prepare_cached(sql::QUARANTINE_COUNT)?
        .query_row((), |line| line.get(0))?;
    let raw = if rows < RAW_KEPT_MAX { &row.raw } else { "" };
    connection.prepare_cached(sql::QUARANTINE_ADD)?.execute((
        pov.0,
        observation.day.number(),
        row.appointment_id.as_ref().map(AppointmentId::as_str),
        &row.reason,
        raw,
        begun_at.0,
    ))?;
    Ok(())
}

/// How many rows are in quarantine that their lists still show.
pub(super) fn count(connection: &Connection) -> Outcome<u64> {
    let mut statement = connection.prepare_cached(sql::QUARANTINE_THERE)?;
    let count: i64 = statement.query_row((), |line| line.get(0))?;
    u64::try_from(count).map_err(|_| corrupt("count"))
}

/// The rows in quarantine, newest first.
pub(super) fn list(connection: &Connection, rows_max: usize) -> Outcome<Vec<Quarantined>> {
    let mut statement = connection.prepare_cached(sql::QUARANTINE_LIST)?;
    let mut lines = statement.query([i64::try_from(rows_max).unwrap_or(i64::MAX)])?;
    let mut rows = Vec::new();
    while let Some(line) = lines.next()? {
        let has_id = line.get::<_, Option<String>>(3)?.is_some();
        rows.push(Quarantined {
            pov: columns::pov_name(line, 0)?,
            day: columns::day(line, 1)?,
            number: columns::number(line, 2)?,
            appointment_id: has_id.then(|| columns::id(line, 3)).transpose()?,
            reason: columns::text(line, 4)?.to_owned(),
            raw: columns::text(line, 5)?.to_owned(),
            first_at: columns::instant(line, 6)?,
            last_at: columns::instant(line, 7)?,
            is_there: columns::number::<i64>(line, 8)? == 1,
        });
    }
    Ok(rows)
}

/// Drops a row, or every one; of those still there only the text.
pub(super) fn drop_rows(connection: &Connection, number: Option<i64>) -> Outcome<u64> {
    let stripped = connection
        .prepare_cached(sql::QUARANTINE_STRIP)?
        .execute([number])?;
    let dropped = connection
        .prepare_cached(sql::QUARANTINE_DROP)?
        .execute([number])?;
    Ok((stripped + dropped) as u64)
}
