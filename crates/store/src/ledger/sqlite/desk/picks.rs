//! What was done at the desk, and the queue in which it waits to be told.

use povline_domain::{AppointmentId, Day, OutPovId, PickStatus, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::ledger::sqlite::columns;
use crate::ledger::sqlite::sql;
use crate::ledger::sqlite::trouble::{Outcome, corrupt};
use crate::ledger::{ClashKind, DeskRow, NewPick, Pick, PickNow, PickState, Waiting};

pub(super) fn act(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
    id: &AppointmentId,
    decide: impl FnOnce(&DeskRow) -> Option<NewPick>,
) -> Outcome<Option<(DeskRow, Option<Pick>)>> {
    let last = last(connection, pov, day, id)?;
    let Some((row, shown_at)) = super::list::find_row(connection, pov, day, id)? else {
        return Ok(None);
    };
    let desk_row = DeskRow {
        row,
        shown_at,
        pick: last,
    };
    let Some(new) = decide(&desk_row) else {
        return Ok(Some((desk_row, None)));
    };
    // The platform tells two actions on one appointment apart by their instants alone.
    let before = desk_row.pick.as_ref().map(|pick| pick.acted_at);
    let acted_at = before.map_or(new.at, |before| new.at.max(before.plus_millis(1)));
    let place = (pov.as_str(), day.number(), id.as_str());
    connection
        .prepare_cached(sql::PICK_SUPERSEDE)?
        .execute(place)?;
    connection.prepare_cached(sql::PICK_ADD)?.execute((
        place.0,
        place.1,
        place.2,
        new.status == PickStatus::Picked,
        acted_at.0,
        &new.by,
    ))?;
    let written = self::last(connection, pov, day, id)?;
    Ok(Some((desk_row, written)))
}

fn last(
    connection: &Connection,
    pov: &OutPovId,
    day: Day,
    id: &AppointmentId,
) -> Outcome<Option<Pick>> {
    let mut statement = connection.prepare_cached(sql::PICK_LAST)?;
    let mut lines = statement.query((pov.as_str(), day.number(), id.as_str()))?;
    lines.next()?.map(read).transpose()
}

/// The last pick of each appointment of a list, by appointment id.
pub(super) fn of_list(connection: &Connection, pov: &OutPovId, day: Day) -> Outcome<Vec<Pick>> {
    let mut statement = connection.prepare_cached(sql::PICKS_OF_LIST)?;
    let mut lines = statement.query((pov.as_str(), day.number()))?;
    let mut picks: Vec<Pick> = Vec::new();
    while let Some(line) = lines.next()? {
        let pick = read(line)?;
        match picks.last_mut() {
            Some(last) if last.appointment_id == pick.appointment_id => *last = pick,
            _ => picks.push(pick),
        }
    }
    Ok(picks)
}

pub(super) fn due(connection: &Connection, now: UnixMillis) -> Outcome<Vec<Pick>> {
    let mut statement = connection.prepare_cached(sql::PICKS_DUE)?;
    let mut lines = statement.query([now.0])?;
    let mut picks = Vec::new();
    while let Some(line) = lines.next()? {
        picks.push(read(line)?);
    }
    Ok(picks)
}

pub(super) fn next_due(connection: &Connection) -> Outcome<Option<UnixMillis>> {
    let next: Option<Option<i64>> = connection
        .prepare_cached(sql::PICK_NEXT_DUE)?
        .query_row((), |line| line.get(0))
        .optional()?;
    Ok(next.flatten().map(UnixMillis))
}

pub(super) fn told(connection: &Connection, number: i64, state: &PickState) -> Outcome<()> {
    let (state, ended_at, stands, trouble) = match state {
        PickState::Waiting {
            next_try_at,
            trouble,
        } => {
            connection.prepare_cached(sql::PICK_LATER)?.execute((
                number,
                next_try_at.0,
                trouble,
            ))?;
            return Ok(());
        }
        PickState::Told { at, stands } => (1, Some(at.0), *stands, None),
        PickState::Refused { at, reason } => (2, Some(at.0), None, Some(reason)),
        PickState::Superseded => (3, None, None, None),
    };
    connection
        .prepare_cached(sql::PICK_END)?
        .execute((number, state, ended_at, stands, trouble))?;
    Ok(())
}

pub(super) fn seen(
    connection: &Connection,
    pov: &OutPovId,
    number: i64,
    shown: ClashKind,
    judge: impl FnOnce(&PickNow) -> Option<ClashKind>,
) -> Outcome<Option<ClashKind>> {
    let found = {
        let mut statement = connection.prepare_cached(sql::PICK_IF_LAST)?;
        let mut lines = statement.query((number, pov.as_str()))?;
        lines.next()?.map(read).transpose()?
    };
    let Some(pick) = found else {
        return Ok(None);
    };
    let clash = judge(&super::list::pick_now(connection, pick)?);
    if clash == Some(shown) {
        connection
            .prepare_cached(sql::PICK_SEEN)?
            .execute((number, clash_code(shown)))?;
    }
    Ok(clash)
}

/// As the column `seen` keeps it; 0 if nobody has seen anything.
fn clash_code(clash: ClashKind) -> i64 {
    match clash {
        ClashKind::Cancelled => 1,
        ClashKind::Moved => 2,
        ClashKind::Gone => 3,
        ClashKind::Overruled => 4,
        ClashKind::Later => 5,
        ClashKind::Refused => 6,
    }
}

fn clash_of_code(code: i64) -> Outcome<Option<ClashKind>> {
    Ok(Some(match code {
        0 => return Ok(None),
        1 => ClashKind::Cancelled,
        2 => ClashKind::Moved,
        3 => ClashKind::Gone,
        4 => ClashKind::Overruled,
        5 => ClashKind::Later,
        6 => ClashKind::Refused,
        _ => return Err(corrupt("clash of a pick")),
    }))
}

pub(super) fn waiting(connection: &Connection) -> Outcome<Waiting> {
    let mut statement = connection.prepare_cached(sql::PICKS_WAITING)?;
    let mut lines = statement.query(())?;
    let Some(line) = lines.next()? else {
        return Ok(Waiting::default());
    };
    Ok(Waiting {
        count: columns::number(line, 0)?,
        oldest: columns::instant_or_none(line, 1)?,
    })
}

fn read(line: &Row<'_>) -> Outcome<Pick> {
    let text = |column: usize| -> Outcome<Option<String>> { Ok(line.get(column)?) };
    let ended_at = columns::instant_or_none(line, 10)?.unwrap_or_default();
    Ok(Pick {
        number: columns::number(line, 0)?,
        pov: columns::pov_name(line, 1)?,
        day: columns::day(line, 2)?,
        appointment_id: columns::id(line, 3)?,
        status: match columns::number::<i64>(line, 4)? {
            0 => PickStatus::NotPicked,
            _ => PickStatus::Picked,
        },
        acted_at: columns::instant(line, 5)?,
        by: columns::text(line, 6)?.to_owned(),
        state: match columns::number::<i64>(line, 7)? {
            0 => PickState::Waiting {
                next_try_at: columns::instant(line, 9)?,
                trouble: text(12)?,
            },
            1 => PickState::Told {
                at: ended_at,
                stands: line.get(11)?,
            },
            2 => PickState::Refused {
                at: ended_at,
                reason: text(12)?.unwrap_or_default(),
            },
            3 => PickState::Superseded,
            _ => return Err(corrupt("state of a pick")),
        },
        tries: columns::number(line, 8)?,
        seen: clash_of_code(columns::number(line, 13)?)?,
    })
}
