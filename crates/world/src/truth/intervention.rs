//! Changes by hand: for who wants one exactly between two pages.

use povline_domain::{AppointmentId, Day, OutPovId, UnixMillis};

use super::Truth;
use super::biography::RowNumber;

/// A change by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intervention {
    /// Cancels an appointment.
    Cancel(String),
    /// Takes its number.
    Pick(String),
    /// Moves it to another day.
    Move(String, Day),
    /// Books somebody new at a POV.
    Book(String, Day),
}

impl Truth {
    /// Changes something now; the appointment that it concerned, or `None` if it cannot be done.
    /// A truth that was meddled with is no longer that of its seed alone: the run's record keeps
    /// what was done.
    pub fn intervene(&mut self, wanted: &Intervention) -> Option<AppointmentId> {
        let row_of = |truth: &Self, id: &str| Some(truth.biography(id)?.number);
        let (row, touched) = match wanted {
            Intervention::Cancel(id) => {
                let row = row_of(self, id)?;
                (row, self.cancel(row)?)
            }
            Intervention::Pick(id) => {
                let row = row_of(self, id)?;
                let place = self.rows[row as usize].states.len().checked_sub(1)?;
                (row, self.pick(row, u16::try_from(place).ok()?)?)
            }
            Intervention::Move(id, day) => {
                let row = row_of(self, id)?;
                (row, self.move_to(row, *day)?)
            }
            Intervention::Book(pov, day) => {
                let clinic = self.clinic_of(&OutPovId::new(pov.as_str()).ok()?)?;
                let row = RowNumber::try_from(self.rows.len()).ok()?;
                (row, self.book(clinic, self.day_place(*day)?)?)
            }
        };
        let biography = &self.rows[row as usize];
        let (clinic, id) = (biography.clinic, biography.id.clone());
        self.changes += 1;
        self.touched.push((clinic, touched));
        self.interventions.push((self.now, wanted.clone()));
        Some(id)
    }

    /// What was changed by hand, and when.
    #[must_use]
    pub fn interventions(&self) -> &[(UnixMillis, Intervention)] {
        &self.interventions
    }
}
