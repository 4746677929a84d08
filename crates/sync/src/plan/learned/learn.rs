//! What one poll teaches.

use super::super::Reading;
use super::super::clock::{LocalSeconds, SLOTS, local, pieces};
use super::super::due::survivors;
use super::super::rates::{ListView, Rekey};
use super::{Learned, RELEASE_CELLS, SHAPE_CELLS};

/// A stretch of the gap between two polls.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    ahead: i32,
    row: usize,
    slot: usize,
    seconds: f64,
    /// What is expected of it, of what is being learned.
    expected: f64,
}

/// Gaps longer than this teach nothing but their last hours.
const GAP_SECONDS_MAX: f64 = 100_000.0;

impl Learned {
    pub(super) fn learn_poll(&mut self, before: ListView<'_>, reading: &Reading) -> Rekey {
        let at = local(reading.begun_at);
        let from = before.sight.read_at.max(at - GAP_SECONDS_MAX);
        let mut parts = std::mem::take(&mut self.scratch);
        parts.clear();
        for piece in pieces(from, at) {
            let ahead = before.id.day - piece.day;
            if let Some(row) = self.row(ahead) {
                parts.push(Part {
                    ahead,
                    row,
                    slot: piece.slot,
                    seconds: piece.seconds,
                    expected: 0.0,
                });
            }
        }
        if parts.last().is_some_and(|part| part.ahead == 0) {
            let seconds = parts.iter().map(|part| part.seconds).sum::<f64>();
            let seconds = seconds.min(super::RECENT_HALF_LIFE);
            let counts = f64::from(reading.new + reading.picked) * seconds / (at - from).max(1.0);
            let recent = &mut self.povs[before.id.pov as usize].recent;
            recent.add(counts, seconds, at, super::RECENT_HALF_LIFE);
        }
        let rekey = self.learn_bookings(before, reading, at, &mut parts);
        self.learn_leaving(before, reading, &mut parts);
        self.learn_picks(before, reading, at, &mut parts);
        self.scratch = parts;
        rekey
    }

    /// How much a poll counts that showed so many rows where so many were expected.
    fn weight(&self, expected: f64, counts: f64) -> f64 {
        1.0 / (1.0 + self.parameters.overdispersion * expected.max(counts))
    }

    fn learn_bookings(
        &mut self,
        list: ListView<'_>,
        reading: &Reading,
        at: LocalSeconds,
        parts: &mut [Part],
    ) -> Rekey {
        let Some(ahead) = parts.last().map(|part| part.ahead) else {
            return Rekey::None;
        };
        let pov = list.id.pov as usize;
        let mut unit = 0.0;
        for part in parts.iter_mut() {
            let model = &self.povs[pov];
            part.expected = part.seconds
                * self.tables.book(part.row, part.slot)
                * self.book_shape(model, part.ahead, part.slot)
                * self.fast(&model.book, at);
            unit += part.expected;
        }
        let mut counts = f64::from(reading.new);
        let expected = unit * self.size(pov) * self.busy(pov, list.place);
        let gap = at - list.sight.read_at;
        let mut rekey = Rekey::None;
        if ahead > 0 {
            rekey = self.note_poll(at, list.id.pov, list.place, (counts, expected, gap));
            if self.surge.is_on() {
                counts = counts.min(expected);
            }
        }
        if unit <= 0.0 {
            return rekey;
        }
        let weight = self.weight(expected, counts);
        let weighted = counts * weight;
        // One after the other, each given what the one before has learned: else all of them take
        // the same surprise for their own, and together overshoot.
        let busy = self.busy(pov, list.place);
        self.povs[pov].size.add(weighted, weight * unit * busy);
        self.mean_size.add(weighted, weight * unit * busy);
        let size = self.size(pov);
        self.lists[list.place]
            .busy
            .add(weighted, weight * unit * size);
        let scale = size * self.busy(pov, list.place);
        let half_life = self.parameters.fast_half_life;
        let fast = self.fast(&self.povs[pov].book, at);
        let expected = weight * unit / fast * scale;
        self.povs[pov].book.add(weighted, expected, at, half_life);
        let fast_now = self.fast(&self.povs[pov].book, at) / fast;
        for part in parts.iter() {
            let share = weighted * part.expected / unit;
            let own = self.book_shape(&self.povs[pov], part.ahead, part.slot);
            let expected = weight * part.expected / own * scale * fast_now;
            let furthest = self.is_furthest(part.ahead);
            let model = &mut self.povs[pov];
            let cell = if furthest {
                &mut model.release_shape[part.slot * RELEASE_CELLS / SLOTS]
            } else {
                &mut model.book_shape[part.slot * SHAPE_CELLS / SLOTS]
            };
            cell.add(share, expected);
            let own = self.book_shape(&self.povs[pov], part.ahead, part.slot);
            let exposure = weight * part.seconds * scale * own * fast * fast_now;
            self.tables.add_book(part.row, part.slot, share, exposure);
        }
        rekey
    }

