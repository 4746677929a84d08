//! All policies on one world.

use std::sync::Arc;

use povline_sync::plan::{Learned, Parameters, PlanConfig, Planner, Rates};

use super::baseline::{FixedTiers, RoundRobin};
use super::events::BenchWorld;
use super::policy::{Index, Policy, begins};
use super::replay::replay;
use super::score::Score;
use super::truth::{ClassRates, TrueRates};

/// A policy that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyName {
    /// Every list in turn.
    RoundRobin,
    /// Fixed tiers, scaled to the budget.
    Tiers,
    /// The planner with the true average rates of each day ahead and quarter of an hour.
    ClassRoot,
    /// The planner with the true rates of every list.
    TrueRate,
    /// The planner with rates that it has learned.
    Learned,
}

impl PolicyName {
    /// All of them, the planner of this program last.
    pub const ALL: [Self; 5] = [
        Self::RoundRobin,
        Self::Tiers,
        Self::ClassRoot,
        Self::TrueRate,
        Self::Learned,
    ];

    /// The name for machines.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::RoundRobin => "round-robin",
            Self::Tiers => "tiers",
            Self::ClassRoot => "class-sqrt",
            Self::TrueRate => "true-rate",
            Self::Learned => "learned",
        }
    }
}

/// What a policy came to on a world; of policies with a phase, once for each.
#[derive(Debug)]
pub struct Graded {
    /// Which policy.
    pub policy: PolicyName,
    /// Its scores, one at least.
    pub scores: Vec<Score>,
}

impl Graded {
    /// The weighted mean delay, in seconds, over all phases.
    #[must_use]
    pub fn weighted_mean(&self) -> f64 {
        let sum: f64 = self.scores.iter().map(Score::weighted_mean).sum();
        sum / self.scores.len().max(1) as f64
    }
}

/// What the planner is tried with; the defaults are what the product uses.
#[derive(Debug, Clone, Copy, Default)]
pub struct Trial {
    /// How it learns.
    pub parameters: Parameters,
}

/// The part of the quota that the learning planner keeps for others, in percent.
const RESERVED_PERCENT: f64 = 0.5;
/// The phases from which tiers are begun.
const PHASES: [f64; 3] = [0.0, 0.33, 0.71];

/// Replays this world with one policy.
#[must_use]
pub fn grade(world: &Arc<BenchWorld>, policy: PolicyName, trial: &Trial, seed: u64) -> Graded {
    let scenario = &world.ways.scenario;
    let yesterday = scenario.warmup_days.saturating_sub(1);
    let start = yesterday as u32 * 86_400_000;
    let run = |policy: &mut dyn Policy, day: usize| replay(world, policy, day, seed);
    let scores = match policy {
        PolicyName::RoundRobin => {
            vec![run(&mut RoundRobin::new(scenario, start), yesterday)]
        }
        PolicyName::Tiers => {
            let factor = tiers_factor(world);
            let phases = PHASES.iter();
            phases
                .map(|phase| {
                    let mut tiers = FixedTiers::new(scenario, factor, *phase, start);
                    run(&mut tiers, yesterday)
                })
                .collect()
        }
        PolicyName::ClassRoot => {
            let mut index = index(
                world,
                knowing(world, seed),
                ClassRates::of(world),
                yesterday,
            );
            vec![run(&mut index, yesterday)]
        }
        PolicyName::TrueRate => {
            let rates = TrueRates {
                world: Arc::clone(world),
            };
            let mut index = index(world, knowing(world, seed), rates, yesterday);
            vec![run(&mut index, yesterday)]
        }
        PolicyName::Learned => {
            let config = scenario.plan_config(seed, RESERVED_PERCENT);
            let rates = Learned::new(&config, trial.parameters);
            let mut index = index(world, config, rates, 0);
            vec![run(&mut index, 0)]
        }
    };
    Graded { policy, scores }
}

/// Who knows the rates need hold nothing back.
fn knowing(world: &BenchWorld, seed: u64) -> PlanConfig {
    PlanConfig {
        held_back_percent: 0.0,
        ..world.ways.scenario.plan_config(seed, 0.0)
    }
}

fn index<R: Rates>(world: &BenchWorld, config: PlanConfig, rates: R, start_day: usize) -> Index<R> {
    let first = world.ways.scenario.first_day();
    let now = begins(first + start_day as i32);
    Index::new(Planner::new(config, rates, now), first)
}

/// The factor on the tiers' intervals at which their calls of the graded day are those of the
/// budget, or, with a limit of a second alone, those of the busiest hours are.
fn tiers_factor(world: &BenchWorld) -> f64 {
    let scenario = &world.ways.scenario;
    let graded = scenario.warmup_days;
    let noon = graded as u32 * 86_400_000 + 12 * 3_600_000;
    let lists = super::lists::Lists::at_day(world, graded);
    let mut calls = 0.0;
    for pov in 0..scenario.povs {
        for ahead in 0..scenario.days {
            let cost = lists.cost(pov * world.dates + graded + ahead, noon);
            let a_day = if scenario.calls_per_day.is_none() {
                1_440.0 / FixedTiers::base_minutes(ahead, noon)
            } else if ahead == 0 {
                10.0 * 12.0 + 14.0 * 2.0
            } else {
                1_440.0 / FixedTiers::base_minutes(ahead, noon)
            };
            calls += f64::from(cost) * a_day;
        }
    }
    calls / scenario.budget()
}
