//! The truth: every appointment that there is or was, what became of it and when.
//!
//! Given a scenario the truth is a function of time alone. It is made minute by minute, all chance
//! drawn from one stream in one order, in whole numbers; so the same seed makes the same truth,
//! byte for byte, on any machine, and it does not matter in how many steps the time was advanced
//! or who read meanwhile. Nothing is ever forgotten, so that a grader may ask how things stood at
//! any instant.

mod biography;
mod book;
mod chance;
mod change_log;
mod clinic;
mod deeds;
mod intervention;
mod list;
mod minute;
mod parts;
mod script;
mod start;

pub use biography::{Biography, RowNumber, State, StateChange};
pub use book::TruthBook;
pub(crate) use book::pov_of;
pub use chance::Chance;
pub use clinic::Clinic;
pub use intervention::Intervention;

use std::collections::{BTreeMap, VecDeque};

use povline_domain::{Appointment, Day, OutPovId, UnixMillis};

use crate::scenarios::ScenarioFile;
use deeds::Deed;
use list::List;

/// Milliseconds of a minute.
pub(crate) const MINUTE_MS: i64 = 60_000;

/// A world's truth, up to some instant.
#[derive(Debug)]
pub struct Truth {
    scenario: ScenarioFile,
    chance: Chance,
    clinics: Vec<Clinic>,
    rows: Vec<Biography>,
    /// By clinic and by days since the first day.
    lists: Vec<Vec<List>>,
    now: UnixMillis,
    begins_at: UnixMillis,
    ends_at: UnixMillis,
    /// The minute that is made next.
    next_minute: UnixMillis,
    /// What is yet to happen in the minute that was made last, in order.
    queue: VecDeque<Deed>,
    /// What is to happen in later minutes.
    later: BTreeMap<i64, Vec<Deed>>,
    /// Every POV-day that changed, in order.
    touched: Vec<(usize, Day)>,
    changes: u64,
    interventions: Vec<(UnixMillis, Intervention)>,
    /// By the script's number of an appointment: its row.
    scripted: Vec<RowNumber>,
}

impl Truth {
    /// The instant up to which everything has happened.
    #[must_use]
    pub fn now(&self) -> UnixMillis {
        self.now
    }

    /// When the world began.
    #[must_use]
    pub fn begins_at(&self) -> UnixMillis {
        self.begins_at
    }

    /// When the last change can happen.
    #[must_use]
    pub fn ends_at(&self) -> UnixMillis {
        self.ends_at
    }

    /// The scenario that it follows.
    #[must_use]
    pub fn scenario(&self) -> &ScenarioFile {
        &self.scenario
    }

    /// The clinics.
    #[must_use]
    pub fn clinics(&self) -> &[Clinic] {
        &self.clinics
    }

    /// The place of the clinic with this code.
    #[must_use]
    pub fn clinic_of(&self, pov: &OutPovId) -> Option<usize> {
        let place = pov.as_str().parse::<usize>().ok()?.checked_sub(1)?;
        (self.clinics.get(place)?.out_pov_id == *pov).then_some(place)
    }

    /// How much has changed since the world began.
    #[must_use]
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Every appointment that there is or was.
    #[must_use]
    pub fn biographies(&self) -> &[Biography] {
        &self.rows
    }

    /// What became of an appointment; `None` if there never was one of this id.
    #[must_use]
    pub fn biography(&self, id: &str) -> Option<&Biography> {
        let row = id
            .strip_prefix('A')?
            .parse::<usize>()
            .ok()?
            .checked_sub(1)?;
        let biography = self.rows.get(row)?;
        (biography.id.as_str() == id).then_some(biography)
    }

    /// The days that a client is expected to poll at this instant.
    pub fn open_days(&self, at: UnixMillis) -> impl Iterator<Item = Day> + use<> {
        let today = Day::at(at);
        (0..i32::from(self.scenario.days)).filter_map(move |ahead| today.plus_days(ahead).ok())
    }

    /// When a day became one of those that are polled.
    #[must_use]
    pub fn opened_at(&self, day: Day) -> UnixMillis {
        let ahead = i32::from(self.scenario.days) - 1;
        let first = day.plus_days(-ahead).unwrap_or(Day::MIN);
        self.begins_at.max(first.begins_at())
    }

    /// The rows of a list at an instant that is not in the future, in append order.
    pub fn rows_at(
        &self,
        clinic: usize,
        day: Day,
        at: UnixMillis,
    ) -> impl Iterator<Item = (&Biography, &State)> {
        self.list(clinic, day)
            .into_iter()
            .flat_map(move |list| list.at(at))
            .filter_map(move |row| {
                let biography = &self.rows[row as usize];
                Some((biography, biography.state_at(at)?))
            })
    }

    /// The rows that were cancelled while they stood on a list, between two instants.
    pub(crate) fn cancelled_on(
        &self,
        clinic: usize,
        day: Day,
        after: UnixMillis,
        until: UnixMillis,
    ) -> impl Iterator<Item = (&Biography, &State)> {
        self.list(clinic, day)
            .into_iter()
            .flat_map(move |list| list.left_between(after, until))
            .map(|row| &self.rows[row as usize])
            .filter(move |biography| {
                biography
                    .cancelled_at
                    .is_some_and(|at| after < at && at <= until)
            })
            .filter_map(|biography| Some((biography, biography.states.last()?)))
    }

    /// A row as a page shows it.
    #[must_use]
    pub fn shown(&self, biography: &Biography, state: &State) -> Appointment {
        Appointment {
            appointment_id: biography.id.clone(),
            out_pov_id: self.clinics[biography.clinic].out_pov_id.clone(),
            day: state.day,
            period: state.period,
            pick_code: state.pick_code.clone(),
            pick_status: state.pick_status,
            name: state.name.clone(),
        }
    }

    /// The POV-days that changed since so many of them had, and how many there are now.
    #[must_use]
    pub fn touched_since(&self, count: usize) -> (&[(usize, Day)], usize) {
        let new = self.touched.get(count..).unwrap_or_default();
        (new, self.touched.len())
    }

    fn list(&self, clinic: usize, day: Day) -> Option<&List> {
        self.lists.get(clinic)?.get(self.day_place(day)?)
    }

    fn day_place(&self, day: Day) -> Option<usize> {
        usize::try_from(day.number() - self.scenario.first_day.number()).ok()
    }
}
