//! The agent's settings, checked.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use povline_delivery::SinkSettings;
use povline_domain::OutPovId;
use povline_sync::PlanSettings;
use povline_sync::pace::DEMANDS_PERCENT;
use povline_sync::plan::{Promise, Quota, Weights};

use super::{
    AppConfig, Checker, ClinicConfig, RawAgent, RawConfig, Retention, Setting, app, retention,
    sinks,
};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

/// What `sync` runs on.
#[derive(Debug, Clone)]
pub(crate) struct SyncConfig {
    pub(crate) data: PathBuf,
    /// The apps, at least one. No clinic is under two of them.
    pub(crate) apps: Vec<AppConfig>,
    /// Where health and metrics are told, if anywhere.
    pub(crate) admin: Option<SocketAddr>,
    /// The first and the last day, counted from today.
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
    /// How often today's lists are read while clinics are open, if set.
    pub(crate) today: Option<Duration>,
    /// How often other days' lists are read, if set.
    pub(crate) other_days: Option<Duration>,
    pub(crate) confirm_after: Duration,
    /// How many lists are read at the same time.
    pub(crate) workers: usize,
    /// Where events go.
    pub(crate) sinks: Vec<SinkSettings>,
    /// How long what is kept.
    pub(crate) retention: Retention,
    /// The front desk, if it is served.
    pub(crate) clinic: Option<ClinicConfig>,
}

impl SyncConfig {
    pub(crate) fn check(raw: &RawConfig) -> CliResult<Self> {
        let mut checker = Checker::default();
        let agent = &raw.agent;
        let data = data(raw, &mut checker);
        let apps = AppConfig::check_all(raw, &mut checker);
        let admin = checker.optional("agent.admin", agent.admin.as_ref(), |text| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be an address such as 127.0.0.1:7004")
        });
        let mut number = |name, setting: &Option<Setting>, bounds, default| {
            checker.number(name, setting.as_ref(), bounds, default)
        };
        let first_day = number("agent.first_day", &agent.first_day, -60..=60, -1);
        let last_day = number("agent.last_day", &agent.last_day, -60..=180, 7);
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
        let retention = retention::check(agent, first_day, &mut checker);
        let sinks = sinks::check(&raw.sinks, &mut checker);
        let clinic = ClinicConfig::check_with(raw, &mut checker);
        if first_day > last_day {
            checker.fault("agent.first_day must not be later than agent.last_day");
        }
        checker.finish()?;
        let Some(data) = data.filter(|_| !apps.is_empty()) else {
            return Err(CliError::new(Exit::Usage, "the settings cannot be used"));
        };
        let every =
            |seconds: i64| (seconds > 0).then(|| Duration::from_secs(seconds.unsigned_abs()));
        Ok(Self {
            data,
            apps,
            admin,
            first_day: i32::try_from(first_day).unwrap_or(-1),
            last_day: i32::try_from(last_day).unwrap_or(7),
            today: every(today),
            other_days: every(other_days),
            confirm_after: Duration::from_secs(confirm_after.unsigned_abs()),
            workers: usize::try_from(workers).unwrap_or(1),
            sinks,
            retention,
            clinic,
        })
    }
}

impl SyncConfig {
    /// The same for these clinics alone, whichever app they are under; those under none are the
    /// first app's, if it is the only one.
    pub(crate) fn only(mut self, asked: &[OutPovId]) -> CliResult<Self> {
        if let [app] = self.apps.as_mut_slice() {
            app.povs = asked.to_vec();
            return Ok(self);
        }
        let is_known = |pov: &&OutPovId| self.apps.iter().any(|app| app.povs.contains(pov));
        if let Some(unknown) = asked.iter().find(|pov| !is_known(pov)) {
            return Err(
                CliError::new(Exit::Usage, format!("no app has the clinic {unknown}"))
                    .remedy("name it under one of the [[app]]s of the configuration file"),
            );
        }
        for app in &mut self.apps {
            app.povs.retain(|pov| asked.contains(pov));
        }
        self.apps.retain(|app| !app.povs.is_empty());
        Ok(self)
    }
}

/// What `plan` looks at: the agent's settings, without those of who calls.
#[derive(Debug, Clone)]
pub(crate) struct PlanLook {
    /// The clinics, if the settings name them.
    pub(crate) povs: Option<Vec<OutPovId>>,
    pub(crate) first_day: i32,
    pub(crate) last_day: i32,
    pub(crate) settings: PlanSettings,
    /// Whether the settings have polls planned: an agent that was told more by flags plans, too.
    pub(crate) plans: bool,
    /// Whether they ask for fixed tiers.
    pub(crate) asks_for_tiers: bool,
    /// The app whose plan it is, if the settings name it.
    pub(crate) app_key: Option<String>,
}

impl PlanLook {
    /// A look at each app's plan.
    pub(crate) fn check_all(raw: &RawConfig) -> CliResult<Vec<Self>> {
        let mut looks = Vec::new();
        if raw.agent.povs.is_some() || raw.apps.is_empty() {
            looks.push(Self::check("agent", raw)?);
        }
        for (place, app) in app::places(raw) {
            let mut of_app = raw.clone();
            of_app.agent = app::completed(app, &raw.agent);
            of_app.agent.povs.clone_from(&app.povs);
            of_app.caller.app_key.clone_from(&app.app_key);
            looks.push(Self::check(&place, &of_app)?);
        }
        Ok(looks)
    }

