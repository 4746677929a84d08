//! The table `events_v1`, which others read.

use povline_domain::{Appointment, UnixMillis};
use rusqlite::{Connection, params};

use super::sql;
use crate::ledger::TableLine;
use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::trouble::Outcome;

pub(super) fn fill(connection: &Connection, lines: &[TableLine]) -> Outcome<()> {
    let mut statement = connection.prepare_cached(sql::TABLE_ADD)?;
    for TableLine { told, event_id } in lines {
        let event = &told.event;
        let (before, after) = (event.change.before.as_ref(), event.change.after.as_ref());
        let day = |row: &Appointment| row.day.to_string();
        let period = |row: &Appointment| row.period.to_string();
        let pov = |row: &Appointment| row.out_pov_id.as_str().to_owned();
        statement.execute(params![
            event.cursor.0,
            event_id,
            event.change.kind.word(),
            event.pov.as_str(),
            event.change.appointment_id.as_str(),
            event.change.version,
            utc(event.change.observed_at),
            before.map(day),
            after.map(day),
            before.map(period),
            after.map(period),
            before.map(columns::is_picked),
            after.map(columns::is_picked),
            before.map(pov),
            after.map(pov),
            after.or(before).map(|row| row.name.masked()),
            event.certificate,
            told.scan.verdict,
            told.scan.began_at.map(utc),
            told.scan.ended_at.map(utc),
        ])?;
    }
    Ok(())
}

/// As SQLite's own functions for dates read it.
fn utc(at: UnixMillis) -> String {
    at.utc()
}
