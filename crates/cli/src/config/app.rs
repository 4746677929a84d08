//! The apps of one agent, each with its own clinics and quotas.

use std::collections::BTreeMap;

use povline_domain::{AppKey, OutPovId};
use povline_sync::{Limits, PlanSettings};

use super::agent::{plan_settings, planned, povs};
use super::{CallerConfig, Checker, RawAgent, RawApp, RawConfig, Setting};
use crate::error::CliResult;

/// One app: as whom is called, for which clinics, and how much.
#[derive(Debug, Clone)]
pub(crate) struct AppConfig {
    pub(crate) caller: CallerConfig,
    /// The clinics, each once.
    pub(crate) povs: Vec<OutPovId>,
    pub(crate) calls_per_second: u32,
    pub(crate) calls_per_day: u64,
    /// Somebody has said how many calls a day there are.
    pub(crate) sets_calls_per_day: bool,
    /// Polls are planned instead of made by fixed tiers, under this quota and by these promises.
    pub(crate) plan: Option<PlanSettings>,
}

impl AppConfig {
    /// Every app that the settings name: that of `[caller]`, if the agent's clinics are named or no
    /// other app is, and each `[[app]]`.
    pub(super) fn check_all(raw: &RawConfig, checker: &mut Checker) -> Vec<Self> {
        let mut apps = Vec::new();
        if raw.agent.povs.is_some() || raw.apps.is_empty() {
            let caller = CallerConfig::check_with(raw, checker);
            let povs = checker.required("agent.povs", raw.agent.povs.as_ref(), povs);
            apps.extend(Self::check("agent", &raw.agent, caller, povs, checker));
        }
        for (place, app) in places(raw) {
            let caller = CallerConfig::check_app(&place, app, raw, checker);
            let povs = checker.required(&format!("{place}.povs"), app.povs.as_ref(), povs);
            let quotas = completed(app, &raw.agent);
            apps.extend(Self::check(&place, &quotas, caller, povs, checker));
        }
        refuse_what_is_shared(&apps, checker);
        apps
    }

    fn check(
        place: &str,
        agent: &RawAgent,
        caller: Option<CallerConfig>,
        povs: Option<Vec<OutPovId>>,
        checker: &mut Checker,
    ) -> Option<Self> {
        let (settings, plans) = planned(place, agent, checker);
        let quota = settings.quota;
        Some(Self {
            caller: caller?,
            povs: povs?,
            // The settings are whole numbers.
            calls_per_second: quota
                .calls_per_second
                .map_or(u32::MAX, |calls| calls as u32),
            calls_per_day: quota.calls_per_day.unwrap_or(u64::MAX),
            sets_calls_per_day: agent.calls_per_day.is_some(),
            plan: plans.then_some(settings),
        })
    }
}

/// The `[[app]]`s with the names that faults give them.
pub(super) fn places(raw: &RawConfig) -> impl Iterator<Item = (String, &RawApp)> {
    (1..)
        .zip(&raw.apps)
        .map(|(number, app)| (format!("app {number}"), app))
}

/// How much the app with this key may call, as an agent with these settings would.
pub(crate) fn limits_of(raw: &RawConfig, key: &AppKey) -> CliResult<Limits> {
    let mut checker = Checker::default();
    let (place, quotas) = quotas_of(raw, key);
    let settings = plan_settings(&place, &quotas, &mut checker);
    checker.finish()?;
    let quota = settings.quota;
    Ok(Limits {
        // The settings are whole numbers.
        calls_per_second: quota.calls_per_second.map(|calls| calls as u32),
        calls_per_day: quota.calls_per_day,
        reserved_percent: quota.reserved_percent.clamp(0.0, 100.0) as u8,
    })
}

/// Whether the settings say how many calls a day the app with this key has.
pub(crate) fn sets_calls_per_day(raw: &RawConfig, key: &AppKey) -> bool {
    quotas_of(raw, key).1.calls_per_day.is_some()
}

/// The quotas of the app with this key, and the name that faults give them.
fn quotas_of(raw: &RawConfig, key: &AppKey) -> (String, RawAgent) {
    let is_it = |app: &RawApp| app.app_key.as_ref().map(|told| &*told.text) == Some(key.as_str());
    match places(raw).find(|(_, app)| is_it(app)) {
        Some((place, app)) => (place, completed(app, &raw.agent)),
        None => ("agent".to_owned(), raw.agent.clone()),
    }
}

/// The quotas of an `[[app]]` where it has any, and otherwise those of `[agent]`.
pub(super) fn completed(app: &RawApp, agent: &RawAgent) -> RawAgent {
    let or = |own: &Option<Setting>, common: &Option<Setting>| own.clone().or(common.clone());
    RawAgent {
        calls_per_second: or(&app.calls_per_second, &agent.calls_per_second),
        calls_per_day: or(&app.calls_per_day, &agent.calls_per_day),
        promise_today_seconds: or(&app.promise_today_seconds, &agent.promise_today_seconds),
        promise_other_seconds: or(&app.promise_other_seconds, &agent.promise_other_seconds),
        today_weight: or(&app.today_weight, &agent.today_weight),
        confirming_percent: or(&app.confirming_percent, &agent.confirming_percent),
        ..agent.clone()
    }
}

/// A clinic under two apps would be two truths about one list, and two callers with one key would
/// each spend the whole of its quota.
fn refuse_what_is_shared(apps: &[AppConfig], checker: &mut Checker) {
    let mut of_pov: BTreeMap<&OutPovId, &AppKey> = BTreeMap::new();
    let mut keys: Vec<&AppKey> = Vec::new();
    for app in apps {
        let key = &app.caller.app_key;
        if keys.contains(&key) {
            checker.fault(format!(
                "the app {key} stands twice: put its clinics under one app, since they share its quota"
            ));
            continue;
        }
        keys.push(key);
        for pov in &app.povs {
            if let Some(other) = of_pov.insert(pov, key) {
                checker.fault(format!(
                    "the clinic {pov} stands under the apps {other} and {key}: leave it to one of them"
                ));
            }
        }
    }
}