    fn check(place: &str, raw: &RawConfig) -> CliResult<Self> {
        let mut checker = Checker::default();
        let agent = &raw.agent;
        let povs = checker.optional(&format!("{place}.povs"), agent.povs.as_ref(), povs);
        let days = |checker: &mut Checker, name, setting: &Option<Setting>, default| {
            let day = checker.number(name, setting.as_ref(), -60..=180, default);
            i32::try_from(day).unwrap_or(0)
        };
        let first_day = days(&mut checker, "agent.first_day", &agent.first_day, -1);
        let last_day = days(&mut checker, "agent.last_day", &agent.last_day, 7);
        let (settings, plans) = planned(place, agent, &mut checker);
        if first_day > last_day {
            checker.fault("agent.first_day must not be later than agent.last_day");
        }
        checker.finish()?;
        Ok(Self {
            povs,
            first_day,
            last_day,
            settings,
            plans,
            asks_for_tiers: asks_for_tiers(agent),
            app_key: raw.caller.app_key.as_ref().map(|key| key.text.clone()),
        })
    }
}

/// The quota and the promises of an app, and whether its polls are planned: once the day's calls are
/// given or a promise is made, unless fixed tiers are asked for.
pub(super) fn planned(
    place: &str,
    agent: &RawAgent,
    checker: &mut Checker,
) -> (PlanSettings, bool) {
    let tiers = asks_for_tiers(agent);
    let promises = agent.promise_today_seconds.is_some()
        || agent.promise_other_seconds.is_some()
        || agent.today_weight.is_some()
        || agent.confirming_percent.is_some();
    let settings = plan_settings(place, agent, checker);
    if tiers && promises {
        checker.fault(
            "agent.today_seconds and agent.other_days_seconds set fixed tiers, and \
             agent.promise_today_seconds, agent.promise_other_seconds, agent.today_weight and \
             agent.confirming_percent plan polls: leave out either these or those",
        );
    }
    let plans = promises || (agent.calls_per_day.is_some() && !tiers);
    (settings, plans)
}

fn asks_for_tiers(agent: &RawAgent) -> bool {
    agent.today_seconds.is_some() || agent.other_days_seconds.is_some()
}

/// The part of the day's calls that is kept for confirming scans and pulls on demand, at least.
pub(crate) const RESERVED_PERCENT: u8 = 10;
/// The part of the day's calls that confirming scans may take, if nothing else is asked for.
pub(crate) const CONFIRMING_PERCENT: u8 = 8;
/// The part of the day's calls that polls leave, if confirming scans may take so much of them.
pub(crate) fn reserved_percent(confirming_percent: f64) -> f64 {
    f64::from(RESERVED_PERCENT).max(confirming_percent + f64::from(DEMANDS_PERCENT))
}

fn most_seconds(most: Duration) -> i64 {
    i64::try_from(most.as_secs()).unwrap_or(i64::MAX)
}

/// The quota and the promises of an app whose faults are told under this name.
pub(super) fn plan_settings(place: &str, agent: &RawAgent, checker: &mut Checker) -> PlanSettings {
    let mut number = |name: &str, setting: &Option<Setting>, bounds, default| {
        checker.number(
            &format!("{place}.{name}"),
            setting.as_ref(),
            bounds,
            default,
        )
    };
    let per_second = number("calls_per_second", &agent.calls_per_second, 1..=10_000, 20);
    let per_day = number(
        "calls_per_day",
        &agent.calls_per_day,
        1..=1_000_000_000,
        100_000,
    );
    let today = number(
        "promise_today_seconds",
        &agent.promise_today_seconds,
        10..=most_seconds(Promise::TODAY_MAX),
        2_700,
    );
    let others = number(
        "promise_other_seconds",
        &agent.promise_other_seconds,
        10..=most_seconds(Promise::OTHERS_MAX),
        43_200,
    );
    let weight = number("today_weight", &agent.today_weight, 1..=1_000, 5);
    let confirming = number(
        "confirming_percent",
        &agent.confirming_percent,
        1..=50,
        i64::from(CONFIRMING_PERCENT),
    );
    let confirming = confirming as f64;
    PlanSettings {
        quota: Quota {
            calls_per_second: Some(per_second as f64),
            calls_per_day: Some(per_day.unsigned_abs()),
            reserved_percent: reserved_percent(confirming),
            confirming_percent: confirming,
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

/// The same where a command can do without.
pub(crate) fn named_ledger_data(raw: &RawConfig) -> CliResult<Option<PathBuf>> {
    match raw.agent.data {
        Some(_) => ledger_data(raw).map(Some),
        None => Ok(None),
    }
}

fn data(raw: &RawConfig, checker: &mut Checker) -> Option<PathBuf> {
    checker.required("agent.data", raw.agent.data.as_ref(), super::directory)
}

/// A list of codes with commas between them, or a file with one on each line.
pub(super) fn povs(text: &str) -> Result<Vec<OutPovId>, String> {
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
