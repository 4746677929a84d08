//! Writes to single appointments.
//!
//! The database is asked to do the write and guards its rules; only when it refuses is it looked
//! up which rule it was.

use povline_domain::{Appointment, AppointmentId, Day, Period, PickCode, PickStatus, PovId};
use rusqlite::{Connection, OptionalExtension};

use super::appointment::{self, Standing};
use super::{audit, memory, sql};
use crate::book::{Actor, Refusal, Write, WriteOutcome};
use crate::sqlite::Fault;

/// Applies one write, or says why not; then nothing of it is left.
pub(super) fn apply(
    connection: &Connection,
    actor: &Actor,
    write: &Write,
) -> Result<WriteOutcome, Fault> {
    match write {
        Write::Book(pov, appointment) => book(connection, actor, *pov, appointment),
        Write::Reschedule {
            appointment_id,
            day,
            period,
            pick_code,
        } => {
            let target = (*day, *period, pick_code);
            on_standing(connection, appointment_id, |old| {
                reschedule(connection, actor, appointment_id, old, target)
            })
        }
        Write::Cancel(id) => on_standing(connection, id, |old| cancel(connection, actor, id, old)),
        Write::SetPickStatus(id, status) => on_standing(connection, id, |old| {
            set_pick_status(connection, actor, id, old, *status)
        }),
    }
}

fn book(
    connection: &Connection,
    actor: &Actor,
    pov: PovId,
    appointment: &Appointment,
) -> Result<WriteOutcome, Fault> {
    let code: Option<String> = connection
        .prepare_cached(sql::POV)?
        .query_row([pov.0], |row| row.get(0))
        .optional()?;
    if code.as_deref() != Some(appointment.out_pov_id.as_str()) {
        return refused("out_pov_id", "is not the code of this POV: look it up anew");
    }
    let pov_day = (pov, appointment.day);
    let sequence = appointment::next_sequence(connection, pov_day)?;
    match appointment::add(connection, pov, sequence, appointment) {
        Ok(()) => {}
        Err(error) if Fault::is_constraint(&error) => {
            let id = &appointment.appointment_id;
            if exists(connection, id)? {
                return refused(
                    "appointment_id",
                    "is in use already, and ids are unique across the platform: take another",
                );
            }
            return code_refused(connection, pov_day, &appointment.pick_code, error);
        }
        Err(error) => return Err(error.into()),
    }
    appointment::touch_day(connection, pov_day, sequence + 1)?;
    let object = appointment.appointment_id.as_str();
    audit::record_day(connection, actor, "book", pov_day, object, 1)?;
    Ok(WriteOutcome::Done)
}

pub(super) fn reschedule(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
    old: &Standing,
    (day, period, pick_code): (Day, Period, &PickCode),
) -> Result<WriteOutcome, Fault> {
    let same_day = day == old.day;
    if same_day && pick_code.as_str() != old.pick_code {
        return refused(
            "pick_code",
            "changes only together with the day: leave it as it is",
        );
    }
    if same_day && period == old.period {
        return Ok(WriteOutcome::Unchanged);
    }
    let target = (old.pov, day);
    let next = appointment::next_sequence(connection, target)?;
    let new = Standing {
        day,
        period,
        pick_code: pick_code.as_str().to_owned(),
        sequence: if same_day { old.sequence } else { next },
        ..old.clone()
    };
    match appointment::put(connection, old, &new) {
        Ok(()) => {}
        Err(error) if Fault::is_constraint(&error) => {
            return code_refused(connection, target, pick_code, error);
        }
        Err(error) => return Err(error.into()),
    }
    memory::booking_changed(connection, actor, id)?;
    if !same_day {
        leave(connection, actor, "reschedule", id, old)?;
    }
    appointment::touch_day(connection, target, new.sequence + 1)?;
    audit::record_day(connection, actor, "reschedule", target, id.as_str(), 1)?;
    Ok(WriteOutcome::Done)
}

pub(super) fn cancel(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
    old: &Standing,
) -> Result<WriteOutcome, Fault> {
    appointment::remove(connection, old.pov_day(), old.sequence)?;
    memory::remember_cancelled(connection, actor, id, old)?;
    leave(connection, actor, "cancel", id, old)?;
    Ok(WriteOutcome::Done)
}

pub(super) fn set_pick_status(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
    old: &Standing,
    status: PickStatus,
) -> Result<WriteOutcome, Fault> {
    let picked = appointment::is_picked(status);
    if picked == old.picked {
        return Ok(WriteOutcome::Unchanged);
    }
    connection.prepare_cached(sql::SET_PICKED)?.execute((
        old.pov.0,
        old.day.number(),
        old.sequence,
        picked,
    ))?;
    appointment::touch_day(connection, old.pov_day(), old.sequence + 1)?;
    let action = if picked { "pick" } else { "unpick" };
    audit::record_day(connection, actor, action, old.pov_day(), id.as_str(), 1)?;
    Ok(WriteOutcome::Done)
}

/// What a row's old day is told when the row has left it.
fn leave(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    id: &AppointmentId,
    old: &Standing,
) -> Result<(), Fault> {
    let pov_day = old.pov_day();
    appointment::retire_code(connection, pov_day, &old.pick_code)?;
    appointment::touch_day(connection, pov_day, old.sequence + 1)?;
    audit::record_day(connection, actor, action, pov_day, id.as_str(), 1)
}

fn on_standing(
    connection: &Connection,
    id: &AppointmentId,
    write: impl FnOnce(&Standing) -> Result<WriteOutcome, Fault>,
) -> Result<WriteOutcome, Fault> {
    match appointment::find(connection, id)? {
        Some(standing) => write(&standing),
        None => refused("appointment_id", "is no live appointment"),
    }
}

/// Tells which rule of pick codes a write would have broken; if none, the error is told as it is.
fn code_refused(
    connection: &Connection,
    pov_day: (PovId, Day),
    code: &PickCode,
    error: rusqlite::Error,
) -> Result<WriteOutcome, Fault> {
    if appointment::is_retired(connection, pov_day, code)? {
        Ok(WriteOutcome::Refused(appointment::code_refusal(true)))
    } else if appointment::is_held(connection, pov_day, code)? {
        Ok(WriteOutcome::Refused(appointment::code_refusal(false)))
    } else {
        Err(error.into())
    }
}

fn exists(connection: &Connection, id: &AppointmentId) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(sql::EXISTS)?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0))?)
}

fn refused(field: &'static str, reason: &str) -> Result<WriteOutcome, Fault> {
    Ok(WriteOutcome::Refused(Refusal {
        field,
        reason: reason.to_owned(),
    }))
}
