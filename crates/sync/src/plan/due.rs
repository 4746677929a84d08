//! When the delay that has gathered on a list is worth the calls that reading it takes.

use super::clock::{LocalSeconds, pieces};
use super::config::Weights;
use super::rates::{ListView, Rates};

/// What has gathered on a list since it was last read.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Pile {
    /// Changes that wait, each times its weight.
    changes: f64,
    /// Their delay so far, in weighted seconds.
    pub(super) delay: f64,
}

impl Pile {
    /// Lets changes come at this weighted rate for so long. Their delay grows with the square of
    /// the time.
    fn grow(&mut self, rate: f64, seconds: f64) {
        self.delay += self.changes * seconds + 0.5 * rate * seconds * seconds;
        self.changes += rate * seconds;
    }

    /// After how many seconds of this rate the delay reaches `worth`, if within `seconds`.
    fn reaches(&self, worth: f64, rate: f64, seconds: f64) -> Option<f64> {
        let missing = worth - self.delay;
        if missing <= 0.0 {
            return Some(0.0);
        }
        let (linear, square) = (self.changes, 0.5 * rate);
        if linear * seconds + square * seconds * seconds < missing {
            return None;
        }
        // The form of the root that does not cancel, and holds for a rate of 0 as well.
        let root = (linear * linear + 4.0 * square * missing).sqrt();
        Some((2.0 * missing / (linear + root)).min(seconds))
    }
}

/// When this list is due, if before `until`: when its delay reaches `worth`, the price of a call
/// times the calls that reading it takes.
pub(super) fn due<R: Rates>(
    rates: &R,
    weights: &Weights,
    list: ListView<'_>,
    worth: f64,
    until: LocalSeconds,
) -> Option<LocalSeconds> {
    let mut due = None;
    walk(rates, weights, list, until, |pile, rate, start, seconds| {
        due = pile
            .reaches(worth, rate, seconds)
            .map(|after| start + after);
        due.is_none()
    });
    due
}

/// What has gathered on this list until now.
pub(super) fn pile<R: Rates>(
    rates: &R,
    weights: &Weights,
    list: ListView<'_>,
    now: LocalSeconds,
) -> Pile {
    walk(rates, weights, list, now, |_, _, _, _| true)
}

/// Changes in one slot's rate matter little after a day without a reading; older ones are not
/// looked at.
const LOOK_BACK_SECONDS: f64 = 100_000.0;

fn walk<R: Rates>(
    rates: &R,
    weights: &Weights,
    list: ListView<'_>,
    until: LocalSeconds,
    mut go_on: impl FnMut(&Pile, f64, LocalSeconds, f64) -> bool,
) -> Pile {
    let prepared = rates.prepare(list);
    let mut pile = Pile::default();
    let mut unpicked = f64::from(list.sight.unpicked);
    let from = list.sight.read_at.max(until - LOOK_BACK_SECONDS);
    for piece in pieces(from, until) {
        let ahead = list.id.day - piece.day;
        let expected = rates.expected(&prepared, ahead, piece.slot, piece.start, unpicked);
        let rate = weights.of(ahead) * expected.sum();
        if !go_on(&pile, rate, piece.start, piece.seconds) {
            break;
        }
        pile.grow(rate, piece.seconds);
        unpicked = survivors(unpicked, expected.new, expected.picked, piece.seconds);
    }
    pile
}

/// How many unpicked rows there are after so many seconds of these rates.
pub(super) fn survivors(unpicked: f64, new: f64, picked: f64, seconds: f64) -> f64 {
    if unpicked <= 0.0 {
        return new * seconds;
    }
    unpicked * (-picked / unpicked * seconds).exp() + new * seconds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_list_is_due_by_the_square_root_law() {
        // T = sqrt(2 p c / v).
        let due = Pile::default().reaches(200.0, 0.01, 10_000.0);
        assert!((due.unwrap() - 200.0).abs() < 1e-9);
        assert_eq!(Pile::default().reaches(200.0, 0.01, 199.0), None);
    }

    #[test]
    fn what_waits_grows_older_even_where_nothing_comes() {
        let mut pile = Pile::default();
        pile.grow(0.1, 100.0);
        assert_eq!(pile.delay, 500.0);
        let due = pile.reaches(600.0, 0.0, 1_000.0);
        assert!((due.unwrap() - 10.0).abs() < 1e-9);
        assert_eq!(pile.reaches(400.0, 0.0, 1.0), Some(0.0));
        assert_eq!(Pile::default().reaches(1.0, 0.0, 1e9), None);
    }
}
