//! What happens in a benchmark's world, generated once: every policy replays the same events.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::clinic::{Clinic, SLOTS, Ways};
use super::draw;
use super::scenario::PlanScenario;

/// What happens to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It appears.
    Book,
    /// It vanishes.
    Leave,
    /// Its number is taken.
    Pick,
}

/// One change of one list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When, in milliseconds since the world began.
    pub at: u32,
    /// Which row, unique within the POV.
    pub row: u32,
    /// What.
    pub kind: Kind,
}

/// A world of a scenario and a seed: its truth and what happens in it.
#[derive(Debug)]
pub struct BenchWorld {
    pub(super) ways: Ways,
    pub(super) clinics: Vec<Clinic>,
    /// Dates from the world's first day to the last that can be booked before it ends.
    pub(super) dates: usize,
    /// The events of each list, by POV and date, in order of time.
    events: Vec<Event>,
    begins: Vec<usize>,
    /// Rows that each list has when the world begins.
    pub(super) rows_before: Vec<u32>,
}

const SLOT_MILLIS: f64 = 900_000.0;
const DAY_MILLIS: f64 = 86_400_000.0;

impl BenchWorld {
    /// The world that this scenario and seed make.
    #[must_use]
    pub fn generate(scenario: &PlanScenario, seed: u64) -> Self {
        let ways = Ways::new(scenario);
        // The flush may reach into one day more.
        let dates = scenario.full_days() + scenario.days + 1;
        let mut world = Self {
            clinics: Vec::with_capacity(scenario.povs),
            dates,
            events: Vec::new(),
            begins: vec![0],
            rows_before: Vec::with_capacity(scenario.povs * dates),
            ways,
        };
        for pov in 0..scenario.povs {
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            chance.set_stream(pov as u64 + 1);
            world.add_clinic(&mut chance);
        }
        world
    }

    fn add_clinic(&mut self, chance: &mut ChaCha8Rng) {
        let clinic = self.ways.clinic(chance, self.dates);
        let lives = Lives {
            ways: &self.ways,
            clinic: &clinic,
            days: self.ways.scenario.full_days() as i32 + 1,
            by_date: vec![Vec::new(); self.dates],
            rows_before: vec![0; self.dates],
            rows: 0,
        };
        let lives = lives.live(chance);
        for mut events in lives.by_date {
            events.sort_unstable();
            self.events.extend(events);
            self.begins.push(self.events.len());
        }
        self.rows_before.extend(lives.rows_before);
        self.clinics.push(clinic);
    }

    /// The events of a list, in order of time.
    pub(super) fn events(&self, list: usize) -> &[Event] {
        &self.events[self.begins[list]..self.begins[list + 1]]
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.events.len()
    }

    /// Whether nothing happens at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Every event, by POV, date (counted from the world's first day) and time.
    pub fn each(&self) -> impl Iterator<Item = (usize, usize, Event)> + '_ {
        (0..self.begins.len() - 1).flat_map(move |list| {
            let (pov, date) = (list / self.dates, list % self.dates);
            self.events(list)
                .iter()
                .map(move |event| (pov, date, *event))
        })
    }

    pub(super) fn lists(&self) -> usize {
        self.clinics.len() * self.dates
    }
}

/// The rows of one clinic.
struct Lives<'a> {
    ways: &'a Ways,
    clinic: &'a Clinic,
    /// Days after which nothing is looked at.
    days: i32,
    by_date: Vec<Vec<Event>>,
    rows_before: Vec<u32>,
    rows: u32,
}

