//! `reconcile`.

use clap::Args;

use super::agent::LedgerArgs;
use super::{CallerArgs, FormatArgs};
use crate::config::{RawAgent, RawConfig, Setting};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline reconcile --data ./agent --url \
                  http://127.0.0.1:7001/router/rest --app-key 12345678 \\\n    --secret-file secret \
                  --pov 00001 --day 2026-11-24\n  povline reconcile --data ./agent --pov 00001 --day \
                  2026-11-24..2026-11-30 --repair\n\nReads every row of the lists anew, even if the \
                  answers are known, and prints each row in which the\ncopy differs. Ends with 7 if \
                  any does and was not repaired. A repair takes what the server shows;\nwhat it does \
                  not show is in doubt until `sync` has confirmed it. Stop `sync` before a repair.")]
pub(crate) struct ReconcileArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    caller: CallerArgs,

    /// Clinics, by the ISV's codes, with commas between them; repeatable
    #[arg(long, value_name = "CODE", required = true, value_delimiter = ',')]
    pub(crate) pov: Vec<String>,

    /// A day, or the first and the last one: `2026-11-24..2026-11-30`
    #[arg(long, value_name = "DAY[..DAY]")]
    pub(crate) day: String,

    /// Bring the copy in line with what the server shows
    #[arg(long)]
    pub(crate) repair: bool,

    /// Show names and pick codes whole
    #[arg(long)]
    pub(crate) names: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl ReconcileArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            agent: RawAgent {
                povs: Setting::flag(&Some(self.pov.join(","))),
                ..self.ledger.raw().agent
            },
            ..self.caller.raw()
        }
    }
}
