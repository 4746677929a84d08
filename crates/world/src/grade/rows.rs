//! A whole view against the truth.

use std::collections::{HashMap, HashSet};

use povline_domain::{Day, PickStatus, UnixMillis};

use super::example::Example;
use super::finding::FindingKind;
use super::grader::Grader;
use super::passes::{Pass, last_whole};
use super::view::ViewRow;
use crate::faults::FaultKind;
use crate::scenarios::{CancelledRows, Order};
use crate::server::CallLog;
use crate::truth::{Biography, State, StateChange, Truth};

/// For so long a client may still believe in a row that has left: absence must be proved first.
const PHANTOM_PATIENCE_MS: i64 = 60 * 60_000;

/// Who asks for a list less often does not poll it.
const NEGLECT_MS: i64 = 60 * 60_000;

/// The field in which a row differs, and whether it is one that no state of it had.
type Fault = &'static str;

pub(super) fn check(
    grader: &mut Grader,
    truth: &Truth,
    log: &CallLog,
    rows: &[ViewRow],
    incomplete: &HashSet<(String, Day)>,
    at: UnixMillis,
) {
    let mut passes: HashMap<(usize, Day), Option<Pass>> = HashMap::new();
    let mut pass_of = |list: (usize, Day)| {
        *passes
            .entry(list)
            .or_insert_with(|| last_whole(log, list, at))
    };
    let mut view = HashMap::with_capacity(rows.len());
    let mut doubted = HashSet::new();
    for row in rows {
        grader.rows_checked += 1;
        let Some(biography) = truth.biography(&row.id) else {
            grader
                .findings
                .add(FindingKind::Phantom, || never_existed(row, at));
            continue;
        };
        let place = check_row(grader, truth, biography, row, at, &mut pass_of);
        view.insert(biography.number, place);
        if row.suspected {
            doubted.insert(biography.number);
        }
        grader.known.insert(biography.number);
    }
    for (clinic, of_clinic) in truth.clinics().iter().enumerate() {
        for day in truth.open_days(at) {
            check_neglect(grader, truth, log, (clinic, day), at);
            let Some(pass) = pass_of((clinic, day)) else {
                continue;
            };
            let declared = incomplete.contains(&(of_clinic.out_pov_id.as_str().to_owned(), day));
            for (biography, _) in truth.rows_at(clinic, day, at) {
                let number = biography.number;
                let doubt = doubted.contains(&number);
                let absent = !view.contains_key(&number);
                let stood =
                    (absent || doubt) && stood_throughout(truth, biography, day, pass.begun_at, at);
                let missing = absent && stood;
                if doubt && stood && grader.doubted_now.insert(number) {
                    grader.false_doubts += 1;
                } else if !doubt {
                    grader.doubted_now.remove(&number);
                }
                if missing && declared {
                    grader.rows_unknown += 1;
                } else if missing {
                    miss(grader, biography, (clinic, day), pass, at);
                } else {
                    forget(grader, biography, FindingKind::Missed);
                }
            }
        }
    }
    for (number, _) in std::mem::take(&mut grader.view) {
        let biography = truth.biographies().get(number as usize);
        if let Some(biography) = biography.filter(|_| !view.contains_key(&number))
            && let Some(cancelled_at) = biography.cancelled_at.filter(|then| *then <= at)
        {
            grader.lateness.gone(biography, cancelled_at, at);
        }
    }
    grader.view = view;
}

/// A list that is to be polled, and that nobody has asked for in the last hour.
fn check_neglect(
    grader: &mut Grader,
    truth: &Truth,
    log: &CallLog,
    list: (usize, Day),
    at: UnixMillis,
) {
    let since = at.plus_millis(-NEGLECT_MS);
    let asked = log.of_list(list.0, list.1).next_back();
    let opened_at = truth.opened_at(list.1);
    if opened_at > since || asked.is_some_and(|call| call.at >= since) {
        grader.neglected_now.remove(&list);
    } else if grader.neglected_now.insert(list) {
        grader.neglected += 1;
    }
}

