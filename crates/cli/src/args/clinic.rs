//! `clinic`, and what `sync` needs to serve it.

use clap::{Args, Subcommand};

use super::FormatArgs;
use super::agent::LedgerArgs;
use crate::config::{RawClinic, RawConfig, Setting};

/// Where the front desk is served.
#[derive(Debug, Args)]
pub(crate) struct ClinicListenArgs {
    /// Serve the front desk's API, board, public screen and fleet page at this address
    /// [env: POVLINE_CLINIC_LISTEN] [default: not served]
    #[arg(long = "clinic", value_name = "ADDRESS")]
    listen: Option<String>,

    /// The certificate of that address, in PEM [env: POVLINE_CLINIC_TLS_CERTIFICATE]
    #[arg(long = "clinic-tls-certificate", value_name = "FILE")]
    tls_certificate: Option<String>,

    /// The certificate's key, in PEM [env: POVLINE_CLINIC_TLS_KEY]
    #[arg(long = "clinic-tls-key", value_name = "FILE")]
    tls_key: Option<String>,

    /// The age from which on the board calls today's list stale
    /// [env: POVLINE_CLINIC_STALE_TODAY_SECONDS] [default: 900, or what is promised]
    #[arg(long = "clinic-stale-today-seconds", value_name = "SECONDS")]
    stale_today_seconds: Option<String>,

    /// The age from which on the fleet page calls other lists stale
    /// [env: POVLINE_CLINIC_STALE_OTHER_SECONDS] [default: 43200, or what is promised]
    #[arg(long = "clinic-stale-other-seconds", value_name = "SECONDS")]
    stale_other_seconds: Option<String>,
}

impl ClinicListenArgs {
    pub(crate) fn raw(&self) -> RawClinic {
        RawClinic {
            listen: Setting::flag(&self.listen),
            tls_certificate: Setting::flag(&self.tls_certificate),
            tls_key: Setting::flag(&self.tls_key),
            stale_today_seconds: Setting::flag(&self.stale_today_seconds),
            stale_other_seconds: Setting::flag(&self.stale_other_seconds),
        }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline clinic staff add 00001 李雷 --decides --data ./agent\n  \
                  povline clinic pair 00001 --name \"desk 1\" --data ./agent\n  \
                  povline clinic token --fleet --data ./agent\n\n\
                  The agent serves the front desk with `povline sync --clinic ADDRESS`; what is \
                  set up here counts at once, also while it runs.")]
pub(crate) struct ClinicArgs {
    #[command(subcommand)]
    pub(crate) command: ClinicCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClinicCommand {
    /// Make a token for a clinic's programs, or for the fleet page 令牌
    Token(TokenArgs),
    /// List the tokens 令牌列表
    Tokens(TokensArgs),
    /// Take a token back 撤回令牌
    Revoke(RevokeArgs),
    /// Add, list and remove who works at a clinic 人员
    Staff(StaffArgs),
    /// Make a code under which one device is paired 设备配对
    Pair(PairArgs),
    /// List a clinic's devices 设备列表
    Devices(DevicesArgs),
    /// Take a device's right back 撤回设备
    Unpair(UnpairArgs),
}

impl ClinicCommand {
    pub(crate) fn raw(&self) -> RawConfig {
        match self {
            Self::Token(args) => args.ledger.raw(),
            Self::Tokens(args) => args.ledger.raw(),
            Self::Revoke(args) => args.ledger.raw(),
            Self::Pair(args) => args.ledger.raw(),
            Self::Devices(args) => args.ledger.raw(),
            Self::Unpair(args) => args.ledger.raw(),
            Self::Staff(args) => match &args.command {
                StaffCommand::Add(args) => args.ledger.raw(),
                StaffCommand::List(args) => args.ledger.raw(),
                StaffCommand::Remove(args) => args.ledger.raw(),
            },
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline clinic token 00001 --label kiosk --data ./agent\n  povline \
                  clinic token --fleet --data ./agent\n\nThe token is told once. A clinic's token \
                  sees names masked."
)]
pub(crate) struct TokenArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV", required_unless_present = "fleet")]
    pub(crate) pov: Option<String>,

    /// For the fleet page instead
    #[arg(long, conflicts_with = "pov")]
    pub(crate) fleet: bool,

    /// What it is for; it is written beside what is done with it
    #[arg(long, value_name = "TEXT", default_value = "program")]
    pub(crate) label: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic tokens --data ./agent")]
pub(crate) struct TokensArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic revoke 3 --data ./agent")]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The token's number, as `povline clinic tokens` lists it
    #[arg(value_name = "NUMBER")]
    pub(crate) number: i64,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline clinic pair 00001 --name \"desk 1\" --data ./agent\n  povline \
                  clinic pair 00001 --name \"hall\" --screen --data ./agent\n\nThe code is good \
                  for 10 minutes and one device: type it at /pair."
)]
pub(crate) struct PairArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV")]
    pub(crate) pov: String,

    /// What the device is called
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,

    /// It is a public screen: masked names, and nobody signs in
    #[arg(long)]
    pub(crate) screen: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic devices 00001 --data ./agent")]
pub(crate) struct DevicesArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV")]
    pub(crate) pov: String,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic unpair 2 --data ./agent")]
pub(crate) struct UnpairArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The device's number, as `povline clinic devices` lists it
    #[arg(value_name = "NUMBER")]
    pub(crate) number: i64,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline clinic staff add 00001 李雷 --decides --data ./agent\n  \
                  povline clinic staff list 00001 --data ./agent"
)]
pub(crate) struct StaffArgs {
    #[command(subcommand)]
    pub(crate) command: StaffCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StaffCommand {
    /// Add somebody, or give them a new PIN, which is read from the terminal or standard input
    /// 添加人员或重设PIN
    Add(StaffAddArgs),
    /// List who works at a clinic 人员列表
    List(StaffListArgs),
    /// Take somebody's rights back and sign them out 移除人员并使其退出登录
    Remove(StaffRemoveArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline clinic staff add 00001 李雷 --decides --data ./agent\n  echo \
                  258036 | povline clinic staff add 00001 韩梅梅 --data ./agent"
)]
pub(crate) struct StaffAddArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV")]
    pub(crate) pov: String,

    /// The name that they choose to sign in
    #[arg(value_name = "NAME")]
    pub(crate) name: String,

    /// They may accept and reject held lists
    #[arg(long)]
    pub(crate) decides: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic staff list 00001 --data ./agent")]
pub(crate) struct StaffListArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV")]
    pub(crate) pov: String,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline clinic staff remove 00001 李雷 --data ./agent")]
pub(crate) struct StaffRemoveArgs {
    #[command(flatten)]
    ledger: LedgerArgs,

    /// The clinic, by the ISV's code
    #[arg(value_name = "POV")]
    pub(crate) pov: String,

    /// The name
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}
