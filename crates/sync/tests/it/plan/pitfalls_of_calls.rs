//! Calls that cost more than was thought, fail, are refused, or are somebody else's.

use std::collections::HashMap;

use povline_domain::UnixMillis;
use povline_sync::plan::{Choice, ListId, Parameters, Planner, Promise, Why};

use super::support::*;

#[test]
fn cost_is_known_only_after_the_call_and_the_budget_holds_all_the_same() {
    const CALLS: u64 = 2_000;
    let mut planner = planner(config(30, quota(Some(CALLS), Some(10.0))), MIDNIGHT);
    // On the morning of a release, lists of one page have forty.
    let mut now = MIDNIGHT;
    let mut used = 0;
    while now < at(24.0) {
        match planner.next(0, now) {
            Choice::Poll {
                list, calls_max, ..
            } => {
                let left = calls_max.unwrap();
                assert!(left <= CALLS - used, "no more than there is");
                let wanted = if now >= at(9.0) && list.day > TODAY {
                    40
                } else {
                    1
                };
                let calls = wanted.min(u32::try_from(left).unwrap());
                used += u64::from(calls);
                if calls < wanted {
                    planner.failed(list, calls, true, now);
                } else {
                    let shown = reading(now, 3, 0, calls * 200);
                    planner.observe(list, shown, true, now);
                }
                now = now.plus_millis(100 * i64::from(calls));
            }
            Choice::Wait(until) => now = until.max(now.plus_millis(1)),
        }
    }
    assert!(used <= CALLS, "{used}");
    assert!(used > CALLS * 9 / 10, "{used}: and they are used");
    planner.next(0, at(24.0));
    assert_eq!(planner.calls_used(0), 0, "a new day has begun");
}

#[test]
fn retries_count_as_calls_and_are_few() {
    let mut planner = planner(config(2, quota(Some(5_000), Some(5.0))), MIDNIGHT);
    run(&mut planner, MIDNIGHT, at(8.0), 5.0, steady(5.0));
    let before = planner.calls_used(0);
    let bad = ListId { pov: 0, day: TODAY };
    let mut now = at(8.0);
    let mut tries = Vec::new();
    while now < at(9.0) {
        match planner.next(0, now) {
            Choice::Poll { list, .. } if list == bad => {
                tries.push(now);
                planner.failed(list, 1, true, now);
            }
            Choice::Poll { list, .. } => {
                planner.observe(list, reading(now, 0, 0, 50), true, now);
            }
            Choice::Wait(until) => now = until.max(now.plus_millis(1)),
        }
    }
    assert!((3..=9).contains(&tries.len()), "{}", tries.len());
    let soon = tries[0].plus_millis(MINUTE);
    let at_once = tries.iter().filter(|at| **at <= soon).count();
    assert_eq!(at_once, 3, "two retries, then a pause");
    assert!(planner.calls_used(0) >= before + tries.len() as u64);
    // It did not grow younger by failing: once it answers, it is read at once.
    let later = tries.last().unwrap().plus_millis(10 * MINUTE);
    let Choice::Poll { list, why, .. } = planner.next(0, later) else {
        panic!("it is due");
    };
    assert_eq!((list, why), (bad, Why::Promise));
}

#[test]
fn failed_polls_are_slowed_down_once_they_took_their_share() {
    let mut planner = planner(config(50, quota(Some(20_000), Some(5.0))), MIDNIGHT);
    let mut now = MIDNIGHT;
    let mut calls = 0;
    while now < at(5.0) {
        match planner.next(0, now) {
            Choice::Poll { list, .. } => {
                calls += usize::from(now >= at(3.0));
                planner.failed(list, 1, true, now);
                now = now.plus_millis(200);
            }
            Choice::Wait(until) => now = until.max(now.plus_millis(1)),
        }
    }
    // Nothing answers: each list is tried about once an hour, and goes on being tried.
    assert!((350..=3 * 350).contains(&calls), "{calls}");
}

#[test]
fn a_ban_is_waited_for_exactly_and_then_the_worst_go_first() {
    let mut planner = planner(config(40, quota(Some(8_000), Some(5.0))), MIDNIGHT);
    // One POV changes far more than the others.
    let (mut much, mut little) = (steady(60.0), steady(1.0));
    run(
        &mut planner,
        MIDNIGHT,
        at(9.0),
        5.0,
        |list, now| match list.pov {
            7 => much(list, now),
            _ => little(list, now),
        },
    );
    let until = at(11.0).plus_millis(7);
    let Choice::Poll { list, .. } = planner.next(0, at(9.0).plus_millis(10 * MINUTE)) else {
        panic!("something is due by then");
    };
    let price = planner.price(0);
    planner.parked(0, until);
    planner.put_back(list, 1, true, at(9.2));
    for now in [at(9.2), at(10.0), until.plus_millis(-1)] {
        assert_eq!(planner.next(0, now), Choice::Wait(until));
    }
    assert_eq!(planner.price(0), price, "frozen while it lasts");
    let mut now = until;
    let mut order = Vec::new();
    while let Choice::Poll { list, why, .. } = planner.next(0, now) {
        order.push((list, why));
        planner.observe(list, reading(now, 0, 0, 50), true, now);
        now = now.plus_millis(200);
    }
    let promises = order.iter().take_while(|(_, why)| *why == Why::Promise);
    let promises = promises.count();
    assert_eq!(promises, 40, "today's of all POVs were due");
    let busiest = order[promises..].iter().take(6);
    let of_seven = busiest.filter(|(list, _)| list.pov == 7).count();
    let first = &order[promises..promises + 20];
    assert_eq!(of_seven, 6, "{first:?}");
}

