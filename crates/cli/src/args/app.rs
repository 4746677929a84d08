//! `app`.

use clap::{Args, Subcommand};

use super::{AppAllowArgs, AppLimitArgs, AppSessionArgs, AppShowArgs, DataArgs, FormatArgs};
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline app create --data ./platform --isv \"My company\" --name queue \\\n    \
                  --grant '*'\n  \
                  povline app list --data ./platform")]
pub(crate) struct AppArgs {
    #[command(subcommand)]
    pub(crate) command: AppCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AppCommand {
    /// Make an app; its secret is shown this once 新建应用,密钥只显示这一次
    Create(AppCreateArgs),
    /// Tell every app and what it may read 应用列表与授权
    List(AppListArgs),
    /// Tell an app's limits, and how much of them is used today 限额与今日用量
    Show(AppShowArgs),
    /// Give an app a new secret; the newest old one works beside it 更换密钥
    Rotate(AppRotateArgs),
    /// Stop an app from calling 停用应用
    Disable(AppKeyArgs),
    /// Let an app call again 启用应用
    Enable(AppKeyArgs),
    /// Let an app read clinics 授权接种点
    Grant(AppGrantArgs),
    /// Take back what an app may read 撤回授权
    Revoke(AppGrantArgs),
    /// Say how often an app may call 设置调用限额
    Limit(AppLimitArgs),
    /// Say from which addresses an app may call 设置来源地址白名单
    Allow(AppAllowArgs),
    /// Give, tell and take back sessions 会话管理
    Session(AppSessionArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline app create --data ./platform --isv \"My company\" --name queue \\\n    \
                  --grant '*'\n  \
                  povline app create --data ./platform --isv \"My company\" --name east \\\n    \
                  --grant 00001 --grant '31*' --format json")]
pub(crate) struct AppCreateArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The ISV that the app belongs to; made if it is not there
    #[arg(long, value_name = "NAME")]
    pub(crate) isv: String,

    /// What people call the app
    #[arg(long)]
    pub(crate) name: String,

    /// A clinic that it may read (`00001`), those that begin so (`31*`), or all (`*`); repeatable
    #[arg(long, value_name = "POV")]
    pub(crate) grant: Vec<String>,

    /// It may also write there: book, move, cancel, pick, open schedules
    #[arg(long)]
    pub(crate) write: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline app list --data ./platform --format json")]
pub(crate) struct AppListArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app rotate --data ./platform 12345678\n  povline app \
                        rotate --data ./platform 12345678 --retire-old"
)]
pub(crate) struct AppRotateArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// Only the new secret works from now on
    #[arg(long)]
    pub(crate) retire_old: bool,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app disable --data ./platform 12345678\n  povline app \
                        enable --data ./platform 12345678"
)]
pub(crate) struct AppKeyArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline app grant --data ./platform 12345678 00001 '31*'\n  \
                        povline app grant --data ./platform --write 12345678 00001\n  \
                        povline app revoke --data ./platform 12345678 00001"
)]
pub(crate) struct AppGrantArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The app's key
    #[arg(value_name = "APP_KEY")]
    pub(crate) app_key: String,

    /// Clinics (`00001`), those that begin so (`31*`), or all (`*`)
    #[arg(required = true, value_name = "POV")]
    pub(crate) grants: Vec<String>,

    /// The right to write as well; with `revoke`, that right alone
    #[arg(long)]
    pub(crate) write: bool,
}

impl AppCommand {
    pub(crate) fn raw(&self) -> RawConfig {
        match self {
            Self::Create(args) => args.data.raw(),
            Self::List(args) => args.data.raw(),
            Self::Rotate(args) => args.data.raw(),
            Self::Disable(args) | Self::Enable(args) => args.data.raw(),
            Self::Grant(args) | Self::Revoke(args) => args.data.raw(),
            Self::Show(args) => args.data.raw(),
            Self::Limit(args) => args.data.raw(),
            Self::Allow(args) => args.data.raw(),
            Self::Session(args) => args.command.data().raw(),
        }
    }
}
