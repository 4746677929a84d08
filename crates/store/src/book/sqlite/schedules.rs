//! Periods that may be booked, and their seats.

use povline_domain::{Day, Period, PovId};
use rusqlite::{Connection, OptionalExtension};

use super::sql::write_side as sql;
use super::{appointment, audit};
use crate::book::{
    Actor, BookingRefusal, SEATS_MAX, ScheduleOutcome, ScheduleRefusal, ScheduledPeriod,
};
use crate::sqlite::{Fault, Verdict};
use crate::{StoreError, StoreErrorKind};

pub(super) fn open(
    connection: &Connection,
    actor: &Actor,
    (pov, day): (PovId, Day),
    periods: &[Period],
    capacity: u32,
) -> Result<Verdict<ScheduleOutcome>, Fault> {
    if !(1..=SEATS_MAX).contains(&capacity) {
        let what = format!("open {capacity} places: name 1 to {SEATS_MAX}");
        return Err(Fault::Store(StoreError::new(StoreErrorKind::Refused, what)));
    }
    if day < Day::at(actor.at) {
        return Ok(Verdict::Discard(Err(ScheduleRefusal::Past)));
    }
    let mut changed = 0;
    for period in periods {
        let key = (pov.0, day.number(), period.number(), capacity);
        changed += connection.prepare_cached(sql::OPEN_PERIOD)?.execute(key)?;
    }
    tell(connection, actor, "open_schedule", (pov, day), changed)
}

pub(super) fn close(
    connection: &Connection,
    actor: &Actor,
    (pov, day): (PovId, Day),
    periods: Option<&[Period]>,
) -> Result<Verdict<ScheduleOutcome>, Fault> {
    let known = of_day(connection, (pov, day))?;
    let is_known = |period: &Period| known.iter().any(|known| known.period == *period);
    let all: Vec<Period> = known.iter().map(|known| known.period).collect();
    let periods = periods.unwrap_or(&all);
    if periods.is_empty() || !periods.iter().all(is_known) {
        return Ok(Verdict::Discard(Err(ScheduleRefusal::NotScheduled)));
    }
    let mut changed = 0;
    for period in periods {
        let key = (pov.0, day.number(), period.number());
        changed += connection.prepare_cached(sql::CLOSE_PERIOD)?.execute(key)?;
    }
    tell(connection, actor, "close_schedule", (pov, day), changed)
}

fn tell(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    pov_day: (PovId, Day),
    changed: usize,
) -> Result<Verdict<ScheduleOutcome>, Fault> {
    if changed > 0 {
        let next = appointment::next_sequence(connection, pov_day)?;
        appointment::touch_day(connection, pov_day, next)?;
        audit::record_day(connection, actor, action, pov_day, "", changed as u64)?;
    }
    Ok(Verdict::Keep(Ok(changed > 0)))
}

pub(super) fn of_day(
    connection: &Connection,
    (pov, day): (PovId, Day),
) -> Result<Vec<ScheduledPeriod>, Fault> {
    let mut statement = connection.prepare_cached(sql::SCHEDULE)?;
    let mut rows = statement.query((pov.0, day.number()))?;
    let mut periods = Vec::new();
    while let Some(row) = rows.next()? {
        periods.push(ScheduledPeriod {
            period: appointment::period(row.get(0)?)?,
            capacity: row.get(1)?,
            booked: row.get(2)?,
            open: row.get(3)?,
        });
    }
    Ok(periods)
}

/// Holds a seat for the row that is written next in this transaction, which takes it; or says why
/// there is none. A seat that is held and not taken must be given back by discarding the job.
pub(super) fn hold_seat(
    connection: &Connection,
    actor: &Actor,
    (pov, day): (PovId, Day),
    period: Period,
) -> Result<Result<(), BookingRefusal>, Fault> {
    if is_over(actor, day, period) {
        return Ok(Err(BookingRefusal::Past));
    }
    let key = (pov.0, day.number(), period.number());
    match connection.prepare_cached(sql::HOLD_SEAT)?.execute(key) {
        Ok(0) => {}
        Ok(_) => return Ok(Ok(())),
        Err(error) if Fault::is_constraint(&error) => return Ok(Err(BookingRefusal::Full)),
        Err(error) => return Err(error.into()),
    }
    let open: Option<bool> = connection
        .prepare_cached(sql::PERIOD_IS_OPEN)?
        .query_row(key, |row| row.get(0))
        .optional()?;
    Ok(Err(match open {
        Some(_) => BookingRefusal::Closed,
        None => BookingRefusal::NotScheduled,
    }))
}

/// Whether a period has ended.
fn is_over(actor: &Actor, day: Day, period: Period) -> bool {
    let ends = i64::from(period.end_minute()) * 60_000;
    day.begins_at().plus_millis(ends) <= actor.at
}
