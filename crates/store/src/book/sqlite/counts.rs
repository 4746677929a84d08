//! The calls of a day, and until when calls were let through.

use povline_domain::{AppKey, Day, UnixMillis};
use rusqlite::{Connection, OptionalExtension};

use super::sql::counts as sql;
use crate::book::{CallClaim, CallCount, CallGrant, CallScope, Limits};
use crate::sqlite::{Fault, corrupt};

/// A scope as its two columns: nothing in one means all of them.
pub(super) fn columns(scope: &CallScope) -> (&str, &str) {
    match scope {
        CallScope::App(app) => (app.as_str(), ""),
        CallScope::AppMethod(app, method) => (app.as_str(), method),
        CallScope::Method(method) => ("", method),
    }
}

pub(super) fn scope(app: String, method: String) -> Result<CallScope, Fault> {
    if app.is_empty() {
        return Ok(CallScope::Method(method));
    }
    let app = AppKey::new(app).map_err(|_| corrupt("key of an app"))?;
    Ok(if method.is_empty() {
        CallScope::App(app)
    } else {
        CallScope::AppMethod(app, method)
    })
}

pub(super) fn claim(
    connection: &Connection,
    day: Day,
    claims: &[CallClaim],
) -> Result<Vec<CallGrant>, Fault> {
    let oldest = day.number() - <super::SqliteBook as Limits>::COUNT_DAYS;
    connection
        .prepare_cached(sql::FORGET_COUNTS)?
        .execute([oldest])?;
    claims
        .iter()
        .map(|claim| claim_one(connection, day, claim))
        .collect()
}

fn claim_one(connection: &Connection, day: Day, claim: &CallClaim) -> Result<CallGrant, Fault> {
    let (app, method) = columns(&claim.scope);
    let key = (day.number(), app, method);
    let (reserved, used): (i64, i64) = connection
        .prepare_cached(sql::COUNT)?
        .query_row(key, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .unwrap_or_default();
    let used = used.saturating_add(claim.used).max(0);
    let reserved = reserved.saturating_add(claim.unreserved).max(used);
    let room = match claim.at_most {
        Some(at_most) => at_most.saturating_sub(reserved.unsigned_abs()),
        None => 0,
    };
    let granted = claim.want.min(room);
    let reserved = reserved.saturating_add_unsigned(granted);
    connection.prepare_cached(sql::SET_COUNT)?.execute((
        day.number(),
        app,
        method,
        reserved,
        used,
    ))?;
    Ok(CallGrant {
        granted,
        reserved: reserved.unsigned_abs(),
    })
}

pub(super) fn of_day(connection: &Connection, day: Day) -> Result<Vec<CallCount>, Fault> {
    let mut statement = connection.prepare_cached(sql::COUNTS)?;
    let mut rows = statement.query([day.number()])?;
    let mut counts = Vec::new();
    while let Some(row) = rows.next()? {
        counts.push(CallCount {
            scope: scope(row.get(0)?, row.get(1)?)?,
            reserved: row.get::<_, i64>(2)?.unsigned_abs(),
            used: row.get::<_, i64>(3)?.unsigned_abs(),
        });
    }
    Ok(counts)
}

/// A process begins; until when one before it may have let calls through.
pub(super) fn begin(connection: &Connection, at: UnixMillis) -> Result<Option<UnixMillis>, Fault> {
    let before: Option<Option<i64>> = connection
        .prepare_cached(sql::LET_THROUGH_UNTIL)?
        .query_row((), |row| row.get(0))
        .optional()?;
    set_until(connection, None)?;
    // One that was killed, or that ended by a clock which was set since, may have until just now.
    Ok(before.map(|until| until.map_or(at, |until| UnixMillis(until).min(at))))
}

/// The process ends.
pub(super) fn end(connection: &Connection, at: UnixMillis) -> Result<(), Fault> {
    set_until(connection, Some(at.0))
}

fn set_until(connection: &Connection, until: Option<i64>) -> Result<(), Fault> {
    connection
        .prepare_cached(sql::SET_LET_THROUGH_UNTIL)?
        .execute([until])?;
    Ok(())
}
