//! What a row that is not shown means: vanished, confirmed, cancelled.

use std::collections::HashSet;

use povline_domain::{AppointmentId, Change, ChangeKind, Day, UnixMillis};
use povline_store::ledger::{
    DayView, Observation, Observed, RowState, RowWrite, Settlement, Suspect, TrackedRow,
};

use super::held::{holds_back, is_held};
use super::{SettlePolicy, last_shown};

/// The live rows that a scan of their day does not show.
#[derive(Default)]
pub(super) struct Vanished {
    /// Those that it proves to have been missing.
    pub(super) suspects: Vec<RowWrite>,
    /// Whether there are others, which a page has shown since the scan began.
    pub(super) some_left: bool,
}

/// Which of the unshown rows of this day a scan proves to have vanished: the live ones, if it is
/// complete and began after each was last shown. A row shown since may have come after the page
/// on which it would stand, so it is left.
pub(super) fn vanished<'a>(
    observation: &Observation,
    unshown: impl Iterator<Item = &'a TrackedRow>,
    view: &DayView,
) -> Vanished {
    let mut vanished = Vanished::default();
    let certificate = &observation.certificate;
    let (true, Some(begun_at)) = (certificate.is_complete(), certificate.begun_at()) else {
        return vanished;
    };
    for row in unshown.filter(|row| row.state == RowState::Live) {
        if last_shown(row.seen, view.standing.as_deref()) < begun_at {
            let id = row.appointment.appointment_id.clone();
            vanished.suspects.push(RowWrite::Suspect(id, begun_at));
        } else {
            vanished.some_left = true;
        }
    }
    vanished
}

/// Confirms the suspects of this day, and cancels those of the whole POV whose proof is complete
/// with this scan, which read its day whole from `begun_at` on.
pub(super) fn prove(
    policy: &SettlePolicy,
    observation: &Observation,
    begun_at: UnixMillis,
    view: &DayView,
    settlement: &mut Settlement,
) {
    if view.suspects.is_empty() {
        return;
    }
    let shown = shown_ids(observation);
    let own_day_counts = !is_held(&view.brake, settlement.brake);
    for (suspect, row) in &view.suspects {
        // Shown here, on however old a page: not a row to give up.
        if shown.contains(&suspect.appointment_id) {
            continue;
        }
        let own_day = suspect.day == observation.day;
        let waited = begun_at > suspect.vanished_at
            && begun_at.millis_since(suspect.vanished_at) >= policy.confirm_after_ms;
        let is_held_back = holds_back(suspect, observation, view, settlement);
        let confirmed_at = match suspect.confirmed_at {
            Some(instant) => instant,
            // A scan that denies more than people cancel confirms nothing.
            None if own_day && waited && !is_held_back => {
                let id = suspect.appointment_id.clone();
                settlement.rows.push(RowWrite::Confirm(id, begun_at));
                begun_at
            }
            None => continue,
        };
        let mut others = places(observation, view).filter(|day| *day != suspect.day);
        let counts_from = policy.elsewhere_from(suspect, confirmed_at);
        let read_since = |day: Day| {
            read_whole_at(day, observation, own_day_counts.then_some(begun_at), view)
                >= Some(counts_from)
        };
        let is_there_unread = view.unread.contains(&suspect.appointment_id);
        if others.all(read_since) && !is_there_unread && !is_held_back {
            match moved_to(suspect, view) {
                Some(there) => leave(row, there, settlement),
                None => cancel(row, confirmed_at, settlement),
            }
        }
    }
}

/// The days on which a row of the POV may stand: those that the run reads, and those to come that an
/// earlier run has read, though this one may leave them out.
fn places<'a>(observation: &'a Observation, view: &'a DayView) -> impl Iterator<Item = Day> + 'a {
    let today = Day::at(observation.tried_at);
    let known = view.checks.iter().map(|check| check.day);
    let to_come = known.filter(move |day| *day >= today);
    observation.open_days.iter().copied().chain(to_come)
}

/// When the last complete scan of a day began, this one of its own day included. A day that is held
/// denies rows, so that it shows none of a row's having moved there: it does not count.
fn read_whole_at(
    day: Day,
    observation: &Observation,
    begun_at: Option<UnixMillis>,
    view: &DayView,
) -> Option<UnixMillis> {
    if day == observation.day {
        // If it is not held, its earlier scans count as well as this one.
        let earlier = view.checks.iter().find(|check| check.day == day);
        return begun_at.max(begun_at.and(earlier.map(|check| check.begun_at)));
    }
    let check = view.checks.iter().find(|check| check.day == day)?;
    (!check.held).then_some(check.begun_at)
}

fn shown_ids(observation: &Observation) -> HashSet<&AppointmentId> {
    match &observation.observed {
        // The rows of the standing certificate: none of them is a suspect.
        Observed::Unchanged => HashSet::new(),
        Observed::Rows(rows) => {
            let unread = observation.unread.iter();
            let unread = unread.filter_map(|row| row.appointment_id.as_ref());
            let read = rows.iter().map(|row| &row.appointment.appointment_id);
            read.chain(unread).collect()
        }
    }
}

/// Where a suspect is live at another POV, if it was shown there since it was last shown here.
fn moved_to<'a>(suspect: &Suspect, view: &'a DayView) -> Option<&'a TrackedRow> {
    view.moved.iter().find(|there| {
        there.appointment.appointment_id == suspect.appointment_id
            && last_shown(there.seen, None) > suspect.last_shown
    })
}

/// A suspect has left the POV for another one, which has told of it already.
fn leave(row: &TrackedRow, there: &TrackedRow, settlement: &mut Settlement) {
    let id = &row.appointment.appointment_id;
    let version = row.version + 1;
    settlement.rows.push(RowWrite::Leave(id.clone(), version));
    settlement.changes.push(Change {
        kind: ChangeKind::Rescheduled,
        appointment_id: id.clone(),
        version,
        before: Some(row.appointment.clone()),
        after: Some(there.appointment.clone()),
        observed_at: last_shown(there.seen, None),
    });
}

fn cancel(row: &TrackedRow, confirmed_at: UnixMillis, settlement: &mut Settlement) {
    let id = &row.appointment.appointment_id;
    let version = row.version + 1;
    settlement.rows.push(RowWrite::Cancel(id.clone(), version));
    settlement.changes.push(Change {
        kind: ChangeKind::Cancelled,
        appointment_id: id.clone(),
        version,
        before: Some(row.appointment.clone()),
        after: None,
        observed_at: confirmed_at,
    });
}
