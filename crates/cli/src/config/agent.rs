//! The agent's settings, checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use povline_domain::OutPovId;
use povline_sync::PlanSettings;
use povline_sync::plan::{Promise, Quota, Weights};

use super::{CallerConfig, Checker, ClinicConfig, RawConfig, Setting};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// What `sync` runs on.
#[derive(Debug, Clone)]
pub(crate) struct SyncConfig {
    pub(crate) data: PathBuf,
    pub(crate) caller: CallerConfig,
    /// The clinics, each once.
    pub(crate) povs: Vec<OutPovId>,
    /// The first and the last day, counted from today.
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
    pub(crate) calls_per_second: u32,
    pub(crate) calls_per_day: u64,
    /// How often today's lists are read while clinics are open, if set.
    pub(crate) today: Option<Duration>,
    /// How often other days' lists are read, if set.
    pub(crate) other_days: Option<Duration>,
    /// Polls are planned instead, under this quota and by these promises.
    pub(crate) plan: Option<PlanSettings>,
    pub(crate) confirm_after: Duration,
    /// How many lists are read at the same time.
    pub(crate) workers: usize,
    /// The front desk, if it is served.
    pub(crate) clinic: Option<ClinicConfig>,
}

impl SyncConfig {
    pub(crate) fn check(raw: &RawConfig) -> CliResult<Self> {
        let mut checker = Checker::default();
        let agent = &raw.agent;
        let data = data(raw, &mut checker);
        let caller = CallerConfig::check_with(raw, &mut checker);
        let povs = checker.required("agent.povs", agent.povs.as_ref(), povs);
        let mut number = |name, setting: &Option<Setting>, bounds, default| {
            checker.number(name, setting.as_ref(), bounds, default)
        };
        let first_day = number("agent.first_day", &agent.first_day, -60..=60, -1);
        let last_day = number("agent.last_day", &agent.last_day, -60..=180, 7);
        let per_second = number(
            "agent.calls_per_second",
            &agent.calls_per_second,
            1..=10_000,
            20,
        );
        let per_day = number(
            "agent.calls_per_day",
            &agent.calls_per_day,
            1..=1_000_000_000,
            100_000,
        );
        let today = number("agent.today_seconds", &agent.today_seconds, 1..=86_400, 0);
        let other_days = number(
            "agent.other_days_seconds",
            &agent.other_days_seconds,
            1..=86_400,
            0,
        );
        let confirm_after = number(
            "agent.confirm_after_seconds",
            &agent.confirm_after_seconds,
            1..=86_400,
            60,
        );
        let workers = number("agent.workers", &agent.workers, 1..=256, 8);
        let plan = planned(agent, &mut checker);
        let clinic = ClinicConfig::check_with(raw, &mut checker);
        if first_day > last_day {
            checker.fault("agent.first_day must not be later than agent.last_day");
        }
        checker.finish()?;
        let (Some(data), Some(caller), Some(povs)) = (data, caller, povs) else {
            return Err(CliError::new(Exit::Usage, "the settings cannot be used"));
        };
        let every =
            |seconds: i64| (seconds > 0).then(|| Duration::from_secs(seconds.unsigned_abs()));
        Ok(Self {
            data,
            caller,
            povs,
            first_day: i32::try_from(first_day).unwrap_or(-1),
            last_day: i32::try_from(last_day).unwrap_or(7),
            calls_per_second: u32::try_from(per_second).unwrap_or(u32::MAX),
            calls_per_day: per_day.unsigned_abs(),
            today: every(today),
            other_days: every(other_days),
            plan,
            confirm_after: Duration::from_secs(confirm_after.unsigned_abs()),
            workers: usize::try_from(workers).unwrap_or(1),
            clinic,
        })
    }
}

/// What `plan` looks at: the agent's settings, without those of who calls.
#[derive(Debug, Clone)]
pub(crate) struct PlanLook {
    pub(crate) data: PathBuf,
    /// The clinics, if the settings name them.
    pub(crate) povs: Option<Vec<OutPovId>>,
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
    pub(crate) settings: PlanSettings,
    /// The app whose plan it is, if the settings name it.
    pub(crate) app_key: Option<String>,
}