#[test]
fn a_ban_over_midnight_ends_on_the_new_day() {
    let mut planner = planner(config(10, quota(Some(2_000), Some(5.0))), MIDNIGHT);
    run(&mut planner, MIDNIGHT, at(23.5), 5.0, steady(2.0));
    planner.parked(0, at(24.5));
    assert_eq!(planner.next(0, at(23.6)), Choice::Wait(at(24.5)));
    assert_eq!(planner.next(0, at(24.2)), Choice::Wait(at(24.5)));
    let polls = run(&mut planner, at(24.5), at(27.0), 5.0, steady(2.0));
    assert!(polls.iter().any(|poll| poll.list.day == TODAY + 7));
    assert!(polls.iter().all(|poll| poll.list.day > TODAY));
    assert!(planner.calls_used(0) >= polls.len() as u64);
}

#[test]
fn mass_sites_pay_for_their_pages() {
    let mut planner = planner(
        povline_sync::plan::PlanConfig {
            promise: Promise {
                today: std::time::Duration::from_secs(86_400),
                others: std::time::Duration::from_secs(86_400),
                ..Promise::default()
            },
            ..config(2, quota(Some(20_000), Some(20.0)))
        },
        MIDNIGHT,
    );
    let mut answer = steady(60.0);
    let polls = run(&mut planner, MIDNIGHT, at(20.0), 20.0, |list, now| {
        let mut shown = answer(list, now);
        if list.pov == 1 {
            shown.calls = 25;
            shown.rows = 5_000;
        }
        shown
    });
    let count = |pov: u32| {
        let of = polls.iter().filter(|poll| poll.list.pov == pov);
        of.filter(|poll| poll.at > at(8.0)).count() as f64
    };
    let ratio = count(0) / count(1);
    // At equal rates: the square root of 25.
    assert!((3.5..=7.0).contains(&ratio), "{ratio}");
}

#[test]
fn on_demand_pulls_spend_from_the_reserved_share_and_reset_the_age() {
    let reserved = povline_sync::plan::Quota {
        reserved_percent: 10.0,
        ..quota(Some(1_000), Some(5.0))
    };
    assert_eq!(reserved.polls_per_day(), Some(900));
    let mut planner = planner(config(3, reserved), MIDNIGHT);
    let polls = run(&mut planner, MIDNIGHT, at(10.0), 5.0, steady(30.0));
    let used = planner.calls_used(0);
    let last = |pov| {
        let list = ListId { pov, day: TODAY };
        polls.iter().rfind(|poll| poll.list == list).unwrap()
    };
    let oldest = (0..3).map(last).min_by_key(|poll| poll.at).unwrap();
    let list = oldest.list;
    assert!(oldest.at < at(9.99));
    planner.taken(list);
    planner.observe(list, reading(at(10.0), 2, 0, 50), false, at(10.0));
    assert_eq!(planner.calls_used(0), used, "not from those of polls");
    let next = run(&mut planner, at(10.0), at(12.0), 5.0, steady(30.0));
    let next = next.iter().find(|poll| poll.list == list).unwrap();
    let gap = next.at.millis_since(at(10.0));
    assert!(gap > 3 * MINUTE, "it is fresh: {} s", gap / 1_000);
    assert!(gap <= 45 * MINUTE);
}

#[test]
fn a_list_that_is_read_for_another_reason_is_not_read_twice_at_once() {
    let mut planner = planner(config(1, quota(None, Some(5.0))), MIDNIGHT);
    let taken = ListId { pov: 0, day: TODAY };
    planner.taken(taken);
    let polls = run(&mut planner, MIDNIGHT, at(0.5), 5.0, still(1));
    assert!(!polls.is_empty());
    assert!(polls.iter().all(|poll| poll.list != taken));
}

/// The platform gives less from noon on, and the agent is started with that.
#[test]
fn a_quota_cut_in_half_at_noon_is_kept_and_so_are_promises() {
    let noon = at(12.0);
    let config_of = |calls| config(40, quota(Some(calls), Some(5.0)));
    for (calls, cut_to) in [(8_000, 4_000), (8_000, 6_000), (16_000, 8_000)] {
        let mut answer = steady(10.0);
        let mut before = planner(config_of(calls), MIDNIGHT);
        let morning = run(&mut before, MIDNIGHT, noon, 5.0, &mut answer);
        let used = before.calls_used(0);
        let state = before.snapshot(&codes(40));
        let restored = Planner::restore(
            config_of(cut_to),
            Parameters::default(),
            &codes(40),
            &state,
            noon,
        );
        let mut after = restored.unwrap();
        after.assume_used(0, used);
        let mut read_at = HashMap::<ListId, UnixMillis>::new();
        for poll in &morning {
            read_at.insert(poll.list, poll.at);
        }
        for (list, at) in &read_at {
            after.assume(*list, *at, 50, 50);
        }
        let rest = run(&mut after, noon, at(24.0), 5.0, &mut answer);
        let left = cut_to.saturating_sub(used);
        assert!(rest.len() as u64 <= left, "{} of {left}", rest.len());
        if left < 600 {
            // Promises alone want more than that.
            continue;
        }
        assert!(
            rest.len() as u64 * 100 >= left * 95,
            "{} of {left}",
            rest.len()
        );
        let late = rest.iter().filter(|poll| poll.at >= at(22.0)).count();
        assert!(late > 0, "the calls last for the day");
        for poll in &rest {
            let last = read_at.insert(poll.list, poll.at).unwrap();
            let is_open = poll.at < at(17.5);
            let limit = match poll.list.day == TODAY && is_open {
                true => 45 * MINUTE,
                false => 12 * HOUR,
            };
            assert!(poll.at.millis_since(last) <= limit, "{poll:?}");
        }
    }
}
