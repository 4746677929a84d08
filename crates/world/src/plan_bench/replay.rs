//! One policy against one world, on a virtual clock.
//!
//! The harness serves what a poll shows at its instant, charges every call, failed ones included,
//! and keeps the limits itself: a call beyond the day's budget is refused and counted.

use povline_sync::plan::{ListId, Promise};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::events::BenchWorld;
use super::lists::Lists;
use super::policy::{Policy, Step, begins};
use super::scenario::Faults;
use super::score::{AgesAt, Score};

const DAY: u32 = 86_400_000;
const SAMPLE: u32 = 600_000;
/// After a ban, this much time is given to make up for it.
const EXCUSED_AFTER_BAN: u32 = 600_000;

/// A policy under way.
struct Replay<'a> {
    world: &'a BenchWorld,
    lists: Lists<'a>,
    score: Score,
    promise: Promise,
    chance: ChaCha8Rng,
    graded: std::ops::Range<u32>,
    /// When the next call may begin by the limit of a second, in milliseconds.
    free_at: f64,
    day: u32,
    calls_of_day: u64,
    sampled_until: u32,
}

/// Runs a policy from the beginning of a day of the world to its end. The policy takes it that
/// every list was read as that day began.
pub(super) fn replay(
    world: &BenchWorld,
    policy: &mut dyn Policy,
    start_day: usize,
    seed: u64,
) -> Score {
    let scenario = &world.ways.scenario;
    let changed = world.clinics.iter();
    let changed = changed
        .map(|clinic| world.ways.is_changed(clinic))
        .collect();
    let score = Score::new(scenario, changed, scenario.warmup_days);
    let graded = score.graded();
    let start = start_day as u32 * DAY;
    let end = graded.end + (scenario.flush_hours * 3_600_000.0) as u32;
    let mut replay = Replay {
        world,
        lists: Lists::at_day(world, start_day),
        promise: scenario.promise(),
        chance: ChaCha8Rng::seed_from_u64(seed ^ 0x5ca1_ab1e),
        free_at: f64::from(start),
        day: start_day as u32,
        calls_of_day: 0,
        sampled_until: graded.start,
        graded,
        score,
    };
    replay.run(policy, start, end);
    replay.score
}

