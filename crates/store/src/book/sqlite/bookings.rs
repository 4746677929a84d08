//! Booking, moving and cancelling through the platform.
//!
//! A job that is refused is discarded as a whole, so each may write before it knows whether it can
//! go through: a held seat, a number and a code that were counted are then as they were.

use povline_domain::{AppointmentId, Day, Period, PickCode, PickStatus, PovId};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

use super::appointment::{self, Standing};
use super::sql::write_side as sql;
use super::{audit, memory, pick_codes, schedules, write};
use crate::book::{
    Actor, AppointmentAt, Booked, BookingRefusal, BookingRequest, Moved, OUT_IDS_KEPT_DAYS,
    WriteOutcome,
};
use crate::sqlite::{Fault, Verdict, corrupt};

/// What a job makes: what was asked for, or why not.
pub(super) type Outcome<T> = Result<Verdict<Result<T, BookingRefusal>>, Fault>;

pub(super) fn book(
    connection: &Connection,
    actor: &Actor,
    request: &BookingRequest,
) -> Outcome<Booked> {
    let asked = digest(request);
    if let Some((before, booked)) = answered(connection, actor, request)? {
        return Ok(Verdict::Discard(if before == asked {
            Ok(booked)
        } else {
            Err(BookingRefusal::OutIdTaken)
        }));
    }
    let pov_day = (request.pov, request.day);
    if let Err(refusal) = schedules::hold_seat(connection, actor, pov_day, request.period)? {
        return Ok(Verdict::Discard(Err(refusal)));
    }
    let (number, appointment_id) = pick_codes::next_id(connection)?;
    let pick_code = pick_codes::next_code(connection, pov_day)?;
    let row = Standing {
        pov: request.pov,
        day: request.day,
        sequence: appointment::next_sequence(connection, pov_day)?,
        period: request.period,
        pick_code: pick_code.as_str().to_owned(),
        picked: appointment::is_picked(PickStatus::NotPicked),
        name: request.name.as_str().to_owned(),
    };
    appointment::add_standing(connection, &appointment_id, &row)?;
    connection.prepare_cached(sql::ADD_BOOKING)?.execute((
        number,
        appointment_id.as_str(),
        request.vaccine_id.as_ref().map(|vaccine| vaccine.as_str()),
        actor.at.0,
        request.pov.0,
    ))?;
    connection.prepare_cached(sql::ADD_KEY)?.execute((
        request.app.as_str(),
        request.out_id.as_str(),
        asked.as_slice(),
        appointment_id.as_str(),
        pick_code.as_str(),
        actor.at.0,
    ))?;
    memory::forget_old(connection, actor)?;
    appointment::touch_day(connection, pov_day, row.sequence + 1)?;
    let object = appointment_id.as_str();
    audit::record_day(connection, actor, "book", pov_day, object, 1)?;
    Ok(Verdict::Keep(Ok(Booked {
        appointment_id,
        pick_code,
    })))
}

/// What was asked with a key before, and what was answered.
fn answered(
    connection: &Connection,
    actor: &Actor,
    request: &BookingRequest,
) -> Result<Option<(Vec<u8>, Booked)>, Fault> {
    let oldest = memory::days_before(actor, OUT_IDS_KEPT_DAYS);
    let key = (request.app.as_str(), request.out_id.as_str(), oldest);
    let found: Option<(Vec<u8>, String, String)> = connection
        .prepare_cached(sql::KEY)?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((asked, id, code)) = found else {
        return Ok(None);
    };
    let booked = Booked {
        appointment_id: AppointmentId::new(id).map_err(|_| corrupt("id of a booking"))?,
        pick_code: PickCode::new(code).map_err(|_| corrupt("code of a booking"))?,
    };
    Ok(Some((asked, booked)))
}

/// The digest of what is asked: the same key with another request is a caller's mistake.
fn digest(request: &BookingRequest) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(request.pov.0.to_le_bytes());
    hash.update(request.day.number().to_le_bytes());
    hash.update(request.period.number().to_le_bytes());
    hash.update((request.name.as_str().len() as u64).to_le_bytes());
    hash.update(request.name.as_str());
    if let Some(vaccine) = &request.vaccine_id {
        hash.update(vaccine.as_str());
    }
    hash.finalize().to_vec()
}

pub(super) fn move_booking(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
    (day, period): (Day, Period),
) -> Outcome<Moved> {
    let old = match standing(connection, actor, at)? {
        Ok(old) => old,
        Err(refusal) => return Ok(Verdict::Discard(Err(refusal))),
    };
    if (day, period) == (old.day, old.period) {
        return Ok(Verdict::Discard(Ok(Moved {
            pick_code: code_of(&old)?,
            changed: Vec::new(),
        })));
    }
    if let Some(refusal) = settled(actor, &old) {
        return Ok(Verdict::Discard(Err(refusal)));
    }
    let target = (old.pov, day);
    if let Err(refusal) = schedules::hold_seat(connection, actor, target, period)? {
        return Ok(Verdict::Discard(Err(refusal)));
    }
    let pick_code = if day == old.day {
        code_of(&old)?
    } else {
        pick_codes::next_code(connection, target)?
    };
    let id = &at.appointment_id;
    let moved = write::reschedule(connection, actor, id, &old, (day, period, &pick_code))?;
    if moved != WriteOutcome::Done {
        // Its code is free and its seat is held: nothing is left that could refuse it.
        return Err(corrupt("schedule of an appointment"));
    }
    let mut changed = vec![old.day, day];
    changed.dedup();
    Ok(Verdict::Keep(Ok(Moved { pick_code, changed })))
}

pub(super) fn cancel(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
) -> Outcome<Option<Day>> {
    let old = match standing(connection, actor, at)? {
        Ok(old) => old,
        Err(BookingRefusal::Cancelled) => return Ok(Verdict::Discard(Ok(None))),
        Err(refusal) => return Ok(Verdict::Discard(Err(refusal))),
    };
    if let Some(refusal) = settled(actor, &old) {
        return Ok(Verdict::Discard(Err(refusal)));
    }
    write::cancel(connection, actor, &at.appointment_id, &old)?;
    Ok(Verdict::Keep(Ok(Some(old.day))))
}

/// The row of an appointment that must stand at a POV.
pub(super) fn standing(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
) -> Result<Result<Standing, BookingRefusal>, Fault> {
    let refusal = match appointment::find(connection, &at.appointment_id)? {
        Some(row) if row.pov == at.pov => return Ok(Ok(row)),
        Some(_) => BookingRefusal::Unknown,
        None if memory::was_cancelled(connection, actor, at)? => BookingRefusal::Cancelled,
        None => BookingRefusal::Unknown,
    };
    Ok(Err(refusal))
}

/// Why an appointment cannot be moved or cancelled any longer.
fn settled(actor: &Actor, row: &Standing) -> Option<BookingRefusal> {
    if row.day < Day::at(actor.at) {
        Some(BookingRefusal::Past)
    } else if row.picked {
        Some(BookingRefusal::Picked)
    } else {
        None
    }
}

fn code_of(row: &Standing) -> Result<PickCode, Fault> {
    PickCode::new(row.pick_code.as_str()).map_err(|_| corrupt("code of an appointment"))
}

/// The POV at which an appointment stands, or stood when it was cancelled.
pub(super) fn pov_of(
    connection: &Connection,
    appointment: &AppointmentId,
) -> Result<Option<PovId>, Fault> {
    let mut statement = connection.prepare_cached(sql::POV_OF)?;
    let pov: Option<i64> = statement.query_row([appointment.as_str()], |row| row.get(0))?;
    Ok(pov.map(PovId))
}
