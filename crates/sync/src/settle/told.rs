//! Which changes lead from what was known of an appointment to what is shown.

use povline_domain::{Appointment, Change, ChangeKind, ChangedFields, PickStatus, UnixMillis};
use povline_store::ledger::{RowState, Settlement, TrackedRow};

/// Tells the changes from the known state to the shown one, and returns the version it has then.
///
/// `booked`, `restored` and `rescheduled` carry every field but the pick status with them, so
/// `changed` is told only of a row that stayed where it was. A different pick status is told last,
/// by `picked` or `unpicked`, so that the number it speaks of is already the new one; only
/// `booked`, which has nothing before it, carries it itself.
pub(super) fn changes(
    known: Option<&TrackedRow>,
    shown: &Appointment,
    shown_at: UnixMillis,
    settlement: &mut Settlement,
) -> u32 {
    let Some(known) = known else {
        settlement.changes.push(Change {
            kind: ChangeKind::Booked,
            appointment_id: shown.appointment_id.clone(),
            version: 1,
            before: None,
            after: Some(shown.clone()),
            observed_at: shown_at,
        });
        return 1;
    };

    let fields = ChangedFields::between(&known.appointment, shown);
    let kind = if known.state == RowState::Cancelled {
        Some(ChangeKind::Restored)
    } else if fields.place_or_day {
        Some(ChangeKind::Rescheduled)
    } else if fields.any_detail() {
        Some(ChangeKind::Changed)
    } else {
        None
    };
    let pick = fields.pick_status.then_some(match shown.pick_status {
        PickStatus::Picked => ChangeKind::Picked,
        PickStatus::NotPicked => ChangeKind::Unpicked,
    });

    let mut version = known.version;
    let mut step = |kind, before: &Appointment, after: &Appointment| {
        version += 1;
        settlement.changes.push(Change {
            kind,
            appointment_id: shown.appointment_id.clone(),
            version,
            before: Some(before.clone()),
            after: Some(after.clone()),
            observed_at: shown_at,
        });
    };
    match (kind, pick) {
        (None, None) => {}
        (Some(kind), None) | (None, Some(kind)) => step(kind, &known.appointment, shown),
        (Some(kind), Some(pick)) => {
            let between = Appointment {
                pick_status: known.appointment.pick_status,
                ..shown.clone()
            };
            step(kind, &known.appointment, &between);
            step(pick, &between, shown);
        }
    }
    version
}
