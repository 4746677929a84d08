//! A planner that reads lists which answer at once.

use std::time::Duration;

use povline_domain::{OutPovId, UnixMillis};
use povline_sync::plan::{
    Choice, Learned, ListId, Parameters, PlanConfig, Planner, Promise, Quota, Rates, Reading, Why,
};

/// 2026-11-24, a Tuesday, 00:00 of Shanghai.
pub const MIDNIGHT: UnixMillis = UnixMillis(1_795_449_600_000);
pub const TODAY: i32 = 20_781;
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;

pub fn at(hour: f64) -> UnixMillis {
    MIDNIGHT.plus_millis((hour * HOUR as f64) as i64)
}

pub fn quota(per_day: Option<u64>, per_second: Option<f64>) -> Quota {
    Quota {
        calls_per_second: per_second,
        calls_per_day: per_day,
        reserved_percent: 0.0,
        confirming_percent: 0.0,
    }
}

pub fn promise(today_minutes: u64, other_minutes: u64) -> Promise {
    Promise {
        today: Duration::from_secs(60 * today_minutes),
        others: Duration::from_secs(60 * other_minutes),
        ..Promise::default()
    }
}

/// So many POVs for a week.
pub fn config(povs: usize, quota: Quota) -> PlanConfig {
    PlanConfig::one_app(povs, 6, quota, promise(45, 720))
}

pub fn planner(config: PlanConfig, now: UnixMillis) -> Planner<Learned> {
    let rates = Learned::new(&config, Parameters::default());
    Planner::new(config, rates, now)
}

pub fn codes(povs: usize) -> Vec<OutPovId> {
    (0..povs)
        .map(|pov| OutPovId::new(format!("{pov:05}")).unwrap())
        .collect()
}

/// A reading of one page that shows so much.
pub fn reading(now: UnixMillis, new: u32, picked: u32, rows: u32) -> Reading {
    Reading {
        begun_at: now,
        calls: rows.div_ceil(200).max(1),
        new,
        gone: 0,
        picked,
        rows,
        unpicked: rows,
    }
}

/// A poll that was made.
#[derive(Debug, Clone, Copy)]
pub struct Polled {
    pub at: UnixMillis,
    pub list: ListId,
    pub why: Why,
}

/// Runs the first app's polls with lists that answer like this; a limit of a second is kept by
/// whoever calls.
pub fn run<R: Rates>(
    planner: &mut Planner<R>,
    from: UnixMillis,
    to: UnixMillis,
    per_second: f64,
    mut answer: impl FnMut(ListId, UnixMillis) -> Reading,
) -> Vec<Polled> {
    let mut now = from;
    let mut polls = Vec::new();
    while now < to {
        match planner.next(0, now) {
            Choice::Poll { list, why, .. } => {
                let reading = answer(list, now);
                let calls = reading.calls;
                planner.observe(list, reading, true, now);
                polls.push(Polled { at: now, list, why });
                let pause = (f64::from(calls) * 1_000.0 / per_second).ceil();
                now = now.plus_millis(pause as i64);
            }
            Choice::Wait(until) => {
                assert!(until >= now, "no wait for the past");
                now = until.max(now.plus_millis(1));
            }
        }
    }
    polls
}

/// Lists that never change.
pub fn still(rows: u32) -> impl FnMut(ListId, UnixMillis) -> Reading {
    move |_, now| reading(now, 0, 0, rows)
}

/// Rows that appear at an even rate an hour in every list ahead.
pub fn steady(an_hour: f64) -> impl FnMut(ListId, UnixMillis) -> Reading {
    let mut seen = std::collections::HashMap::<ListId, u32>::new();
    move |list, now| {
        let ever = now.millis_since(at(-240.0)) as f64 / HOUR as f64 * an_hour;
        // Each list at its own phase, so that they do not all change at once.
        let phase = f64::from(list.pov * 7 + list.day.unsigned_abs()) * 0.618 % 1.0;
        let rows = (ever + phase) as u32 % 100_000;
        let before = seen.insert(list, rows).unwrap_or(rows);
        reading(now, rows - before, 0, 50)
    }
}

/// The longest time between two polls of each list, by list, the ends included.
pub fn gaps(
    polls: &[Polled],
    from: UnixMillis,
    to: UnixMillis,
) -> std::collections::HashMap<ListId, i64> {
    let mut last = std::collections::HashMap::<ListId, UnixMillis>::new();
    let mut longest = std::collections::HashMap::<ListId, i64>::new();
    for poll in polls {
        let before = last.insert(poll.list, poll.at).unwrap_or(from);
        let gap = longest.entry(poll.list).or_default();
        *gap = (*gap).max(poll.at.millis_since(before));
    }
    for (list, at) in last {
        let gap = longest.entry(list).or_default();
        *gap = (*gap).max(to.millis_since(at));
    }
    longest
}
