//! Settling: one savepoint for each observation, all of them in the writer's one commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use povline_domain::OutPovId;
use rusqlite::{Connection, OptionalExtension};

use super::columns::PovNumber;
use super::tally::Tally;
use super::trouble::{Outcome, refused};
use super::{sql, view, write};
use crate::StoreError;
use crate::ledger::{DayView, Observation, Settled, Settlement};

/// Settles the observations in order. Where one fails, what it wrote is rolled back and its own
/// result says why; an error of the whole means that the transaction itself is in doubt.
pub(super) fn settle(
    connection: &Connection,
    observations: &[Observation],
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
) -> Outcome<Vec<Result<Settled, StoreError>>> {
    let before = Tally::read(connection)?;
    let mut tally = before.clone();
    let mut results = Vec::with_capacity(observations.len());
    for observation in observations {
        execute(connection, sql::SAVE)?;
        let mut tally_after = tally.clone();
        match settle_one(connection, observation, decide, &mut tally_after) {
            Ok(settled) => {
                tally = tally_after;
                results.push(Ok(settled));
            }
            Err(fault) => {
                execute(connection, sql::DROP)?;
                results.push(Err(fault.during("settle a scan")));
            }
        }
        execute(connection, sql::KEEP)?;
    }
    tally.write(&before, connection)?;
    Ok(results)
}

fn settle_one(
    connection: &Connection,
    observation: &Observation,
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
    tally: &mut Tally,
) -> Outcome<Settled> {
    let pov = pov_number(connection, &observation.pov)?;
    let loaded = view::load(connection, pov, observation)?;
    let decided = catch_unwind(AssertUnwindSafe(|| decide(observation, &loaded.view)));
    let settlement = decided.map_err(|_| {
        tracing::error!(pov = %observation.pov, day = %observation.day, "settling panicked");
        refused("decide what a scan means: the program has a fault there")
    })?;
    write::write(connection, observation, loaded, settlement, tally)
}

fn pov_number(connection: &Connection, pov: &OutPovId) -> Outcome<PovNumber> {
    let known: Option<i64> = connection
        .prepare_cached(sql::POV_NUMBER)?
        .query_row([pov.as_str()], |line| line.get(0))
        .optional()?;
    Ok(PovNumber(match known {
        Some(number) => number,
        None => connection
            .prepare_cached(sql::POV_ADD)?
            .insert([pov.as_str()])?,
    }))
}

fn execute(connection: &Connection, sql: &'static str) -> Outcome<()> {
    connection.prepare_cached(sql)?.execute(())?;
    Ok(())
}
