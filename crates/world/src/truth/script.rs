//! A truth that follows a script instead of chance.

use povline_domain::{AppointmentId, Day, PickStatus};

use super::Truth;
use super::biography::{Biography, RowNumber, State, StateChange};
use super::deeds::{Deed, What};
use crate::scenarios::{ScriptLine, ScriptRow};

impl Truth {
    /// Lets happen what the script says of before the beginning, and plans the rest.
    pub(super) fn rehearse(&mut self) {
        let begins_at = self.begins_at;
        for place in 0..self.scenario.script.len() {
            let line = &self.scenario.script[place];
            let Ok(number) = u32::try_from(place) else {
                return;
            };
            let deed = Deed {
                at: begins_at.plus_millis(line.at_ms),
                clinic: line.stands.as_ref().map_or(0, |row| row.clinic),
                what: What::Script(number),
            };
            match line.at_ms < 0 {
                true => {
                    self.follow(number);
                }
                false => self.schedule(deed),
            }
        }
    }

    /// Does what a line of the script says; the day that it changed.
    pub(super) fn follow(&mut self, line: u32) -> Option<Day> {
        let ScriptLine { number, stands, .. } = self.scenario.script.get(line as usize)?.clone();
        match (stands, self.scripted.get(number as usize).copied()) {
            (None, Some(number)) => self.take_away(number),
            (None, None) => None,
            (Some(row), None) => self.put_in(row),
            (Some(row), Some(number)) => self.change_to(number, row),
        }
    }

    fn take_away(&mut self, number: RowNumber) -> Option<Day> {
        let biography = self.live(number)?;
        let (clinic, day) = (biography.clinic, biography.last()?.day);
        let now = self.now;
        self.list_mut(clinic, day)?.leave(number, now);
        self.rows[number as usize].cancelled_at = Some(now);
        Some(day)
    }

    fn put_in(&mut self, row: ScriptRow) -> Option<Day> {
        let (now, clinic, day) = (self.now, row.clinic, row.day);
        let number = RowNumber::try_from(self.rows.len()).ok()?;
        self.scripted.push(number);
        self.list_mut(clinic, day)?.join(number, now);
        self.rows.push(Biography {
            number,
            id: AppointmentId::new(format!("A{:012}", u64::from(number) + 1)).ok()?,
            clinic,
            states: vec![self.state(StateChange::Booked, row)],
            cancelled_at: None,
        });
        Some(day)
    }

    fn change_to(&mut self, number: RowNumber, row: ScriptRow) -> Option<Day> {
        let biography = self.live(number)?;
        let last = biography.last()?;
        let (now, clinic, from, to) = (self.now, biography.clinic, last.day, row.day);
        let change = if to != from {
            StateChange::Moved
        } else if last.pick_status != row.pick_status {
            match row.pick_status {
                PickStatus::Picked => StateChange::Picked,
                PickStatus::NotPicked => StateChange::Unpicked,
            }
        } else if last.period != row.period {
            StateChange::Shifted
        } else {
            StateChange::Corrected
        };
        if to != from {
            self.list_mut(clinic, from)?.leave(number, now);
            self.list_mut(clinic, to)?.join(number, now);
            self.touched.push((clinic, to));
        }
        let state = self.state(change, row);
        self.rows[number as usize].states.push(state);
        Some(from)
    }

    /// Somebody may have meddled by hand.
    fn live(&self, number: RowNumber) -> Option<&Biography> {
        self.rows
            .get(number as usize)
            .filter(|biography| biography.is_live())
    }

    fn state(&self, change: StateChange, row: ScriptRow) -> State {
        State {
            from: self.now,
            change,
            day: row.day,
            period: row.period,
            pick_code: row.pick_code,
            pick_status: row.pick_status,
            name: row.name,
        }
    }
}
