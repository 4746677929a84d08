//! `sync` and `status`.

use clap::Args;

use super::clinic::ClinicListenArgs;
use super::{CallerArgs, FormatArgs};
use crate::config::{RawAgent, RawConfig, Setting};

/// Where the agent's ledger lies.
#[derive(Debug, Args)]
pub(crate) struct LedgerArgs {
    /// The directory of the agent's ledger [env: POVLINE_AGENT_DATA]
    #[arg(long, value_name = "DIR")]
    data: Option<String>,
}

impl LedgerArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                data: Setting::flag(&self.data),
                ..RawAgent::default()
            },
            ..RawConfig::default()
        }
    }
}

/// In how many calls a day those of a command are counted.
#[derive(Debug, Args)]
pub(crate) struct BudgetArgs {
    /// The most calls in a day, the number that `sync` has [env: POVLINE_CALLS_PER_DAY] [default:
    /// 100000]
    #[arg(long, value_name = "N")]
    calls_per_day: Option<String>,
}

impl BudgetArgs {
    pub(crate) fn calls_per_day(&self) -> Option<Setting> {
        Setting::flag(&self.calls_per_day)
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline sync --data ./agent --povs 00001,00002 \\\n    \
                  --url http://127.0.0.1:7001/router/rest --app-key 12345678 \\\n    \
                  --secret-file secret\n  \
                  povline sync --data ./agent --povs clinics.txt --once\n\n\
                  Runs until Ctrl-C. Polls are planned under --calls-per-day once that is given, \
                  unless --today-seconds or --other-days-seconds asks for fixed tiers; `povline \
                  plan` tells what comes of it. With --once every list is read once; ends with 5 \
                  if any could not be read whole.")]
pub(crate) struct SyncArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    caller: CallerArgs,

    /// Clinics, by the ISV's codes, with commas between them, or a file with one code on each
    /// line [env: POVLINE_POVS]
    #[arg(long, value_name = "LIST|FILE")]
    povs: Option<String>,

    /// Read every list once and stop
    #[arg(long)]
    pub(crate) once: bool,

    /// The first day, counted from today [env: POVLINE_FIRST_DAY] [default: -1]
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    first_day: Option<String>,

    /// The last day, counted from today [env: POVLINE_LAST_DAY] [default: 7]
    #[arg(long, value_name = "DAYS", allow_negative_numbers = true)]
    last_day: Option<String>,

    /// The most calls in a second [env: POVLINE_CALLS_PER_SECOND] [default: 20]
    #[arg(long, value_name = "N")]
    calls_per_second: Option<String>,

    /// The most calls in a day [env: POVLINE_CALLS_PER_DAY] [default: 100000]
    #[arg(long, value_name = "N")]
    calls_per_day: Option<String>,

    /// How often today's lists are read while clinics are open [env: POVLINE_TODAY_SECONDS]
    /// [default: 60]
    #[arg(long, value_name = "SECONDS")]
    today_seconds: Option<String>,

    /// How often other days' lists are read [env: POVLINE_OTHER_DAYS_SECONDS] [default: 600 for
    /// tomorrow, 3600 for later]
    #[arg(long, value_name = "SECONDS")]
    other_days_seconds: Option<String>,

    /// How old today's lists may be while clinics are open, when polls are planned
    /// [env: POVLINE_PROMISE_TODAY_SECONDS] [default: 2700]
    #[arg(long, value_name = "SECONDS")]
    promise_today_seconds: Option<String>,

    /// How old any list may be, when polls are planned [env: POVLINE_PROMISE_OTHER_SECONDS]
    /// [default: 43200]
    #[arg(long, value_name = "SECONDS")]
    promise_other_seconds: Option<String>,

    /// How many times a change of today's lists weighs another's, when polls are planned
    /// [env: POVLINE_TODAY_WEIGHT] [default: 5]
    #[arg(long, value_name = "N")]
    today_weight: Option<String>,

    /// How much of the day's calls confirming scans may take, in percent, when polls are planned
    /// [env: POVLINE_CONFIRMING_PERCENT] [default: 8]
    #[arg(long, value_name = "PERCENT")]
    confirming_percent: Option<String>,

    /// How long after a row vanished its absence is confirmed [env: POVLINE_CONFIRM_AFTER_SECONDS]
    /// [default: 60]
    #[arg(long, value_name = "SECONDS")]
    confirm_after_seconds: Option<String>,

    /// How many lists are read at the same time [env: POVLINE_AGENT_WORKERS] [default: 8]
    #[arg(long, value_name = "N")]
    workers: Option<String>,

    /// Tell health and metrics here: /health, /ready, /metrics [env: POVLINE_AGENT_ADMIN]
    #[arg(long, value_name = "ADDRESS")]
    admin: Option<String>,
    /// How long history, events, proofs and cancelled appointments are kept
    /// [env: POVLINE_EVENTS_DAYS] [default: 90]
    #[arg(long, value_name = "DAYS")]
    events_days: Option<String>,

    /// How many events are kept at most [env: POVLINE_EVENTS_MAX] [default: 5000000]
    #[arg(long, value_name = "N")]
    events_max: Option<String>,

    /// After how long names are erased from what is over [env: POVLINE_NAMES_DAYS] [default: 30]
    #[arg(long, value_name = "DAYS")]
    names_days: Option<String>,

    /// How many undeliverable events of a sink are remembered [env: POVLINE_DEAD_LETTERS_MAX]
    /// [default: 10000]
    #[arg(long, value_name = "N")]
    dead_letters_max: Option<String>,
    #[command(flatten)]
    clinic: ClinicListenArgs,
}

impl SyncArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                data: self.ledger.raw().agent.data,
                povs: Setting::flag(&self.povs),
                first_day: Setting::flag(&self.first_day),
                last_day: Setting::flag(&self.last_day),
                calls_per_second: Setting::flag(&self.calls_per_second),
                calls_per_day: Setting::flag(&self.calls_per_day),
                today_seconds: Setting::flag(&self.today_seconds),
                other_days_seconds: Setting::flag(&self.other_days_seconds),
                promise_today_seconds: Setting::flag(&self.promise_today_seconds),
                promise_other_seconds: Setting::flag(&self.promise_other_seconds),
                today_weight: Setting::flag(&self.today_weight),
                confirming_percent: Setting::flag(&self.confirming_percent),
                confirm_after_seconds: Setting::flag(&self.confirm_after_seconds),
                workers: Setting::flag(&self.workers),
                admin: Setting::flag(&self.admin),
                events_days: Setting::flag(&self.events_days),
                events_max: Setting::flag(&self.events_max),
                names_days: Setting::flag(&self.names_days),
                dead_letters_max: Setting::flag(&self.dead_letters_max),
            },
            clinic: self.clinic.raw(),
            ..self.caller.raw()
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline status --data ./agent\n  povline status --data ./agent \
                        --format ndjson\n  povline status --data ./agent --sinks\n  povline status --data ./agent --alarms"
)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// Tell the alarms instead, those that stand first
    #[arg(long)]
    pub(crate) alarms: bool,

    /// Tell only how far each sink of events is behind
    #[arg(long, conflicts_with = "alarms")]
    pub(crate) sinks: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}
