//! How a world begins, and how its time goes on.

use std::collections::{BTreeMap, VecDeque};

use povline_domain::{Day, UnixMillis};

use super::chance::Chance;
use super::clinic::Clinic;
use super::list::List;
use super::{MINUTE_MS, Truth};
use crate::scenarios::ScenarioFile;

impl Truth {
    /// A world at its beginning: booked as full as the scenario says, and nothing has happened
    /// yet.
    #[must_use]
    pub fn begin(scenario: &ScenarioFile) -> Self {
        let clinics = Clinic::all(scenario);
        let minutes = i64::from(scenario.begins_at.minute());
        let begins_at = scenario
            .first_day
            .begins_at()
            .plus_millis(minutes * MINUTE_MS);
        let ends_at = begins_at.plus_millis(i64::from(scenario.runs_minutes) * MINUTE_MS);
        let days_run = (Day::at(ends_at).number() - scenario.first_day.number()).unsigned_abs();
        let days =
            days_run as usize + usize::from(scenario.days) + usize::from(scenario.days_beyond);
        let mut truth = Self {
            chance: Chance::new(scenario.seed, 0),
            lists: vec![vec![List::default(); days + 1]; clinics.len()],
            clinics,
            rows: Vec::new(),
            // Bookings of long ago, so that their order is theirs and their instants are past.
            now: begins_at.plus_millis(-MINUTE_MS),
            begins_at,
            ends_at,
            next_minute: begins_at,
            queue: VecDeque::new(),
            later: BTreeMap::new(),
            touched: Vec::new(),
            changes: 0,
            interventions: Vec::new(),
            scripted: Vec::new(),
            scenario: scenario.clone(),
        };
        match scenario.script.is_empty() {
            true => truth.populate(),
            false => truth.rehearse(),
        }
        truth.touched.clear();
        truth.changes = 0;
        truth.now = begins_at;
        truth
    }

    fn populate(&mut self) {
        let days = usize::from(self.scenario.days) + usize::from(self.scenario.days_beyond);
        for clinic in 0..self.clinics.len() {
            for day in 0..days {
                let rows = self.rows_of_opened_day(clinic, day);
                for _ in 0..rows {
                    self.book(clinic, day);
                }
            }
        }
    }

    /// How many people book a day so far ahead before it is looked at for the first time.
    pub(super) fn rows_of_opened_day(&mut self, clinic: usize, ahead: usize) -> u64 {
        let percents = &self.scenario.booking.full_percent;
        let percent = percents
            .get(ahead)
            .or(percents.last())
            .copied()
            .unwrap_or(0);
        let expected = u64::from(self.clinics[clinic].rows_per_day) * u64::from(percent) / 100;
        expected + self.chance.below(expected / 10 + 1)
    }

    /// Lets everything happen that happens up to an instant. Earlier instants change nothing, and
    /// after the end of the scenario nothing happens any more.
    pub fn advance(&mut self, to: UnixMillis) {
        loop {
            let until = to.min(self.ends_at);
            while let Some(deed) = self.queue.front().filter(|deed| deed.at <= until) {
                let deed = *deed;
                self.queue.pop_front();
                self.happen(deed);
            }
            if !self.queue.is_empty()
                || self.next_minute > until
                || self.next_minute >= self.ends_at
            {
                break;
            }
            self.make_minute();
        }
        self.now = self.now.max(to);
    }
}
