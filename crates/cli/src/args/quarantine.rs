//! `quarantine`.

use clap::{Args, Subcommand};

use super::FormatArgs;
use super::agent::LedgerArgs;
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  \
                  povline quarantine --data ./agent\n  \
                  povline quarantine --data ./agent --names --format ndjson\n  \
                  povline quarantine drop 17 --data ./agent\n\n\
                  A row that cannot be read, or that breaks a rule of its list, is kept here as it \
                  came. As long as its list shows it, its appointment is not told as cancelled. \
                  What stands in it is shown with --names only."
)]
pub(crate) struct QuarantineArgs {
    #[command(subcommand)]
    pub(crate) command: Option<QuarantineCommand>,

    #[command(flatten)]
    ledger: LedgerArgs,

    /// Show the rows as they came, names included
    #[arg(long)]
    pub(crate) names: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QuarantineCommand {
    /// Drop rows that are gone, and the text of those that are still there 清理隔离记录
    Drop(QuarantineDropArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline quarantine drop 17 --data ./agent\n  povline quarantine drop \
                  --all --data ./agent"
)]
pub(crate) struct QuarantineDropArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The row's number in the list
    #[arg(value_name = "NUMBER", required_unless_present = "all")]
    pub(crate) number: Option<i64>,

    /// Every row
    #[arg(long, conflicts_with = "number")]
    pub(crate) all: bool,
}

impl QuarantineArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        match &self.command {
            None => self.ledger.raw(),
            Some(QuarantineCommand::Drop(args)) => args.ledger.raw(),
        }
    }
}
