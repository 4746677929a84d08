//! What happens in one minute of all clinics.

use povline_domain::{Day, PickStatus, UnixMillis};

use super::deeds::{Deed, What};
use super::{MINUTE_MS, Truth};
use crate::faults::covers;
use crate::scenarios::{Closure, Release, Storm, TimeOfDay};

/// People book, cancel and move while they are awake.
const DAYLIGHT: std::ops::Range<i64> = 7 * 60..22 * 60;

/// Within how many minutes a day that is opened is booked as full as it will be.
const OPENING_MINUTES: u32 = 10;

impl Truth {
    /// Makes the next minute: draws what happens in it, and puts it in order.
    pub(super) fn make_minute(&mut self) {
        let minute = self.next_minute;
        let today = Day::at(minute);
        let of_day = minute.millis_since(today.begins_at()).div_euclid(MINUTE_MS);
        let mut deeds = Vec::new();
        if self.scenario.script.is_empty() {
            if DAYLIGHT.contains(&of_day) {
                self.ordinary_minute(minute, &mut deeds);
            }
            self.openings(minute, of_day, &mut deeds);
            self.releases(minute, &mut deeds);
            self.storms(minute, &mut deeds);
            self.closures(minute, &mut deeds);
        }
        self.next_minute = minute.plus_millis(MINUTE_MS);
        let planned = self.later.remove(&minute.0.div_euclid(MINUTE_MS));
        deeds.extend(planned.into_iter().flatten());
        // Stable: deeds of one millisecond stay in the order in which they were drawn.
        deeds.sort_by_key(|deed| deed.at);
        self.queue.extend(deeds);
    }

    fn ordinary_minute(&mut self, minute: UnixMillis, deeds: &mut Vec<Deed>) {
        let booking = &self.scenario.booking;
        let rates = [
            (booking.books_per_hour, What::Book(0)),
            (booking.cancels_per_hour, What::Cancel),
            (booking.moves_per_hour, What::Move),
            (booking.shifts_per_hour, What::Shift),
            (booking.corrections_per_hour, What::Correct),
        ];
        let days = u64::from(self.scenario.days);
        let today = self.day_place(Day::at(minute)).unwrap_or(0);
        for clinic in 0..self.clinics.len() {
            let rows = u64::from(self.clinics[clinic].rows_per_day);
            for (per_hour, what) in rates {
                // Thousandths of the rows in an hour, as millionths in a minute.
                let times = self.chance.times(rows * u64::from(per_hour) * 1_000 / 60);
                for _ in 0..times {
                    let what = match what {
                        What::Book(_) => {
                            let ahead = self.chance.below(days).min(self.chance.below(days));
                            What::Book(today + ahead as usize)
                        }
                        other => other,
                    };
                    let at = self.instant_in(minute);
                    deeds.push(Deed { at, clinic, what });
                }
            }
        }
    }

    /// The last polled day is opened once a day; the days that the world began with are.
    fn openings(&mut self, minute: UnixMillis, of_day: i64, deeds: &mut Vec<Deed>) {
        let opens_at = i64::from(self.scenario.booking.opens_at.minute());
        let today = self.day_place(Day::at(minute)).unwrap_or(0);
        let since = of_day - opens_at;
        if today == 0 || !(0..i64::from(OPENING_MINUTES)).contains(&since) {
            return;
        }
        let ahead = usize::from(self.scenario.days) - 1;
        for clinic in 0..self.clinics.len() {
            let rows = self.rows_of_opened_day(clinic, ahead) * 1_000_000;
            let times = self.chance.times(rows / u64::from(OPENING_MINUTES));
            for _ in 0..times {
                let at = self.instant_in(minute);
                let what = What::Book(today + ahead);
                deeds.push(Deed { at, clinic, what });
            }
        }
    }

    /// Most come in the first minutes of a release.
    fn releases(&mut self, minute: UnixMillis, deeds: &mut Vec<Deed>) {
        let now = self.scenario.releases.clone();
        for release in &now {
            if !self.is(minute, release.on_day, release.at) {
                continue;
            }
            let Release {
                within_minutes,
                days_ahead,
                rows_percent,
                ..
            } = release;
            let today = self.day_place(Day::at(minute)).unwrap_or(0);
            for clinic in 0..self.clinics.len() {
                let rows = u64::from(self.clinics[clinic].rows_per_day) * u64::from(*rows_percent);
                for ahead in days_ahead {
                    for _ in 0..rows / 100 {
                        let what = What::Book(today + usize::from(*ahead));
                        let at = self.soon(minute, *within_minutes);
                        self.put(deeds, Deed { at, clinic, what });
                    }
                }
            }
        }
    }

