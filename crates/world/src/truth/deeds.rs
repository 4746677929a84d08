//! What people do, one deed at a time.

use povline_domain::{AppointmentId, Day, PickStatus, UnixMillis};

use super::biography::{Biography, RowNumber, State, StateChange};
use super::{MINUTE_MS, Truth};
use crate::names;

/// Something that happens at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Deed {
    pub(super) at: UnixMillis,
    pub(super) clinic: usize,
    pub(super) what: What,
}

/// What happens. Which row it concerns is drawn when it happens, where it does not say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Somebody books the day so many days after the first.
    Book(usize),
    Cancel,
    /// Somebody moves to another day.
    Move,
    /// Somebody moves to another period.
    Shift,
    Correct,
    /// This one takes its number, if it still is in the state of this place.
    Pick(RowNumber, u16),
    /// This one gives it back.
    Unpick(RowNumber, u16),
    /// This one's clinic closes.
    Close(RowNumber, bool),
    /// What stands in this line of the script.
    Script(u32),
}

impl Truth {
    /// Lets it happen. What cannot be (nobody is left to cancel) does not.
    pub(super) fn happen(&mut self, deed: Deed) {
        self.now = self.now.max(deed.at);
        let clinic = deed.clinic;
        let happened = match deed.what {
            What::Book(day) => self.book(clinic, day),
            What::Cancel => self.some_waiting(clinic).and_then(|row| self.cancel(row)),
            What::Move => self
                .some_waiting(clinic)
                .and_then(|row| self.move_to_some_day(row)),
            What::Shift => self.some_waiting(clinic).and_then(|row| self.shift(row)),
            What::Correct => self.some_waiting(clinic).and_then(|row| self.correct(row)),
            What::Pick(row, place) => self.pick(row, place),
            What::Unpick(row, place) => self.unpick(row, place),
            What::Close(row, moved) => self.close(row, moved),
            What::Script(line) => self.follow(line),
        };
        if let Some(day) = happened {
            self.changes += 1;
            self.touched.push((clinic, day));
        }
    }

    /// Books somebody new.
    pub(super) fn book(&mut self, clinic: usize, day_place: usize) -> Option<Day> {
        let row = RowNumber::try_from(self.rows.len()).ok()?;
        let day = self.day_of_place(day_place)?;
        let period = self.clinics[clinic].period(&mut self.chance)?;
        let list = self.lists[clinic].get_mut(day_place)?;
        let state = State {
            from: self.now,
            change: StateChange::Booked,
            day,
            period,
            pick_code: list.pick_code(&mut self.chance)?,
            pick_status: PickStatus::NotPicked,
            name: names::name(&mut self.chance.0)?,
        };
        list.join(row, self.now);
        self.rows.push(Biography {
            number: row,
            id: AppointmentId::new(format!("A{:012}", self.rows.len() + 1)).ok()?,
            clinic,
            states: vec![state],
            cancelled_at: None,
        });
        self.expect_arrival(row);
        Some(day)
    }

    pub(super) fn cancel(&mut self, row: RowNumber) -> Option<Day> {
        let (clinic, day) = self.place_of(row)?;
        let now = self.now;
        self.list_mut(clinic, day)?.leave(row, now);
        self.rows[row as usize].cancelled_at = Some(self.now);
        Some(day)
    }

    fn move_to_some_day(&mut self, row: RowNumber) -> Option<Day> {
        let (_, from) = self.place_of(row)?;
        let today = self.day_place(Day::at(self.now))?;
        let days = u64::from(self.scenario.days);
        let beyond = self.chance.percent(self.scenario.booking.beyond_percent);
        let ahead = match beyond {
            true => days + self.chance.below(u64::from(self.scenario.days_beyond)),
            false => self.chance.below(days),
        };
        let to = self.day_of_place(today + ahead as usize)?;
        if to == from {
            return None;
        }
        self.move_to(row, to)
    }

    pub(super) fn move_to(&mut self, row: RowNumber, to: Day) -> Option<Day> {
        let (clinic, from) = self.place_of(row)?;
        let now = self.now;
        let to_place = self.day_place(to)?;
        let period = self.clinics[clinic].period(&mut self.chance)?;
        let pick_code = self.lists[clinic]
            .get_mut(to_place)?
            .pick_code(&mut self.chance)?;
        self.list_mut(clinic, from)?.leave(row, now);
        self.lists[clinic][to_place].join(row, now);
        self.enter(row, StateChange::Moved, |state| {
            state.day = to;
            state.period = period;
            state.pick_code = pick_code;
        });
        self.touched.push((clinic, to));
        self.expect_arrival(row);
        Some(from)
    }

    fn shift(&mut self, row: RowNumber) -> Option<Day> {
        let (clinic, day) = self.place_of(row)?;
        let period = self.clinics[clinic].period(&mut self.chance)?;
        if self.rows[row as usize].last()?.period == period {
            return None;
        }
        self.enter(row, StateChange::Shifted, |state| state.period = period);
        self.expect_arrival(row);
        Some(day)
    }

    fn correct(&mut self, row: RowNumber) -> Option<Day> {
        let (_, day) = self.place_of(row)?;
        let name = names::name(&mut self.chance.0)?;
        self.enter(row, StateChange::Corrected, |state| state.name = name);
        self.expect_arrival(row);
        Some(day)
    }

