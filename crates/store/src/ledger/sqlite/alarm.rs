//! Alarms.

use povline_domain::{AppKey, UnixMillis};
use rusqlite::Connection;

use super::columns;
use super::sql;
use super::trouble::{Outcome, corrupt};
use crate::ledger::{AlarmOf, AlarmRecord};

pub(super) fn raise(
    connection: &Connection,
    of: &AlarmOf,
    detail: &str,
    at: UnixMillis,
) -> Outcome<bool> {
    let raised = connection.prepare_cached(sql::ALARM_RAISE)?.execute((
        app(of),
        &of.kind,
        &of.subject,
        detail,
        at.0,
    ))?;
    Ok(raised > 0)
}

pub(super) fn clear(connection: &Connection, of: &AlarmOf, at: UnixMillis) -> Outcome<bool> {
    let cleared = connection.prepare_cached(sql::ALARM_CLEAR)?.execute((
        app(of),
        &of.kind,
        &of.subject,
        at.0,
    ))?;
    Ok(cleared > 0)
}

/// Those that are not cleared, oldest first, and then the others, newest first.
pub(super) fn list(connection: &Connection, alarms_max: usize) -> Outcome<Vec<AlarmRecord>> {
    let mut statement = connection.prepare_cached(sql::ALARM_LIST)?;
    let mut lines = statement.query([i64::try_from(alarms_max).unwrap_or(i64::MAX)])?;
    let mut alarms = Vec::new();
    while let Some(line) = lines.next()? {
        let key = columns::text(line, 0)?;
        let app = match key {
            "" => None,
            key => Some(AppKey::new(key).map_err(|_| corrupt("app key"))?),
        };
        alarms.push(AlarmRecord {
            of: AlarmOf {
                app,
                kind: columns::text(line, 1)?.to_owned(),
                subject: columns::text(line, 2)?.to_owned(),
            },
            detail: columns::text(line, 3)?.to_owned(),
            raised_at: columns::instant(line, 4)?,
            cleared_at: columns::instant_or_none(line, 5)?,
        });
    }
    Ok(alarms)
}

fn app(of: &AlarmOf) -> &str {
    of.app.as_ref().map_or("", AppKey::as_str)
}
