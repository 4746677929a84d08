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
    let mark = match (scope, place_of(connection, scope)?) {
        (HoldScope::List(..), Some(place)) => mark_of_list(connection, place, &hold)?,
        _ => mark_of_fleet(connection, &hold)?,
    };
    Ok(MarkedHold { hold, mark })
}

/// A list's mark is that of its lost rows: another one, and it is another loss.
fn mark_of_list(connection: &Connection, place: (i64, i32), hold: &Hold) -> Outcome<HoldMark> {
    let mut digest = digest_of(hold);
    let mut statement = connection.prepare_cached(sql::LOST_IDS_DAY)?;
    let mut lines = statement.query(place)?;
    while let Some(line) = lines.next()? {
        let id = columns::text(line, 0)?;
        digest.update(id.len().to_le_bytes());
        digest.update(id);
        digest.update(columns::number::<i64>(line, 1)?.to_le_bytes());
    }
    Ok(HoldMark(begin_of(digest)))
}

/// So many bits of a fleet's mark name the certificate; those above them, the hold.
const CERTIFICATE_BITS: u32 = 40;
const CERTIFICATE_MAX: u64 = (1 << CERTIFICATE_BITS) - 1;

/// Somewhere in a fleet somebody always cancels, and nobody could decide if that were another loss.
/// So the fleet's mark names the certificate by which the last of its rows was lost: a decision lets
/// go what was lost until then, and what was lost later stays held.
fn mark_of_fleet(connection: &Connection, hold: &Hold) -> Outcome<HoldMark> {
    let last: i64 = connection
        .prepare_cached(sql::LOST_LAST_FLEET)?
        .query_row([hold.counted_from.0], |line| line.get(0))?;
    let certificate = u64::try_from(last).unwrap_or_default().min(CERTIFICATE_MAX);
    Ok(HoldMark(mark_of_hold(hold) | certificate))
}

fn mark_of_hold(hold: &Hold) -> u64 {
    begin_of(digest_of(hold)) & !CERTIFICATE_MAX
}

/// The certificate until which rows were lost when this mark of the fleet was shown; `None` if it is
/// about another hold, or somebody has rejected it meanwhile.
fn shown_until(shown: HoldMark, hold: &Hold) -> Option<i64> {
    let is_of_hold = shown.0 & !CERTIFICATE_MAX == mark_of_hold(hold);
    is_of_hold
        .then(|| i64::try_from(shown.0 & CERTIFICATE_MAX).ok())
        .flatten()
}

fn digest_of(hold: &Hold) -> Sha256 {
    let mut digest = Sha256::new();
    digest.update(hold.held_at.0.to_le_bytes());
    digest.update(hold.rejected_at.map_or(0, |at| at.0).to_le_bytes());
    digest
}

fn begin_of(digest: Sha256) -> u64 {
    let digest: [u8; 32] = digest.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_le_bytes(first)
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
    let shown_until = match scope {
        HoldScope::Fleet => shown_until(shown, &hold),
        HoldScope::List(..) => {
            (mark_of_list(connection, place, &hold)? == shown).then_some(i64::MAX)
        }
    };
    let Some(shown_until) = shown_until else {
        return Ok(HoldAnswer::Changed);
    };
    let hold = match (decision.accepted, scope) {
        (true, HoldScope::Fleet) => match let_fleet_go(connection, hold, shown_until)? {
            Some(accepted) => accepted,
            None => return Ok(HoldAnswer::Changed),
        },
        (true, HoldScope::List(..)) => {
            connection
                .prepare_cached(sql::LOST_ACCEPT_DAY)?
                .execute(place)?;
            connection
                .prepare_cached(sql::BRAKE_REMOVE)?
                .execute(place)?;
            hold
        }
        (false, _) => {
            let rejected = Hold {
                rejected_at: Some(decision.at),
                ..hold
            };
            write_hold(connection, place, &rejected)?;
            hold
        }
    };
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

/// Lets go what the fleet had lost until this certificate, and tells what that was; `None` if
/// nothing of it is lost any more. What was lost later stays held until a scan shows that it is
/// little, or a person decides about it too.
fn let_fleet_go(connection: &Connection, hold: Hold, shown_until: i64) -> Outcome<Option<Hold>> {
    let rows = connection
        .prepare_cached(sql::LOST_ACCEPT_FLEET)?
        .execute((hold.counted_from.0, shown_until))?;
    let left: i64 = connection
        .prepare_cached(sql::LOST_FLEET)?
        .query_row([hold.counted_from.0], |line| line.get(0))?;
    let left = u64::try_from(left).unwrap_or_default();
    let accepted = Hold {
        lost: hold.lost.saturating_sub(left),
        ..hold
    };
    if left == 0 {
        connection
            .prepare_cached(sql::BRAKE_REMOVE)?
            .execute(FLEET)?;
    } else if rows > 0 {
        let rest = Hold {
            known: hold.known.saturating_sub(accepted.lost),
            lost: left,
            persists_since: None,
            rejected_at: None,
            ..hold
        };
        write_hold(connection, FLEET, &rest)?;
    } else {
        return Ok(None);
    }
    Ok(Some(accepted))
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
