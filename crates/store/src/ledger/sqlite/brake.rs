//! The brakes of POV-days and of the fleet.

use povline_domain::{Day, UnixMillis};
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest as _, Sha256};

use super::columns::{self, PovNumber};
use super::sql;
use super::trouble::Outcome;
use crate::ledger::{
    Brake, BrakeStep, DecidedHold, HeldPlace, Hold, HoldAnswer, HoldDecision, HoldMark, HoldScope,
    LOSS_WINDOW_MS, MarkedHold, Observation,
};

/// Where the fleet's brake is kept.
const FLEET: (i64, i32) = (0, 0);

/// The brakes as they stand while a batch is settled.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Brakes {
    pub(super) fleet: Brake,
    /// How many of the fleet's lost rows are lost on POV-days that are held by themselves.
    pub(super) lost_on_held: u64,
    /// Whether any POV-day is held.
    any_held: bool,
}

impl Brakes {
    pub(super) fn read(connection: &Connection, observations: &[Observation]) -> Outcome<Self> {
        let hold = hold_at(connection, FLEET)?;
        let latest = observations.iter().map(begun_at).max();
        let from = counted_from(hold.as_ref(), latest.unwrap_or_default());
        let lost: i64 = connection
            .prepare_cached(sql::LOST_FLEET)?
            .query_row([from.0], |line| line.get(0))?;
        let any_held = connection
            .prepare_cached(sql::BRAKE_ANY)?
            .query_row((), |line| line.get(0))?;
        let lost_on_held: i64 = connection
            .prepare_cached(sql::LOST_ON_HELD)?
            .query_row([from.0], |line| line.get(0))?;
        Ok(Self {
            fleet: Brake {
                hold,
                lost: u64::try_from(lost).unwrap_or_default(),
            },
            lost_on_held: u64::try_from(lost_on_held).unwrap_or_default(),
            any_held,
        })
    }

    /// The brake of the observation's own POV-day. Where nothing can have vanished and nothing is
    /// held, there is nothing to look up.
    pub(super) fn of_day(
        &self,
        connection: &Connection,
        pov: PovNumber,
        observation: &Observation,
        may_matter: bool,
    ) -> Outcome<Brake> {
        if !may_matter && !self.any_held {
            return Ok(Brake::default());
        }
        let place = (pov.0, observation.day.number());
        let hold = if self.any_held {
            hold_at(connection, place)?
        } else {
            None
        };
        let from = counted_from(hold.as_ref(), begun_at(observation));
        let lost: i64 = connection
            .prepare_cached(sql::LOST_OF_DAY)?
            .query_row((place.0, place.1, from.0), |line| line.get(0))?;
        Ok(Brake {
            hold,
            lost: u64::try_from(lost).unwrap_or_default(),
        })
    }

    /// Whether anything is held anywhere.
    pub(super) fn hold_anything(&self) -> bool {
        self.any_held || self.fleet.hold.is_some()
    }

    /// Whether this POV-day is held.
    pub(super) fn is_held(
        &self,
        connection: &Connection,
        pov: PovNumber,
        day: Day,
    ) -> Outcome<bool> {
        Ok(self.any_held && hold_at(connection, (pov.0, day.number()))?.is_some())
    }

    /// Takes note of rows that became suspected and of suspects that came back.
    pub(super) fn count(&mut self, suspected: usize, returned: usize) {
        let lost = self.fleet.lost + suspected as u64;
        self.fleet.lost = lost.saturating_sub(returned as u64);
    }

    /// Writes what a scan does to the brake of its POV-day.
    pub(super) fn step_of_day(
        &mut self,
        connection: &Connection,
        pov: PovNumber,
        observation: &Observation,
        before: &Brake,
        step: BrakeStep,
    ) -> Outcome<()> {
        let place = (pov.0, observation.day.number());
        let lost_before = before.hold.map_or(0, |hold| hold.lost);
        let after = write_step(connection, place, before.hold, step)?;
        self.any_held |= after.is_some();
        self.lost_on_held =
            (self.lost_on_held + after.map_or(0, |hold| hold.lost)).saturating_sub(lost_before);
        Ok(())
    }

