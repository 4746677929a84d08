//! `user`.

use clap::{Args, Subcommand};

use super::{DataArgs, FormatArgs};
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline user add --data ./platform --isv \"My company\" wang.li\n  \
                        povline user add --data ./platform --operator ops\n  povline user list --data \
                        ./platform"
)]
pub(crate) struct UserArgs {
    #[command(subcommand)]
    pub(crate) command: UserCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Make a user of the portal; the password is asked for, or read from standard input
    /// 新建账号
    Add(UserAddArgs),
    /// Tell who may sign in 账号列表
    List(UserListArgs),
    /// Give a user another password and end their sessions 重设密码
    Password(UserNameArgs),
    /// Take a user away and end their sessions 移除账号
    Remove(UserNameArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline user add --data ./platform --isv \"My company\" wang.li\n  \
                        povline user add --data ./platform --operator ops < password-file"
)]
pub(crate) struct UserAddArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The ISV whose apps the user may see; made if it is not there
    #[arg(long, value_name = "NAME", required_unless_present = "operator")]
    pub(crate) isv: Option<String>,

    /// The user operates the platform
    #[arg(long, conflicts_with = "isv")]
    pub(crate) operator: bool,

    /// The name to sign in with: a-z, 0-9, `.`, `_`, `-`, `@`
    #[arg(value_name = "USER")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline user list --data ./platform --format json")]
pub(crate) struct UserListArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline user password --data ./platform wang.li\n  povline user \
                        remove --data ./platform wang.li"
)]
pub(crate) struct UserNameArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,

    /// The name to sign in with
    #[arg(value_name = "USER")]
    pub(crate) name: String,
}

impl UserCommand {
    pub(crate) fn raw(&self) -> RawConfig {
        match self {
            Self::Add(args) => args.data.raw(),
            Self::List(args) => args.data.raw(),
            Self::Password(args) | Self::Remove(args) => args.data.raw(),
        }
    }
}