impl Lives<'_> {
    fn live(mut self, chance: &mut ChaCha8Rng) -> Self {
        for date in 0..self.by_date.len() {
            let opened = date as i32 - self.ways.scenario.days as i32 + 1;
            for day in opened..=(date as i32).min(self.days - 1) {
                for slot in 0..SLOTS {
                    let mean = self.ways.bookings(self.clinic, date, day, slot);
                    for _ in 0..draw::count(chance, mean) {
                        let at =
                            (f64::from(day) * SLOTS as f64 + slot as f64 + chance.random::<f64>())
                                * SLOT_MILLIS;
                        let row = self.rows;
                        self.rows += 1;
                        self.row(chance, date, at, row);
                    }
                }
            }
        }
        self
    }

    /// One row's life, from when it appears in the list of a date.
    fn row(&mut self, chance: &mut ChaCha8Rng, date: usize, born: f64, row: u32) {
        let leaves = self.leaves_at(chance, date, born);
        let picked = self.picked_at(chance, date, born);
        if born < 0.0 {
            // A row that left before the world began was never there as far as anybody knows.
            if leaves.is_some_and(|at| at < 0.0) {
                return;
            }
            self.rows_before[date] += 1;
        } else {
            self.happen(date, born, row, Kind::Book);
        }
        match (leaves, picked) {
            (Some(leaves), picked) if picked.is_none_or(|picked| leaves < picked) => {
                self.happen(date, leaves, row, Kind::Leave);
                self.perhaps_move(chance, date, leaves, row);
            }
            (_, Some(picked)) => self.happen(date, picked, row, Kind::Pick),
            _ => {}
        }
    }

    /// Some of those who leave a date come on another one.
    fn perhaps_move(&mut self, chance: &mut ChaCha8Rng, date: usize, at: f64, row: u32) {
        let scenario = &self.ways.scenario;
        let moved = scenario.clinics.moved_a_day / self.clinic.leave_a_day;
        if chance.random::<f64>() >= moved {
            return;
        }
        let today = (at / DAY_MILLIS).floor();
        let to = today as usize + chance.random_range(1..scenario.days);
        let is_open = |date: usize| {
            self.clinic
                .dates
                .get(date)
                .is_some_and(|date| date.opens_at * 3_600_000.0 <= at)
        };
        if to != date && is_open(to) {
            self.row(chance, to, at + 1_000.0, row);
        }
    }

    fn happen(&mut self, date: usize, at: f64, row: u32, kind: Kind) {
        if at >= 0.0 && at < f64::from(self.days) * DAY_MILLIS {
            let at = at as u32;
            self.by_date[date].push(Event { at, row, kind });
        }
    }

    /// When a row leaves, if it does before its day is over.
    fn leaves_at(&self, chance: &mut ChaCha8Rng, date: usize, born: f64) -> Option<f64> {
        let mut patience = draw::waiting(chance) / self.clinic.leave_a_day;
        let mut slot = (born / SLOT_MILLIS).floor();
        let mut from = born / SLOT_MILLIS - slot;
        let end = (date + 1) as f64 * SLOTS as f64;
        // Whole days are passed over at once: a clock sums to 1.
        let whole = (patience.floor() - 1.0).max(0.0);
        slot += whole * SLOTS as f64;
        patience -= whole;
        while slot < end {
            let part = self.clinic.leave[(slot as i64).rem_euclid(SLOTS as i64) as usize];
            let here = part * (1.0 - from);
            if patience < here {
                return Some((slot + from + patience / part) * SLOT_MILLIS);
            }
            patience -= here;
            from = 0.0;
            slot += 1.0;
        }
        None
    }

    /// When a row's number is taken, if it is.
    fn picked_at(&self, chance: &mut ChaCha8Rng, date: usize, born: f64) -> Option<f64> {
        let mut patience = draw::waiting(chance);
        let begins = date as f64 * DAY_MILLIS;
        let born = (born.max(begins) - begins) / SLOT_MILLIS;
        let first = born.floor() as usize;
        for slot in first..SLOTS {
            let hazard = self.ways.pick(self.clinic, date as i32, slot);
            let from = if slot == first {
                born - born.floor()
            } else {
                0.0
            };
            let here = hazard * (1.0 - from);
            if patience < here {
                return Some(begins + (slot as f64 + from + patience / hazard) * SLOT_MILLIS);
            }
            patience -= here;
        }
        None
    }
}
