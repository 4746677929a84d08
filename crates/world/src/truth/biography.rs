//! What became of one appointment.

use povline_domain::{AppointmentId, Day, Name, Period, PickCode, PickStatus, UnixMillis};

/// The number of an appointment, in the order in which they were booked.
pub type RowNumber = u32;

/// How an appointment stood from some instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// From when on.
    pub from: UnixMillis,
    /// What made it so.
    pub change: StateChange,
    /// The booked day.
    pub day: Day,
    /// The booked period.
    pub period: Period,
    /// The pick code.
    pub pick_code: PickCode,
    /// Whether the number was taken.
    pub pick_status: PickStatus,
    /// The vaccinee's name.
    pub name: Name,
}

impl State {
    /// Whether pages show both alike.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.day == other.day
            && self.period == other.period
            && self.pick_code == other.pick_code
            && self.pick_status == other.pick_status
            && self.name == other.name
    }
}

/// What leads to a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StateChange {
    /// It was booked.
    Booked,
    /// It was moved to another day.
    Moved,
    /// It was moved to another period of its day.
    Shifted,
    /// Its name was corrected.
    Corrected,
    /// Its number was taken.
    Picked,
    /// Its number was given back.
    Unpicked,
}

impl StateChange {
    /// The change's word in logs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Booked => "booked",
            Self::Moved => "moved",
            Self::Shifted => "shifted",
            Self::Corrected => "corrected",
            Self::Picked => "picked",
            Self::Unpicked => "unpicked",
        }
    }
}

/// One appointment from its booking on.
#[derive(Debug, Clone)]
pub struct Biography {
    /// Its number, from 0.
    pub number: RowNumber,
    /// Its id.
    pub id: AppointmentId,
    /// At which clinic.
    pub clinic: usize,
    /// How it stood, oldest first; never empty.
    pub states: Vec<State>,
    /// When it was cancelled.
    pub cancelled_at: Option<UnixMillis>,
}

impl Biography {
    /// The place of the state that holds at an instant; `None` before the booking and from the
    /// cancellation on.
    #[must_use]
    pub fn state_place_at(&self, at: UnixMillis) -> Option<usize> {
        if self.cancelled_at.is_some_and(|cancelled| cancelled <= at) {
            return None;
        }
        self.last_state_place_at(at)
    }

    /// The same, but of a cancelled one the last state.
    #[must_use]
    pub fn last_state_place_at(&self, at: UnixMillis) -> Option<usize> {
        self.states
            .partition_point(|state| state.from <= at)
            .checked_sub(1)
    }

    /// The state that holds at an instant.
    #[must_use]
    pub fn state_at(&self, at: UnixMillis) -> Option<&State> {
        self.states.get(self.state_place_at(at)?)
    }

    /// The state that holds now, of a cancelled one the last.
    pub(crate) fn last(&self) -> Option<&State> {
        self.states.last()
    }

    /// Whether it is live.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.cancelled_at.is_none()
    }
}