fn never_existed(row: &ViewRow, at: UnixMillis) -> Example {
    Example {
        row: None,
        id: row.id.clone(),
        list: None,
        since: at,
        at,
        what: "no appointment ever had this id",
    }
}

/// Checks one row of the view; the place of the state that it shows.
fn check_row(
    grader: &mut Grader,
    truth: &Truth,
    biography: &Biography,
    row: &ViewRow,
    at: UnixMillis,
    pass_of: &mut impl FnMut((usize, Day)) -> Option<Pass>,
) -> Option<usize> {
    let since = grader.shown.get(&biography.number).copied();
    let verdict = match_states(truth, biography, row, since, at);
    match verdict {
        Ok(place) => {
            forget(grader, biography, FindingKind::WrongField);
            grader.lateness.shown(truth, biography, place, at);
            let left_at = end_of(biography, place);
            let day = biography.states[place].day;
            // Every list of the POV must have been read whole since: the row might have moved.
            let patient_until = left_at
                .plus_millis(PHANTOM_PATIENCE_MS)
                .plus_millis(tolerance_ms(truth));
            let gone = leaves(biography, place)
                && truth.scenario().server.order != Order::Unstable
                && at > patient_until
                && truth.open_days(at).all(|day| {
                    pass_of((biography.clinic, day))
                        .is_some_and(|pass| pass.begun_at > patient_until)
                });
            if gone && row.suspected {
                // Not claimed, and given up to nobody: a brake waits for a person.
                if grader.doubted_after_leaving.insert(biography.number) {
                    grader.findings.add_limit("doubted-until-decided");
                }
            } else if gone
                && grader
                    .wrong_now
                    .insert((biography.number, FindingKind::Phantom))
            {
                grader.findings.add(FindingKind::Phantom, || Example {
                    row: Some(biography.number),
                    id: row.id.clone(),
                    list: Some((biography.clinic, day)),
                    since: left_at,
                    at,
                    what: "it left its list long ago",
                });
            }
            Some(place)
        }
        // What a client doubts it does not claim.
        Err(_) if row.suspected => None,
        Err(field) => {
            if grader
                .wrong_now
                .insert((biography.number, FindingKind::WrongField))
            {
                *grader.findings.wrong_fields.entry(field).or_default() += 1;
                grader.findings.add(FindingKind::WrongField, || Example {
                    row: Some(biography.number),
                    id: row.id.clone(),
                    list: biography.last_state_place_at(at).and_then(|place| {
                        Some((biography.clinic, biography.states.get(place)?.day))
                    }),
                    since: since.unwrap_or(truth.begins_at()),
                    at,
                    what: field,
                });
            }
            None
        }
    }
}

/// The latest state that a row shows, of those that held since it was last shown; or the field in
/// which it differs from the state that holds now.
pub(super) fn match_states(
    truth: &Truth,
    biography: &Biography,
    row: &ViewRow,
    since: Option<UnixMillis>,
    at: UnixMillis,
) -> Result<usize, Fault> {
    let last = biography.last_state_place_at(at).ok_or("appointment_id")?;
    let tolerance_ms = tolerance_ms(truth);
    let held_since = |place: usize| {
        let end = end_of(biography, place).plus_millis(tolerance_ms);
        since.is_none_or(|since| end >= since)
    };
    let places = (0..=last).rev().take_while(|place| held_since(*place));
    let mut fault = None;
    for place in places {
        match difference(truth, biography, &biography.states[place], row) {
            None => return Ok(place),
            Some(field) => {
                fault.get_or_insert(field);
            }
        }
    }
    Err(fault.unwrap_or("appointment_time"))
}

/// When a state ceased to hold; never, for the last one of a live row.
pub(super) fn end_of(biography: &Biography, place: usize) -> UnixMillis {
    let next = biography.states.get(place + 1).map(|state| state.from);
    next.or(biography.cancelled_at)
        .unwrap_or(UnixMillis(i64::MAX))
}

/// Whether a row left its list when a state ended.
fn leaves(biography: &Biography, place: usize) -> bool {
    let day = biography.states[place].day;
    match biography.states.get(place + 1) {
        Some(next) => next.day != day,
        None => !biography.is_live(),
    }
}

