//! `app limit`, `app show`, `app allow`, `app session`: under which conditions an app may call.

use clap::{Args, Subcommand};

use super::{DataArgs, FormatArgs};

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline app limit --data ./platform 12345678 --per-second 50 --per-day 200000\n  \
                  povline app limit --data ./platform 12345678 \\\n    \
                  --method alibaba.health.vaccin.appointment.query --per-second 20\n  \
                  povline app limit --data ./platform '*' \\\n    \
                  --method alibaba.health.vaccin.appointment.query --per-second 500 \\\n    \
                  --weight 2\n\n\
                  A limit is a number of calls, `none`, or `default` for what the platform's \
                  settings say.\n\
                  What is not given stays as it is. The running platform follows at once.")]
pub(crate) struct AppLimitArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key, or `*` for the calls of all apps together
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// Limit the calls of this method alone; needed with `*`
    #[arg(long)]
    pub(crate) method: Option<String>,

    /// Calls within any one second
    #[arg(long, value_name = "CALLS")]
    pub(crate) per_second: Option<String>,

    /// Calls of one day of Asia/Shanghai
    #[arg(long, value_name = "CALLS")]
    pub(crate) per_day: Option<String>,

    /// What one call of the method takes of its app's calls; only with `*` and --method
    #[arg(long, value_name = "N")]
    pub(crate) weight: Option<u32>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline app show --data ./platform 12345678\n  \
                  povline app show --data ./platform '*' --format json\n\n\
                  Used is what the platform has told by now, at most some seconds old; reserved \
                  are calls that it may still let through, and those that a killed platform never \
                  did, with the used ones.")]
pub(crate) struct AppShowArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key, or `*` for the calls of all apps together
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline app allow --data ./platform 12345678 203.0.113.7 10.232.0.0/16 \\\n    \
                  2001:db8::/32\n  \
                  povline app allow --data ./platform 12345678 --anywhere\n\n\
                  The list replaces the one before it.")]
pub(crate) struct AppAllowArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// Addresses and networks that it may call from
    #[arg(
        value_name = "ADDRESS",
        required_unless_present = "anywhere",
        conflicts_with = "anywhere"
    )]
    pub(crate) ranges: Vec<String>,

    /// Let it call from anywhere
    #[arg(long)]
    pub(crate) anywhere: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app session create --data ./platform 12345678 --days 30\n  \
                        povline app session list --data ./platform 12345678\n  povline app \
                        session revoke --data ./platform 12345678 3f2a90c1b4d7"
)]
pub(crate) struct AppSessionArgs {
    #[command(subcommand)]
    pub(crate) command: AppSessionCommand,
}

/// Sessions, for the methods that ask for one.
#[derive(Debug, Subcommand)]
pub(crate) enum AppSessionCommand {
    /// Give an app a session; it is shown this once 新建会话,只显示这一次
    Create(SessionCreateArgs),
    /// Tell an app's sessions, by the names under which they are revoked 会话列表
    List(SessionListArgs),
    /// Take sessions back 撤销会话
    Revoke(SessionRevokeArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app session create --data ./platform 12345678 --days 30 \
                        --format json"
)]
pub(crate) struct SessionCreateArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// For how many days it is good
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u16).range(1..=3650))]
    pub(crate) days: u16,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline app session list --data ./platform 12345678")]
pub(crate) struct SessionListArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app session revoke --data ./platform 12345678 \
                        3f2a90c1b4d7\n  povline app session revoke --data ./platform 12345678 \
                        --all"
)]
pub(crate) struct SessionRevokeArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// The session, as `app session list` names it
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    pub(crate) session: Option<String>,

    /// All of the app's sessions
    #[arg(long)]
    pub(crate) all: bool,
}

impl AppSessionCommand {
    pub(crate) fn data(&self) -> &DataArgs {
        match self {
            Self::Create(args) => &args.data,
            Self::List(args) => &args.data,
            Self::Revoke(args) => &args.data,
        }
    }
}
