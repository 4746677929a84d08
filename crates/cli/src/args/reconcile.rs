//! `reconcile`.

use clap::Args;
use povline_domain::OutPovId;

use super::agent::{BudgetArgs, LedgerArgs};
use super::{CallerArgs, FormatArgs};
use crate::config::{RawAgent, RawConfig, Setting};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline reconcile --data ./agent --url http://127.0.0.1:7001/router/rest \\\n    \
                  --app-key 12345678 --secret-file secret --pov 00001 --day 2026-11-24\n  \
                  povline reconcile --data ./agent --pov 00001 --day 2026-11-24..2026-11-30 \
                  \\\n    \
                  --repair\n\n\
                  Compares the digests of the lists first where the platform tells them \
                  (povline.appointment.digest), and reads every row anew of those that differ, or \
                  of all elsewhere; prints each row in which the copy differs. Ends with 7 if any \
                  does and was not repaired. A repair takes what the server shows; what it does \
                  not show is in doubt until `sync` has confirmed it. Stop `sync` before a \
                  repair.\n\n\
                  Its calls are counted with those of `sync`, of the part of the day's calls that \
                  is kept for what people ask for.")]
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

    /// Read every row, even where the platform tells digests of lists
    #[arg(long)]
    pub(crate) every_row: bool,

    /// Take calls of the day that polls would have, once those kept for reading by hand are used
    /// up
    #[arg(long)]
    pub(crate) beyond_reserve: bool,

    #[command(flatten)]
    budget: BudgetArgs,

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
                calls_per_day: self.budget.calls_per_day(),
                ..self.ledger.raw().agent
            },
            ..self.caller.raw()
        }
    }

    /// The settings with the clinics that are asked for, where no `[[app]]` says whose they are.
    pub(crate) fn asking(&self, mut raw: RawConfig) -> RawConfig {
        if raw.apps.is_empty() {
            raw.agent.povs = Setting::flag(&Some(self.pov.join(",")));
        }
        raw
    }

    /// The clinics that are asked for.
    pub(crate) fn povs(&self) -> CliResult<Vec<OutPovId>> {
        let mut povs = Vec::new();
        for code in &self.pov {
            let pov = OutPovId::new(code.trim()).map_err(|error| {
                CliError::new(Exit::Usage, format!("--pov: the code {code:?} {error}"))
            })?;
            if !povs.contains(&pov) {
                povs.push(pov);
            }
        }
        Ok(povs)
    }
}