/// How long after the truth the server may show something else: because cancelled rows linger, or
/// its copies are behind. No client can tell.
pub(super) fn tolerance_ms(truth: &Truth) -> i64 {
    let scenario = truth.scenario();
    let linger = match scenario.server.cancelled_rows {
        CancelledRows::Linger => i64::from(scenario.server.linger_seconds),
        CancelledRows::Gone => 0,
    };
    let stale = scenario
        .faults
        .iter()
        .filter(|rule| rule.what == FaultKind::Stale)
        .map(|rule| i64::from(rule.seconds));
    stale.max().unwrap_or(0).max(linger) * 1_000
}

/// Whether a row says nothing that a state of its appointment does not.
pub(super) fn shows(truth: &Truth, biography: &Biography, state: &State, row: &ViewRow) -> bool {
    difference(truth, biography, state, row).is_none()
}

/// The first field in which a row differs from a state, of those that it has.
fn difference(truth: &Truth, biography: &Biography, state: &State, row: &ViewRow) -> Option<Fault> {
    let clinic = truth.clinics()[biography.clinic].out_pov_id.as_str();
    let name_is = |name: &str| match name.contains('*') {
        true => name == state.name.masked(),
        false => name == state.name.as_str(),
    };
    let differs = [
        (
            "out_pov_id",
            row.pov.as_deref().is_some_and(|pov| pov != clinic),
        ),
        (
            "appointment_time",
            row.day.is_some_and(|day| day != state.day),
        ),
        (
            "appointment_period",
            row.period.is_some_and(|period| period != state.period),
        ),
        (
            "pick_code",
            row.pick_code
                .as_deref()
                .is_some_and(|code| code != state.pick_code.as_str()),
        ),
        (
            "pick_status",
            row.pick_status
                .is_some_and(|status: PickStatus| status != state.pick_status),
        ),
        (
            "name",
            row.name.as_deref().is_some_and(|name| !name_is(name)),
        ),
    ];
    differs
        .into_iter()
        .find(|(_, differs)| *differs)
        .map(|(field, _)| field)
}

/// Whether a row stood on a list from one instant to another without changing its place in it.
fn stood_throughout(
    truth: &Truth,
    biography: &Biography,
    day: Day,
    from: UnixMillis,
    to: UnixMillis,
) -> bool {
    let Some(first) = biography.state_place_at(from) else {
        return false;
    };
    let order = truth.scenario().server.order;
    let moves = |change: StateChange| match (order, change) {
        (_, StateChange::Booked | StateChange::Moved) => true,
        (Order::Append | Order::Newest | Order::Unstable, _) => false,
        (Order::Period, change) => change == StateChange::Shifted,
        (Order::Status, change) => change != StateChange::Corrected,
    };
    let states = &biography.states[first..];
    let until_then = states.iter().take_while(|state| state.from <= to);
    let stayed = until_then
        .enumerate()
        .all(|(place, state)| state.day == day && (place == 0 || !moves(state.change)));
    stayed
        && biography
            .cancelled_at
            .is_none_or(|cancelled| cancelled > to)
}

fn miss(
    grader: &mut Grader,
    biography: &Biography,
    list: (usize, Day),
    pass: Pass,
    at: UnixMillis,
) {
    if !grader
        .wrong_now
        .insert((biography.number, FindingKind::Missed))
    {
        return;
    }
    let (kind, what) = match grader.known.contains(&biography.number) {
        true => (
            FindingKind::FalseCancel,
            "it was given up although it stood there",
        ),
        false => (
            FindingKind::Missed,
            "it stood there during the whole reading",
        ),
    };
    grader.findings.add(kind, || Example {
        row: Some(biography.number),
        id: biography.id.as_str().to_owned(),
        list: Some(list),
        since: pass.begun_at,
        at,
        what,
    });
}

fn forget(grader: &mut Grader, biography: &Biography, kind: FindingKind) {
    grader.wrong_now.remove(&(biography.number, kind));
}
