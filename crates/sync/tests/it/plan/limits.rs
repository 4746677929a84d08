//! Quotas of several apps, promises that cannot be kept, and many lists.

use std::cell::Cell;
use std::time::Duration;

use povline_sync::plan::{
    CallsPerList, Choice, Expected, Learned, ListId, ListView, LocalSeconds, Parameters,
    PlanConfig, Planner, Promise, Quota, Rates, Reading, Rekey, TierForecast, arithmetic, check,
};

use super::support::*;

#[test]
fn each_app_has_its_own_quota() {
    let mut config = config(12, quota(Some(2_000), Some(5.0)));
    config.apps.push(quota(Some(700), Some(5.0)));
    for pov in 6..12 {
        config.povs[pov] = 1;
    }
    let mut planner = planner(config, MIDNIGHT);
    let mut used = [0_u64; 2];
    let mut now = MIDNIGHT;
    let mut answer = steady(20.0);
    while now < at(23.99) {
        let mut wait = at(24.0);
        for (app, used) in used.iter_mut().enumerate() {
            match planner.next(app, now) {
                Choice::Poll { list, .. } => {
                    assert_eq!(usize::from(list.pov >= 6), app);
                    *used += 1;
                    planner.observe(list, answer(list, now), true, now);
                    wait = now.plus_millis(200);
                }
                Choice::Wait(until) => wait = wait.min(until),
            }
        }
        now = wait.max(now.plus_millis(1));
    }
    assert!((1_900..=2_000).contains(&used[0]), "{used:?}");
    assert!((650..=700).contains(&used[1]), "{used:?}");
    // One app's ban is not the other's.
    planner.parked(0, at(25.0));
    assert_eq!(planner.next(0, at(24.1)), Choice::Wait(at(25.0)));
    assert!(matches!(planner.next(1, at(24.5)), Choice::Poll { .. }));
}

#[test]
fn what_confirming_scans_may_take_is_in_the_sum() {
    let confirming = |quota: Quota| Quota {
        confirming_percent: 8.0,
        ..quota
    };
    let given = confirming(quota(Some(20_000), Some(5.0)));
    let sum = check(&config(200, given), 1.0).unwrap()[0];
    assert_eq!(
        (sum.confirming_per_day, sum.polls_per_day),
        (1_600.0, 18_400.0)
    );
    let told = sum.to_string();
    assert!(told.contains("at most 1600 calls a day"), "{told}");
    // Promises take 0.107 calls a second, which just fits if nothing has to be confirmed.
    let tight = quota(None, Some(0.11));
    assert!(check(&config(200, tight), 1.0).is_ok());
    let refusal = check(&config(200, confirming(tight)), 1.0).unwrap_err();
    assert!(refusal.to_string().contains("calls a second"), "{refusal}");
}

#[test]
fn a_promise_that_the_quota_cannot_keep_is_refused_with_the_sum() {
    let fits = config(200, quota(Some(20_000), Some(5.0)));
    let sums = check(&fits, 1.0).unwrap();
    // 200 x (600 min / 45 + 1) + 200 x 14 h / 12 h + 1,200 x 2, each five of a hundred early.
    let expected = 1.05 * (200.0 * (600.0 / 45.0 + 1.0) + 200.0 * 14.0 / 12.0 + 2_400.0);
    assert!((sums[0].needed() - expected).abs() < 1.0, "{}", sums[0]);
    assert!(sums[0].leaves_room());

    let mut short = fits.clone();
    short.promise = promise(5, 720);
    let refusal = check(&short, 1.0).unwrap_err().to_string();
    assert!(
        refusal.contains("calls a day, and polls have 20000"),
        "{refusal}"
    );
    // What it proposes instead can be kept.
    let longer = arithmetic(&short, 1.0)[0].that_fits().unwrap();
    assert_eq!(longer.others, None);
    short.promise.today = Duration::from_secs_f64(longer.today.unwrap());
    assert!(check(&short, 1.0).unwrap()[0].leaves_room());

    let slow = config(2_000, quota(None, Some(0.5)));
    let refusal = check(&slow, 1.0).unwrap_err().to_string();
    assert!(refusal.contains("calls a second"), "{refusal}");
}