    fn learn_leaving(&mut self, list: ListView<'_>, reading: &Reading, parts: &mut [Part]) {
        let rows = f64::from(list.sight.rows);
        let mut unit = 0.0;
        for part in parts.iter_mut() {
            part.expected = part.seconds * self.tables.leave(part.row, part.slot) * rows;
            unit += part.expected;
        }
        if unit <= 0.0 {
            return;
        }
        let counts = f64::from(reading.gone);
        let own = self.povs[list.id.pov as usize].leave;
        let weight = self.weight(unit * own.factor(super::LEAVE_KAPPA), counts);
        let model = &mut self.povs[list.id.pov as usize];
        model.leave.add(counts * weight, unit * weight);
        let own = model.leave.factor(super::LEAVE_KAPPA);
        for part in parts.iter() {
            let share = weight * counts * part.expected / unit;
            let exposure = weight * part.seconds * rows * own;
            self.tables.add_leave(part.row, part.slot, share, exposure);
        }
    }

    fn learn_picks(
        &mut self,
        list: ListView<'_>,
        reading: &Reading,
        at: LocalSeconds,
        parts: &mut [Part],
    ) {
        let pov = list.id.pov as usize;
        let mut unpicked = f64::from(list.sight.unpicked);
        let fast = self.fast(&self.povs[pov].pick, at);
        let mut sum = 0.0;
        // Rows that wait, times seconds, of each part: what a rate is a rate of.
        for part in parts.iter_mut() {
            if part.ahead != 0 {
                part.expected = 0.0;
                continue;
            }
            let own = self.pick_shape(&self.povs[pov], part.slot) * fast;
            let rate = own * self.tables.pick(part.slot);
            let left = survivors(unpicked, 0.0, unpicked * rate, part.seconds);
            part.expected = unpicked - left;
            sum += part.expected;
            unpicked = left;
        }
        if sum <= 0.0 {
            return;
        }
        let counts = f64::from(reading.picked);
        let weight = self.weight(sum, counts);
        let half_life = self.parameters.fast_half_life;
        let expected = weight * sum / fast;
        let model = &mut self.povs[pov];
        model.pick.add(weight * counts, expected, at, half_life);
        let fast_now = self.fast(&self.povs[pov].pick, at) / fast;
        for part in parts.iter().filter(|part| part.expected > 0.0) {
            let share = weight * counts * part.expected / sum;
            let old_shape = self.pick_shape(&self.povs[pov], part.slot);
            let expected = weight * part.expected * fast_now / old_shape;
            self.povs[pov].pick_shape[part.slot * SHAPE_CELLS / SLOTS].add(share, expected);
            let shape = self.pick_shape(&self.povs[pov], part.slot);
            let exposure = expected * shape / self.tables.pick(part.slot);
            self.tables.add_pick(part.slot, share, exposure);
        }
    }
}
