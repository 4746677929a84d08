//! What a clinic tells of a visit.

use povline_domain::{AppointmentId, PickStatus, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::appointment::{self, Standing};
use super::bookings::{Outcome, standing};
use super::sql::write_side as sql;
use super::{audit, memory, write};
use crate::book::{ActionOutcome, Actor, AppointmentAt, VisitAction};
use crate::sqlite::{Fault, Verdict};

/// The last that was told of each kind.
#[derive(Debug, Default)]
struct Told {
    picked: Option<(bool, i64)>,
    not_inoculated: Option<(String, i64)>,
}

pub(super) fn record(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
    action: &VisitAction,
    acted_at: UnixMillis,
) -> Outcome<ActionOutcome> {
    let row = match standing(connection, actor, at)? {
        Ok(row) => row,
        Err(refusal) => return Ok(Verdict::Discard(Err(refusal))),
    };
    let told = told(connection, at)?;
    let outcome = match action {
        VisitAction::Pick => weigh(told.picked, &true, acted_at),
        VisitAction::Unpick => weigh(told.picked, &false, acted_at),
        VisitAction::NotInoculated(reason) => weigh(told.not_inoculated, reason, acted_at),
    };
    if let Some(outcome) = outcome {
        return Ok(Verdict::Discard(Ok(outcome)));
    }
    match action {
        VisitAction::Pick => pick(connection, actor, at, &row, (true, acted_at))?,
        VisitAction::Unpick => pick(connection, actor, at, &row, (false, acted_at))?,
        VisitAction::NotInoculated(reason) => {
            let id = at.appointment_id.as_str();
            connection
                .prepare_cached(sql::SET_NOT_INOCULATED)?
                .execute((id, reason, acted_at.0, actor.at.0))?;
            tell(connection, actor, at, &row, "not_inoculated")?;
        }
    }
    memory::forget_visits(connection, actor)?;
    Ok(Verdict::Keep(Ok(ActionOutcome::Taken(row.day))))
}

/// What becomes of an action beside the last one of its kind; nothing if it is the later one.
fn weigh<T: PartialEq>(
    last: Option<(T, i64)>,
    action: &T,
    acted_at: UnixMillis,
) -> Option<ActionOutcome> {
    let (last, last_at) = last?;
    if acted_at.0 > last_at {
        None
    } else if acted_at.0 == last_at && last == *action {
        Some(ActionOutcome::Repeated)
    } else {
        Some(ActionOutcome::Superseded)
    }
}

fn pick(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
    row: &Standing,
    (picked, acted_at): (bool, UnixMillis),
) -> Result<(), Fault> {
    let id = &at.appointment_id;
    connection.prepare_cached(sql::SET_PICKED_VISIT)?.execute((
        id.as_str(),
        picked,
        acted_at.0,
        actor.at.0,
    ))?;
    if picked == row.picked {
        let action = if picked { "pick" } else { "unpick" };
        return tell(connection, actor, at, row, action);
    }
    let status = if picked {
        PickStatus::Picked
    } else {
        PickStatus::NotPicked
    };
    write::set_pick_status(connection, actor, id, row, status).map(drop)
}

/// A file tells otherwise than the desk did: from now on its word is the last one.
pub(super) fn overrule(
    connection: &Connection,
    actor: &Actor,
    id: &AppointmentId,
    picked: bool,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::OVERRULE_VISIT)?
        .execute((id.as_str(), picked, actor.at.0))?;
    Ok(())
}

fn tell(
    connection: &Connection,
    actor: &Actor,
    at: &AppointmentAt,
    row: &Standing,
    action: &str,
) -> Result<(), Fault> {
    appointment::touch_day(connection, row.pov_day(), row.sequence + 1)?;
    let object = at.appointment_id.as_str();
    audit::record_day(connection, actor, action, row.pov_day(), object, 1)
}

fn told(connection: &Connection, at: &AppointmentAt) -> Result<Told, Fault> {
    let read = |row: &Row<'_>| -> rusqlite::Result<Told> {
        let (picked, picked_at): (Option<bool>, Option<i64>) = (row.get(0)?, row.get(1)?);
        let (reason, reason_at): (Option<String>, Option<i64>) = (row.get(2)?, row.get(3)?);
        Ok(Told {
            picked: picked.zip(picked_at),
            not_inoculated: reason.zip(reason_at),
        })
    };
    let mut statement = connection.prepare_cached(sql::VISIT)?;
    let told = statement
        .query_row([at.appointment_id.as_str()], read)
        .optional()?;
    Ok(told.unwrap_or_default())
}