#[test]
fn a_refusal_names_promises_that_would_fit_of_the_lists_that_take_too_much() {
    let seconds = Duration::from_secs;
    let of = |per_day, per_second, povs, today: u64, others: u64| PlanConfig {
        promise: Promise {
            today: seconds(today),
            others: seconds(others),
            ..Promise::default()
        },
        ..config(povs, quota(per_day, per_second))
    };
    for (refused, today, others) in [
        // Other days take 25 calls of 90: today's alone are too many, and no promise of them leaves
        // most calls to lists that change.
        (of(Some(90), Some(5.0), 2, 60, 43_200), true, false),
        (of(Some(20_000), Some(5.0), 200, 300, 43_200), true, false),
        (of(None, Some(1.0), 200, 60, 43_200), true, false),
        (of(Some(20_000), Some(5.0), 200, 2_700, 3_600), false, true),
        (of(None, Some(0.2), 200, 10_000, 3_600), false, true),
        // Either takes more than there is.
        (of(Some(2_000), Some(5.0), 200, 2_700, 43_200), true, true),
    ] {
        let refusal = check(&refused, 1.0).unwrap_err();
        let longer = refusal.0.that_fits().unwrap();
        assert_eq!(
            (longer.today.is_some(), longer.others.is_some()),
            (today, others),
            "{refusal}\n{}",
            refusal.0
        );
        let promised = |longer: Option<f64>, now| longer.map_or(now, Duration::from_secs_f64);
        let mut kept = refused.clone();
        kept.promise.today = promised(longer.today, refused.promise.today);
        kept.promise.others = promised(longer.others, refused.promise.others);
        assert!(check(&kept, 1.0).is_ok(), "{refusal}");
        let told = refusal.to_string();
        assert_eq!(told.contains("for today's lists"), today, "{told}");
        assert_eq!(told.contains("for the other days"), others, "{told}");
    }
    // Once a week would be too often.
    let hopeless = check(&of(Some(10), None, 200, 2_700, 43_200), 1.0).unwrap_err();
    assert_eq!(hopeless.0.that_fits(), None);
    assert!(
        hopeless.to_string().contains("no promise fits"),
        "{hopeless}"
    );
}

#[test]
fn long_lists_take_more_calls_today_and_on_other_days_each_by_its_own() {
    let fits = config(200, quota(Some(20_000), Some(5.0)));
    let one = check(&fits, 1.0).unwrap()[0];
    let long = CallsPerList {
        today: 3.0,
        others: 2.0,
    };
    let sum = arithmetic(&fits, long)[0];
    assert_eq!(sum.today, 3.0 * one.today);
    assert_eq!(sum.today_closed, 3.0 * one.today_closed);
    assert_eq!(sum.others, 2.0 * one.others);
    let told = sum.to_string();
    assert!(told.contains("200 lists x 3.0 calls"), "{told}");
    // With one call for each list promises take 5,775 calls, and so 14,805.
    let tight = config(200, quota(Some(12_000), Some(5.0)));
    assert!(check(&tight, 1.0).is_ok());
    assert!(check(&tight, long).is_err());
}

#[test]
fn what_is_foreseen_adds_up_to_the_budget() {
    let mut planner = planner(config(50, quota(Some(10_000), Some(5.0))), MIDNIGHT);
    run(&mut planner, MIDNIGHT, at(24.0), 5.0, steady(10.0));
    run(&mut planner, at(24.0), at(24.01), 5.0, steady(10.0));
    let lists = planner.forecast(at(24.01));
    assert_eq!(lists.len(), 350);
    let tiers = TierForecast::of(&lists);
    assert_eq!(tiers.len(), 7);
    let calls: f64 = tiers.iter().map(|tier| tier.calls).sum();
    assert!((9_500.0..=10_000.0).contains(&calls), "{calls}");
    assert!(tiers[0].worst_age <= 12.0 * 3_600.0);
    assert!(tiers[0].mean_age < tiers[6].mean_age);
}

