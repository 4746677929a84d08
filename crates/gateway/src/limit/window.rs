//! At most so many calls within any one second.

use std::collections::VecDeque;

use povline_domain::UnixMillis;

const SECOND: i64 = 1_000;

/// What was spent within the last second, to the millisecond. It grows no longer than the limit,
/// and no longer than a second has milliseconds.
#[derive(Debug, Default)]
pub(crate) struct Window {
    /// When, and how much then; ascending.
    spent: VecDeque<(i64, u64)>,
    sum: u64,
}

impl Window {
    /// In how many milliseconds so many more fit; 0 if they do now. More than `at_most` never
    /// would, so they count as `at_most`.
    pub(crate) fn wait(&mut self, now: UnixMillis, units: u64, at_most: u64) -> i64 {
        self.turn(now);
        let mut over = (self.sum + units.min(at_most)).saturating_sub(at_most);
        for (at, spent) in &self.spent {
            if over == 0 {
                break;
            }
            over = over.saturating_sub(*spent);
            if over == 0 {
                return at + SECOND - now.0;
            }
        }
        0
    }

    /// Spends what fits; the instant under which it is noted, for [`Window::refund`].
    pub(crate) fn spend(&mut self, now: UnixMillis, units: u64, at_most: u64) -> UnixMillis {
        let now = self.turn(now);
        let units = units.min(at_most);
        self.sum += units;
        match self.spent.back_mut() {
            Some((at, spent)) if *at == now => *spent += units,
            _ => self.spent.push_back((now, units)),
        }
        UnixMillis(now)
    }

    /// Gives back what is noted under an instant. What is no longer noted counts no more, and
    /// giving it back would let another call's place be used twice.
    pub(crate) fn refund(&mut self, noted_at: UnixMillis, units: u64, at_most: u64) {
        let place = self.spent.binary_search_by_key(&noted_at.0, |(at, _)| *at);
        if let Ok(place) = place
            && let Some((_, spent)) = self.spent.get_mut(place)
        {
            let back = units.min(at_most).min(*spent);
            *spent -= back;
            self.sum -= back;
        }
    }

    /// How much more fits now.
    pub(crate) fn left(&self, at_most: u64) -> u64 {
        at_most.saturating_sub(self.sum)
    }

    /// Forgets everything, for a scope that has no limit.
    pub(crate) fn clear(&mut self) {
        self.spent.clear();
        self.sum = 0;
    }

    /// Forgets what is a second old; the instant that it is for this window.
    ///
    /// Callers that run at the same time may come in another order than they read the clock, so
    /// an instant that lies a little back is the latest one. One that lies far back is a clock that
    /// was set: what was spent then counts as spent now, or nothing would ever be forgotten.
    fn turn(&mut self, now: UnixMillis) -> i64 {
        let mut now = now.0;
        if let Some((latest, _)) = self.spent.back() {
            if *latest - now >= SECOND {
                for (at, _) in &mut self.spent {
                    *at = now;
                }
            } else {
                now = now.max(*latest);
            }
        }
        while let Some((at, spent)) = self.spent.front()
            && *at + SECOND <= now
        {
            self.sum -= spent;
            self.spent.pop_front();
        }
        now
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The definition: a list of every call that was not given back.
    #[derive(Debug, Default)]
    struct Model(Vec<(i64, u64)>);

    impl Model {
        fn within(&self, now: i64) -> u64 {
            let spent = self.0.iter().filter(|(at, _)| *at + SECOND > now);
            spent.map(|(_, units)| units).sum()
        }

        fn give_back(&mut self, at: i64, units: u64) {
            let place = self.0.iter().position(|call| *call == (at, units));
            self.0.remove(place.unwrap());
        }
    }

    proptest! {
        #[test]
        fn it_decides_as_the_definition_does(
            at_most in 1_u64..20,
            calls in prop::collection::vec(
                (0_i64..400, 1_u64..5, prop::option::weighted(0.2, 0_i64..2_500)),
                1..200,
            ),
        ) {
            let (mut window, mut model, mut now) = (Window::default(), Model::default(), 0);
            // What is given back, when, and how much of which call.
            let mut refunds: Vec<(i64, UnixMillis, u64)> = Vec::new();
            for (pause, units, refunded_after) in calls {
                now += pause;
                refunds.retain(|(due_at, noted_at, units)| {
                    let is_due = *due_at <= now;
                    if is_due {
                        window.refund(*noted_at, *units, at_most);
                        model.give_back(noted_at.0, *units);
                    }
                    !is_due
                });
                let units = units.min(at_most);
                let at = UnixMillis(now);
                let fits = model.within(now) + units <= at_most;
                let wait = window.wait(at, units, at_most);
                prop_assert_eq!(wait == 0, fits);
                if fits {
                    let noted_at = window.spend(at, units, at_most);
                    model.0.push((now, units));
                    if let Some(after) = refunded_after {
                        refunds.push((now + after, noted_at, units));
                    }
                } else {
                    // The wait is true: a millisecond earlier it would not fit.
                    prop_assert!(model.within(now + wait) + units <= at_most);
                    prop_assert!(model.within(now + wait - 1) + units > at_most);
                }
                prop_assert_eq!(window.left(at_most), at_most - model.within(now));
            }
        }
    }

    #[test]
    fn a_clock_that_is_set_back_neither_bans_for_long_nor_lets_more_through() {
        let mut window = Window::default();
        let at = |millis| UnixMillis(millis);
        window.spend(at(3_600_000), 2, 2);
        assert_eq!(window.wait(at(3_599_990), 1, 2), 1_010);
        assert_eq!(window.wait(at(0), 1, 2), 1_000);
        assert_eq!(window.wait(at(999), 1, 2), 1);
        assert_eq!(window.wait(at(1_000), 1, 2), 0);
    }

    #[test]
    fn what_weighs_more_than_the_limit_takes_all_of_it() {
        let mut window = Window::default();
        assert_eq!(window.wait(UnixMillis(0), 9, 2), 0);
        window.spend(UnixMillis(0), 9, 2);
        assert_eq!(window.left(2), 0);
        assert_eq!(window.wait(UnixMillis(1), 1, 2), 999);
    }

    #[test]
    fn it_grows_no_longer_than_a_second() {
        let mut window = Window::default();
        for millis in 0..100_000 {
            if window.wait(UnixMillis(millis), 1, 100_000) == 0 {
                window.spend(UnixMillis(millis), 1, 100_000);
            }
        }
        assert!(window.spent.len() <= 1_000);
    }
}
