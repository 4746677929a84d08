//! Settling: one savepoint for each observation, all of them in the writer's one commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use povline_domain::{AppointmentId, OutPovId};
use rusqlite::{Connection, OptionalExtension};

use super::brake::Brakes;
use super::columns::PovNumber;
use super::tally::Tally;
use super::trouble::{Outcome, refused};
use super::{moved, sql, view, write};
use crate::StoreError;
use crate::ledger::{DayView, Observation, RowWrite, Settled, Settlement};

/// Settles the observations in order. Where one fails, what it wrote is rolled back and its own
/// result says why; an error of the whole means that the transaction itself is in doubt.
pub(super) fn settle(
    connection: &Connection,
    observations: &[Observation],
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
) -> Outcome<Vec<Result<Settled, StoreError>>> {
    let before = Tally::read(connection)?;
    let mut tally = before.clone();
    let mut brakes = Brakes::read(connection, observations)?;
    let mut results = Vec::with_capacity(observations.len());
    for observation in observations {
        execute(connection, sql::SAVE)?;
        let mut tally_after = tally.clone();
        let mut brakes_after = brakes;
        let settled = settle_one(
            connection,
            observation,
            decide,
            &mut tally_after,
            &mut brakes_after,
        );
        match settled {
            Ok(settled) => {
                (tally, brakes) = (tally_after, brakes_after);
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
    brakes: &mut Brakes,
) -> Outcome<Settled> {
    let pov = pov_number(connection, &observation.pov)?;
    let mut loaded = view::load(connection, pov, observation, brakes, tally.live)?;
    let decide = |view: &DayView| {
        let decided = catch_unwind(AssertUnwindSafe(|| decide(observation, view)));
        decided.map_err(|_| {
            tracing::error!(pov = %observation.pov, day = %observation.day, "settling panicked");
            refused("decide what a scan means: the program has a fault there")
        })
    };
    let mut settlement = decide(&loaded.view)?;
    let cancelled: Vec<&AppointmentId> = settlement
        .rows
        .iter()
        .filter_map(|write| match write {
            RowWrite::Cancel(id, _) => Some(id),
            _ => None,
        })
        .collect();
    if !cancelled.is_empty() {
        let moved = moved::live_at_other_povs(connection, pov, &cancelled)?;
        if !moved.is_empty() {
            loaded.view.moved = moved;
            settlement = decide(&loaded.view)?;
        }
    }
    write::write(connection, observation, loaded, settlement, tally, brakes)
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