#[test]
fn in_the_middle_of_a_day_what_is_left_of_it_is_foreseen() {
    let noon = at(12.0);
    let of_day = quota(Some(10_000), Some(5.0));
    let begun = |polls: u64, others: u64| {
        let mut planner = planner(config(50, of_day), noon);
        for pov in 0..50 {
            for day in TODAY..TODAY + 7 {
                let read_at = at(11.0 + f64::from(pov) / 50.0);
                planner.assume(ListId { pov, day }, read_at, 50, 50);
            }
        }
        planner.assume_used(0, polls);
        planner.assume_reserve_used(0, others);
        // Asking what is next works the price out.
        planner.next(0, noon);
        planner
    };
    let foreseen = |polls, others| TierForecast::of(&begun(polls, others).forecast(noon));
    let sum = |tiers: &[TierForecast]| tiers.iter().map(|tier| tier.calls).sum::<f64>();
    for (polls, others, left) in [(7_000, 0, 3_000), (4_000, 2_000, 4_000), (9_700, 0, 300)] {
        let calls = sum(&foreseen(polls, others));
        let left = f64::from(left);
        assert!((0.95 * left..=left).contains(&calls), "{calls} of {left}");
    }
    let fresh = foreseen(7_000, 0);
    for used_up in [foreseen(10_000, 0), foreseen(9_000, 1_500)] {
        assert_eq!(sum(&used_up), 0.0);
        for (tier, fresh) in used_up.iter().zip(fresh.iter()) {
            assert_eq!(
                tier.changes, fresh.changes,
                "the clinics know nothing of it"
            );
            assert!(
                tier.delay > fresh.delay,
                "{} and {}",
                tier.delay,
                fresh.delay
            );
            assert!(tier.delay < 6.0 * 3_600.0 + 1.0, "{}", tier.delay);
            // From eleven, when the first of them was read, until midnight.
            assert!((tier.worst_age - 13.0 * 3_600.0).abs() < 1.0);
            assert!(tier.mean_age > 6.0 * 3_600.0, "{}", tier.mean_age);
        }
    }
    // That is what is called then.
    let mut planner = begun(7_000, 0);
    let polls = run(&mut planner, noon, at(24.0), 5.0, steady(10.0));
    let (calls, foreseen) = (polls.len() as f64, sum(&fresh));
    assert!((0.95..1.05).contains(&(calls / foreseen)), "{calls}");
}

/// Rates that count how often they are asked. A list is put into a queue by its rates, so that is
/// how often lists are queued.
struct Counted {
    rates: Learned,
    asked: Cell<u64>,
}

impl Rates for Counted {
    type Prepared = <Learned as Rates>::Prepared;

    fn prepare(&self, list: ListView<'_>) -> Self::Prepared {
        self.asked.set(self.asked.get() + 1);
        self.rates.prepare(list)
    }

    fn expected(
        &self,
        list: &Self::Prepared,
        ahead: i32,
        slot: usize,
        at: LocalSeconds,
        unpicked: f64,
    ) -> Expected {
        self.rates.expected(list, ahead, slot, at, unpicked)
    }

    fn learn(&mut self, before: ListView<'_>, first: bool, reading: &Reading) -> Rekey {
        self.rates.learn(before, first, reading)
    }

    fn turn_day(&mut self, today: i32, entered: &[usize]) {
        self.rates.turn_day(today, entered);
    }
}

/// How often rates are asked for a poll, with nine lists for each POV and calls in proportion.
fn asked_for_a_poll(povs: usize) -> f64 {
    let calls = povs as f64 * 0.09;
    let per_day = (calls * 3_000.0) as u64;
    let quota = quota(Some(per_day), Some(calls));
    let config = PlanConfig::one_app(povs, 8, quota, promise(20, 360));
    let rates = Counted {
        rates: Learned::new(&config, Parameters::default()),
        asked: Cell::new(0),
    };
    let mut planner = Planner::new(config, rates, at(9.0));
    let polls = run(&mut planner, at(9.0), at(9.1), calls, still(50)).len();
    assert!(polls > 9 * povs, "{polls}");
    planner.rates().asked.get() as f64 / polls as f64
}

#[test]
fn a_hundred_thousand_lists_are_as_cheap_for_each_poll_as_ten_thousand() {
    let (few, many) = (asked_for_a_poll(1_111), asked_for_a_poll(11_112));
    assert!(many <= 1.05 * few, "{few} and {many}");
    assert!(many < 20.0, "{many}");
}

#[test]
fn nothing_to_plan_is_no_trouble() {
    let mut planner = planner(config(0, quota(Some(10), None)), MIDNIGHT);
    assert!(matches!(planner.next(0, at(1.0)), Choice::Wait(_)));
    assert!(matches!(planner.next(5, at(1.0)), Choice::Wait(_)));
    assert_eq!(planner.forecast(at(1.0)), []);
}
