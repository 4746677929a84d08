//! What the planner is told before it begins.

use std::time::Duration;

use super::clock::DAY_SECONDS;

/// How much an app may call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quota {
    /// Calls that may begin in one second; `None` for no such limit.
    pub calls_per_second: Option<f64>,
    /// Calls of a day of Asia/Shanghai; `None` for no such limit.
    pub calls_per_day: Option<u64>,
    /// The part of the day's calls that polls must leave for confirming scans and pulls on demand,
    /// in percent, 0 to 100.
    pub reserved_percent: f64,
    /// The part of the day's calls that confirming scans may take of these, in percent. What they
    /// might take beyond the reserve is kept from polls as well.
    pub confirming_percent: f64,
}

impl Quota {
    /// The part of the confirming scans' calls that is kept until midnight for today's suspects on
    /// their own day: the last of them are missed after clinics have closed.
    pub(crate) const CONFIRMING_KEPT_LAST: f64 = 0.05;

    /// The day's calls that polls may take; `None` if there is no limit.
    #[must_use]
    pub fn polls_per_day(&self) -> Option<u64> {
        let all = self.calls_per_day?;
        Some(all - self.reserved_per_day(all))
    }

    /// The day's calls that confirming scans may take; `None` if there is no limit of any kind.
    #[must_use]
    pub fn confirming_per_day(&self) -> Option<f64> {
        let by_second = self.calls_per_second.map(|calls| calls * DAY_SECONDS);
        let by_day = self.calls_per_day.map(|calls| calls as f64);
        Some(by_day.or(by_second)? * percent(self.confirming_percent))
    }

    /// What of so many calls a day polls must leave.
    fn reserved_per_day(&self, all: u64) -> u64 {
        let part = percent(self.reserved_percent.max(self.confirming_percent));
        ((all as f64 * part).ceil() as u64).min(all)
    }
}

fn percent(percent: f64) -> f64 {
    percent.clamp(0.0, 100.0) / 100.0
}

/// How old a list may be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// Today's lists while clinics are open; one second at least.
    pub today: Duration,
    /// Every list at any time; one second at least.
    pub others: Duration,
    /// When clinics open, as time since midnight of Shanghai.
    pub opens: Duration,
    /// When clinics close.
    pub closes: Duration,
}

impl Promise {
    /// The longest promise that may be made for today's lists.
    pub const TODAY_MAX: Duration = Duration::from_secs(86_400);
    /// The longest that may be made for every list.
    pub const OTHERS_MAX: Duration = Duration::from_secs(604_800);
}

impl Default for Promise {
    /// 45 minutes from 07:30 to 17:30, and twelve hours for the rest.
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            today: minutes(45),
            others: minutes(12 * 60),
            opens: minutes(7 * 60 + 30),
            closes: minutes(17 * 60 + 30),
        }
    }
}

/// How much an hour of delay of one change matters, relative to another's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Of a change of today's list.
    pub today: f64,
    /// Of a change of any other list.
    pub others: f64,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            today: 5.0,
            others: 1.0,
        }
    }
}

impl Weights {
    pub(super) fn of(&self, ahead: i32) -> f64 {
        if ahead == 0 { self.today } else { self.others }
    }
}

/// What is polled, and by what means.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanConfig {
    /// For each POV, the app that reads it: a place in `apps`.
    pub povs: Vec<u16>,
    /// The first day that is read, counted from today.
    pub first_day: i32,
    /// The last day that is read, counted from today.
    pub last_day: i32,
    /// The apps, at least one.
    pub apps: Vec<Quota>,
    /// How old lists may be.
    pub promise: Promise,
    /// What matters more.
    pub weights: Weights,
    /// The part of a day's calls that is held back until the morning on a day whose like was not
    /// seen before, in percent.
    pub held_back_percent: f64,
    /// Spreads what would otherwise happen at the same instant.
    pub seed: u64,
}

impl PlanConfig {
    /// So many POVs, today to `last_day`, read by one app.
    #[must_use]
    pub fn one_app(povs: usize, last_day: i32, quota: Quota, promise: Promise) -> Self {
        Self {
            povs: vec![0; povs],
            first_day: 0,
            last_day,
            apps: vec![quota],
            promise,
            weights: Weights::default(),
            held_back_percent: 12.0,
            seed: 0,
        }
    }

    /// The days that are open at a time.
    #[must_use]
    pub fn horizon(&self) -> usize {
        usize::try_from(self.last_day - self.first_day + 1).unwrap_or(0)
    }

    /// The number of lists.
    #[must_use]
    pub fn lists(&self) -> usize {
        self.povs.len() * self.horizon()
    }
}
