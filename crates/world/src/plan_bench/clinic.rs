//! A clinic's true ways: how many rows it has, when people book, leave and take their numbers.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::draw;
use super::scenario::PlanScenario;

pub(super) const SLOTS: usize = 96;
const SLOT_HOURS: f64 = 0.25;

/// A date of a clinic.
#[derive(Debug, Clone)]
pub(super) struct DateTruth {
    /// How busy it is, 1 being ordinary.
    pub(super) level: f64,
    /// From when it can be booked, in hours since the world began; infinite if never.
    pub(super) opens_at: f64,
    /// It was closed and is opened after all.
    pub(super) woken: bool,
}

/// A clinic, as only the world knows it.
#[derive(Debug, Clone)]
pub(super) struct Clinic {
    size: f64,
    changed: bool,
    /// The part of a day's bookings that comes in each slot; sums to 1.
    book: [f64; SLOTS],
    walk_in: [f64; SLOTS],
    /// The part of the day's leaving that falls in each slot.
    pub(super) leave: [f64; SLOTS],
    /// Rows that leave in a day, of one.
    pub(super) leave_a_day: f64,
    /// The hazard of a pick in each slot.
    pick: [f64; SLOTS],
    pick_changed: [f64; SLOTS],
    pub(super) dates: Vec<DateTruth>,
    /// How busy each day of booking is, from the first on which any date could be booked.
    day_levels: Vec<f64>,
}

/// What all clinics have in common.
#[derive(Debug, Clone)]
pub(super) struct Ways {
    pub(super) scenario: PlanScenario,
    /// The part of a date's rows booked so many days ahead, but for the burst.
    shares: Vec<f64>,
}

impl Ways {
    pub(super) fn new(scenario: &PlanScenario) -> Self {
        let days = scenario.days;
        // Many book for tomorrow, then less and less far ahead, and some as soon as they can.
        let raw: Vec<f64> = (0..days)
            .map(|ahead| match ahead {
                0 => 0.10,
                1 => 0.18,
                ahead if ahead == days - 1 => 0.10,
                ahead => 0.14 * 0.88_f64.powi(ahead as i32 - 2),
            })
            .collect();
        let sum: f64 = raw.iter().sum();
        let rest = 1.0 - scenario.clinics.burst_part;
        Self {
            shares: raw.iter().map(|share| share / sum * rest).collect(),
            scenario: scenario.clone(),
        }
    }

    fn graded_day(&self) -> usize {
        self.scenario.warmup_days
    }

    /// Bookings expected of this clinic for the date `date` in this slot of `day`; days count from
    /// the world's first.
    pub(super) fn bookings(&self, clinic: &Clinic, date: usize, day: i32, slot: usize) -> f64 {
        let ahead = date as i32 - day;
        let days = self.scenario.days as i32;
        if !(0..days).contains(&ahead) {
            return 0.0;
        }
        let truth = &clinic.dates[date];
        let from = f64::from(day) * 24.0 + slot as f64 * SLOT_HOURS;
        let until = from + SLOT_HOURS;
        if until <= truth.opens_at {
            return 0.0;
        }
        let level =
            clinic.size * truth.level * clinic.day_levels[usize::try_from(day + days).unwrap_or(0)];
        let open = ((until - truth.opens_at) / SLOT_HOURS).min(1.0);
        let clock = match ahead {
            0 => clinic.walk_in[slot],
            _ => clinic.book[slot],
        };
        let clinics = &self.scenario.clinics;
        let mut rows = level * self.shares[ahead as usize] * clock * open;
        if ahead == days - 1 || truth.woken {
            let fades = clinics.burst_minutes / 60.0;
            rows += level * clinics.burst_part * faded(from, until, truth.opens_at, fades);
        }
        if let Some(release) = &self.scenario.release {
            rows *= 1.0 - release.part;
            if day == self.graded_day() as i32 && ahead > 0 && !truth.woken {
                let at = f64::from(day) * 24.0 + release.hour;
                let fades = release.minutes / 60.0;
                rows += level * release.part * faded(from, until, at, fades);
            }
        }
        if let Some(change) = self.change_of(clinic, day, slot) {
            if ahead > 0 {
                rows *= change.ahead_factor;
            } else if (from - f64::from(day) * 24.0) < change.until_hour {
                rows += change.walk_ins_an_hour * SLOT_HOURS;
            }
        }
        rows
    }

    /// The hazard of a pick in this slot: picks expected of one row that is not picked.
    pub(super) fn pick(&self, clinic: &Clinic, day: i32, slot: usize) -> f64 {
        match self.change_of(clinic, day, slot) {
            Some(_) => clinic.pick_changed[slot],
            None => clinic.pick[slot],
        }
    }

    fn change_of(
        &self,
        clinic: &Clinic,
        day: i32,
        slot: usize,
    ) -> Option<&super::scenario::Change> {
        let change = self.scenario.change.as_ref()?;
        let hour = slot as f64 * SLOT_HOURS;
        let graded = day == self.graded_day() as i32;
        (clinic.changed && graded && hour >= change.hour).then_some(change)
    }

    /// Whether this clinic is one of those that change.
    pub(super) fn is_changed(&self, clinic: &Clinic) -> bool {
        clinic.changed && self.scenario.change.is_some()
    }

