//! `doctor`.

use clap::Args;

use super::agent::{BudgetArgs, LedgerArgs};
use super::{CallerArgs, FormatArgs};
use crate::config::{RawAgent, RawConfig, Setting};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline doctor --data ./agent --povs 00001,00002 \\\n    \
                  --url http://127.0.0.1:7001/router/rest --app-key 12345678 \\\n    \
                  --secret-file secret\n  \
                  povline doctor --format ndjson\n\n\
                  Looks at what `sync` needs, with the same settings: the platform and the way \
                  there, clock, key and secret, clinics, quota and promises, disk, ledger. Makes \
                  at most one call for each of --calls clinics of an app and a few to learn why a \
                  signature is refused, counts them into the day's budget, and tells how many they \
                  were.\n\
                  Ends with 0 if nothing is bad, with 6 if the platform cannot be reached, with 4 \
                  if it refuses, else with 1.")]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    caller: CallerArgs,

    /// Clinics, by the ISV's codes, or a file with one code on each line [env: POVLINE_POVS]
    #[arg(long, value_name = "LIST|FILE")]
    povs: Option<String>,

    /// Of how many clinics of an app it is tried whether they can be read
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) calls: u16,

    #[command(flatten)]
    budget: BudgetArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl DoctorArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                povs: Setting::flag(&self.povs),
                calls_per_day: self.budget.calls_per_day(),
                ..self.ledger.raw().agent
            },
            ..self.caller.raw()
        }
    }
}
