//! A POV-day as the desk sees it.

use povline_domain::{Appointment, AppointmentId, Day, OutPovId, UnixMillis, Window};
use rusqlite::{Connection, OptionalExtension};

use super::picks;
use crate::ledger::sqlite::brake;
use crate::ledger::sqlite::columns::{self, PovNumber};
use crate::ledger::sqlite::trouble::{Outcome, corrupt};
use crate::ledger::sqlite::{read, sql, view};
use crate::ledger::{
    DeskList, DeskMark, DeskRow, Hold, HoldScope, LostPick, Pick, PickNow, RowState, Seen,
    TrackedRow, Whereabouts,
};

/// The longest time-out that can be set for a call.
const CALL_MS_MAX: i64 = 600_000;

pub(super) fn read(connection: &Connection, pov: &OutPovId, day: Day) -> Outcome<DeskList> {
    let held = brake::held(connection)?;
    let DeskMark {
        status,
        holds: [hold, fleet_hold],
        held_elsewhere,
    } = mark(connection, pov, day, &held)?;
    let hold = hold
        .map(|hold| brake::marked(connection, &HoldScope::List(pov.clone(), day), hold))
        .transpose()?;
    let picks = picks::of_list(connection, pov, day)?;
    let mut list = DeskList {
        status,
        hold,
        fleet_hold,
        held_elsewhere,
        ..DeskList::default()
    };
    let Some(number) = pov_number(connection, pov)? else {
        return Ok(list);
    };
    let line = view::day_row(connection, number, day)?;
    let suspects = view::on_day(&view::suspects(connection, number, pov)?, day);
    let (rows, _) = view::rows(connection, number, (pov, day), &line, suspects)?;
    // Both are in the order of the appointments' ids.
    let mut picks = picks.into_iter().peekable();
    let mut strays = Vec::new();
    for row in rows {
        let id = &row.appointment.appointment_id;
        while let Some(stray) = picks.next_if(|pick| pick.appointment_id < *id) {
            strays.push(stray);
        }
        let pick = picks.next_if(|pick| pick.appointment_id == *id);
        list.rows.push(DeskRow {
            shown_at: shown_at(row.seen, &line.windows)?,
            row,
            pick,
        });
    }
    strays.extend(picks);
    for pick in strays {
        list.lost.push(lost(connection, number, pick)?);
    }
    list.unread = connection
        .prepare_cached(sql::DESK_UNREAD)?
        .query_row((number.0, day.number()), |line| line.get::<_, i64>(0))?
        .unsigned_abs();
    Ok(list)
}

pub(super) fn marks(connection: &Connection, places: &[(OutPovId, Day)]) -> Outcome<Vec<DeskMark>> {
    // There are few, and mostly none.
    let held = brake::held(connection)?;
    let marks = places.iter();
    marks
        .map(|(pov, day)| mark(connection, pov, *day, &held))
        .collect()
}

fn mark(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
    held: &[(HoldScope, Hold)],
) -> Outcome<DeskMark> {
    let mut holds = [None; 2];
    let mut held_elsewhere = Vec::new();
    for (scope, hold) in held {
        match scope {
            HoldScope::Fleet => holds[1] = Some(*hold),
            HoldScope::List(at, on) if at == pov && *on == day => holds[0] = Some(*hold),
            HoldScope::List(at, on) if at == pov => held_elsewhere.push((*on, *hold)),
            HoldScope::List(..) => {}
        }
    }
    let mut statement = connection.prepare_cached(sql::DESK_DAY)?;
    let mut lines = statement.query((pov.as_str(), day.number()))?;
    Ok(DeskMark {
        status: lines.next()?.map(read::day_status).transpose()?,
        holds,
        held_elsewhere,
    })
}

/// One row of a list, live or suspected, and when it was last shown.
pub(super) fn find_row(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
    id: &AppointmentId,
) -> Outcome<Option<(TrackedRow, UnixMillis)>> {
    let Some(number) = pov_number(connection, pov)? else {
        return Ok(None);
    };
    let windows = view::day_row(connection, number, day)?.windows;
    let mut statement = connection.prepare_cached(sql::LIVE_FIND)?;
    let mut lines = statement.query((number.0, day.number(), id.as_str()))?;
    if let Some(line) = lines.next()? {
        let seen = columns::seen(columns::number(line, 1)?)?;
        let row = TrackedRow {
            appointment: columns::appointment(line, 2, id.clone(), pov.clone(), day)?,
            unknown: columns::unknown_fields(line, 6)?,
            state: RowState::Live,
            version: columns::number(line, 0)?,
            seen,
        };
        return Ok(Some((row, shown_at(seen, &windows)?)));
    }
    let suspects = view::suspects(connection, number, pov)?;
    let row = suspects
        .into_iter()
        .find(|(suspect, _)| suspect.day == day && suspect.appointment_id == *id);
    Ok(row.map(|(suspect, row)| (row, asked_by(suspect.last_shown))))
}

/// Where the appointment of a pick is.
pub(super) fn pick_now(connection: &Connection, pick: Pick) -> Outcome<PickNow> {
    let found = find_row(connection, &pick.pov, pick.day, &pick.appointment_id)?;
    if let Some((row, shown_at)) = found {
        return Ok(PickNow::Listed(DeskRow {
            row,
            shown_at,
            pick: Some(pick),
        }));
    }
    let pov = pov_number(connection, &pick.pov)?.ok_or_else(|| corrupt("POV of a pick"))?;
    Ok(PickNow::Lost(lost(connection, pov, pick)?))
}

fn lost(connection: &Connection, pov: PovNumber, pick: Pick) -> Outcome<LostPick> {
    let id = &pick.appointment_id;
    for (statement, cancelled) in [(sql::DESK_MOVED, false), (sql::DESK_CANCELLED, true)] {
        let mut statement = connection.prepare_cached(statement)?;
        let mut lines = match cancelled {
            false => statement.query((pov.0, id.as_str()))?,
            true => statement.query((id.as_str(), pov.0))?,
        };
        if let Some(line) = lines.next()? {
            let day = columns::day(line, 0)?;
            let appointment: Appointment =
                columns::appointment(line, 1, id.clone(), pick.pov.clone(), day)?;
            return Ok(LostPick {
                whereabouts: match cancelled {
                    true => Whereabouts::Cancelled,
                    false => Whereabouts::Moved(day, appointment.period),
                },
                appointment: Some(appointment),
                pick,
            });
        }
    }
    Ok(LostPick {
        pick,
        whereabouts: Whereabouts::Unknown,
        appointment: None,
    })
}

/// When the page that last showed a row was asked for: what was done at the desk counts until a
/// page shows the row that was asked for after the platform had taken note. Of a row whose page is
/// not known any more, only when it was answered is; it was asked for by then, and no call takes
/// longer than [`CALL_MS_MAX`].
fn shown_at(seen: Seen, windows: &[Window]) -> Outcome<UnixMillis> {
    match seen {
        Seen::At(answered_at) => Ok(asked_by(answered_at)),
        Seen::Window(window) => windows
            .get(usize::from(window))
            .map(|window| window.requested_at)
            .ok_or_else(|| corrupt("window number")),
    }
}

fn asked_by(answered_at: UnixMillis) -> UnixMillis {
    answered_at.plus_millis(-CALL_MS_MAX)
}

fn pov_number(connection: &Connection, pov: &OutPovId) -> Outcome<Option<PovNumber>> {
    let number: Option<i64> = connection
        .prepare_cached(sql::POV_NUMBER)?
        .query_row([pov.as_str()], |line| line.get(0))
        .optional()?;
    Ok(number.map(PovNumber))
}
