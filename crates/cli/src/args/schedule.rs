//! `schedule`.

use clap::{Args, Subcommand};

use super::{DataArgs, FormatArgs};
use crate::config::RawConfig;

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline schedule open --data ./platform --isv \"My company\" --pov 00001 \\\n    \
                  --day 2026-11-24..2026-11-30 --places 20 08:00-08:30 08:30-09:00\n  \
                  povline schedule list --data ./platform --isv \"My company\" --pov 00001 \\\n    \
                  --day 2026-11-24")]
pub(crate) struct ScheduleArgs {
    #[command(subcommand)]
    pub(crate) command: ScheduleCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ScheduleCommand {
    /// Open periods for booking, or change how many may book them 开放号源或改数量
    Open(ScheduleOpenArgs),
    /// Close periods: they keep their appointments and take no more 关闭时段,保留已有预约
    Close(ScheduleCloseArgs),
    /// Tell the periods and how full they are 时段与余号
    List(ScheduleListArgs),
}

/// Which days of which clinic.
#[derive(Debug, Args)]
pub(crate) struct PovDaysArgs {
    #[command(flatten)]
    data: DataArgs,

    /// The ISV whose clinic it is
    #[arg(long, value_name = "NAME")]
    pub(crate) isv: String,

    /// The clinic, by the ISV's code
    #[arg(long, value_name = "POV")]
    pub(crate) pov: String,

    /// The day, or `FIRST..LAST`
    #[arg(long, value_name = "DAY")]
    pub(crate) day: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline schedule open --data ./platform --isv \"My company\" --pov 00001 \\\n    \
                  --day 2026-11-24..2026-11-30 --places 20 08:00-08:30 08:30-09:00")]
pub(crate) struct ScheduleOpenArgs {
    #[command(flatten)]
    pub(crate) at: PovDaysArgs,

    /// How many may book each period, 1 to 100000
    #[arg(long, value_name = "N")]
    pub(crate) places: u32,

    /// The periods
    #[arg(required = true, value_name = "HH:mm-HH:mm")]
    pub(crate) periods: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline schedule close --data ./platform --isv \"My company\" --pov 00001 \
                  \\\n    \
                  --day 2026-11-24 08:00-08:30")]
pub(crate) struct ScheduleCloseArgs {
    #[command(flatten)]
    pub(crate) at: PovDaysArgs,

    /// The periods [default: all of the day]
    #[arg(value_name = "HH:mm-HH:mm")]
    pub(crate) periods: Vec<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline schedule list --data ./platform --isv \"My company\" --pov 00001 \\\n    \
                  --day 2026-11-24..2026-11-30 --format json")]
pub(crate) struct ScheduleListArgs {
    #[command(flatten)]
    pub(crate) at: PovDaysArgs,

    #[command(flatten)]
    pub(crate) output: FormatArgs,
}

impl ScheduleCommand {
    pub(crate) fn raw(&self) -> RawConfig {
        match self {
            Self::Open(args) => args.at.data.raw(),
            Self::Close(args) => args.at.data.raw(),
            Self::List(args) => args.at.data.raw(),
        }
    }
}