    pub(super) fn pick(&mut self, row: RowNumber, place: u16) -> Option<Day> {
        let (clinic, day) = self.place_of_waiting(row, place)?;
        self.list_mut(clinic, day)?.stop_waiting(row);
        self.enter(row, StateChange::Picked, |state| {
            state.pick_status = PickStatus::Picked;
        });
        let permille = u64::from(self.scenario.booking.unpicks_permille);
        if self.chance.below(1_000) < permille {
            let minutes = 2 + self.chance.below(8);
            self.later(clinic, minutes, What::Unpick(row, place + 1));
        }
        Some(day)
    }

    fn unpick(&mut self, row: RowNumber, place: u16) -> Option<Day> {
        let biography = &self.rows[row as usize];
        let unchanged = biography.is_live() && biography.states.len() == usize::from(place) + 1;
        let (clinic, day) = (biography.clinic, biography.last()?.day);
        if !unchanged {
            return None;
        }
        self.list_mut(clinic, day)?.waiting.push(row);
        self.enter(row, StateChange::Unpicked, |state| {
            state.pick_status = PickStatus::NotPicked;
        });
        let minutes = 2 + self.chance.below(8);
        self.later(clinic, minutes, What::Pick(row, place + 1));
        Some(day)
    }

    fn close(&mut self, row: RowNumber, moved: bool) -> Option<Day> {
        self.place_of(row)?;
        match moved {
            true => {
                let (_, day) = self.place_of(row)?;
                let days = u64::from(self.scenario.days).max(2);
                let ahead = 1 + self.chance.below(days - 1);
                self.move_to(row, day.plus_days(ahead as i32).ok()?)
            }
            false => self.cancel(row),
        }
    }

    fn enter(&mut self, row: RowNumber, change: StateChange, how: impl FnOnce(&mut State)) {
        let now = self.now;
        let biography = &mut self.rows[row as usize];
        if let Some(last) = biography.states.last() {
            let mut state = State {
                from: now,
                change,
                ..last.clone()
            };
            how(&mut state);
            biography.states.push(state);
        }
    }

    /// People take their number around their period: from twenty minutes before it on. Some never
    /// come.
    fn expect_arrival(&mut self, row: RowNumber) {
        let no_show = self.chance.percent(self.scenario.booking.no_show_percent);
        let biography = &self.rows[row as usize];
        let (clinic, place) = (biography.clinic, biography.states.len() - 1);
        let Some(state) = biography.last() else {
            return;
        };
        let (begin, end) = (
            i64::from(state.period.begin_minute()),
            i64::from(state.period.end_minute()),
        );
        let opens = state.day.begins_at().plus_millis((begin - 20) * MINUTE_MS);
        let length = u64::try_from((end - begin + 20) * MINUTE_MS).unwrap_or(0);
        let at = opens.plus_millis(self.chance.below(length) as i64);
        if no_show || at <= self.now {
            return;
        }
        if let Ok(place) = u16::try_from(place) {
            self.schedule(Deed {
                at,
                clinic,
                what: What::Pick(row, place),
            });
        }
    }

    fn later(&mut self, clinic: usize, minutes: u64, what: What) {
        let at = self.now.plus_millis(minutes as i64 * MINUTE_MS);
        self.schedule(Deed { at, clinic, what });
    }

    /// Plans a deed. One of the minute that is being lived is put off to the next, because that
    /// minute has been made.
    pub(super) fn schedule(&mut self, deed: Deed) {
        let at = deed.at.max(self.next_minute);
        let minute = at.0.div_euclid(MINUTE_MS);
        self.later
            .entry(minute)
            .or_default()
            .push(Deed { at, ..deed });
    }

    /// Somebody who waits on some day from today on, a near one rather than a far one.
    fn some_waiting(&mut self, clinic: usize) -> Option<RowNumber> {
        let today = self.day_place(Day::at(self.now))?;
        let days = u64::from(self.scenario.days);
        let ahead = self.chance.below(days).min(self.chance.below(days)) as usize;
        let waiting = &self.lists[clinic].get(today + ahead)?.waiting;
        let place = self.chance.place(waiting.len())?;
        waiting.get(place).copied()
    }

    /// Where a live row stands that has not been picked.
    fn place_of(&self, row: RowNumber) -> Option<(usize, Day)> {
        let biography = &self.rows[row as usize];
        let state = biography.last()?;
        (biography.is_live() && state.pick_status == PickStatus::NotPicked)
            .then_some((biography.clinic, state.day))
    }

    fn place_of_waiting(&self, row: RowNumber, place: u16) -> Option<(usize, Day)> {
        let unchanged = self.rows[row as usize].states.len() == usize::from(place) + 1;
        self.place_of(row).filter(|_| unchanged)
    }

    pub(super) fn list_mut(&mut self, clinic: usize, day: Day) -> Option<&mut super::List> {
        let place = self.day_place(day)?;
        self.lists.get_mut(clinic)?.get_mut(place)
    }

    pub(super) fn day_of_place(&self, place: usize) -> Option<Day> {
        let ahead = i32::try_from(place).ok()?;
        self.scenario.first_day.plus_days(ahead).ok()
    }
}
