//! One event after another against the truth.

use povline_domain::UnixMillis;

use super::example::Example;
use super::finding::FindingKind;
use super::grader::Grader;
use super::rows::{match_states, shows, tolerance_ms};
use super::view::{ViewEvent, ViewRow};
use crate::faults::FaultKind;
use crate::server::CallLog;
use crate::truth::{Biography, State, StateChange, Truth};

/// A page older than this cannot be told from the present by a client that confirms an absence
/// after a minute.
const STALE_LIMIT_S: i32 = 60;

/// In so long everybody reads every list and looks at it twice.
const SWEEP_MS: i64 = 10 * 60_000;

pub(super) fn take(
    grader: &mut Grader,
    truth: &Truth,
    log: &CallLog,
    event: &ViewEvent,
    at: UnixMillis,
) {
    grader.rows_checked += 1;
    let Some(biography) = truth.biography(&event.row.id) else {
        grader.findings.add(FindingKind::Phantom, || Example {
            row: None,
            id: event.row.id.clone(),
            list: None,
            since: at,
            at,
            what: "no appointment ever had this id",
        });
        return;
    };
    match event.cancelled {
        true => cancelled(grader, truth, log, biography, at),
        false => shown(grader, truth, event, biography, at),
    }
}

fn cancelled(
    grader: &mut Grader,
    truth: &Truth,
    log: &CallLog,
    biography: &Biography,
    at: UnixMillis,
) {
    let since = grader.shown.get(&biography.number).copied();
    grader.view.remove(&biography.number);
    if let Some(cancelled_at) = biography.cancelled_at.filter(|then| *then <= at) {
        grader.lateness.gone(biography, cancelled_at, at);
        return;
    }
    let told = grader.lateness.states_of(biography.number);
    if let Some(limit) = limit(truth, log, biography, (since, told), at) {
        grader.findings.add_limit(limit);
        return;
    }
    let day = biography.state_at(at).map(|state| state.day);
    grader.findings.add(FindingKind::FalseCancel, || Example {
        row: Some(biography.number),
        id: biography.id.as_str().to_owned(),
        list: day.map(|day| (biography.clinic, day)),
        since: since.unwrap_or(truth.begins_at()),
        at,
        what: "an event says cancelled of an appointment that is live",
    });
}

/// Why no client could know that a live appointment is one, if that is so. A page last showed it at
/// `since`, and `told` of its states were told.
fn limit(
    truth: &Truth,
    log: &CallLog,
    biography: &Biography,
    (since, told): (Option<UnixMillis>, usize),
    at: UnixMillis,
) -> Option<&'static str> {
    let since = since.unwrap_or(truth.begins_at());
    let day = biography.state_at(at)?.day;
    if !truth.open_days(at).any(|open| open == day) {
        return Some("beyond-the-horizon");
    }
    // Since a page last showed it; or, as pages of a list that is still being read may have shown it
    // already, within one sweep since the client last told where it stands.
    let moves_among = |states: &[State], since: UnixMillis| {
        let moved = states.iter().filter(|state| {
            state.change == StateChange::Moved && since < state.from && state.from <= at
        });
        moved.count()
    };
    let untold = biography.states.get(told..).unwrap_or_default();
    if moves_among(&biography.states, since) >= 2
        || moves_among(untold, at.plus_millis(-SWEEP_MS)) >= 2
    {
        return Some("moved-twice");
    }
    let rules = &truth.scenario().faults;
    let stale = log
        .of_list(biography.clinic, day)
        .rev()
        .take_while(|call| call.answered_at >= since)
        .flat_map(|call| &call.rules)
        .filter_map(|place| rules.get(*place))
        .any(|rule| rule.what == FaultKind::Stale && rule.seconds >= STALE_LIMIT_S);
    stale.then_some("stale-server")
}

fn shown(
    grader: &mut Grader,
    truth: &Truth,
    event: &ViewEvent,
    biography: &Biography,
    at: UnixMillis,
) {
    grader.known.insert(biography.number);
    // An event may be told long after its page, so what it shows need only be no older than what
    // was told before.
    let told = grader.lateness.states_of(biography.number);
    match match_states(truth, biography, &event.row, None, at) {
        Ok(latest) => match first_from(truth, biography, &event.row, told, latest) {
            Some(place) => {
                grader.view.insert(biography.number, Some(place));
                grader.lateness.shown(truth, biography, place, at);
            }
            // A copy that is behind may show it after a fresher one did.
            None if may_be_shown_now(grader, truth, event, biography, at) => {
                grader.view.insert(biography.number, Some(latest));
            }
            None => wrong(grader, truth, event, biography, at, "an older state"),
        },
        Err(field) => wrong(grader, truth, event, biography, at, field),
    }
}

/// The first state that an event shows, of those that are no older than what was told before. A row
/// may go back to what it was: taken for the later state of the two, the one between them would
/// seem to be told too late.
fn first_from(
    truth: &Truth,
    biography: &Biography,
    row: &ViewRow,
    told: usize,
    latest: usize,
) -> Option<usize> {
    (told.saturating_sub(1)..=latest)
        .find(|place| shows(truth, biography, &biography.states[*place], row))
}

/// Whether the server, as far behind as it may be, could still show what an event shows.
fn may_be_shown_now(
    grader: &Grader,
    truth: &Truth,
    event: &ViewEvent,
    biography: &Biography,
    at: UnixMillis,
) -> bool {
    let since = grader.shown.get(&biography.number).copied();
    tolerance_ms(truth) > 0 && match_states(truth, biography, &event.row, since, at).is_ok()
}

fn wrong(
    grader: &mut Grader,
    truth: &Truth,
    event: &ViewEvent,
    biography: &Biography,
    at: UnixMillis,
    field: &'static str,
) {
    grader.view.insert(biography.number, None);
    *grader.findings.wrong_fields.entry(field).or_default() += 1;
    let since = grader.shown.get(&biography.number).copied();
    grader.findings.add(FindingKind::WrongField, || Example {
        row: Some(biography.number),
        id: event.row.id.clone(),
        list: biography
            .last_state_place_at(at)
            .and_then(|place| Some((biography.clinic, biography.states.get(place)?.day))),
        since: since.unwrap_or(truth.begins_at()),
        at,
        what: field,
    });
}
