//! The budget of calls: what was granted is used, whatever becomes of the process, unless it says
//! itself that it is not.

use povline_domain::{AppKey, Day};
use rusqlite::{Connection, OptionalExtension};

use super::sql;
use super::trouble::Outcome;
use crate::ledger::{BudgetPart, CallsTaken, CallsWanted};

pub(super) fn reserve_calls(
    connection: &Connection,
    app: &AppKey,
    day: Day,
    wanted: CallsWanted,
) -> Outcome<u64> {
    let taken = calls_taken(connection, app, day)?;
    // The sum must be storable, however large a budget is given.
    let of_day = wanted.of_day.min(i64::MAX as u64);
    let left_of_day = of_day.saturating_sub(taken.all());
    let left_of_part = wanted.of_part.saturating_sub(taken.of(wanted.part));
    let granted = left_of_day.min(left_of_part).min(wanted.calls_max);
    if granted > 0 {
        let of = |part| {
            if wanted.part == part {
                granted as i64
            } else {
                0
            }
        };
        connection.prepare_cached(sql::CALLS_TAKE)?.execute((
            app.as_str(),
            day.number(),
            granted as i64,
            of(BudgetPart::Reserve),
            of(BudgetPart::ByHand),
        ))?;
    }
    Ok(granted)
}

pub(super) fn return_calls(
    connection: &Connection,
    app: &AppKey,
    day: Day,
    unused: CallsTaken,
) -> Outcome<()> {
    let taken = calls_taken(connection, app, day)?;
    let of = |part| unused.of(part).min(taken.of(part)) as i64;
    let (reserve, by_hand) = (of(BudgetPart::Reserve), of(BudgetPart::ByHand));
    let all = of(BudgetPart::Polls) + reserve + by_hand;
    let mut put_back = connection.prepare_cached(sql::CALLS_RETURN)?;
    put_back.execute((app.as_str(), day.number(), all, reserve, by_hand))?;
    Ok(())
}

pub(super) fn calls_taken(connection: &Connection, app: &AppKey, day: Day) -> Outcome<CallsTaken> {
    let taken: Option<(i64, i64, i64)> = connection
        .prepare_cached(sql::CALLS_TAKEN)?
        .query_row((app.as_str(), day.number()), |line| {
            Ok((line.get(0)?, line.get(1)?, line.get(2)?))
        })
        .optional()?;
    let (all, reserve, by_hand) = taken.unwrap_or_default();
    let count = |calls: i64| u64::try_from(calls).unwrap_or_default();
    Ok(CallsTaken {
        polls: count(all - reserve - by_hand),
        reserve: count(reserve),
        by_hand: count(by_hand),
    })
}
