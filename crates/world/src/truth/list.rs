//! One list: a clinic's day.

use std::collections::HashSet;

use povline_domain::{PickCode, UnixMillis};

use super::biography::RowNumber;
use super::chance::Chance;

/// How long a row stood on a list.
#[derive(Debug, Clone, Copy)]
struct Stay {
    row: RowNumber,
    from: UnixMillis,
    /// When it left; the end of time while it has not.
    until: UnixMillis,
}

const NOT_YET: UnixMillis = UnixMillis(i64::MAX);

/// A list with everything that ever stood on it.
#[derive(Debug, Clone, Default)]
pub(super) struct List {
    /// In the order in which rows joined.
    stays: Vec<Stay>,
    /// Rows whose number has not been taken, in no order: chance picks among them.
    pub(super) waiting: Vec<RowNumber>,
    pick_codes: HashSet<u32>,
}

impl List {
    /// The rows at an instant, in append order.
    pub(super) fn at(&self, at: UnixMillis) -> impl Iterator<Item = RowNumber> + '_ {
        // Joined in order of time, so what comes after the instant need not be looked at.
        let joined = self.stays.partition_point(|stay| stay.from <= at);
        self.stays[..joined]
            .iter()
            .filter(move |stay| stay.until > at)
            .map(|stay| stay.row)
    }

    /// The rows that left between two instants.
    pub(super) fn left_between(
        &self,
        after: UnixMillis,
        until: UnixMillis,
    ) -> impl Iterator<Item = RowNumber> + '_ {
        self.stays
            .iter()
            .filter(move |stay| after < stay.until && stay.until <= until)
            .map(|stay| stay.row)
    }

    pub(super) fn join(&mut self, row: RowNumber, at: UnixMillis) {
        self.stays.push(Stay {
            row,
            from: at,
            until: NOT_YET,
        });
        self.waiting.push(row);
    }

    pub(super) fn leave(&mut self, row: RowNumber, at: UnixMillis) {
        let stay = self
            .stays
            .iter_mut()
            .rev()
            .find(|stay| stay.row == row && stay.until == NOT_YET);
        if let Some(stay) = stay {
            stay.until = at;
        }
        self.stop_waiting(row);
    }

    pub(super) fn stop_waiting(&mut self, row: RowNumber) {
        if let Some(place) = self.waiting.iter().position(|waiting| *waiting == row) {
            self.waiting.swap_remove(place);
        }
    }

    /// A pick code of six digits that was never used on this list.
    pub(super) fn pick_code(&mut self, chance: &mut Chance) -> Option<PickCode> {
        // A day has far fewer appointments than there are codes, so a free one is soon found.
        let code = (0..10_000)
            .map(|_| 100_000 + chance.below(900_000) as u32)
            .find(|code| self.pick_codes.insert(*code))?;
        PickCode::new(code.to_string()).ok()
    }
}
