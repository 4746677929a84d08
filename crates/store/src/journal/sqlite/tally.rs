//! Calls counted by hour and outcome as their lines are written.

use std::borrow::Cow;
use std::collections::HashMap;

use povline_domain::{AppKey, UnixMillis};
use rusqlite::Connection;

use crate::journal::{CallLine, CallOutcome, Tallied, Tally};
use crate::sqlite::{Fault, corrupt};

const HOUR_MILLIS: i64 = 3_600_000;

/// Hours that are kept.
const HOURS_KEPT: i64 = 48;

const ADD: &str = "INSERT INTO tally (hour, app, outcome, code, sub_code, calls)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO UPDATE SET calls = calls + excluded.calls";
const FORGET: &str = "DELETE FROM tally WHERE hour < ?1";
const SINCE: &str = "SELECT since FROM tallied";
const SUMS: &str = "SELECT hour, outcome, code, sub_code, sum(calls) FROM tally
    WHERE hour >= ?1 AND (?2 IS NULL OR app = ?2)
    GROUP BY hour, outcome, code, sub_code ORDER BY hour, outcome, code, sub_code";

const ANSWERED: i64 = 0;
const REFUSED: i64 = 1;
const FAILED: i64 = 2;

/// A row's key: hour, app, outcome, code, sub code.
type Key<'a> = (i64, &'a str, i64, i64, &'a str);

/// Counts lines, and forgets hours that nobody asks for any more.
pub(super) fn count(
    connection: &Connection,
    now: UnixMillis,
    lines: &[CallLine],
) -> Result<(), Fault> {
    let mut calls: HashMap<Key<'_>, i64> = HashMap::new();
    for line in lines {
        *calls.entry(key(line)).or_default() += 1;
    }
    let mut add = connection.prepare_cached(ADD)?;
    for ((hour, app, outcome, code, sub_code), calls) in calls {
        add.execute((hour, app, outcome, code, sub_code, calls))?;
    }
    let oldest = hour(now) - HOURS_KEPT;
    connection.prepare_cached(FORGET)?.execute([oldest])?;
    Ok(())
}

fn hour(at: UnixMillis) -> i64 {
    at.0.div_euclid(HOUR_MILLIS)
}

fn key(line: &CallLine) -> Key<'_> {
    let outcome = match line.outcome {
        CallOutcome::Answered => ANSWERED,
        CallOutcome::Refused { .. } => REFUSED,
        CallOutcome::Failed { .. } => FAILED,
    };
    // What follows the colon names a parameter or a cause: there are too many of those to count.
    let sub_code = line.outcome.sub_code().unwrap_or_default();
    let sub_code = sub_code.split(':').next().unwrap_or_default();
    let app = line.app.as_deref().map_or("", AppKey::as_str);
    let code = line.outcome.code().unwrap_or_default();
    (hour(line.at), app, outcome, code, sub_code)
}

/// What came of the calls of an app, or of all, from the hour of an instant on.
pub(super) fn sums(
    connection: &Connection,
    from: UnixMillis,
    app: Option<&AppKey>,
) -> Result<Tallied, Fault> {
    let since = connection
        .prepare_cached(SINCE)?
        .query_row((), |row| row.get(0))?;
    let mut statement = connection.prepare_cached(SUMS)?;
    let mut rows = statement.query((hour(from), app.map(AppKey::as_str)))?;
    let mut tallies = Vec::new();
    while let Some(row) = rows.next()? {
        let (code, sub_code): (i64, String) = (row.get(2)?, row.get(3)?);
        let sub_code = Some(sub_code).filter(|text| !text.is_empty());
        tallies.push(Tally {
            hour: UnixMillis(row.get::<_, i64>(0)?.saturating_mul(HOUR_MILLIS)),
            outcome: match row.get(1)? {
                ANSWERED => CallOutcome::Answered,
                REFUSED => CallOutcome::Refused {
                    code,
                    sub_code: sub_code.map(Cow::Owned),
                },
                FAILED => CallOutcome::Failed {
                    msg_code: Cow::Owned(sub_code.unwrap_or_default()),
                },
                _ => return Err(corrupt("outcome of the request log")),
            },
            calls: row.get::<_, i64>(4)?.unsigned_abs(),
        });
    }
    Ok(Tallied {
        tallies,
        since: UnixMillis(since),
    })
}
