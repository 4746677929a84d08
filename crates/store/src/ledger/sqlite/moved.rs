//! Whether what is about to be cancelled at one POV is live at another.
//!
//! There is no index over ids. But whoever turned up at another POV has a line of history there,
//! which is found by its key: one look-up for each POV, and only for the few to be cancelled.

use povline_domain::AppointmentId;
use rusqlite::Connection;

use super::columns::{self, PovNumber};
use super::encode::read_states;
use super::sql;
use super::trouble::Outcome;
use super::view::WindowsOfDays;
use crate::ledger::{RowState, Seen, TrackedRow};

/// The live rows with these ids at other POVs, each with the instant at which it was last shown.
pub(super) fn live_at_other_povs(
    connection: &Connection,
    pov: PovNumber,
    ids: &[&AppointmentId],
) -> Outcome<Vec<TrackedRow>> {
    let mut live = Vec::new();
    let mut povs = connection.prepare_cached(sql::HISTORY_POVS)?;
    for id in ids {
        let mut lines = povs.query((id.as_str(), pov.0))?;
        while let Some(line) = lines.next()? {
            let other = PovNumber(columns::number(line, 0)?);
            let name = columns::pov_name(line, 1)?;
            live.extend(live_at(connection, other, name, id)?);
        }
    }
    Ok(live)
}

fn live_at(
    connection: &Connection,
    pov: PovNumber,
    name: povline_domain::OutPovId,
    id: &AppointmentId,
) -> Outcome<Option<TrackedRow>> {
    let mut last = connection.prepare_cached(sql::HISTORY_LAST)?;
    let mut lines = last.query((pov.0, id.as_str()))?;
    let Some(line) = lines.next()? else {
        return Ok(None);
    };
    let (_, after) = read_states(columns::blob(line, 2)?, id.clone(), name.clone())?;
    let Some(after) = after.filter(|after| after.out_pov_id == name) else {
        return Ok(None);
    };
    let day = after.day;
    let mut find = connection.prepare_cached(sql::LIVE_FIND)?;
    let mut lines = find.query((pov.0, day.number(), id.as_str()))?;
    let Some(line) = lines.next()? else {
        return Ok(None);
    };
    let mut windows = WindowsOfDays::default();
    let seen = columns::seen(columns::number(line, 1)?)?;
    let seen_at = columns::seen_at(seen, windows.get(connection, pov, day)?)?;
    Ok(Some(TrackedRow {
        appointment: columns::appointment(line, 2, id.clone(), name, day)?,
        unknown: columns::unknown_fields(line, 6)?,
        state: RowState::Live,
        version: columns::number(line, 0)?,
        seen: Seen::At(seen_at),
    }))
}
