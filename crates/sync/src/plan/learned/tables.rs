//! What all POVs share: rates by days ahead and slot of the day.

use super::super::clock::{DAY_SECONDS, LocalSeconds, SLOT_SECONDS, SLOTS};
use super::super::gamma::Gamma;

/// A table of one rate by slot, with what it is drawn to.
#[derive(Debug, Clone)]
pub(in super::super) struct Table {
    pub(in super::super) cells: Vec<Gamma>,
    prior: Vec<f64>,
    prior_exposure: f64,
    /// Rates, smoothed over neighbouring slots, kept up to date.
    rates: Vec<f64>,
}

impl Table {
    fn new(prior: Vec<f64>, prior_exposure: f64) -> Self {
        let mut table = Self {
            cells: vec![Gamma::default(); prior.len()],
            rates: prior.clone(),
            prior,
            prior_exposure,
        };
        table.refresh();
        table
    }

    fn add(&mut self, cell: usize, counts: f64, exposure: f64) {
        self.cells[cell].add(counts, exposure);
        let slot = cell % SLOTS;
        let row = cell - slot;
        for slot in slot.saturating_sub(1)..=(slot + 1).min(SLOTS - 1) {
            self.rates[row + slot] = self.smooth(row, slot);
        }
    }

    fn smooth(&self, row: usize, slot: usize) -> f64 {
        let raw =
            |slot: usize| self.cells[row + slot].rate(self.prior[row + slot], self.prior_exposure);
        let before = raw(slot.saturating_sub(1));
        let after = raw((slot + 1).min(SLOTS - 1));
        0.25 * before + 0.5 * raw(slot) + 0.25 * after
    }

    pub(in super::super) fn refresh(&mut self) {
        for cell in 0..self.rates.len() {
            let slot = cell % SLOTS;
            self.rates[cell] = self.smooth(cell - slot, slot);
        }
    }
}

/// The shared tables.
#[derive(Debug, Clone)]
pub(in super::super) struct Tables {
    pub(in super::super) book: Table,
    pub(in super::super) leave: Table,
    pub(in super::super) pick: Table,
}

impl Tables {
    pub(super) fn new(first_day: i32, horizon: usize, povs: usize, prior: f64) -> Self {
        let rows_of_a_day = 100.0;
        // One day's exposure of a cell, of which the prior is worth a part.
        let slots_of_povs = povs.max(1) as f64 * rows_of_a_day * SLOT_SECONDS;
        let mut book = Vec::with_capacity(horizon * SLOTS);
        let mut leave = Vec::with_capacity(horizon * SLOTS);
        for row in 0..horizon {
            let ahead = first_day + row as i32;
            let part = part_of_day(ahead, first_day + horizon as i32 - 1);
            let clock = if ahead == 0 { OPEN } else { ALL_DAY };
            book.extend(by_slot(&clock).map(|rate| rate * part));
            let leaving = if ahead < 0 { 0.001 } else { LEAVE_OF_A_DAY };
            leave.extend(by_slot(&ALL_DAY).map(|rate| rate * leaving));
        }
        let pick = by_slot(&PICK).map(|rate| rate * PICK_OF_A_DAY).collect();
        Self {
            book: Table::new(book, prior * slots_of_povs),
            leave: Table::new(leave, prior * slots_of_povs * 0.5),
            pick: Table::new(pick, prior * slots_of_povs * 0.5),
        }
    }

    /// New rows a second, for a POV of size 1.
    pub(super) fn book(&self, row: usize, slot: usize) -> f64 {
        self.book.rates[row * SLOTS + slot]
    }

    /// Vanishing rows a second, for one row.
    pub(super) fn leave(&self, row: usize, slot: usize) -> f64 {
        self.leave.rates[row * SLOTS + slot]
    }

    /// Picks a second, for one row that is not picked yet.
    pub(super) fn pick(&self, slot: usize) -> f64 {
        self.pick.rates[slot]
    }

    pub(super) fn add_book(&mut self, row: usize, slot: usize, counts: f64, exposure: f64) {
        self.book.add(row * SLOTS + slot, counts, exposure);
    }

    pub(super) fn add_leave(&mut self, row: usize, slot: usize, counts: f64, exposure: f64) {
        self.leave.add(row * SLOTS + slot, counts, exposure);
    }

    pub(super) fn add_pick(&mut self, slot: usize, counts: f64, exposure: f64) {
        self.pick.add(slot, counts, exposure);
    }

    pub(super) fn fade(&mut self, part: f64) {
        for table in [&mut self.book, &mut self.leave, &mut self.pick] {
            for cell in &mut table.cells {
                cell.fade(part);
            }
            table.refresh();
        }
    }

    pub(in super::super) fn refresh(&mut self) {
        for table in [&mut self.book, &mut self.leave, &mut self.pick] {
            table.refresh();
        }
    }

    /// The part of a day's rows that is booked by this time of a day so far ahead.
    pub(super) fn booked_before(&self, row: usize, at: LocalSeconds) -> f64 {
        let last = self.book.rates.len() / SLOTS;
        let of_day = at.rem_euclid(DAY_SECONDS) / SLOT_SECONDS;
        let today: f64 = (0..of_day as usize).map(|slot| self.book(row, slot)).sum();
        let earlier: f64 = (row + 1..last)
            .map(|row| (0..SLOTS).map(|slot| self.book(row, slot)).sum::<f64>())
            .sum();
        (today + earlier) * SLOT_SECONDS
    }
}

/// The part of a day's rows that is booked so many days ahead, if nothing is known: a quarter at
/// once when the day is opened, the rest evenly.
fn part_of_day(ahead: i32, last: i32) -> f64 {
    if ahead < 0 {
        return 0.001;
    }
    if last <= 0 {
        return 1.0;
    }
    if ahead == last {
        0.25
    } else {
        0.75 / f64::from(last)
    }
}

/// Rows that vanish in a day, of those there are.
const LEAVE_OF_A_DAY: f64 = 0.035;
/// The sum of the day's pick rates: about nine of ten rows are picked.
const PICK_OF_A_DAY: f64 = 2.2;

/// How the hours compare. People book all day and little at night.
const ALL_DAY: [f64; 24] = [
    0.3, 0.2, 0.1, 0.1, 0.1, 0.2, 0.5, 1.2, 1.8, 1.8, 1.6, 1.3, 1.1, 1.1, 1.3, 1.3, 1.2, 1.1, 1.0,
    1.1, 1.1, 1.0, 0.8, 0.5,
];
/// Walk-ins come while clinics are open.
const OPEN: [f64; 24] = [
    0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.3, 1.0, 2.0, 2.0, 2.0, 1.2, 1.0, 1.2, 1.6, 1.6, 1.0, 0.3, 0.1,
    0.1, 0.1, 0.1, 0.1, 0.1,
];
/// Numbers are taken when people arrive, most of them early.
const PICK: [f64; 24] = [
    0.01, 0.01, 0.01, 0.01, 0.01, 0.01, 0.05, 0.4, 1.6, 2.0, 1.6, 0.9, 0.2, 0.4, 1.2, 1.4, 1.0,
    0.3, 0.05, 0.02, 0.01, 0.01, 0.01, 0.01,
];

/// A clock of 24 hours as rates by slot that sum to 1 over the day.
fn by_slot(hours: &[f64; 24]) -> impl Iterator<Item = f64> {
    let sum: f64 = hours.iter().sum();
    (0..SLOTS).map(move |slot| hours[slot * 24 / SLOTS] / sum / 3_600.0)
}