    /// Writes what a scan does to the fleet's brake.
    pub(super) fn step_of_fleet(
        &mut self,
        connection: &Connection,
        step: BrakeStep,
    ) -> Outcome<()> {
        self.fleet.hold = write_step(connection, FLEET, self.fleet.hold, step)?;
        Ok(())
    }
}

fn begun_at(observation: &Observation) -> UnixMillis {
    let begun_at = observation.certificate.begun_at();
    begun_at.unwrap_or(observation.tried_at)
}

fn counted_from(hold: Option<&Hold>, begun_at: UnixMillis) -> UnixMillis {
    hold.map_or(begun_at.plus_millis(-LOSS_WINDOW_MS), |hold| {
        hold.counted_from
    })
}

fn hold_at(connection: &Connection, place: (i64, i32)) -> Outcome<Option<Hold>> {
    let mut statement = connection.prepare_cached(sql::BRAKE_READ)?;
    let mut lines = statement.query(place)?;
    lines.next()?.map(|line| hold(line, 0)).transpose()
}

/// The hold whose fields stand in the columns from `first` on.
fn hold(line: &Row<'_>, first: usize) -> Outcome<Hold> {
    Ok(Hold {
        held_at: columns::instant(line, first)?,
        counted_from: columns::instant(line, first + 1)?,
        known: columns::number(line, first + 2)?,
        lost: columns::number(line, first + 3)?,
        persists_since: columns::instant_or_none(line, first + 4)?,
        rejected_at: columns::instant_or_none(line, first + 5)?,
    })
}

fn write_step(
    connection: &Connection,
    place: (i64, i32),
    before: Option<Hold>,
    step: BrakeStep,
) -> Outcome<Option<Hold>> {
    match step {
        BrakeStep::Hold(hold) | BrakeStep::Keep(hold) => {
            if before != Some(hold) {
                write_hold(connection, place, &hold)?;
            }
            Ok(Some(hold))
        }
        BrakeStep::Lift => {
            connection
                .prepare_cached(sql::BRAKE_REMOVE)?
                .execute(place)?;
            Ok(None)
        }
    }
}

fn write_hold(connection: &Connection, place: (i64, i32), hold: &Hold) -> Outcome<()> {
    connection.prepare_cached(sql::BRAKE_WRITE)?.execute((
        place.0,
        place.1,
        hold.held_at.0,
        hold.counted_from.0,
        i64::try_from(hold.known).unwrap_or(i64::MAX),
        i64::try_from(hold.lost).unwrap_or(i64::MAX),
        hold.persists_since.map(|instant| instant.0),
        hold.rejected_at.map(|instant| instant.0),
    ))?;
    Ok(())
}

/// Everything that is held, the fleet first.
pub(super) fn held(connection: &Connection) -> Outcome<Vec<(HoldScope, Hold)>> {
    let mut statement = connection.prepare_cached(sql::BRAKE_LIST)?;
    let mut lines = statement.query(())?;
    let mut places = Vec::new();
    while let Some(line) = lines.next()? {
        places.push((scope(line)?, hold(line, 2)?));
    }
    Ok(places)
}

/// The same, each with its mark.
pub(super) fn holds(connection: &Connection) -> Outcome<Vec<HeldPlace>> {
    let places = held(connection)?.into_iter();
    let places = places.map(|(scope, hold)| {
        let MarkedHold { hold, mark } = marked(connection, &scope, hold)?;
        Ok(HeldPlace { scope, hold, mark })
    });
    places.collect()
}

