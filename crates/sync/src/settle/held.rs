//! What a complete scan does to the brakes, and which cancellations they hold back.

use povline_domain::UnixMillis;
use povline_store::ledger::{
    Brake, BrakeStep, DayView, LOSS_WINDOW_MS, Observation, RowState, RowWrite, Settlement, Suspect,
};

use super::SettlePolicy;
use crate::brake::{self, Found};

/// Judges both brakes by what the settlement is about to write.
pub(super) fn judge(
    policy: &SettlePolicy,
    observation: &Observation,
    begun_at: UnixMillis,
    view: &DayView,
    settlement: &mut Settlement,
) {
    let is_suspect = |write: &&RowWrite| matches!(write, RowWrite::Suspect(..));
    let vanished = settlement.rows.iter().filter(is_suspect).count() as u64;
    let nothing_held = view.brake.hold.is_none() && view.fleet.hold.is_none();
    if vanished == 0 && nothing_held {
        return;
    }
    let returned = |brake: &Brake, own_day_only: bool| {
        let from = brake
            .hold
            .map_or(begun_at.plus_millis(-LOSS_WINDOW_MS), |hold| {
                hold.counted_from
            });
        let counts = |suspect: &&Suspect| {
            let here = !own_day_only || suspect.day == observation.day;
            here && !suspect.accepted && suspect.vanished_at >= from
        };
        let back = shown_suspects(view, settlement).filter(counts);
        back.count() as u64
    };
    let live = view.rows.iter().filter(|row| row.state == RowState::Live);
    let of_day = Found {
        begun_at,
        live_before: live.count() as u64,
        vanished,
        returned: returned(&view.brake, true),
    };
    let of_fleet = Found {
        live_before: view.fleet_live,
        returned: returned(&view.fleet, false),
        ..of_day
    };
    let step = |brake, found| brake::judge(&policy.brake, brake, found, policy.confirm_after_ms);
    settlement.brake = step(&view.brake, of_day);
    let fleet = step(&view.fleet, of_fleet);
    settlement.fleet = fleet.filter(|step| match step {
        // Where single lists explain the loss, holding those is enough.
        BrakeStep::Hold(hold) => {
            let lost_on_held = lost_on_held(view, settlement);
            hold.lost.saturating_sub(lost_on_held) > policy.brake.lost_rows_max
        }
        BrakeStep::Keep(_) | BrakeStep::Lift => true,
    });
}

/// The suspects of the POV that the settlement puts back.
fn shown_suspects<'a>(
    view: &'a DayView,
    settlement: &'a Settlement,
) -> impl Iterator<Item = &'a Suspect> {
    let back = settlement.rows.iter().filter_map(|write| match write {
        RowWrite::Put(row) => Some(&row.appointment.appointment_id),
        _ => None,
    });
    back.filter_map(|id| {
        let place = view
            .suspects
            .binary_search_by(|(suspect, _)| suspect.appointment_id.cmp(id));
        place.ok().map(|index| &view.suspects[index].0)
    })
}

/// How many of the fleet's lost rows are lost on lists that are held, after this scan.
fn lost_on_held(view: &DayView, settlement: &Settlement) -> u64 {
    let before = view.brake.hold.map_or(0, |hold| hold.lost);
    let after = match settlement.brake {
        Some(BrakeStep::Hold(hold) | BrakeStep::Keep(hold)) => hold.lost,
        Some(BrakeStep::Lift) => 0,
        None => before,
    };
    (view.lost_on_held + after).saturating_sub(before)
}

/// Whether a suspect must not be told as cancelled now.
pub(super) fn holds_back(
    suspect: &Suspect,
    observation: &Observation,
    view: &DayView,
    settlement: &Settlement,
) -> bool {
    let own_day_is_held = if suspect.day == observation.day {
        is_held(&view.brake, settlement.brake)
    } else {
        suspect.held
    };
    !suspect.accepted && (own_day_is_held || is_held(&view.fleet, settlement.fleet))
}

/// Whether a brake is on after this scan.
pub(super) fn is_held(brake: &Brake, step: Option<BrakeStep>) -> bool {
    match step {
        Some(BrakeStep::Hold(_) | BrakeStep::Keep(_)) => true,
        Some(BrakeStep::Lift) => false,
        None => brake.hold.is_some(),
    }
}