    fn storms(&mut self, minute: UnixMillis, deeds: &mut Vec<Deed>) {
        let now = self.scenario.storms.clone();
        for storm in &now {
            if !self.is(minute, storm.on_day, storm.at) {
                continue;
            }
            let Storm {
                pov,
                minutes,
                moves,
                same_day_percent,
                ..
            } = storm;
            for clinic in self.clinics_of(pov) {
                for _ in 0..*moves {
                    let what = match self.chance.percent(*same_day_percent) {
                        true => What::Shift,
                        false => What::Move,
                    };
                    let millis = u64::from(*minutes) * MINUTE_MS as u64;
                    let at = minute.plus_millis(self.chance.below(millis) as i64);
                    self.put(deeds, Deed { at, clinic, what });
                }
            }
        }
    }

    fn closures(&mut self, minute: UnixMillis, deeds: &mut Vec<Deed>) {
        let now = self.scenario.closures.clone();
        for closure in &now {
            if !self.is(minute, closure.on_day, closure.at) {
                continue;
            }
            let Closure {
                pov,
                within_minutes,
                day_ahead,
                from,
                moved_percent,
                ..
            } = closure;
            let Some(today) = self.day_place(Day::at(minute)) else {
                continue;
            };
            let place = today + usize::from(*day_ahead);
            for clinic in self.clinics_of(pov) {
                for row in self.waiting_from(clinic, place, from.minute()) {
                    let moved = self.chance.percent(*moved_percent);
                    let at = self.soon(minute, *within_minutes);
                    let what = What::Close(row, moved);
                    self.put(deeds, Deed { at, clinic, what });
                }
            }
        }
    }

    /// Who waits on a day in a period that begins at this minute or later, oldest booking first.
    fn waiting_from(&self, clinic: usize, day: usize, minute: u16) -> Vec<u32> {
        let waiting = self.lists[clinic]
            .get(day)
            .map(|list| list.waiting.as_slice());
        let mut rows: Vec<u32> = waiting
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|row| {
                let state = self.rows[*row as usize].last();
                state.is_some_and(|state| {
                    state.period.begin_minute() >= minute
                        && state.pick_status == PickStatus::NotPicked
                })
            })
            .collect();
        rows.sort_unstable();
        rows
    }

    /// Whether this minute is this time of the run's day.
    fn is(&self, minute: UnixMillis, on_day: u16, at: TimeOfDay) -> bool {
        let day = self.scenario.first_day.plus_days(i32::from(on_day));
        let millis = i64::from(at.minute()) * MINUTE_MS;
        day.is_ok_and(|day| day.begins_at().plus_millis(millis) == minute)
    }

    fn clinics_of(&self, pattern: &str) -> Vec<usize> {
        let meant = |place: &usize| covers(pattern, self.clinics[*place].out_pov_id.as_str());
        (0..self.clinics.len()).filter(meant).collect()
    }

    fn instant_in(&mut self, minute: UnixMillis) -> UnixMillis {
        minute.plus_millis(self.chance.below(MINUTE_MS as u64) as i64)
    }

    /// An instant within so many minutes, an early one rather than a late one.
    fn soon(&mut self, minute: UnixMillis, minutes: u32) -> UnixMillis {
        let millis = u64::from(minutes) * MINUTE_MS as u64;
        let early = (0..3).map(|_| self.chance.below(millis)).min();
        minute.plus_millis(early.unwrap_or(0) as i64)
    }

    /// Puts a deed where it belongs: into this minute, or aside for a later one.
    fn put(&mut self, deeds: &mut Vec<Deed>, deed: Deed) {
        if deed.at < self.next_minute.plus_millis(MINUTE_MS) {
            deeds.push(deed);
        } else {
            let minute = deed.at.0.div_euclid(MINUTE_MS);
            self.later.entry(minute).or_default().push(deed);
        }
    }
}