/// A hold with the mark of the rows that [`decide`] would let go.
pub(super) fn marked(
    connection: &Connection,
    scope: &HoldScope,
    hold: Hold,
) -> Outcome<MarkedHold> {
    let mut digest = Sha256::new();
    digest.update(hold.held_at.0.to_le_bytes());
    digest.update(hold.rejected_at.map_or(0, |at| at.0).to_le_bytes());
    let mut take = |lines: &mut rusqlite::Rows<'_>| -> Outcome<()> {
        while let Some(line) = lines.next()? {
            let id = columns::text(line, 0)?;
            digest.update(id.len().to_le_bytes());
            digest.update(id);
            digest.update(columns::number::<i64>(line, 1)?.to_le_bytes());
        }
        Ok(())
    };
    match (scope, place_of(connection, scope)?) {
        (HoldScope::List(..), Some(place)) => {
            let mut statement = connection.prepare_cached(sql::LOST_IDS_DAY)?;
            take(&mut statement.query(place)?)?;
        }
        _ => {
            let mut statement = connection.prepare_cached(sql::LOST_IDS_FLEET)?;
            take(&mut statement.query([hold.counted_from.0])?)?;
        }
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    Ok(MarkedHold {
        hold,
        mark: HoldMark(u64::from_le_bytes(first)),
    })
}

/// The scope whose POV's name, NULL for the fleet, and day stand in the first two columns.
fn scope(line: &Row<'_>) -> Outcome<HoldScope> {
    let is_list: bool = line.get::<_, Option<String>>(0)?.is_some();
    Ok(match is_list {
        true => HoldScope::List(columns::pov_name(line, 0)?, columns::day(line, 1)?),
        false => HoldScope::Fleet,
    })
}

/// Writes a person's decision about what they were shown.
pub(super) fn decide(
    connection: &Connection,
    scope: &HoldScope,
    shown: HoldMark,
    decision: &HoldDecision,
) -> Outcome<HoldAnswer> {
    let Some(place) = place_of(connection, scope)? else {
        return Ok(HoldAnswer::NotHeld);
    };
    let Some(hold) = hold_at(connection, place)? else {
        return Ok(HoldAnswer::NotHeld);
    };
    if marked(connection, scope, hold)?.mark != shown {
        return Ok(HoldAnswer::Changed);
    }
    if decision.accepted {
        match scope {
            HoldScope::Fleet => connection
                .prepare_cached(sql::LOST_ACCEPT_FLEET)?
                .execute([hold.counted_from.0])?,
            HoldScope::List(..) => connection
                .prepare_cached(sql::LOST_ACCEPT_DAY)?
                .execute((place.0, place.1))?,
        };
        connection
            .prepare_cached(sql::BRAKE_REMOVE)?
            .execute(place)?;
    } else {
        let rejected = Hold {
            rejected_at: Some(decision.at),
            ..hold
        };
        write_hold(connection, place, &rejected)?;
    }
    connection.prepare_cached(sql::DECISION_ADD)?.execute((
        place.0,
        place.1,
        decision.at.0,
        &decision.by,
        decision.accepted,
        i64::try_from(hold.known).unwrap_or(i64::MAX),
        i64::try_from(hold.lost).unwrap_or(i64::MAX),
    ))?;
    Ok(HoldAnswer::Decided(hold))
}

fn place_of(connection: &Connection, scope: &HoldScope) -> Outcome<Option<(i64, i32)>> {
    match scope {
        HoldScope::Fleet => Ok(Some(FLEET)),
        HoldScope::List(pov, day) => {
            let number: Option<i64> = connection
                .prepare_cached(sql::POV_NUMBER)?
                .query_row([pov.as_str()], |line| line.get(0))
                .optional()?;
            Ok(number.map(|number| (number, day.number())))
        }
    }
}

/// The decisions of people, newest first.
pub(super) fn decisions(
    connection: &Connection,
    decisions_max: usize,
) -> Outcome<Vec<DecidedHold>> {
    let mut statement = connection.prepare_cached(sql::DECISION_LIST)?;
    let mut lines = statement.query([i64::try_from(decisions_max).unwrap_or(i64::MAX)])?;
    let mut decisions = Vec::new();
    while let Some(line) = lines.next()? {
        decisions.push(DecidedHold {
            scope: scope(line)?,
            known: columns::number(line, 5)?,
            lost: columns::number(line, 6)?,
            decision: HoldDecision {
                at: columns::instant(line, 2)?,
                by: columns::text(line, 3)?.to_owned(),
                accepted: columns::number::<i64>(line, 4)? == 1,
            },
        });
    }
    Ok(decisions)
}
