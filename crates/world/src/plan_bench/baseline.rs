//! The policies that are there without a planner: round-robin and fixed tiers.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::lists::Shown;
use super::policy::{Policy, Step};
use super::scenario::PlanScenario;

const DAY: u32 = 86_400_000;
/// Multiples of it are spread evenly over 0..1 when their whole parts are dropped.
const GOLDEN: f64 = 0.618_033_988_75;
/// How long a list waits after a failure.
const RETRY: u32 = 15_000;

/// Every list in turn, at an even pace that just uses the budget up.
#[derive(Debug)]
pub(super) struct RoundRobin {
    povs: usize,
    days: usize,
    turn: usize,
    next_at: u32,
    /// Between two calls, in milliseconds.
    spacing: f64,
    carried: f64,
}

impl RoundRobin {
    pub(super) fn new(scenario: &PlanScenario, now: u32) -> Self {
        Self {
            povs: scenario.povs,
            days: scenario.days,
            turn: 0,
            next_at: now,
            // A hair slower than the budget allows, so that it never runs dry before midnight.
            spacing: f64::from(DAY) / scenario.budget() * 1.001,
            carried: 0.0,
        }
    }

    fn pace(&mut self, now: u32, calls: u32) {
        self.carried += self.spacing * f64::from(calls);
        let whole = self.carried.floor();
        self.carried -= whole;
        self.next_at = self.next_at.max(now.saturating_sub(1_000)) + whole as u32;
    }
}

impl Policy for RoundRobin {
    fn next(&mut self, now: u32) -> Step {
        if now < self.next_at {
            return Step::Wait(self.next_at);
        }
        let today = (now / DAY) as usize;
        let turn = self.turn;
        self.turn = (self.turn + 1) % (self.povs * self.days);
        Step::Poll {
            pov: turn % self.povs,
            date: today + turn / self.povs,
            calls_max: u64::MAX,
        }
    }

    fn shown(&mut self, _: usize, _: usize, now: u32, calls: u32, _: &Shown) {
        self.pace(now, calls);
    }

    fn failed(&mut self, _: usize, _: usize, now: u32, calls: u32) {
        self.pace(now, calls);
    }

    fn banned(&mut self, _: usize, _: usize, _: u32, until: u32) {
        self.next_at = until;
    }
}

/// Today every five minutes while clinics are open and every 30 otherwise, tomorrow every 30, the
/// others every two hours, all times a factor that makes the calls fit the budget.
#[derive(Debug)]
pub(super) struct FixedTiers {
    days: usize,
    povs: usize,
    factor: f64,
    today: usize,
    queue: BinaryHeap<Reverse<(u32, usize, usize)>>,
    parked_until: u32,
    left: u64,
    budget: u64,
    /// Where in its interval each list begins: 0..1.
    phase: f64,
}

impl FixedTiers {
    pub(super) fn new(scenario: &PlanScenario, factor: f64, phase: f64, now: u32) -> Self {
        let budget = scenario.calls_per_day.unwrap_or(u64::MAX);
        let mut tiers = Self {
            days: scenario.days,
            povs: scenario.povs,
            factor,
            today: (now / DAY) as usize,
            queue: BinaryHeap::new(),
            parked_until: 0,
            left: budget,
            budget,
            phase,
        };
        tiers.turn(now);
        tiers
    }

    /// Milliseconds between two polls, at this time.
    fn interval(&self, ahead: usize, now: u32) -> f64 {
        Self::base_minutes(ahead, now) * 60_000.0 * self.factor
    }

    pub(super) fn base_minutes(ahead: usize, now: u32) -> f64 {
        let hour = f64::from(now % DAY) / 3_600_000.0;
        match ahead {
            0 if (7.5..17.5).contains(&hour) => 5.0,
            0 | 1 => 30.0,
            _ => 120.0,
        }
    }

    /// A new day, or a new tier of today's lists: everything is queued by its present interval.
    fn turn(&mut self, now: u32) {
        self.queue.clear();
        for pov in 0..self.povs {
            for ahead in 0..self.days {
                let interval = self.interval(ahead, now);
                // Golden steps spread the lists evenly, from another place with another phase.
                let spread = (self.phase + (pov * self.days + ahead) as f64 * GOLDEN).fract();
                let due = now as f64 + interval * spread;
                self.queue
                    .push(Reverse((due as u32, pov, self.today + ahead)));
            }
        }
    }

    fn put(&mut self, pov: usize, date: usize, due: u32) {
        if date >= self.today {
            self.queue.push(Reverse((due, pov, date)));
        }
    }
}

impl Policy for FixedTiers {
    fn next(&mut self, now: u32) -> Step {
        if (now / DAY) as usize != self.today {
            self.today = (now / DAY) as usize;
            self.left = self.budget;
            self.turn(now);
        }
        if now < self.parked_until {
            return Step::Wait(self.parked_until);
        }
        let midnight = (self.today as u32 + 1) * DAY;
        if self.left == 0 {
            return Step::Wait(midnight);
        }
        match self.queue.peek().copied() {
            Some(Reverse((due, pov, date))) if due <= now => {
                self.queue.pop();
                Step::Poll {
                    pov,
                    date,
                    calls_max: self.left,
                }
            }
            Some(Reverse((due, ..))) => Step::Wait(due.min(midnight)),
            None => Step::Wait(midnight),
        }
    }

    fn shown(&mut self, pov: usize, date: usize, now: u32, calls: u32, _: &Shown) {
        self.left = self.left.saturating_sub(u64::from(calls));
        let ahead = date.saturating_sub(self.today);
        let mut due = now as f64 + self.interval(ahead, now);
        // Today's lists speed up when the doors open.
        let opens = self.today as f64 * f64::from(DAY) + 7.5 * 3_600_000.0;
        if ahead == 0 && f64::from(now) < opens && due > opens {
            let spread = (self.phase + pov as f64 * GOLDEN).fract();
            due = due.min(opens + self.interval(0, opens as u32) * spread);
        }
        self.put(pov, date, due as u32);
    }

    fn failed(&mut self, pov: usize, date: usize, now: u32, calls: u32) {
        self.left = self.left.saturating_sub(u64::from(calls));
        self.put(pov, date, now + RETRY);
    }

    fn banned(&mut self, pov: usize, date: usize, now: u32, until: u32) {
        self.left = self.left.saturating_sub(1);
        self.parked_until = until;
        self.put(pov, date, now);
    }
}
