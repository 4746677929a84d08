//! A sandbox put back to where it began.

use povline_domain::{Day, IsvId, PovId};
use rusqlite::Connection;

use super::sql::limits as sql;
use super::{SqliteBook, access, audit, kind, write};
use crate::book::{Actor, BookKind, Sandbox, Write, WriteOutcome};
use crate::sqlite::{Fault, Verdict, corrupt};
use crate::{StoreError, StoreErrorKind};

impl Sandbox for SqliteBook {
    async fn reset_isv(
        &self,
        actor: &Actor,
        isv: IsvId,
        writes: Vec<Write>,
    ) -> Result<u64, StoreError> {
        let actor = actor.clone();
        self.database
            .write_alone_in_turn(
                "put the sandbox back to where it began",
                self.patience,
                move |connection| reset(connection, &actor, isv, &writes).map(Verdict::Keep),
            )
            .await
    }
}

pub(super) fn reset(
    connection: &Connection,
    actor: &Actor,
    isv: IsvId,
    writes: &[Write],
) -> Result<u64, Fault> {
    if kind::read(connection)? != BookKind::Sandbox {
        return Err(refuse(
            "reset a production book: only a sandbox can be".to_owned(),
        ));
    }
    access::check_isv(connection, isv)?;
    let mut rows = 0;
    let mut povs = connection.prepare_cached(super::sql::POVS_OF_ISV)?;
    let mut found = povs.query([isv.0])?;
    while let Some(row) = found.next()? {
        rows += clear(connection, actor, PovId(row.get(0)?))?;
    }
    connection
        .prepare_cached(sql::CLEAR_BOOKING_KEYS)?
        .execute([isv.0])?;
    for one in writes {
        if let WriteOutcome::Refused(refusal) = write::apply(connection, actor, one)? {
            return Err(refuse(format!(
                "write the sandbox's {}: {}",
                refusal.field, refusal.reason
            )));
        }
    }
    Ok(rows)
}

/// Empties every day of a POV. Versions go on, so that nobody takes an old day for the new one.
fn clear(connection: &Connection, actor: &Actor, pov: PovId) -> Result<u64, Fault> {
    let mut days = connection.prepare_cached(sql::DAYS_OF_POV)?;
    let mut found = days.query([pov.0])?;
    let mut touched = Vec::new();
    while let Some(row) = found.next()? {
        let day = Day::from_number(row.get(0)?).map_err(|_| corrupt("day of a POV"))?;
        touched.push((day, row.get::<_, i64>(1)?.unsigned_abs()));
    }
    // What is found by a row goes before the row.
    for statement in [
        sql::CLEAR_VISITS,
        sql::CLEAR_BOOKINGS,
        sql::CLEAR_ROWS,
        sql::CLEAR_CANCELLED,
        sql::CLEAR_CODES,
        sql::CLEAR_SCHEDULE,
        sql::CLEAR_CODE_COUNTERS,
    ] {
        connection.prepare_cached(statement)?.execute([pov.0])?;
    }
    let mut rows = 0;
    for (day, count) in touched {
        connection
            .prepare_cached(super::sql::TOUCH_DAY)?
            .execute((pov.0, day.number(), 1))?;
        audit::record_day(connection, actor, "reset", (pov, day), "", count)?;
        rows += count;
    }
    Ok(rows)
}

fn refuse(what: String) -> Fault {
    Fault::Store(StoreError::new(StoreErrorKind::Refused, what))
}
