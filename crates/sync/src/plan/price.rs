//! The price of a call: the delay that it must buy back to be worth making.
//!
//! At price p a list of weighted rate v and cost c is read every sqrt(2pc/v) seconds, or as its
//! promise wants if that is oftener. The price is the one at which the calls that are left are
//! just used up at the end of the day.

use super::clock::{DAY_SECONDS, LocalSeconds, SLOT_SECONDS, begins, day_of};
use super::config::{PlanConfig, Promise};
use super::due::survivors;
use super::list::ListState;
use super::rates::{ListView, Rates};

/// The lowest price; it keeps divisions finite where nothing is expected.
pub(super) const PRICE_MIN: f64 = 1e-3;
/// The highest price: nothing but promises is worth a call.
pub(super) const PRICE_MAX: f64 = 1e15;

/// Reads that promises force come a little early: at this part of the time on average.
pub(super) const EARLY_PART: f64 = 0.955;

/// How far ahead every slot is looked at; beyond, one of four.
const NEAR_SLOTS: i64 = 8;
const FAR_STEP: i64 = 4;

/// What a stretch of time would take, at a price.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Demand {
    /// Sum of sqrt(v c / 2) over lists and seconds, where the promise is not what decides. Divided
    /// by the root of the price it is a number of calls.
    pub(super) worth: f64,
    /// Calls that promises force.
    pub(super) forced: f64,
}

impl Demand {
    /// The price at which this many calls suffice.
    pub(super) fn price(&self, calls: f64) -> f64 {
        let free = calls - self.forced;
        if self.worth <= 0.0 {
            return PRICE_MIN;
        }
        if free <= 0.0 {
            return PRICE_MAX;
        }
        (self.worth / free).powi(2).clamp(PRICE_MIN, PRICE_MAX)
    }
}

/// How often a promise has this list read, in seconds, at this time.
fn limit(promise: &Promise, ahead: i32, at: LocalSeconds) -> f64 {
    let of_day = at.rem_euclid(DAY_SECONDS);
    let open = promise.opens.as_secs_f64() - SLOT_SECONDS..promise.closes.as_secs_f64();
    if ahead == 0 && open.contains(&of_day) {
        promise.today.min(promise.others).as_secs_f64()
    } else {
        promise.others.as_secs_f64()
    }
}

/// What these lists would take from now to `until` (the end of the day at most), at this price.
pub(super) fn demand<'a, R: Rates>(
    rates: &R,
    config: &PlanConfig,
    lists: impl Iterator<Item = (usize, &'a ListState)>,
    now: LocalSeconds,
    until: LocalSeconds,
    price: f64,
) -> Demand {
    let until = until.min(begins(day_of(now) + 1));
    let mut demand = Demand::default();
    for (place, list) in lists {
        let view = ListView {
            id: list.id,
            place,
            sight: &list.sight,
        };
        let prepared = rates.prepare(view);
        let cost = f64::from(list.calls);
        let mut unpicked = f64::from(list.sight.unpicked);
        for (slot, at, seconds) in stretches(now, until) {
            let ahead = list.id.day - day_of(at);
            let expected = rates.expected(&prepared, ahead, slot, at, unpicked);
            let rate = config.weights.of(ahead) * expected.sum();
            let limit = limit(&config.promise, ahead, at);
            let limit = limit * EARLY_PART;
            if rate * limit * limit >= 2.0 * price * cost {
                demand.worth += (rate * cost / 2.0).sqrt() * seconds;
            } else {
                demand.forced += cost * seconds / limit;
            }
            if ahead == 0 {
                unpicked = survivors(unpicked, expected.new, expected.picked, seconds);
            }
        }
    }
    demand
}

/// Slots from now to `until`: near ones each, far ones by samples.
fn stretches(
    now: LocalSeconds,
    until: LocalSeconds,
) -> impl Iterator<Item = (usize, LocalSeconds, f64)> {
    let first = (now / SLOT_SECONDS).floor() as i64;
    let mut number = first;
    let mut at = now;
    std::iter::from_fn(move || {
        if at >= until {
            return None;
        }
        let far = number - first >= NEAR_SLOTS && number % FAR_STEP == 0;
        let step = if far { FAR_STEP } else { 1 };
        let end = ((number + step) as f64 * SLOT_SECONDS).min(until);
        let sampled = number + step / 2;
        let slot = sampled.rem_euclid(super::clock::SLOTS as i64) as usize;
        let stretch = (slot, at, end - at);
        at = end;
        number += step;
        Some(stretch)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_cover_the_rest_of_the_day() {
        let now = begins(20_000) + 5_000.0;
        let until = begins(20_001);
        let sum: f64 = stretches(now, until).map(|(_, _, seconds)| seconds).sum();
        assert!((sum - (until - now)).abs() < 1e-6);
        assert!(stretches(now, until).count() < 40);
    }

    #[test]
    fn promises_that_take_every_call_leave_nothing_to_worth() {
        let demand = Demand {
            worth: 10.0,
            forced: 100.0,
        };
        assert_eq!(demand.price(100.0), PRICE_MAX);
        assert_eq!(demand.price(110.0), 1.0);
    }
}
