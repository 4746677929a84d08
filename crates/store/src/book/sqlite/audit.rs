//! The audit, and the stream of changes that is read off it.
//!
//! Every write leaves its record in the same transaction, so a follower that reads the records
//! sees every change, also those of another process, and none that was not committed.

use std::collections::HashSet;

use povline_domain::{Day, PovId, UnixMillis};
use rusqlite::{Connection, Row};

use super::sql;
use crate::book::{Actor, AuditRecord, BookChange, ChangeCursor};
use crate::sqlite::{Fault, corrupt};

/// Records what was done to the rows of a POV-day.
pub(super) fn record_day(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    (pov, day): (PovId, Day),
    object: &str,
    rows: u64,
) -> Result<(), Fault> {
    connection.prepare_cached(sql::ADD_AUDIT)?.execute((
        actor.at.0,
        &actor.name,
        action,
        pov.0,
        day.number(),
        false,
        object,
        rows as i64,
    ))?;
    Ok(())
}

/// Records what changed who may call or read.
pub(super) fn record_access(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    object: &str,
) -> Result<(), Fault> {
    record(connection, actor, action, true, object, 0)
}

/// Records an import as a whole; its POV-days and POVs have records of their own.
pub(super) fn record_import(
    connection: &Connection,
    actor: &Actor,
    object: &str,
    rows: u64,
) -> Result<(), Fault> {
    record(connection, actor, "import", false, object, rows)
}

fn record(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    access: bool,
    object: &str,
    rows: u64,
) -> Result<(), Fault> {
    connection.prepare_cached(sql::ADD_AUDIT)?.execute((
        actor.at.0,
        &actor.name,
        action,
        None::<i64>,
        None::<i32>,
        access,
        object,
        rows as i64,
    ))?;
    Ok(())
}

/// The records after this one.
pub(super) fn records_after(
    connection: &Connection,
    after: i64,
    records_max: usize,
) -> Result<Vec<AuditRecord>, Fault> {
    let mut statement = connection.prepare_cached(sql::AUDIT_AFTER)?;
    let mut rows = statement.query((after, limit(records_max)))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(AuditRecord {
            sequence: row.get(0)?,
            at: UnixMillis(row.get(1)?),
            actor: row.get(2)?,
            action: row.get(3)?,
            pov_day: pov_day(row, 4, 5)?,
            object: row.get(6)?,
            rows: row.get::<_, i64>(7)? as u64,
        });
    }
    Ok(records)
}

/// The present end of the stream.
pub(super) fn cursor(connection: &Connection) -> Result<ChangeCursor, Fault> {
    let last = connection
        .prepare_cached(sql::LAST_AUDIT)?
        .query_row((), |row| row.get(0))?;
    Ok(ChangeCursor(last))
}

/// The changes after a cursor, each told once, and the cursor after them. Within one transaction.
pub(super) fn changes_after(
    connection: &Connection,
    after: ChangeCursor,
    changes_max: usize,
) -> Result<(Vec<BookChange>, ChangeCursor), Fault> {
    let mut statement = connection.prepare_cached(sql::CHANGES_AFTER)?;
    let mut rows = statement.query([after.0])?;
    let (mut changes, mut told) = (Vec::new(), HashSet::new());
    let mut last = after;
    while changes.len() < changes_max {
        let Some(row) = rows.next()? else {
            // All were read: what follows the last of them changes nothing that can be followed.
            last = cursor(connection)?.max(after);
            break;
        };
        last = ChangeCursor(row.get(0)?);
        let change = match pov_day(row, 1, 2)? {
            Some((pov, day)) => BookChange::Day(pov, day),
            None => BookChange::Access,
        };
        if told.insert(change) {
            changes.push(change);
        }
    }
    Ok((changes, last))
}

fn pov_day(row: &Row<'_>, pov: usize, day: usize) -> Result<Option<(PovId, Day)>, Fault> {
    match (row.get(pov)?, row.get(day)?) {
        (Some(pov), Some(day)) => {
            let day = Day::from_number(day).map_err(|_| corrupt("day of an audit record"))?;
            Ok(Some((PovId(pov), day)))
        }
        (None, None::<i32>) => Ok(None),
        _ => Err(corrupt("POV-day of an audit record")),
    }
}

fn limit(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
