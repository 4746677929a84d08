//! What happened to an appointment, as the agent tells it.

use std::fmt;
use std::str::FromStr;

use crate::{Appointment, AppointmentId, UnixMillis};

/// The kind of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ChangeKind {
    /// Seen for the first time.
    Booked,
    /// The number was taken.
    Picked,
    /// The number had been taken and no longer is.
    Unpicked,
    /// Another field changed on the same day: period, pick code, name.
    Changed,
    /// The same appointment stands under another day (or POV) now.
    Rescheduled,
    /// Proved absent: its own day and every other open day of the POV were read whole without it.
    Cancelled,
    /// Seen again after it had been reported cancelled.
    Restored,
}

impl ChangeKind {
    /// Every kind.
    pub const ALL: [Self; 7] = [
        Self::Booked,
        Self::Picked,
        Self::Unpicked,
        Self::Changed,
        Self::Rescheduled,
        Self::Cancelled,
        Self::Restored,
    ];

    /// The kind's word in events and files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Picked => "picked",
            Self::Unpicked => "unpicked",
            Self::Changed => "changed",
            Self::Rescheduled => "rescheduled",
            Self::Cancelled => "cancelled",
            Self::Restored => "restored",
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for ChangeKind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.word() == word)
            .ok_or(())
    }
}

/// Which fields differ between two observations of one appointment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangedFields {
    /// The POV or the day.
    pub place_or_day: bool,
    /// The period.
    pub period: bool,
    /// The pick code.
    pub pick_code: bool,
    /// The pick status.
    pub pick_status: bool,
    /// The name.
    pub name: bool,
}

impl ChangedFields {
    /// The fields in which two observations differ.
    #[must_use]
    pub fn between(before: &Appointment, after: &Appointment) -> Self {
        Self {
            place_or_day: before.out_pov_id != after.out_pov_id || before.day != after.day,
            period: before.period != after.period,
            pick_code: before.pick_code != after.pick_code,
            pick_status: before.pick_status != after.pick_status,
            name: before.name != after.name,
        }
    }

    /// Whether anything differs.
    #[must_use]
    pub fn any(self) -> bool {
        self != Self::default()
    }

    /// Whether a field differs that no other kind of change speaks of.
    #[must_use]
    pub fn any_detail(self) -> bool {
        self.period || self.pick_code || self.name
    }
}

/// One change of one appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What happened.
    pub kind: ChangeKind,
    /// To which appointment.
    pub appointment_id: AppointmentId,
    /// Counts the changes of this appointment, from 1, without gaps.
    pub version: u32,
    /// As it was known before; `None` if it was not.
    pub before: Option<Appointment>,
    /// As it is known now; `None` once cancelled.
    pub after: Option<Appointment>,
    /// When the page was requested that showed it (or, for a cancellation, when the first page of
    /// the confirming scan was).
    pub observed_at: UnixMillis,
}
