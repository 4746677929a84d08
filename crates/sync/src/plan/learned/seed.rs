//! The beginning: sizes from how many rows the lists have when they are first read.

use super::super::Reading;
use super::super::clock::{day_of, local};
use super::super::rates::ListView;
use super::Learned;

/// How many counts a size weighs that was taken from first readings.
const SIZE_COUNTS: f64 = 10.0;
/// How many counts a list's busyness weighs that was taken from its first reading.
const LIST_COUNTS: f64 = 4.0;
/// Rows of a POV's day if nothing at all is known.
const ROWS_OF_A_DAY: f64 = 100.0;
/// A list with fewer rows than this part of what its POV's others suggest is taken to be closed,
/// which says nothing of the POV's size.
const CLOSED_PART: f64 = 0.05;

impl Learned {
    /// Rows of an ordinary day of this POV.
    pub(super) fn size(&self, pov: usize) -> f64 {
        let model = &self.povs[pov];
        let (kappa, prior) = if model.first_part > 0.0 {
            let first = f64::from(model.first_rows.max(0.5)) / f64::from(model.first_part);
            (SIZE_COUNTS, first)
        } else {
            (self.parameters.kappa_size, self.prior_size())
        };
        let counts = kappa + f64::from(model.size.counts);
        counts / (kappa / prior + f64::from(model.size.exposure))
    }

    /// How busy this list is, 1 being ordinary for its POV.
    pub(super) fn busy(&self, pov: usize, place: usize) -> f64 {
        let list = &self.lists[place];
        let mut kappa = self.parameters.kappa_list;
        let mut counts = kappa + f64::from(list.busy.counts);
        if list.first_part > 0.0 {
            let expected = f64::from(list.first_part) * self.size(pov);
            let weight = LIST_COUNTS * (expected / (expected + 2.0));
            counts += weight * f64::from(list.first_rows) / expected;
            kappa += weight;
        }
        counts / (kappa + f64::from(list.busy.exposure))
    }

    fn prior_size(&self) -> f64 {
        self.mean_size.rate(ROWS_OF_A_DAY, 1.0)
    }

    /// A list was read for the first time.
    pub(super) fn learn_first(&mut self, list: ListView<'_>, reading: &Reading) {
        let pov = list.id.pov as usize;
        let at = local(reading.begun_at);
        let ahead = list.id.day - day_of(at);
        let Some(row) = self.row(ahead) else {
            return;
        };
        let part = self.tables.booked_before(row, at);
        let model = &mut self.povs[pov];
        let rows = f64::from(reading.rows);
        let so_far = if model.first_part > 0.0 {
            f64::from(model.first_rows) / f64::from(model.first_part)
        } else {
            ROWS_OF_A_DAY
        };
        if rows >= CLOSED_PART * so_far * part {
            model.first_rows += rows as f32;
            model.first_part += part as f32;
            self.mean_size.add(rows, part);
        }
        if part > 0.0 {
            let list = &mut self.lists[list.place];
            list.first_rows = rows as f32;
            list.first_part = part as f32;
        }
    }
}