impl Replay<'_> {
    fn run(&mut self, policy: &mut dyn Policy, start: u32, end: u32) {
        let mut now = start;
        while now < end {
            self.turn(now);
            match policy.next(now) {
                Step::Wait(until) => {
                    now = until.max(now + 1);
                    self.sample(policy, now.min(end));
                }
                Step::Poll {
                    pov,
                    date,
                    calls_max,
                } => {
                    self.sample(policy, now);
                    self.poll(policy, (pov, date), now, calls_max);
                    // The limit of a second is waited for by whoever calls.
                    now = now.max(self.free_at.ceil() as u32);
                }
            }
        }
        self.turn(end.max(self.graded.end));
        for list in 0..self.world.lists() {
            let date = list % self.world.dates;
            let horizon = self.world.ways.scenario.days;
            let today = (end / DAY) as usize;
            if (today..today + horizon).contains(&date) {
                self.note_age(list, end);
            }
            self.lists.charge_rest(list, end, &mut self.score);
        }
    }

    /// Days that have begun meanwhile. Lists of yesterday are not polled any more: what was not
    /// found in them is charged to midnight.
    fn turn(&mut self, now: u32) {
        while self.day < now / DAY {
            let midnight = (self.day + 1) * DAY;
            for pov in 0..self.world.clinics.len() {
                let list = pov * self.world.dates + self.day as usize;
                self.note_age(list, midnight);
                self.lists.charge_rest(list, midnight, &mut self.score);
            }
            self.day += 1;
            self.calls_of_day = 0;
        }
    }

    fn poll(
        &mut self,
        policy: &mut dyn Policy,
        (pov, date): (usize, usize),
        now: u32,
        calls_max: u64,
    ) {
        let list = pov * self.world.dates + date;
        let faults = self.world.ways.scenario.faults.as_ref();
        let faults = faults.filter(|_| self.graded.contains(&now)).cloned();
        if let Some(faults) = faults {
            let (from, until) = self.ban(&faults);
            if (from..until).contains(&now) {
                self.charge(now, 1, true);
                return policy.banned(pov, date, now, until);
            }
            if self.chance.random::<f64>() < faults.failed_part {
                self.charge(now, 1, true);
                return policy.failed(pov, date, now, 1);
            }
        }
        let cost = self.lists.cost(list, now);
        if u64::from(cost) > calls_max {
            // It wants more calls than the policy can spend: it spends those, in vain.
            let spent = u32::try_from(calls_max).unwrap_or(u32::MAX);
            self.charge(now, spent, true);
            return policy.failed(pov, date, now, spent);
        }
        if !self.charge(now, cost, false) {
            return policy.failed(pov, date, now, cost);
        }
        self.note_age(list, now);
        let shown = self.lists.poll(list, now, &mut self.score);
        policy.shown(pov, date, now, cost, &shown);
    }

    /// Charges calls; false if the day's budget does not reach for them.
    fn charge(&mut self, now: u32, calls: u32, failed: bool) -> bool {
        let scenario = &self.world.ways.scenario;
        if let Some(rate) = scenario.calls_per_second {
            self.free_at = self.free_at.max(f64::from(now)) + f64::from(calls) * 1_000.0 / rate;
        }
        self.calls_of_day += u64::from(calls);
        if self.graded.contains(&now) {
            self.score.calls += u64::from(calls);
            self.score.failed_calls += u64::from(calls) * u64::from(failed);
        }
        let budget = scenario.calls_per_day.unwrap_or(u64::MAX);
        let beyond = self
            .calls_of_day
            .saturating_sub(budget)
            .min(u64::from(calls));
        self.score.over_budget += beyond;
        beyond == 0
    }

    fn ban(&self, faults: &Faults) -> (u32, u32) {
        let at = |hour: f64| self.graded.start + (hour * 3_600_000.0) as u32;
        (at(faults.ban_from_hour), at(faults.ban_until_hour))
    }

    /// Takes note of how old a list is that is about to be read or charged.
    fn note_age(&mut self, list: usize, now: u32) {
        let date = (list % self.world.dates) as i32;
        let first = self.world.ways.scenario.first_day();
        let id = ListId {
            pov: (list / self.world.dates) as u32,
            day: first + date,
        };
        let read_at = self.lists.cursor(list).read_at;
        let world_begins = begins(first);
        let breaks = self
            .promise
            .breaks_at(id, world_begins.plus_millis(i64::from(read_at)));
        let breaks = breaks.millis_since(world_begins);
        let late = i64::from(now) - breaks;
        if late > 0 && !self.is_excused(breaks, now) {
            self.score.late_by = self.score.late_by.max(late as f64 / 1_000.0);
        }
        if !self.graded.contains(&now) {
            return;
        }
        let age = f64::from(now - read_at.min(now)) / 1_000.0;
        let hour = f64::from(now - self.graded.start) / 3_600_000.0;
        if date == (now / DAY) as i32 && (7.5..17.5).contains(&hour) {
            self.score.worst_today = self.score.worst_today.max(age);
        } else {
            self.score.worst_other = self.score.worst_other.max(age);
        }
    }

    fn is_excused(&self, breaks: i64, now: u32) -> bool {
        let faults = self.world.ways.scenario.faults.as_ref();
        faults.is_some_and(|faults| {
            let (from, until) = self.ban(faults);
            breaks >= i64::from(from) && now <= until + EXCUSED_AFTER_BAN
        })
    }

    /// Takes the ages of all lists down, every ten minutes of the graded day.
    fn sample(&mut self, policy: &dyn Policy, now: u32) {
        while self.sampled_until <= now && self.sampled_until < self.graded.end {
            let at = self.sampled_until;
            self.sampled_until += SAMPLE;
            if now < self.graded.start {
                continue;
            }
            let hour = f64::from(at - self.graded.start) / 3_600_000.0;
            if let Some(price) = policy.price() {
                self.score.prices.push((hour, price));
            }
            let ages = self.ages(at, hour);
            self.score.ages.push(ages);
        }
    }

    fn ages(&self, at: u32, hour: f64) -> AgesAt {
        let today = (at / DAY) as usize;
        let mut ages = AgesAt {
            hour,
            ..AgesAt::default()
        };
        let mut counts = [0.0; 3];
        for pov in 0..self.world.clinics.len() {
            for ahead in 0..self.world.ways.scenario.days {
                let list = pov * self.world.dates + today + ahead;
                let read_at = self.lists.cursor(list).read_at;
                let age = f64::from(at.saturating_sub(read_at)) / 1_000.0;
                let tier = ahead.min(2);
                ages.mean[tier] += age;
                counts[tier] += 1.0;
                ages.worst[tier] = ages.worst[tier].max(age);
            }
        }
        for (mean, count) in ages.mean.iter_mut().zip(counts) {
            *mean /= f64::max(count, 1.0);
        }
        ages
    }
}
