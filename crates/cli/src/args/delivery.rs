//! `events` and what belongs to it, and `listen`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::FormatArgs;
use super::agent::LedgerArgs;
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Example:\n  povline events --data ./agent --follow --format ndjson\n  \
                  povline events --data ./agent --since 1200\n  povline events --data ./agent \
                  --since 2h --envelope | povline events verify -\n\nAn event's clinic, \
                  appointment and version together make a repeat recognisable."
)]
pub(crate) struct EventsArgs {
    #[command(subcommand)]
    pub(crate) command: Option<EventsCommand>,

    #[command(flatten)]
    ledger: LedgerArgs,

    /// Wait for more, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,

    /// Only events after this cursor, or since this instant: 1200, 2026-11-24, 30m, 12h, 7d
    #[arg(long, value_name = "SEQ|TIME", default_value = "0")]
    pub(crate) since: String,

    /// Show names whole
    #[arg(long)]
    pub(crate) names: bool,

    /// Write each as sinks get it: a line of CloudEvents JSON
    #[arg(long, conflicts_with = "format")]
    pub(crate) envelope: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

/// Deliveries that failed, and captured streams.
#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List the letters that were given up, with their reasons 死信
    Dead(DeadArgs),
    /// Hand events to a sink once more 重发
    Resend(ResendArgs),
    /// Let a sink go on that had stopped 恢复投递
    Resume(OneSinkArgs),
    /// Forget a sink's place and letters 移除投递
    Dismiss(OneSinkArgs),
    /// Look in a captured stream for gaps, doubles and disorder 校验
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline events dead --data ./agent\n  povline events dead clinic-queue \
                  --data ./agent --format ndjson"
)]
pub(crate) struct DeadArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// Of this sink alone
    #[arg(value_name = "SINK")]
    pub(crate) sink: Option<String>,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline events resend clinic-queue --data ./agent 1207\n  povline \
                  events resend clinic-queue --data ./agent evt_0f9c…\n  povline events resend \
                  clinic-queue --data ./agent --all\n  povline events resend clinic-queue --data \
                  ./agent --since 2h\n\nThe running agent takes them up within a second. They \
                  have the ids that they had."
)]
pub(crate) struct ResendArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The sink
    #[arg(value_name = "SINK")]
    pub(crate) sink: String,

    /// Events, by sequence or id
    #[arg(
        value_name = "ID",
        required_unless_present_any = ["all", "since"],
        conflicts_with_all = ["all", "since"]
    )]
    pub(crate) ids: Vec<String>,

    /// Every dead letter
    #[arg(long, conflicts_with = "since")]
    pub(crate) all: bool,

    /// Every event after this cursor or since this instant, also those that arrived
    #[arg(long, value_name = "SEQ|TIME")]
    pub(crate) since: Option<String>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline events resume clinic-queue --data ./agent\n  povline events \
                  dismiss old-queue --data ./agent"
)]
pub(crate) struct OneSinkArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The sink
    #[arg(value_name = "SINK")]
    pub(crate) sink: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline events verify events.ndjson\n  povline events --data ./agent \
                  --envelope | povline events verify -\n\nEnds with 7 if an event is missing, \
                  doubled, or after a later one of its appointment."
)]
pub(crate) struct VerifyArgs {
    /// The stream, an event on each line; - is standard input
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl EventsArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        match &self.command {
            None | Some(EventsCommand::Verify(_)) => self.ledger.raw(),
            Some(EventsCommand::Dead(args)) => args.ledger.raw(),
            Some(EventsCommand::Resend(args)) => args.ledger.raw(),
            Some(EventsCommand::Resume(args) | EventsCommand::Dismiss(args)) => args.ledger.raw(),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline listen --data ./agent --forward-to http://127.0.0.1:3000/hooks\n  \
                  povline listen --data ./agent --forward-to http://127.0.0.1:3000/hooks \\\n    \
                  --since 2h --names\n\n\
                  For development: events are sent once, signed, and nothing is remembered. \
                  Without --secret-file a secret is made and shown. For production, set a [[sink]] \
                  and run `povline sync`.")]
pub(crate) struct ListenArgs {
    #[command(flatten)]
    pub(crate) ledger: LedgerArgs,

    /// Where events are sent
    #[arg(long, value_name = "URL")]
    pub(crate) forward_to: String,

    /// Begin after this cursor or at this instant instead of now
    #[arg(long, value_name = "SEQ|TIME")]
    pub(crate) since: Option<String>,

    /// The file that holds the secret, whsec_…
    #[arg(long, value_name = "FILE")]
    pub(crate) secret_file: Option<String>,

    /// Send names whole
    #[arg(long)]
    pub(crate) names: bool,

    /// Send pick codes
    #[arg(long)]
    pub(crate) pick_codes: bool,
}
