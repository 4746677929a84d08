//! `held`.

use clap::{Args, Subcommand};

use super::FormatArgs;
use super::agent::LedgerArgs;
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  \
                  povline held --data ./agent\n  \
                  povline held accept 00001 2026-11-24 --mark 5d0c1f2ab3947e86 --data ./agent \
                  \\\n    \
                  --by \"Li Lei\"\n  \
                  povline held reject --fleet --mark 5d0c1f2ab3947e86 --data ./agent\n\n\
                  When a clinic's day, or the fleet, loses more than 30 % and more than 20 rows \
                  within an hour, no cancellation is told of it. It goes on by itself when the \
                  rows are back; otherwise it waits for a person: `accept` if the rows really are \
                  gone, `reject` if the server is at fault.\n\
                  Each loss has a mark: a decision names the one that was looked at, and is \
                  refused if other rows of the list are lost by then. Of the fleet, in which \
                  somebody always cancels, what was lost since stays held."
)]
pub(crate) struct HeldArgs {
    #[command(subcommand)]
    pub(crate) command: Option<HeldCommand>,

    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum HeldCommand {
    /// The rows really are gone: let their cancellations be told once each is proved 确认真的消失
    Accept(HeldDecisionArgs),
    /// The server is at fault: tell nothing, keep the rows in doubt 驳回:服务器有误
    Reject(HeldDecisionArgs),
    /// Tell who decided what, newest first 裁决记录
    Decisions(HeldDecisionsArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline held accept 00001 2026-11-24 --mark 5d0c1f2ab3947e86 --data ./agent \
                  \\\n    \
                  --by \"Li Lei\"\n  \
                  povline held reject --fleet --mark 5d0c1f2ab3947e86 --data ./agent")]
pub(crate) struct HeldDecisionArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(
        value_name = "POV",
        required_unless_present = "fleet",
        requires = "day"
    )]
    pub(crate) pov: Option<String>,

    /// The day
    #[arg(value_name = "DAY")]
    pub(crate) day: Option<String>,

    /// Decide about the fleet as a whole
    #[arg(long, conflicts_with_all = ["pov", "day"])]
    pub(crate) fleet: bool,

    /// The mark of the loss that was looked at, as `held` tells it; if a list has lost others since,
    /// the decision is refused, and what the fleet has lost since stays held
    #[arg(long, value_name = "MARK")]
    pub(crate) mark: String,

    /// Who decides; it is recorded [env: USER]
    #[arg(long, value_name = "NAME", env = "USER", hide_env = true)]
    pub(crate) by: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline held decisions --data ./agent --format csv")]
pub(crate) struct HeldDecisionsArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl HeldArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        match &self.command {
            None => self.ledger.raw(),
            Some(HeldCommand::Accept(args) | HeldCommand::Reject(args)) => args.ledger.raw(),
            Some(HeldCommand::Decisions(args)) => args.ledger.raw(),
        }
    }
}
