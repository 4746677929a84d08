//! The copy and the server held against each other, by digests and row by row.

use std::collections::HashMap;

use povline_domain::{Appointment, AppointmentId};
use povline_protocol::list_digest::ListDigest;
use povline_store::ledger::{RowState, TrackedRow};

/// A row in which the copy and the server differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The server shows it, the copy has it not, or only in doubt.
    MissingHere(Appointment),
    /// The copy has it, the server does not show it.
    MissingThere(Appointment),
    /// Both have it, and not the same.
    Differs {
        /// As the copy has it.
        here: Appointment,
        /// As the server shows it.
        there: Appointment,
    },
}

impl Difference {
    /// The appointment's id.
    #[must_use]
    pub fn appointment_id(&self) -> &AppointmentId {
        match self {
            Self::MissingHere(row) | Self::MissingThere(row) | Self::Differs { there: row, .. } => {
                &row.appointment_id
            }
        }
    }
}

/// The digest of a list as the copy keeps it: that of its live rows, made as the platform makes its
/// own. A row in doubt is not among them, because where nothing differs the server does not show it.
#[must_use]
pub fn digest(kept: &[TrackedRow]) -> String {
    let mut digest = ListDigest::new();
    for row in kept.iter().filter(|row| row.state == RowState::Live) {
        let Appointment {
            appointment_id,
            period,
            pick_code,
            pick_status,
            name,
            ..
        } = &row.appointment;
        digest.push(
            appointment_id.as_str(),
            *period,
            pick_code.as_str(),
            *pick_status,
            name.as_str(),
        );
    }
    digest.finish()
}

/// What differs between the rows of a list as the copy keeps them and as the server shows them, by
/// appointment id. Only a list that was read whole (`complete`) says that a row is missing there. A
/// row in doubt that the server does not show either is no difference: it is being settled.
#[must_use]
pub fn differences(kept: &[TrackedRow], shown: &[Appointment], complete: bool) -> Vec<Difference> {
    let mut here: HashMap<&AppointmentId, &TrackedRow> = kept
        .iter()
        .map(|row| (&row.appointment.appointment_id, row))
        .collect();
    let mut differences = Vec::new();
    for there in shown {
        match here.remove(&there.appointment_id) {
            Some(row) if row.state == RowState::Live && row.appointment == *there => {}
            Some(row) if row.state == RowState::Live => differences.push(Difference::Differs {
                here: row.appointment.clone(),
                there: there.clone(),
            }),
            _ => differences.push(Difference::MissingHere(there.clone())),
        }
    }
    let left = here.into_values().filter(|row| row.state == RowState::Live);
    if complete {
        differences.extend(left.map(|row| Difference::MissingThere(row.appointment.clone())));
    }
    differences.sort_by(|one, other| one.appointment_id().cmp(other.appointment_id()));
    differences
}
