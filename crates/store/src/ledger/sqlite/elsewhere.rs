//! Where ids that are new to a day are known to be: live on another day of the POV, or absent.

use std::collections::{HashMap, HashSet};

use povline_domain::{AppointmentId, Day, UnixMillis};
use rusqlite::{Connection, Row};

use super::columns::{self, PovNumber};
use super::encode::read_states;
use super::sql;
use super::trouble::{Outcome, corrupt};
use super::view::WindowsOfDays;
use crate::ledger::{Observation, RowState, Seen, TrackedRow};

/// A row that was found.
pub(super) struct Found {
    pub(super) row: TrackedRow,
    pub(super) last_shown: UnixMillis,
    pub(super) pov: PovNumber,
}

/// How many rows of a clustered scan cost as much as one look-up by key. A look-up descends three
/// or four levels of a tree through SQLite's interpreter; a scan that only compares ids steps to
/// the next cell.
const ROWS_PER_LOOK_UP: i64 = 8;

pub(super) fn find(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    unknown: Vec<&AppointmentId>,
) -> Outcome<Vec<Found>> {
    let mut found = Vec::new();
    if unknown.is_empty() {
        return Ok(found);
    }
    find_absent(connection, &unknown, &mut found)?;

    // A booking is rarely on another day already, so every other day must be asked in vain: by
    // one look-up each for a few new ids, by reading through the POV for a whole new list.
    let days = other_days(connection, pov, observation.day)?;
    let look_ups = (unknown.len() * days.len()) as i64;
    let rows: i64 = days.iter().map(|(_, live)| live).sum();
    if look_ups.saturating_mul(ROWS_PER_LOOK_UP) <= rows {
        look_up_live(connection, pov, observation, &unknown, &days, &mut found)?;
    } else if rows > 0 {
        scan_live(connection, pov, observation, &unknown, &mut found)?;
    }
    find_returned(connection, pov, observation, &unknown, &mut found)?;
    Ok(found)
}

/// An appointment that left this POV for another one and is back, before it was missed there, is
/// known here by its history alone. Its versions must go on from that.
fn find_returned(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    unknown: &[&AppointmentId],
    found: &mut Vec<Found>,
) -> Outcome<()> {
    let lent: bool = connection
        .prepare_cached(sql::POV_LENT)?
        .query_row([pov.0], |line| line.get(0))?;
    if !lent {
        return Ok(());
    }
    let known: HashSet<AppointmentId> = found
        .iter()
        .map(|found| found.row.appointment.appointment_id.clone())
        .collect();
    let mut statement = connection.prepare_cached(sql::HISTORY_LAST)?;
    for id in unknown.iter().filter(|id| !known.contains(**id)) {
        let mut lines = statement.query((pov.0, id.as_str()))?;
        let Some(line) = lines.next()? else {
            continue;
        };
        let last_shown = columns::instant(line, 1)?;
        let name = observation.pov.clone();
        let (before, after) = read_states(columns::blob(line, 2)?, (*id).clone(), name)?;
        found.push(Found {
            row: TrackedRow {
                appointment: after.or(before).ok_or_else(|| corrupt("change"))?,
                unknown: None,
                state: RowState::Cancelled,
                version: columns::number(line, 0)?,
                seen: Seen::At(last_shown),
            },
            last_shown,
            pov,
        });
    }
    Ok(())
}

