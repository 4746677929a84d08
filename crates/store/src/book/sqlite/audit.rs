//! The audit, and the stream of changes that is read off it.
//!
//! Every write leaves its record in the same transaction, so a follower that reads the records
//! sees every change, also those of another process, and none that was not committed.

use std::collections::HashSet;

use povline_domain::{Day, PovId, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};

use super::sql;
use crate::audit::{
    AuditHead, ChainHash, ChainRecord, READ, READINGS_PER_RECORD, Reading, write_readings,
};
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
    let record = ChainRecord {
        pov: Some(pov.0),
        day: Some(i64::from(day.number())),
        ..record(actor, action, object, rows)
    };
    append(connection, record)
}

/// Records what changed who may call or read.
pub(super) fn record_access(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    object: &str,
) -> Result<(), Fault> {
    let record = ChainRecord {
        access: true,
        ..record(actor, action, object, 0)
    };
    append(connection, record)
}

/// Records what was done to a user of the site. Nobody's access to the API changes by it.
pub(super) fn record_account(
    connection: &Connection,
    actor: &Actor,
    action: &str,
    object: &str,
) -> Result<(), Fault> {
    append(connection, record(actor, action, object, 0))
}

/// Records an import as a whole; its POV-days and POVs have records of their own.
pub(super) fn record_import(
    connection: &Connection,
    actor: &Actor,
    object: &str,
    rows: u64,
) -> Result<(), Fault> {
    append(connection, record(actor, "import", object, rows))
}

/// Records who read what.
pub(super) fn record_readings(
    connection: &Connection,
    at: UnixMillis,
    readings: &[Reading],
) -> Result<(), Fault> {
    let actor = Actor {
        name: "platform".to_owned(),
        at,
    };
    for readings in readings.chunks(READINGS_PER_RECORD) {
        let calls = readings.iter().map(|reading| reading.calls).sum();
        let record = ChainRecord {
            readings: Some(write_readings(at, readings)),
            ..record(&actor, READ, "", calls)
        };
        append(connection, record)?;
    }
    Ok(())
}

fn record(actor: &Actor, action: &str, object: &str, rows: u64) -> ChainRecord {
    ChainRecord {
        sequence: 0,
        at: actor.at.0,
        actor: actor.name.clone(),
        action: action.to_owned(),
        pov: None,
        day: None,
        access: false,
        object: object.to_owned(),
        rows: i64::try_from(rows).unwrap_or(i64::MAX),
        readings: None,
        hash: None,
    }
}

/// Puts a record behind the last one. The transaction is one that writes, so nobody comes between.
fn append(connection: &Connection, mut record: ChainRecord) -> Result<(), Fault> {
    let last = head(connection)?;
    record.sequence = last.sequence + 1;
    let hash = record.hash_after(last.hash);
    connection.prepare_cached(sql::ADD_AUDIT)?.execute((
        record.sequence,
        record.at,
        &record.actor,
        &record.action,
        record.pov,
        record.day,
        record.access,
        &record.object,
        record.rows,
        hash.as_bytes(),
        record.readings,
    ))?;
    Ok(())
}

/// The last record's number and hash. A book that is older than the chain is read through once,
/// until it has its first hash.
pub(super) fn head(connection: &Connection) -> Result<AuditHead, Fault> {
    let last = connection
        .prepare_cached(sql::LAST_LINK)?
        .query_row((), |row| {
            Ok((row.get(0)?, row.get::<_, Option<[u8; 32]>>(1)?))
        })
        .optional()?;
    let mut head = AuditHead {
        sequence: 0,
        hash: ChainHash::BEGIN,
    };
    match last {
        None => {}
        Some((sequence, Some(hash))) => {
            head.sequence = sequence;
            head.hash = ChainHash::from_bytes(&hash).ok_or_else(|| corrupt("hash of the audit"))?;
        }
        Some((_, None)) => {
            let mut statement = connection.prepare_cached(sql::CHAIN_AFTER)?;
            let mut rows = statement.query((0, i64::MAX))?;
            while let Some(row) = rows.next()? {
                let record = chain_record(row)?;
                head.sequence = record.sequence;
                head.hash = record.hash_after(head.hash);
            }
        }
    }
    Ok(head)
}

/// The first record that must have a hash. A book that does not say so any more says that all must.
pub(super) fn chained_from(connection: &Connection) -> Result<i64, Fault> {
    let from = connection
        .prepare_cached(sql::CHAINED_FROM)?
        .query_row((), |row| row.get(0))
        .optional()?;
    Ok(from.unwrap_or(1))
}

/// The records after this one, as they stand.
pub(super) fn chain_after(
    connection: &Connection,
    after: i64,
    records_max: usize,
) -> Result<Vec<ChainRecord>, Fault> {
    let mut statement = connection.prepare_cached(sql::CHAIN_AFTER)?;
    let mut rows = statement.query((after, limit(records_max)))?;
    let mut records = Vec::new();
    while let Some(row) = rows.next()? {
        records.push(chain_record(row)?);
    }
    Ok(records)
}

/// A record with whatever stands in it. A text that is none any more becomes another one, so that
/// its record is told as altered like any other.
fn chain_record(row: &Row<'_>) -> Result<ChainRecord, Fault> {
    let text = |column| -> rusqlite::Result<String> {
        let bytes = row.get_ref(column)?.as_bytes_or_null()?;
        Ok(String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned())
    };
    let hash: Option<[u8; 32]> = row.get(9)?;
    Ok(ChainRecord {
        sequence: row.get(0)?,
        at: row.get(1)?,
        actor: text(2)?,
        action: text(3)?,
        pov: row.get(4)?,
        day: row.get(5)?,
        access: row.get(6)?,
        object: text(7)?,
        rows: row.get(8)?,
        hash: hash.and_then(|hash| ChainHash::from_bytes(&hash)),
        readings: row.get(10)?,
    })
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