impl PlanLook {
    pub(crate) fn check(raw: &RawConfig) -> CliResult<Self> {
        let mut checker = Checker::default();
        let agent = &raw.agent;
        let data = data(raw, &mut checker);
        let povs = checker.optional("agent.povs", agent.povs.as_ref(), povs);
        let days = |checker: &mut Checker, name, setting: &Option<Setting>, default| {
            let day = checker.number(name, setting.as_ref(), -60..=180, default);
            i32::try_from(day).unwrap_or(0)
        };
        let first_day = days(&mut checker, "agent.first_day", &agent.first_day, -1);
        let last_day = days(&mut checker, "agent.last_day", &agent.last_day, 7);
        let settings = plan_settings(agent, &mut checker);
        if first_day > last_day {
            checker.fault("agent.first_day must not be later than agent.last_day");
        }
        checker.finish()?;
        Ok(Self {
            data: data.unwrap_or_default(),
            povs,
            first_day,
            last_day,
            settings,
            app_key: raw.caller.app_key.as_ref().map(|key| key.text.clone()),
        })
    }
}

/// Polls are planned once the day's calls are given or a promise is made, unless fixed tiers are
/// asked for.
fn planned(agent: &super::RawAgent, checker: &mut Checker) -> Option<PlanSettings> {
    let tiers = agent.today_seconds.is_some() || agent.other_days_seconds.is_some();
    let promises = agent.promise_today_seconds.is_some()
        || agent.promise_other_seconds.is_some()
        || agent.today_weight.is_some();
    let settings = plan_settings(agent, checker);
    if tiers && promises {
        checker.fault(
            "agent.today_seconds and agent.other_days_seconds set fixed tiers, and \
             agent.promise_today_seconds, agent.promise_other_seconds and agent.today_weight plan \
             polls: leave out either these or those",
        );
    }
    let plans = promises || (agent.calls_per_day.is_some() && !tiers);
    plans.then_some(settings)
}

/// The part of the day's calls that is kept for confirming scans and pulls on demand.
pub(crate) const RESERVED_PERCENT: u8 = 10;

fn plan_settings(agent: &super::RawAgent, checker: &mut Checker) -> PlanSettings {
    let mut number = |name, setting: &Option<Setting>, bounds, default| {
        checker.number(name, setting.as_ref(), bounds, default)
    };
    let per_second = number(
        "agent.calls_per_second",
        &agent.calls_per_second,
        1..=10_000,
        20,
    );
    let per_day = number(
        "agent.calls_per_day",
        &agent.calls_per_day,
        1..=1_000_000_000,
        100_000,
    );
    let today = number(
        "agent.promise_today_seconds",
        &agent.promise_today_seconds,
        10..=86_400,
        2_700,
    );
    let others = number(
        "agent.promise_other_seconds",
        &agent.promise_other_seconds,
        10..=604_800,
        43_200,
    );
    let weight = number("agent.today_weight", &agent.today_weight, 1..=1_000, 5);
    PlanSettings {
        quota: Quota {
            calls_per_second: Some(per_second as f64),
            calls_per_day: Some(per_day.unsigned_abs()),
            reserved_percent: f64::from(RESERVED_PERCENT),
        },
        promise: Promise {
            today: Duration::from_secs(today.unsigned_abs()),
            others: Duration::from_secs(others.unsigned_abs()),
            ..Promise::default()
        },
        weights: Weights {
            today: weight as f64,
            others: 1.0,
        },
    }
}

/// Where the agent's ledger lies: all that `status` and `events` need.
pub(crate) fn ledger_data(raw: &RawConfig) -> CliResult<PathBuf> {
    let mut checker = Checker::default();
    let data = data(raw, &mut checker);
    checker.finish()?;
    Ok(data.unwrap_or_default())
}

fn data(raw: &RawConfig, checker: &mut Checker) -> Option<PathBuf> {
    checker.required("agent.data", raw.agent.data.as_ref(), super::directory)
}

/// A list of codes with commas between them, or a file with one on each line.
fn povs(text: &str) -> Result<Vec<OutPovId>, String> {
    let path = Path::new(text);
    let codes = if path.is_file() {
        std::fs::read_to_string(path).map_err(|error| format!("cannot read the file: {error}"))?
    } else if looks_like_a_file(text) {
        return Err(format!("there is no file {text:?}"));
    } else {
        text.replace(',', "\n")
    };
    let mut povs = Vec::new();
    let mut seen = BTreeSet::new();
    for code in codes.lines().map(str::trim) {
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let pov = OutPovId::new(code).map_err(|error| format!("the code {code:?} {error}"))?;
        if seen.insert(pov.clone()) {
            povs.push(pov);
        }
    }
    match povs.len() {
        0 => Err("names no clinic: write codes with commas between them, or a file's name".into()),
        _ => Ok(povs),
    }
}

/// Whether this is rather a file's name than a clinic's code. A slip in it must not become the code
/// of a clinic that nobody has.
fn looks_like_a_file(text: &str) -> bool {
    text.starts_with(['.', '/']) || text.ends_with(".txt") || text.ends_with(".csv")
}