fn find_absent(
    connection: &Connection,
    unknown: &[&AppointmentId],
    found: &mut Vec<Found>,
) -> Outcome<()> {
    let any: bool = connection
        .prepare_cached(sql::ABSENT_ANY)?
        .query_row((), |line| line.get(0))?;
    if !any {
        return Ok(());
    }
    let mut statement = connection.prepare_cached(sql::ABSENT_FIND)?;
    for id in unknown {
        let mut lines = statement.query([id.as_str()])?;
        while let Some(line) = lines.next()? {
            let last_shown = columns::instant(line, 3)?;
            let day = columns::day(line, 1)?;
            let pov = columns::pov_name(line, 0)?;
            found.push(Found {
                row: TrackedRow {
                    appointment: columns::appointment(line, 5, (*id).clone(), pov, day)?,
                    unknown: columns::unknown_fields(line, 9)?,
                    state: match columns::number::<i64>(line, 4)? {
                        0 => RowState::Suspected,
                        _ => RowState::Cancelled,
                    },
                    version: columns::number(line, 2)?,
                    seen: Seen::At(last_shown),
                },
                last_shown,
                pov: PovNumber(columns::number(line, 10)?),
            });
        }
    }
    Ok(())
}

/// The other days of the POV that have live rows, and how many.
fn other_days(connection: &Connection, pov: PovNumber, day: Day) -> Outcome<Vec<(Day, i64)>> {
    let mut statement = connection.prepare_cached(sql::DAY_LIVE_OTHERS)?;
    let mut lines = statement.query((pov.0, day.number()))?;
    let mut days = Vec::new();
    while let Some(line) = lines.next()? {
        days.push((columns::day(line, 0)?, columns::number(line, 1)?));
    }
    Ok(days)
}

fn look_up_live(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    unknown: &[&AppointmentId],
    days: &[(Day, i64)],
    found: &mut Vec<Found>,
) -> Outcome<()> {
    let mut windows = WindowsOfDays::default();
    let mut statement = connection.prepare_cached(sql::LIVE_FIND)?;
    for (day, _) in days {
        for id in unknown {
            let mut lines = statement.query((pov.0, day.number(), id.as_str()))?;
            if let Some(line) = lines.next()? {
                let mut live = LiveRows {
                    connection,
                    pov,
                    observation,
                    windows: &mut windows,
                };
                found.push(live.read(line, 0, (*id).clone(), *day)?);
            }
        }
    }
    Ok(())
}

fn scan_live(
    connection: &Connection,
    pov: PovNumber,
    observation: &Observation,
    unknown: &[&AppointmentId],
    found: &mut Vec<Found>,
) -> Outcome<()> {
    let by_text: HashMap<&str, &AppointmentId> =
        unknown.iter().map(|id| (id.as_str(), *id)).collect();
    let mut windows = WindowsOfDays::default();
    let mut statement = connection.prepare_cached(sql::LIVE_SCAN)?;
    let mut lines = statement.query((pov.0, observation.day.number()))?;
    while let Some(line) = lines.next()? {
        if let Some(id) = by_text.get(columns::text(line, 0)?) {
            let day = columns::day(line, 1)?;
            let mut live = LiveRows {
                connection,
                pov,
                observation,
                windows: &mut windows,
            };
            found.push(live.read(line, 2, (*id).clone(), day)?);
        }
    }
    Ok(())
}

struct LiveRows<'a> {
    connection: &'a Connection,
    pov: PovNumber,
    observation: &'a Observation,
    windows: &'a mut WindowsOfDays,
}

impl LiveRows<'_> {
    /// The row whose version, instant and fields stand in the columns from `first` on.
    fn read(
        &mut self,
        line: &Row<'_>,
        first: usize,
        id: AppointmentId,
        day: Day,
    ) -> Outcome<Found> {
        let seen = columns::seen(columns::number(line, first + 1)?)?;
        let windows = self.windows.get(self.connection, self.pov, day)?;
        let last_shown = columns::seen_at(seen, windows)?;
        let pov = self.observation.pov.clone();
        Ok(Found {
            row: TrackedRow {
                appointment: columns::appointment(line, first + 2, id, pov, day)?,
                unknown: columns::unknown_fields(line, first + 6)?,
                state: RowState::Live,
                version: columns::number(line, first)?,
                seen: Seen::At(last_shown),
            },
            last_shown,
            pov: self.pov,
        })
    }
}
