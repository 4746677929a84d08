//! `audit`, `log` and `explain`.

use clap::{Args, Subcommand};

use super::{DataArgs, FormatArgs};
use crate::config::{RawConfig, RawPlatform, Setting};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline audit verify --data ./platform\n  povline audit list \
                        --data ./platform --since 7d --pov 00001 --action read"
)]
pub(crate) struct AuditArgs {
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Go along the whole chain and tell the first place where it is broken 校验审计链
    Verify(AuditVerifyArgs),
    /// Tell who read or changed what 谁读过、改过什么
    List(AuditListArgs),
    /// Tell the end of the chain, to be kept elsewhere 链尾,供异地保存
    Head(AuditHeadArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline audit verify --data ./platform\n  povline audit verify \
                        --data ./platform --head \"$(cat /elsewhere/head)\"\n\nEnds with 7 if the \
                        chain is broken. Only with --head is it noticed that records were cut off \
                        its end."
)]
pub(crate) struct AuditVerifyArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// An end of the chain that `audit head` printed earlier
    #[arg(long, value_name = "HEAD")]
    pub(crate) head: Option<String>,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline audit list --data ./platform --since 7d --pov 00001\n  \
                  povline audit list --data ./platform --app 12345678 --action read \\\n    \
                  --format csv > reads.csv")]
pub(crate) struct AuditListArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Not what was over before: an instant (2026-11-24, \"2026-11-24 08:00:00\") or how long ago
    /// (30m, 12h, 7d)
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Not what began then or later
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,

    /// What was done to this clinic; the codes of all ISVs count
    #[arg(long, value_name = "POV")]
    pub(crate) pov: Option<String>,

    /// What was done to this day (2026-11-24)
    #[arg(long, value_name = "DAY")]
    pub(crate) day: Option<String>,

    /// What this app did, and what was done to it
    #[arg(long, value_name = "APP_KEY")]
    pub(crate) app: Option<String>,

    /// What was done so: read, book, cancel, import, grant, ...
    #[arg(long)]
    pub(crate) action: Option<String>,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline audit head --data ./platform > /elsewhere/head")]
pub(crate) struct AuditHeadArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
}

impl AuditCommand {
    pub(crate) fn raw(&self) -> RawConfig {
        match self {
            Self::Verify(args) => args.data.raw(),
            Self::List(args) => args.data.raw(),
            Self::Head(args) => args.data.raw(),
        }
    }
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline log --data ./platform --since 1h --app 12345678 --code \
                        25\n  povline log --data ./platform --request-id k2j5h3g4f6d7\n  povline \
                        log --data ./platform --follow --format ndjson\n\nThe log holds no names, \
                        codes, secrets, signatures or sessions."
)]
pub(crate) struct LogArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// Calls of this app
    #[arg(long, value_name = "APP_KEY")]
    pub(crate) app: Option<String>,

    /// Calls of this method
    #[arg(long)]
    pub(crate) method: Option<String>,

    /// Calls that got this error code; 0 for those that got what they asked for
    #[arg(long)]
    pub(crate) code: Option<i64>,

    /// Calls that got this sub code
    #[arg(long)]
    pub(crate) sub_code: Option<String>,

    /// The call with this request id
    #[arg(long, value_name = "ID")]
    pub(crate) request_id: Option<String>,

    /// Calls for this clinic
    #[arg(long, value_name = "POV")]
    pub(crate) pov: Option<String>,

    /// Calls for this day (2026-11-24)
    #[arg(long, value_name = "DAY")]
    pub(crate) day: Option<String>,

    /// Calls from this address
    #[arg(long)]
    pub(crate) address: Option<String>,

    /// Not those before: an instant (2026-11-24, \"2026-11-24 08:00:00\") or how long ago (30m, 12h,
    /// 7d)
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Not those at this instant or later
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,

    /// Wait for more, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline explain-signature k2j5h3g4f6d7\n  povline explain-signature k2j5h3g4f6d7 \
                        --admin 127.0.0.1:7002 --format json\n\nAsks the running platform, which \
                        remembers the last wrong signatures until it stops."
)]
pub(crate) struct ExplainSignatureArgs {
    /// The request id of an answer with code 25
    #[arg(value_name = "REQUEST_ID")]
    pub(crate) request_id: String,

    /// The platform's admin address [env: POVLINE_ADMIN] [default: 127.0.0.1:7002]
    #[arg(long, value_name = "ADDR")]
    admin: Option<String>,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl ExplainSignatureArgs {
    pub(crate) fn raw(&self) -> RawConfig {
        RawConfig {
            platform: RawPlatform {
                admin: Setting::flag(&self.admin),
                ..RawPlatform::default()
            },
            ..RawConfig::default()
        }
    }
}
