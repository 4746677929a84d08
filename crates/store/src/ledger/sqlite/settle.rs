//! Settling: one savepoint for each observation, all of them in the writer's one commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use povline_domain::{AppointmentId, Day, OutPovId};
use rusqlite::{CachedStatement, Connection, OptionalExtension};

use super::at_rest::AtRest;
use super::brake::Brakes;
use super::columns::PovNumber;
use super::encode::write_windows;
use super::tally::Tally;
use super::trouble::{Outcome, refused};
use super::{moved, quarantine, sql, view, write};
use crate::StoreError;
use crate::ledger::{DayCheck, DayView, Observation, Observed, RowWrite, Settled, Settlement};

/// Settles the observations in order. Where one fails, what it wrote is rolled back and its own
/// result says why; an error of the whole means that the transaction itself is in doubt.
pub(super) fn settle(
    connection: &Connection,
    observations: &[Observation],
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
    at_rest: &AtRest,
) -> Outcome<Vec<Result<Settled, StoreError>>> {
    let careful = at_rest.careful();
    at_rest.follow(connection)?;
    let first_days = observations
        .iter()
        .filter_map(|one| one.open_days.iter().min());
    if let Some(first_day) = first_days.max() {
        at_rest.pass(*first_day);
    }
    let before = Tally::read(connection)?;
    let mut tally = before.clone();
    // Yesterday's list is read for late picks, and what is lost of it counts too.
    let tried_at = observations.iter().map(|one| one.tried_at).max();
    if let Some(Ok(yesterday)) = tried_at.map(|at| Day::at(at).plus_days(-1)) {
        tally.count_from(yesterday, connection)?;
    }
    let mut brakes = Brakes::read(connection, observations)?;
    let mut results = Vec::with_capacity(observations.len());
    let mut note_day = connection.prepare_cached(sql::DAY_NOTED)?;
    let mut windows = Vec::new();
    for observation in observations {
        let fleet = (&tally, &brakes);
        if let Some(noted) = note(
            (&mut note_day, &mut windows),
            observation,
            decide,
            at_rest,
            fleet,
        )? {
            results.push(Ok(noted));
            continue;
        }
        execute(connection, sql::SAVE)?;
        let mut tally_after = tally.clone();
        let mut brakes_after = brakes;
        let settled = settle_one(
            connection,
            observation,
            decide,
            &mut tally_after,
            &mut brakes_after,
            at_rest,
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
    careful.well();
    Ok(results)
}

/// Takes down that a list at rest was read again and is unchanged, if that is all that its answer
/// says. The deciding function is asked as ever, and shown what it would be shown without this.
fn note(
    (note_day, windows): (&mut CachedStatement<'_>, &mut Vec<u8>),
    observation: &Observation,
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
    at_rest: &AtRest,
    (tally, brakes): (&Tally, &Brakes),
) -> Outcome<Option<Settled>> {
    let certificate = &observation.certificate;
    if !matches!(observation.observed, Observed::Unchanged) || brakes.hold_anything() {
        return Ok(None);
    }
    let (Some(begun_at), Some(resting)) = (
        certificate.begun_at(),
        at_rest.get(&observation.pov, observation.day),
    ) else {
        return Ok(None);
    };
    let old = resting.windows.iter().map(|window| window.digest);
    let new = certificate.windows.iter().map(|window| window.digest);
    if !old.eq(new) {
        return Ok(None);
    }
    let view = DayView {
        standing: Some(resting.windows),
        checks: vec![DayCheck {
            day: observation.day,
            begun_at: resting.checked_at,
            held: false,
        }],
        fleet: brakes.fleet,
        fleet_live: u64::try_from(tally.live).unwrap_or_default(),
        lost_on_held: brakes.lost_on_held,
        ..DayView::default()
    };
    // A panic is told where the list is settled with everything else that is known of it.
    let Ok(settlement) = catch_unwind(AssertUnwindSafe(|| decide(observation, &view))) else {
        return Ok(None);
    };
    if !settlement.is_only_noted() {
        return Ok(None);
    }
    windows.clear();
    write_windows(&certificate.windows, windows);
    let checked_at = resting.checked_at.max(begun_at);
    let noted = note_day.execute((
        resting.pov.0,
        observation.day.number(),
        checked_at.0,
        observation.tried_at.0,
        certificate.verdict.code(),
        &*windows,
    ))?;
    if noted != 1 {
        return Ok(None);
    }
    let pov = (&observation.pov, resting.pov);
    at_rest.put(pov, observation.day, checked_at, windows);
    Ok(Some(Settled {
        stands: true,
        ..Settled::default()
    }))
}

fn settle_one(
    connection: &Connection,
    observation: &Observation,
    decide: &impl Fn(&Observation, &DayView) -> Settlement,
    tally: &mut Tally,
    brakes: &mut Brakes,
    at_rest: &AtRest,
) -> Outcome<Settled> {
    let pov = pov_number(connection, &observation.pov)?;
    at_rest.remove(pov, observation.day);
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
    let (settled, day) = write::write(
        connection,
        observation,
        loaded,
        settlement,
        tally,
        brakes,
        at_rest,
    )?;
    if is_suspected(connection, pov)? {
        at_rest.remove_pov(pov);
    } else if let (true, Some(checked_at)) = (day.stands, day.checked_at)
        && !quarantine::is_in_list(connection, pov, observation.day)?
    {
        let mut windows = Vec::new();
        write_windows(&day.windows, &mut windows);
        let pov = (&observation.pov, pov);
        at_rest.put(pov, observation.day, checked_at, &windows);
    }
    Ok(settled)
}

/// Whether a POV has suspects on any of its days.
fn is_suspected(connection: &Connection, pov: PovNumber) -> Outcome<bool> {
    let mut statement = connection.prepare_cached(sql::ABSENT_SUSPECTED)?;
    Ok(statement.query_row([pov.0], |line| line.get(0))?)
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
