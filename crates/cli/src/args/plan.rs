//! `plan`.

use std::str::FromStr;
use std::time::Duration;

use clap::{Args, ValueEnum};
use povline_sync::plan::{PlanConfig, Promise, Quota, Weights};

use super::FormatArgs;
use super::agent::LedgerArgs;
use crate::config::{CONFIRMING_PERCENT, RawAgent, RawConfig, Setting, reserved_percent};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline plan --data ./agent\n  povline plan --data ./agent --by pov \
                        --format csv\n  povline plan --what-if \
                        quota=20000,povs=200,today=45m,other=12h\n\nQuota, promises and clinics are \
                        those of the [agent] settings. --what-if needs no agent: quota (calls a \
                        day), per_second, povs, days (1 to 60), today and other (how old lists may \
                        be, such as 300s, 45m, 12h), weight (of today), rows (of a clinic's day), \
                        reserved (percent that polls leave; if left out, as much as `sync` keeps) and confirming (percent of the calls \
                        that confirming scans may take). Ends with 2 if the quota cannot keep the promise."
)]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// Clinics, by the ISV's codes, or a file with one code on each line [env: POVLINE_POVS]
    /// [default: those of the ledger]
    #[arg(long, value_name = "LIST|FILE")]
    povs: Option<String>,

    /// Tell what would come of these numbers, before anything is deployed
    #[arg(long, value_name = "NAME=VALUE,…", conflicts_with_all = ["data", "povs", "by"])]
    pub(crate) what_if: Option<WhatIf>,

    /// A line for each distance in days, or for each list
    #[arg(long, value_enum, default_value_t = By::Tier)]
    pub(crate) by: By,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

/// What a line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    /// All lists of one distance in days
    Tier,
    /// Each list of each POV
    Pov,
}

impl PlanArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                data: self.ledger.raw().agent.data,
                povs: Setting::flag(&self.povs),
                ..RawAgent::default()
            },
            ..RawConfig::default()
        }
    }
}

/// Numbers that are tried.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct WhatIf {
    quota: u64,
    per_second: f64,
    povs: usize,
    days: i32,
    today: Duration,
    other: Duration,
    weight: f64,
    pub(crate) rows: f64,
    /// That of `sync` if it is left out.
    reserved: Option<f64>,
    confirming: Option<f64>,
}

impl WhatIf {
    pub(crate) fn config(&self) -> PlanConfig {
        let of_sync = f64::from(CONFIRMING_PERCENT);
        let of_reserve = self.reserved.map_or(of_sync, |all| all.min(of_sync));
        let confirming = self.confirming.unwrap_or(of_reserve);
        let quota = Quota {
            calls_per_second: Some(self.per_second),
            calls_per_day: Some(self.quota),
            reserved_percent: self.reserved.unwrap_or(reserved_percent(confirming)),
            confirming_percent: confirming,
        };
        let promise = Promise {
            today: self.today,
            others: self.other,
            ..Promise::default()
        };
        PlanConfig {
            weights: Weights {
                today: self.weight,
                others: 1.0,
            },
            held_back_percent: 0.0,
            ..PlanConfig::one_app(self.povs, self.days - 1, quota, promise)
        }
    }
}

impl FromStr for WhatIf {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let default = Promise::default();
        let mut tried = Self {
            quota: 0,
            per_second: 20.0,
            povs: 0,
            days: 8,
            today: default.today,
            other: default.others,
            weight: Weights::default().today,
            rows: 100.0,
            reserved: None,
            confirming: None,
        };
        for pair in text
            .split(',')
            .map(str::trim)
            .filter(|pair| !pair.is_empty())
        {
            let (name, value) = pair
                .split_once('=')
                .ok_or_else(|| format!("{pair:?} is not written NAME=VALUE"))?;
            let fault = |what: &str| format!("{name} must be {what}");
            let number = |least: f64, most: f64| {
                value
                    .parse::<f64>()
                    .ok()
                    .filter(|number| (least..=most).contains(number))
                    .ok_or_else(|| fault(&format!("a number from {least} to {most}")))
            };
            match name {
                "quota" => tried.quota = number(1.0, 1e9)? as u64,
                "per_second" => tried.per_second = number(0.01, 10_000.0)?,
                "povs" => tried.povs = number(1.0, 20_000.0)? as usize,
                "days" => tried.days = number(1.0, 60.0)? as i32,
                "today" => tried.today = span(value).ok_or_else(|| fault(SPAN))?,
                "other" => tried.other = span(value).ok_or_else(|| fault(SPAN))?,
                "weight" => tried.weight = number(1.0, 1_000.0)?,
                "rows" => tried.rows = number(1.0, 20_000.0)?,
                "confirming" => tried.confirming = Some(number(0.0, 90.0)?),
                "reserved" => tried.reserved = Some(number(0.0, 90.0)?),
                _ => {
                    return Err(format!(
                        "there is no {name:?}: there are quota, per_second, povs, days, today, \
                         other, weight, rows, reserved, confirming"
                    ));
                }
            }
        }
        if tried.quota == 0 || tried.povs == 0 {
            return Err("quota and povs must be given, such as quota=20000,povs=200".to_owned());
        }
        Ok(tried)
    }
}

const SPAN: &str = "a time from 10s to 168h, such as 300s, 45m or 12h";

/// A time such as 300s, 45m or 12h.
fn span(text: &str) -> Option<Duration> {
    let (number, unit) = match text.strip_suffix(['s', 'm', 'h']) {
        Some(number) => (number, text.get(number.len()..)?),
        None => (text, "s"),
    };
    let seconds = number.parse::<u64>().ok()?.checked_mul(match unit {
        "h" => 3_600,
        "m" => 60,
        _ => 1,
    })?;
    (10..=604_800)
        .contains(&seconds)
        .then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_and_faults_name_them() {
        let tried: WhatIf = "quota=20000, povs=200,today=45m,days=7".parse().unwrap();
        assert_eq!(tried.config().lists(), 1_400);
        assert_eq!(tried.config().promise.today, Duration::from_secs(2_700));
        for (text, part) in [
            ("quota=20000", "povs"),
            ("quota=0,povs=1", "quota"),
            ("quota=1,povs=1,today=5x", "today"),
            ("quota=1,povs=1,nonsense=5", "nonsense"),
            ("quota", "NAME=VALUE"),
        ] {
            let fault = text.parse::<WhatIf>().unwrap_err();
            assert!(fault.contains(part), "{fault}");
        }
    }
}
