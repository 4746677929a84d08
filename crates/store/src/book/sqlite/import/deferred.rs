//! Rows whose pick code somebody else held when their line was read.
//!
//! At the end they are all lifted off their old places at once, which frees what they swap among
//! themselves, and put down one by one. One that still finds its code held is refused and goes
//! back where it stood; if a row that was put down holds its old code by now, that one cannot stay
//! either. Each row is refused at most once, so this ends.

use povline_domain::{Appointment, AppointmentId, Day, PovId};
use rusqlite::{Connection, OptionalExtension, Row};

use super::Import;
use crate::book::sqlite::appointment::{self, Standing};
use crate::book::sqlite::sql;
use crate::sqlite::{Fault, corrupt};

/// Puts a row aside until the file is read.
pub(super) fn defer(
    connection: &Connection,
    line: u64,
    pov: PovId,
    row: &Appointment,
    old: Option<&Standing>,
) -> Result<(), Fault> {
    connection.prepare_cached(sql::import::DEFER)?.execute((
        line as i64,
        row.appointment_id.as_str(),
        pov.0,
        row.day.number(),
        row.period.number(),
        row.pick_code.as_str(),
        appointment::is_picked(row.pick_status),
        row.name.as_str(),
        old.map(|old| old.pov.0),
        old.map(|old| old.day.number()),
        old.map(|old| old.sequence),
        old.map(|old| old.period.number()),
        old.map(|old| old.pick_code.as_str()),
        old.map(|old| old.picked),
        old.map(|old| old.name.as_str()),
    ))?;
    Ok(())
}

/// Whether a row with this id was put aside.
pub(super) fn holds(connection: &Connection, id: &AppointmentId) -> Result<bool, Fault> {
    let mut statement = connection.prepare_cached(sql::import::DEFERRED_ID)?;
    Ok(statement.query_row([id.as_str()], |row| row.get(0))?)
}

/// Remembers that a row gave up its code; if no row of the file takes it, it is retired.
pub(super) fn give_up(
    connection: &Connection,
    (pov, day): (PovId, Day),
    code: &str,
) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::import::GIVE_UP)?
        .execute((pov.0, day.number(), code))?;
    Ok(())
}

/// Puts every deferred row in its place, or refuses it.
pub(super) fn settle(import: &mut Import<'_>) -> Result<(), Fault> {
    if import.deferred == 0 {
        return Ok(());
    }
    import.connection.prepare(sql::import::LIFT)?.execute(())?;
    let mut place = 0;
    while let Some(next) = next_place(import.connection, place)? {
        place = next;
        put_down(import, place)?;
    }
    place = 0;
    while let Some(next) = next_place(import.connection, place)? {
        place = next;
        count(import, &load(import.connection, place)?)?;
    }
    Ok(())
}

/// A row that was put aside.
struct Deferred {
    place: i64,
    line: u64,
    appointment_id: String,
    new: Standing,
    old: Option<Standing>,
}

fn put_down(import: &mut Import<'_>, place: i64) -> Result<(), Fault> {
    let mut row = load(import.connection, place)?;
    row.new.sequence = match &row.old {
        Some(old) if old.pov_day() == row.new.pov_day() => old.sequence,
        _ => import
            .days
            .get(import.connection, row.new.pov_day())?
            .reserve(),
    };
    match add(import.connection, &row.appointment_id, &row.new) {
        Ok(()) => {
            import
                .connection
                .prepare_cached(sql::import::SET_PLACED)?
                .execute((place, row.new.sequence))?;
            Ok(())
        }
        Err(error) if Fault::is_constraint(&error) => refuse(import, row),
        Err(error) => Err(error.into()),
    }
}

/// Refuses a row, and those which stand where it goes back to.
fn refuse(import: &mut Import<'_>, row: Deferred) -> Result<(), Fault> {
    let connection = import.connection;
    let mut refused = Some(row);
    while let Some(row) = refused.take() {
        connection
            .prepare_cached(sql::import::SET_REFUSED)?
            .execute([row.place])?;
        import
            .tally
            .refuse(row.line, appointment::code_refusal(false));
        let Some(old) = row.old else { continue };
        if let Some(place) = holder(connection, &old)? {
            let holder = load(connection, place)?;
            appointment::remove(connection, holder.new.pov_day(), holder.new.sequence)?;
            refused = Some(holder);
        }
        add(connection, &row.appointment_id, &old)?;
    }
    Ok(())
}

/// Counts a row that is in its place.
fn count(import: &mut Import<'_>, row: &Deferred) -> Result<(), Fault> {
    let connection = import.connection;
    let (new, old) = (&row.new, &row.old);
    import.days.get(connection, new.pov_day())?.changed();
    let id = AppointmentId::new(row.appointment_id.as_str())
        .map_err(|_| corrupt("appointment id of an import"))?;
    let Some(old) = old else {
        import.tally.added();
        return import.booking_changed(&id);
    };
    import.tally.updated();
    import.tell_others(&id, old, new)?;
    if old.pov_day() != new.pov_day() {
        import.days.get(connection, old.pov_day())?.changed();
    }
    give_up(connection, old.pov_day(), &old.pick_code)
}

fn next_place(connection: &Connection, after: i64) -> Result<Option<i64>, Fault> {
    let mut statement = connection.prepare_cached(sql::import::PLACES)?;
    Ok(statement.query_row([after], |row| row.get(0)).optional()?)
}

/// The row that was put down with the code which another one had.
fn holder(connection: &Connection, old: &Standing) -> Result<Option<i64>, Fault> {
    let key = (old.pov.0, old.day.number(), &old.pick_code);
    let mut statement = connection.prepare_cached(sql::import::HOLDER)?;
    Ok(statement.query_row(key, |row| row.get(0)).optional()?)
}

fn add(connection: &Connection, id: &str, row: &Standing) -> rusqlite::Result<()> {
    connection
        .prepare_cached(sql::ADD)?
        .execute((
            row.pov.0,
            row.day.number(),
            row.sequence,
            id,
            row.period.number(),
            &row.pick_code,
            row.picked,
            &row.name,
        ))
        .map(drop)
}

fn load(connection: &Connection, place: i64) -> Result<Deferred, Fault> {
    let mut statement = connection.prepare_cached(sql::import::LOAD)?;
    let mut rows = statement.query([place])?;
    let row = rows.next()?.ok_or_else(|| corrupt("place of an import"))?;
    read(row, place)
}

fn read(row: &Row<'_>, place: i64) -> Result<Deferred, Fault> {
    Ok(Deferred {
        place,
        line: row.get::<_, i64>(0)? as u64,
        appointment_id: row.get(1)?,
        new: Standing {
            pov: PovId(row.get(2)?),
            day: appointment::day(row.get(3)?)?,
            sequence: row.get::<_, Option<i64>>(15)?.unwrap_or(0),
            period: appointment::period(row.get(4)?)?,
            pick_code: row.get(5)?,
            picked: row.get(6)?,
            name: row.get(7)?,
        },
        old: match row.get::<_, Option<i64>>(8)? {
            Some(_) => Some(Standing::read(row, 8)?),
            None => None,
        },
    })
}