    /// A clinic, with as many dates as the world has.
    pub(super) fn clinic(&self, chance: &mut ChaCha8Rng, dates: usize) -> Clinic {
        let scenario = &self.scenario;
        let clinics = &scenario.clinics;
        let kind: f64 = chance.random();
        let size = if kind < clinics.mass_part {
            draw::between_by_factor(chance, 5_000.0, 10_000.0)
        } else if kind < clinics.mass_part + clinics.busy_part {
            draw::between_by_factor(chance, 200.0, 600.0)
        } else {
            draw::between_by_factor(chance, 50.0, 200.0)
        };
        let release_hour = [0.0, 7.0, 8.0, 9.0][chance.random_range(0..4)];
        let afternoon = draw::between(chance, 0.25, 0.55);
        let shift = draw::normal(chance) * 0.2;
        let evening = draw::between(chance, 0.15, 0.45);
        let changed = scenario
            .change
            .as_ref()
            .is_some_and(|change| chance.random::<f64>() < change.part);
        let [least, most] = clinics.cancelled_a_day;
        let leave_a_day = draw::between(chance, least, most) + clinics.moved_a_day;
        let book = clock(|hour| booking(hour - shift, afternoon, evening));
        let (pick, pick_changed) = self.picks(afternoon, shift);
        let day_levels = (0..scenario.days + dates + 1)
            .map(|_| draw::level(chance, clinics.day_variation))
            .collect();
        let dates = (0..dates)
            .map(|date| self.date(chance, date, release_hour))
            .collect();
        Clinic {
            size,
            changed,
            book,
            walk_in: clock(|hour| walking_in(hour - shift, afternoon)),
            leave: book,
            leave_a_day,
            pick,
            pick_changed,
            dates,
            day_levels,
        }
    }

    fn date(&self, chance: &mut ChaCha8Rng, date: usize, release_hour: f64) -> DateTruth {
        let clinics = &self.scenario.clinics;
        let weekday = (self.scenario.first_weekday as usize + date) % 7;
        let closed_part = if weekday >= 5 {
            clinics.closed_weekends
        } else {
            clinics.closed_weekdays
        };
        let level = draw::level(chance, clinics.date_variation);
        let closed = chance.random::<f64>() < closed_part;
        let woken = closed && chance.random::<f64>() < clinics.woken_part;
        let days = self.scenario.days as f64;
        let released = (date as f64 - days + 1.0) * 24.0 + release_hour;
        // Some hour of the days on which it could have been booked, by daylight.
        let day = draw::between(chance, 1.0, days - 1.0).floor();
        let hour = draw::between(chance, 7.0, 21.0);
        let opens_at = match (closed, woken) {
            (false, _) => released,
            (true, true) => (date as f64 - day) * 24.0 + hour,
            (true, false) => f64::INFINITY,
        };
        DateTruth {
            level,
            opens_at,
            woken,
        }
    }

    /// Hazards of a pick by slot, on an ordinary day and at a clinic that stays open late.
    fn picks(&self, afternoon: f64, shift: f64) -> ([f64; SLOTS], [f64; SLOTS]) {
        let part = self.scenario.clinics.picked_part;
        let until = self
            .scenario
            .change
            .as_ref()
            .map_or(17.0, |change| change.until_hour);
        let density = clock(|hour| picking(hour - shift, afternoon));
        let mut hazard = [0.0; SLOTS];
        let mut late = [0.0; SLOTS];
        let mut picked = 0.0;
        for slot in 0..SLOTS {
            let now = part * density[slot];
            hazard[slot] = now / (1.0_f64 - picked).max(0.02);
            picked += now;
            let hour = (slot as f64 + 0.5) * SLOT_HOURS;
            late[slot] = if (12.0..until).contains(&hour) {
                hazard[slot].max(0.06)
            } else {
                hazard[slot]
            };
        }
        (hazard, late)
    }
}

/// The part of a burst that began at `at` and falls between two times.
fn faded(from: f64, until: f64, at: f64, fades: f64) -> f64 {
    let left = |time: f64| (-((time - at).max(0.0)) / fades).exp();
    if until <= at {
        0.0
    } else {
        left(from) - left(until)
    }
}

/// A density over the hours of a day as parts of slots that sum to 1.
fn clock(density: impl Fn(f64) -> f64) -> [f64; SLOTS] {
    let mut parts = [0.0; SLOTS];
    for (slot, part) in parts.iter_mut().enumerate() {
        *part = density((slot as f64 + 0.5) * SLOT_HOURS).max(0.0);
    }
    let sum: f64 = parts.iter().sum();
    parts.map(|part| part / sum)
}

fn hill(hour: f64, peak: f64, width: f64) -> f64 {
    (-((hour - peak) / width).powi(2) / 2.0).exp()
}

fn booking(hour: f64, afternoon: f64, evening: f64) -> f64 {
    0.02 + (1.0 - afternoon) * hill(hour, 9.5, 1.5)
        + afternoon * hill(hour, 15.0, 1.6)
        + evening * hill(hour, 20.5, 1.4)
}

fn walking_in(hour: f64, afternoon: f64) -> f64 {
    if !(6.5..17.0).contains(&hour) {
        return 0.0;
    }
    0.02 + (1.0 - afternoon) * hill(hour, 9.0, 1.2) + afternoon * hill(hour, 14.7, 1.0)
}

fn picking(hour: f64, afternoon: f64) -> f64 {
    let morning = if (8.0..11.5).contains(&hour) {
        0.35 + hill(hour, 9.7, 0.6)
    } else {
        0.0
    };
    let later = if (14.0..17.0).contains(&hour) {
        0.8
    } else {
        0.0
    };
    (1.0 - afternoon) * morning * 1.3 + afternoon * later
}
