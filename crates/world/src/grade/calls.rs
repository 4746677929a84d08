//! What a client called, and how soon it recovered from faults.

use std::collections::{BTreeMap, HashMap};

use povline_domain::{Day, UnixMillis};
use serde::Serialize;

use crate::faults::FaultRule;
use crate::server::{CallLog, Outcome};
use crate::truth::Truth;

/// A client's calls.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Calls {
    /// All of them.
    pub made: u64,
    /// That brought a page.
    pub pages: u64,
    /// Rows on those pages.
    pub rows: u64,
    /// That a fault struck down.
    pub faulted: u64,
    /// That were refused because of what they were: a wrong signature, a POV that is not there.
    pub refused: u64,
    /// Bans that the client brought upon itself by calling too often.
    pub bans_provoked: u64,
    /// Calls made although a ban had been told.
    pub within_bans: u64,
    /// The most calls of any day.
    pub most_in_a_day: u64,
    /// What a day allows; 0 is no limit.
    pub budget_per_day: u32,
    /// What a second allows; 0 is no limit.
    pub budget_per_second: u32,
}

impl Calls {
    pub(super) fn of(truth: &Truth, log: &CallLog) -> Self {
        let budget = truth.scenario().budget;
        let mut calls = Self {
            budget_per_day: budget.calls_per_day,
            budget_per_second: budget.calls_per_second,
            ..Self::default()
        };
        let mut days: BTreeMap<Day, u64> = BTreeMap::new();
        for call in log.all() {
            calls.made += 1;
            *days.entry(Day::at(call.at)).or_default() += 1;
            match &call.outcome {
                Outcome::Page { rows, .. } => {
                    calls.pages += 1;
                    calls.rows += rows.len() as u64;
                }
                Outcome::Fault => calls.faulted += 1,
                Outcome::Refused(_) => calls.refused += 1,
                Outcome::OverBudget => calls.bans_provoked += 1,
                Outcome::WithinBan => calls.within_bans += 1,
            }
        }
        calls.most_in_a_day = days.values().copied().max().unwrap_or(0);
        calls
    }
}

/// How soon lists were read again after a rule's faults, in seconds of the world's time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recovery {
    /// The rule's name.
    pub rule: String,
    /// What it does.
    pub what: &'static str,
    /// How many calls it struck down.
    pub struck: u64,
    /// How many lists it left unread for a while.
    pub episodes: u64,
    /// The mean time until such a list was read again.
    pub mean_s: f64,
    /// The longest.
    pub worst_s: f64,
    /// Lists that were not read again.
    pub never: u64,
}

/// From the first call that was struck down to the end of the next page of the same list.
pub(super) fn recoveries(rules: &[FaultRule], log: &CallLog) -> Vec<Recovery> {
    let mut open: HashMap<(usize, Day), (UnixMillis, usize)> = HashMap::new();
    let mut struck = vec![0_u64; rules.len()];
    let mut times: Vec<Vec<i64>> = vec![Vec::new(); rules.len()];
    for call in log.all() {
        let Some(clinic) = call.clinic else {
            continue;
        };
        let list = (clinic, call.day);
        match (
            &call.outcome,
            call.rules.iter().find(|rule| denies(rules, **rule)),
        ) {
            (Outcome::Fault, Some(rule)) => {
                struck[*rule] += 1;
                open.entry(list).or_insert((call.at, *rule));
            }
            (Outcome::Page { .. }, _) => {
                if let Some((since, rule)) = open.remove(&list) {
                    times[rule].push(call.answered_at.millis_since(since));
                }
            }
            _ => {}
        }
    }
    let seconds = |millis: i64| (millis as f64 / 100.0).round() / 10.0;
    rules
        .iter()
        .enumerate()
        .filter(|(place, _)| struck[*place] > 0)
        .map(|(place, rule)| {
            let times = &times[place];
            let sum: i64 = times.iter().sum();
            let never = open.values().filter(|(_, of)| *of == place).count() as u64;
            Recovery {
                rule: rule.name.clone(),
                what: rule.word(),
                struck: struck[place],
                episodes: times.len() as u64 + never,
                mean_s: seconds(sum / (times.len() as i64).max(1)),
                worst_s: seconds(times.iter().copied().max().unwrap_or(0)),
                never,
            }
        })
        .collect()
}

fn denies(rules: &[FaultRule], rule: usize) -> bool {
    rules.get(rule).is_some_and(|rule| rule.what.denies())
}
