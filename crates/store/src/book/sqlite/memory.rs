//! What is remembered of bookings beside their rows, and for how long.

use povline_domain::AppointmentId;
use rusqlite::{Connection, OptionalExtension};

use super::appointment::Standing;
use super::sql::write_side as sql;
use crate::book::{Actor, AppointmentAt, BOOKINGS_KEPT_DAYS, OUT_IDS_KEPT_DAYS};
use crate::sqlite::Fault;

/// How many old entries of each kind a write forgets: more than it adds, so that they do not pile
/// up, and few, so that it does not take long.
const FORGOTTEN_AT_ONCE: i64 = 4;

/// Remembers a row that was cancelled.
pub(super) fn remember_cancelled(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
    old: &Standing,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::REMEMBER_CANCELLED)?
        .execute((
            id.as_str(),
            old.pov.0,
            old.day.number(),
            old.period.number(),
            &old.name,
            actor.at.0,
        ))?;
    booking_changed(connection, actor, id)?;
    forget(connection, sql::FORGET_CANCELLED, actor, BOOKINGS_KEPT_DAYS)
}

/// A booking was moved or cancelled.
pub(super) fn booking_changed(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::BOOKING_CHANGED)?
        .execute((id.as_str(), actor.at.0))?;
    Ok(())
}

/// Whether an appointment of this POV was cancelled.
pub(super) fn was_cancelled(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
) -> Result<bool, Fault> {
    let oldest = days_before(actor, BOOKINGS_KEPT_DAYS);
    let pov: Option<i64> = connection
        .prepare_cached(sql::CANCELLED_AT_POV)?
        .query_row((at.appointment_id.as_str(), oldest), |row| row.get(0))
        .optional()?;
    Ok(pov == Some(at.pov.0))
}

/// Forgets some of what is too old of bookings and their keys.
pub(super) fn forget_old(connection: &Connection, actor: &Actor) -> Result<(), Fault> {
    forget(connection, sql::FORGET_BOOKINGS, actor, BOOKINGS_KEPT_DAYS)?;
    forget(connection, sql::FORGET_KEYS, actor, OUT_IDS_KEPT_DAYS)
}

/// Forgets some of what is too old of visits.
pub(super) fn forget_visits(connection: &Connection, actor: &Actor) -> Result<(), Fault> {
    forget(connection, sql::FORGET_VISITS, actor, BOOKINGS_KEPT_DAYS)
}

fn forget(
    connection: &Connection,
    statement: &str,
    actor: &Actor,
    kept_days: i64,
) -> Result<(), Fault> {
    connection
        .prepare_cached(statement)?
        .execute((days_before(actor, kept_days), FORGOTTEN_AT_ONCE))?;
    Ok(())
}

/// The instant so many days before the actor's, in milliseconds.
pub(super) fn days_before(actor: &Actor, days: i64) -> i64 {
    actor.at.plus_millis(-days * 86_400_000).0
}
