//! `explain`.

use clap::Args;

use super::FormatArgs;
use super::agent::LedgerArgs;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline explain P0001 --data ./agent\n  \
                  povline explain P0001 --data ./agent --format json\n\n\
                  Tells what happened to an appointment, step by step, and by which reading that \
                  is proved: its number, its verdict, and of each page what was asked, when, and \
                  what came.")]
pub(crate) struct ExplainArgs {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// The appointment's id
    #[arg(value_name = "APPOINTMENT_ID")]
    pub(crate) appointment_id: String,

    /// Show names whole, and what fields hold that the contract does not know
    #[arg(long)]
    pub(crate) names: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}
