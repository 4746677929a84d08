//! How late a policy found the changes of the graded day.

use super::events::Event;
use super::scenario::PlanScenario;

/// A change that a poll found.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    pub(super) pov: usize,
    pub(super) date: usize,
    pub(super) event: Event,
    pub(super) at: u32,
}

/// Ages of lists at one time of the day, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct AgesAt {
    /// The hour of the graded day.
    pub hour: f64,
    /// Mean age of today's lists, of tomorrow's and of later ones.
    pub mean: [f64; 3],
    /// The greatest age.
    pub worst: [f64; 3],
}

/// What a policy did on the graded day. Delays are in seconds.
#[derive(Debug, Clone, Default)]
pub struct Score {
    graded: std::ops::Range<u32>,
    graded_day: usize,
    today_weight: f64,
    changed: Vec<bool>,
    sum: f64,
    weight: f64,
    changed_sum: f64,
    changed_weight: f64,
    today_delays: Vec<f32>,
    open_delays: Vec<f32>,
    ahead_delays: Vec<f32>,
    pub(super) worst_today: f64,
    pub(super) worst_other: f64,
    pub(super) late_by: f64,
    pub(super) calls: u64,
    pub(super) failed_calls: u64,
    pub(super) over_budget: u64,
    pub(super) prices: Vec<(f64, f64)>,
    pub(super) ages: Vec<AgesAt>,
}

/// Delays, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Delays {
    /// How many.
    pub count: usize,
    /// Their mean.
    pub mean: f64,
    /// Their median.
    pub p50: f64,
    /// What 95 of 100 stay below.
    pub p95: f64,
    /// What 99 of 100 stay below.
    pub p99: f64,
}

impl Delays {
    fn of(delays: &[f32]) -> Self {
        let mut sorted = delays.to_vec();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |part: f64| {
            let place = (sorted.len() as f64 * part) as usize;
            let place = place.min(sorted.len().saturating_sub(1));
            sorted.get(place).map_or(0.0, |delay| f64::from(*delay))
        };
        let sum: f64 = sorted.iter().map(|delay| f64::from(*delay)).sum();
        Self {
            count: sorted.len(),
            mean: sum / sorted.len().max(1) as f64,
            p50: at(0.5),
            p95: at(0.95),
            p99: at(0.99),
        }
    }
}

impl Score {
    pub(super) fn new(scenario: &PlanScenario, changed: Vec<bool>, graded_day: usize) -> Self {
        let day = 86_400_000;
        Self {
            graded: graded_day as u32 * day..(graded_day as u32 + 1) * day,
            graded_day,
            today_weight: scenario.today_weight,
            changed,
            ..Self::default()
        }
    }

    pub(super) fn graded(&self) -> std::ops::Range<u32> {
        self.graded.clone()
    }

    pub(super) fn found(&mut self, found: Found) {
        if !self.graded.contains(&found.event.at) {
            return;
        }
        let delay = f64::from(found.at - found.event.at) / 1_000.0;
        let today = found.date == self.graded_day;
        let weight = if today { self.today_weight } else { 1.0 };
        self.sum += weight * delay;
        self.weight += weight;
        if self.changed.get(found.pov) == Some(&true)
            && found.event.at - self.graded.start >= 12 * 3_600_000
        {
            self.changed_sum += weight * delay;
            self.changed_weight += weight;
        }
        if today {
            self.today_delays.push(delay as f32);
            let hour = f64::from(found.event.at - self.graded.start) / 3_600_000.0;
            if (7.5..17.5).contains(&hour) {
                self.open_delays.push(delay as f32);
            }
        } else {
            self.ahead_delays.push(delay as f32);
        }
    }

    /// The weighted mean delay of all changes: what policies are compared by.
    #[must_use]
    pub fn weighted_mean(&self) -> f64 {
        self.sum / self.weight.max(f64::MIN_POSITIVE)
    }

    /// That of the clinics that changed at noon, from then on; `None` if none did.
    #[must_use]
    pub fn of_changed(&self) -> Option<f64> {
        (self.changed_weight > 0.0).then(|| self.changed_sum / self.changed_weight)
    }

    /// Delays of changes of today's lists.
    #[must_use]
    pub fn today(&self) -> Delays {
        Delays::of(&self.today_delays)
    }

    /// Those while clinics were open.
    #[must_use]
    pub fn today_open(&self) -> Delays {
        Delays::of(&self.open_delays)
    }

    /// Delays of changes of other lists.
    #[must_use]
    pub fn ahead(&self) -> Delays {
        Delays::of(&self.ahead_delays)
    }

    /// The greatest age of a list of today while clinics were open.
    #[must_use]
    pub fn worst_today(&self) -> f64 {
        self.worst_today
    }

    /// The greatest age of any other list.
    #[must_use]
    pub fn worst_other(&self) -> f64 {
        self.worst_other
    }

    /// By how much the worst list was older than promised, outside a ban and ten minutes after.
    #[must_use]
    pub fn late_by(&self) -> f64 {
        self.late_by
    }

    /// Calls made on the graded day.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.calls
    }

    /// Those that failed.
    #[must_use]
    pub fn failed_calls(&self) -> u64 {
        self.failed_calls
    }

    /// Calls that were tried beyond a limit, on any day.
    #[must_use]
    pub fn over_budget(&self) -> u64 {
        self.over_budget
    }

    /// The price of a call over the graded day, by hour.
    #[must_use]
    pub fn prices(&self) -> &[(f64, f64)] {
        &self.prices
    }

    /// Ages over the graded day.
    #[must_use]
    pub fn ages(&self) -> &[AgesAt] {
        &self.ages
    }
}
