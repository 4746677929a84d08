//! One appointment in its table, and the POV-day that it stands on.

use povline_domain::{Appointment, AppointmentId, Day, Period, PickCode, PickStatus, PovId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sql;
use crate::book::Refusal;
use crate::sqlite::{Fault, corrupt};

/// A row as it stands, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Standing {
    pub(super) pov: PovId,
    pub(super) day: Day,
    pub(super) sequence: i64,
    pub(super) period: Period,
    pub(super) pick_code: String,
    pub(super) picked: bool,
    pub(super) name: String,
}

impl Standing {
    /// Reads the columns of [`sql::FIND`], which begin here in the row.
    pub(super) fn read(row: &Row<'_>, first: usize) -> Result<Self, Fault> {
        Ok(Self {
            pov: PovId(row.get(first)?),
            day: day(row.get(first + 1)?)?,
            sequence: row.get(first + 2)?,
            period: period(row.get(first + 3)?)?,
            pick_code: row.get(first + 4)?,
            picked: row.get(first + 5)?,
            name: row.get(first + 6)?,
        })
    }

    pub(super) fn pov_day(&self) -> (PovId, Day) {
        (self.pov, self.day)
    }
}

/// Where an appointment stands.
pub(super) fn find(connection: &Connection, id: &AppointmentId) -> Result<Option<Standing>, Fault> {
    let mut statement = connection.prepare_cached(sql::FIND)?;
    let mut rows = statement.query([id.as_str()])?;
    rows.next()?.map(|row| Standing::read(row, 0)).transpose()
}

/// Adds a row at this place.
pub(super) fn add(
    connection: &Connection,
    pov: PovId,
    sequence: i64,
    appointment: &Appointment,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::ADD)?
        .execute((
            pov.0,
            appointment.day.number(),
            sequence,
            appointment.appointment_id.as_str(),
            appointment.period.number(),
            appointment.pick_code.as_str(),
            is_picked(appointment.pick_status),
            appointment.name.as_str(),
        ))
        .map(drop)
}

/// Adds a row as it is to stand.
pub(super) fn add_standing(
    connection: &Connection,
    id: &AppointmentId,
    row: &Standing,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::ADD)?
        .execute((
            row.pov.0,
            row.day.number(),
            row.sequence,
            id.as_str(),
            row.period.number(),
            &row.pick_code,
            row.picked,
            &row.name,
        ))
        .map(drop)
}

/// Writes all that `new` says over the row that stands at `old`, its place included.
pub(super) fn put(connection: &Connection, old: &Standing, new: &Standing) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::PUT)?
        .execute((
            old.pov.0,
            old.day.number(),
            old.sequence,
            new.pov.0,
            new.day.number(),
            new.sequence,
            new.period.number(),
            &new.pick_code,
            new.picked,
            &new.name,
        ))
        .map(drop)
}

/// Takes the row at this place away.
pub(super) fn remove(
    connection: &Connection,
    (pov, day): (PovId, Day),
    sequence: i64,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::REMOVE)?
        .execute((pov.0, day.number(), sequence))?;
    Ok(())
}

/// The place after the last that was ever given on this day.
pub(super) fn next_sequence(
    connection: &Connection,
    (pov, day): (PovId, Day),
) -> Result<i64, Fault> {
    let next = connection
        .prepare_cached(sql::NEXT_SEQUENCE)?
        .query_row((pov.0, day.number()), |row| row.get(0))
        .optional()?;
    Ok(next.unwrap_or(1))
}

/// Raises the version of a day whose rows were written.
pub(super) fn touch_day(
    connection: &Connection,
    (pov, day): (PovId, Day),
    next_sequence: i64,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::TOUCH_DAY)?
        .execute((pov.0, day.number(), next_sequence))?;
    Ok(())
}

/// Sees to it that a code which was given out is not given out again.
pub(super) fn retire_code(
    connection: &Connection,
    (pov, day): (PovId, Day),
    code: &str,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::RETIRE_CODE)?
        .execute((pov.0, day.number(), code))?;
    Ok(())
}

/// Whether a code was given out on this day before and is no longer held.
pub(super) fn is_retired(
    connection: &Connection,
    (pov, day): (PovId, Day),
    code: &PickCode,
) -> Result<bool, Fault> {
    let key = (pov.0, day.number(), code.as_str());
    let mut statement = connection.prepare_cached(sql::CODE_RETIRED)?;
    Ok(statement.query_row(key, |row| row.get(0))?)
}

/// Whether somebody holds a code on this day.
pub(super) fn is_held(
    connection: &Connection,
    (pov, day): (PovId, Day),
    code: &PickCode,
) -> Result<bool, Fault> {
    let key = (pov.0, day.number(), code.as_str());
    let mut statement = connection.prepare_cached(sql::CODE_HELD)?;
    Ok(statement.query_row(key, |row| row.get(0))?)
}

pub(super) fn is_picked(status: PickStatus) -> bool {
    match status {
        PickStatus::Picked => true,
        PickStatus::NotPicked => false,
    }
}

pub(super) fn pick_status(picked: bool) -> PickStatus {
    if picked {
        PickStatus::Picked
    } else {
        PickStatus::NotPicked
    }
}

pub(super) fn day(number: i32) -> Result<Day, Fault> {
    Day::from_number(number).map_err(|_| corrupt("day of an appointment"))
}

pub(super) fn period(number: u32) -> Result<Period, Fault> {
    Period::from_number(number).map_err(|_| corrupt("period of an appointment"))
}

/// Why a row cannot have its pick code.
pub(super) fn code_refusal(retired: bool) -> Refusal {
    Refusal {
        field: "pick_code",
        reason: if retired {
            "was given out on this POV's day before and is never given out again: take another"
        } else {
            "is held by another appointment of this POV's day: take another"
        }
        .to_owned(),
    }
}
