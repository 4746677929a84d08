//! Lists that would be forgotten, and limits that would come too late.

use std::collections::HashMap;

use povline_sync::plan::{Choice, ListId, PlanConfig, Why};

use super::support::*;

#[test]
fn starvation_an_empty_list_is_read_within_its_limit() {
    let mut planner = planner(config(20, quota(Some(3_000), Some(5.0))), MIDNIGHT);
    let end = at(23.9);
    let polls = run(&mut planner, MIDNIGHT, end, 5.0, still(0));
    let gaps = gaps(&polls, MIDNIGHT, end);
    assert_eq!(gaps.len(), 20 * 7, "every list, closed ones too");
    for (list, gap) in gaps {
        assert!(gap <= 12 * HOUR, "{list:?}: {} h", gap / HOUR);
    }
}

#[test]
fn todays_lists_are_first_read_within_their_promise_and_before_others() {
    // Today's are a fifteenth of what there is; all of it takes longer than is promised for them.
    let mut config = PlanConfig::one_app(14, 14, quota(Some(100_000), Some(5.0)), promise(1, 720));
    for (first_day, seed) in [(0, 0), (-1, 1), (0, 2)] {
        config.first_day = first_day;
        config.seed = seed;
        let mut planner = planner(config.clone(), at(9.0));
        let polls = run(&mut planner, at(9.0), at(9.2), 5.0, still(20));
        let mut first = HashMap::<ListId, usize>::new();
        for (number, poll) in polls.iter().enumerate() {
            first.entry(poll.list).or_insert(number);
        }
        let todays = |list: &&ListId| list.day == TODAY;
        let last_of_today = first.keys().filter(todays).map(|list| first[list]).max();
        assert!(last_of_today < Some(20), "{last_of_today:?}");
        assert_eq!(first.len(), config.lists(), "and then all others");
        let mut read_at = HashMap::<ListId, i64>::new();
        for poll in polls.iter().filter(|poll| poll.list.day == TODAY) {
            let now = poll.at.millis_since(at(9.0));
            let before = read_at.insert(poll.list, now).unwrap_or(0);
            assert!(now - before <= MINUTE, "{poll:?} after {}", now - before);
        }
        assert_eq!(read_at.len(), 14);
    }
}

#[test]
fn first_reads_are_spread_at_half_the_speed() {
    let mut config = config(300, quota(Some(1_000_000), Some(5.0)));
    config.promise = promise(5, 720);
    let mut planner = planner(config, at(9.0));
    // Whoever calls does not keep the limit of a second.
    let polls = run(&mut planner, at(9.0), at(9.0 + 2.0 / 60.0), 1e9, still(20));
    let mut first = HashMap::<ListId, i64>::new();
    for poll in polls.iter().filter(|poll| poll.list.day == TODAY) {
        first.entry(poll.list).or_insert(poll.at.0 / 1_000);
    }
    let mut by_second = HashMap::<i64, usize>::new();
    for second in first.into_values() {
        *by_second.entry(second).or_default() += 1;
    }
    assert_eq!(by_second.values().sum::<usize>(), 300, "within two minutes");
    let busiest = by_second.into_values().max().unwrap();
    assert!(busiest <= 10, "{busiest}");
}

#[test]
fn limits_have_priority_over_a_backlog_and_todays_over_others() {
    let mut planner = planner(config(40, quota(Some(4_000), Some(5.0))), MIDNIGHT);
    run(&mut planner, MIDNIGHT, at(9.0), 5.0, steady(20.0));
    // Nothing is asked for an hour and a half: every list is worth reading, and today's are late.
    let mut now = at(10.5);
    let mut whys = Vec::new();
    while let Choice::Poll { list, why, .. } = planner.next(0, now) {
        whys.push((why, list.day == TODAY));
        planner.observe(list, reading(now, 10, 0, 50), true, now);
        now = now.plus_millis(200);
    }
    let promises = whys.iter().take_while(|(why, _)| *why == Why::Promise);
    let promises = promises.count();
    assert!(promises >= 40, "{promises}: all of today's first");
    assert!(whys[..40].iter().all(|(_, today)| *today), "{whys:?}");
    assert!(whys.len() > 200, "and then the backlog: {}", whys.len());
}

#[test]
fn limits_are_kept_when_every_call_is_wanted() {
    // Far more happens than the calls can follow.
    let mut planner = planner(config(60, quota(Some(9_000), Some(2.0))), MIDNIGHT);
    let mut seen = HashMap::<ListId, i64>::new();
    let polls = run(&mut planner, MIDNIGHT, at(24.0), 2.0, steady(60.0));
    for poll in &polls {
        let now = poll.at.millis_since(MIDNIGHT);
        let before = seen.insert(poll.list, now).unwrap_or(0);
        let open = 15 * HOUR / 2..35 * HOUR / 2;
        let limit = if poll.list.day == TODAY && open.contains(&now) {
            45 * MINUTE
        } else {
            12 * HOUR
        };
        assert!(now - before <= limit, "{poll:?} after {}", now - before);
    }
    for (list, read_at) in seen {
        let age = 24 * HOUR - read_at;
        assert!(
            age <= 12 * HOUR,
            "{list:?}: calls were left for it at the end"
        );
    }
}

#[test]
fn night_calls_that_would_be_lost_are_used() {
    let mut planner = planner(config(5, quota(None, Some(1.0))), MIDNIGHT);
    let polls = run(&mut planner, at(1.0), at(2.0), 1.0, still(10));
    assert!(
        polls.len() >= 3_590,
        "one each second, however little happens: {}",
        polls.len()
    );
    assert!(polls.iter().any(|poll| poll.why == Why::Spare));
    // With a budget for the day they would not be lost, and are kept for the morning.
    let mut planner = self::planner(config(5, quota(Some(3_600), Some(1.0))), MIDNIGHT);
    let polls = run(&mut planner, at(1.0), at(2.0), 1.0, still(10));
    assert!(polls.len() < 400, "{}", polls.len());
}

#[test]
fn jitter_keeps_lists_apart_at_the_start_at_midnight_and_when_doors_open() {
    const POVS: usize = 150;
    let mut planner = planner(config(POVS, quota(Some(15_000), Some(2.0))), at(0.0));
    let polls = run(&mut planner, at(0.0), at(25.0), 1e9, still(20));
    let busiest = |from: f64, to: f64| {
        let mut by_minute = HashMap::<i64, usize>::new();
        for poll in &polls {
            // What is read for its worth comes when it is worth it.
            if (at(from)..at(to)).contains(&poll.at) && poll.why != Why::Worth {
                *by_minute
                    .entry(poll.at.millis_since(MIDNIGHT) / MINUTE)
                    .or_default() += 1;
            }
        }
        by_minute.into_values().max().unwrap_or(0)
    };
    let lists = POVS * 7;
    let starts = [busiest(0.0, 1.0), busiest(6.6, 7.6), busiest(24.0, 25.0)];
    assert!(starts[0] < lists / 8, "{starts:?}");
    assert!(starts[1] < POVS / 4, "{starts:?}");
    assert!(starts[2] < POVS / 4, "{starts:?}");
}
