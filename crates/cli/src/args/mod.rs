//! The command line as it was written. Nothing is checked here beyond its shape.

mod agent;
mod app;
mod audit;
mod caller;
mod clinic;
mod conditions;
mod delivery;
mod demo;
mod doctor;
mod explain;
mod held;
mod plan;
mod plan_bench;
mod platform;
mod portal;
mod quarantine;
mod reconcile;
mod schedule;
mod user;
mod world;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

pub(crate) use agent::{StatusArgs, SyncArgs};
pub(crate) use app::{AppArgs, AppCommand, AppCreateArgs, AppGrantArgs, AppRotateArgs};
pub(crate) use audit::{
    AuditArgs, AuditCommand, AuditListArgs, AuditVerifyArgs, ExplainSignatureArgs, LogArgs,
};
pub(crate) use caller::{CallArgs, CallerArgs, PullArgs};
pub(crate) use clinic::{
    ClinicArgs, ClinicCommand, PairArgs, StaffAddArgs, StaffCommand, TokenArgs,
};
pub(crate) use conditions::{
    AppAllowArgs, AppLimitArgs, AppSessionArgs, AppSessionCommand, AppShowArgs, SessionCreateArgs,
    SessionListArgs, SessionRevokeArgs,
};
pub(crate) use delivery::{
    DeadArgs, EventsArgs, EventsCommand, ListenArgs, OneSinkArgs, ResendArgs, VerifyArgs,
};
pub(crate) use demo::DemoArgs;
pub(crate) use doctor::DoctorArgs;
pub(crate) use explain::ExplainArgs;
pub(crate) use held::{HeldArgs, HeldCommand, HeldDecisionArgs};
pub(crate) use plan::{By, PlanArgs, WhatIf};
pub(crate) use plan_bench::{BenchFormat, PlanBenchArgs};
pub(crate) use platform::{DataArgs, Encoding, ImportArgs, InputFormat, ServeArgs};
pub(crate) use portal::{PortalArgs, PortalCommand, PortalSdkArgs, SdkLanguage};
pub(crate) use quarantine::{QuarantineArgs, QuarantineCommand, QuarantineDropArgs};
pub(crate) use reconcile::ReconcileArgs;
pub(crate) use schedule::{
    PovDaysArgs, ScheduleArgs, ScheduleCloseArgs, ScheduleCommand, ScheduleListArgs,
    ScheduleOpenArgs,
};
pub(crate) use user::{UserAddArgs, UserArgs, UserCommand, UserListArgs, UserNameArgs};
pub(crate) use world::{
    GradeFormat, PaceArg, WorldAgentArgs, WorldArgs, WorldCommand, WorldCompareArgs,
    WorldGradeArgs, WorldPlayArgs, WorldRecordArgs, WorldReplayArgs, WorldRunArgs,
    WorldScenariosArgs, WorldTruthArgs,
};

use crate::exit::Exit;
use crate::output::Format;

/// Vaccination appointments, pulled and kept exactly 疫苗预约:拉得准,存得准
///
/// Both ends of alibaba.health.vaccin.appointment.query (预约记录查询): a platform that answers TOP
/// clients, and an agent that keeps an exact copy of its clinics' appointments.
#[derive(Debug, Parser)]
#[command(
    name = "povline",
    version,
    max_term_width = 100,
    after_long_help = after_long_help(),
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Settings are read from this TOML file [default: povline.toml, if it is there]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,

    /// How much is logged to standard error, such as `warn` or `povline_gateway=debug`
    #[arg(long, global = true, value_name = "FILTER", env = "POVLINE_LOG")]
    pub(crate) log: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See it work: platform, synthetic clinics and agent over real HTTP 演示
    Demo(DemoArgs),
    /// Answer TOP calls from a book of appointments 平台服务
    Serve(Box<ServeArgs>),
    /// Make and manage the apps that may call 应用管理
    App(AppArgs),
    /// Make and manage who may sign in to the portal 账号管理
    User(UserArgs),
    /// Who read or changed what, and whether that record holds 审计
    Audit(AuditArgs),
    /// Search the calls that the platform answered 请求日志
    Log(LogArgs),
    /// Tell why the signature of a refused call was wrong 签名为何无效
    ExplainSignature(ExplainSignatureArgs),
    /// Open and close periods for booking 号源管理
    Schedule(ScheduleArgs),
    /// Take appointments from CSV or NDJSON files into a book 导入预约
    Import(ImportArgs),
    /// Sign and send any TOP call 调用任意 TOP 接口
    Call(CallArgs),
    /// Read whole lists once, each with its proof 拉取一次
    Pull(PullArgs),
    /// Keep an exact copy of the clinics' appointments 持续同步
    Sync(Box<SyncArgs>),
    /// Look whether all is well that `sync` needs 环境诊断
    Doctor(DoctorArgs),
    /// Tell how old and how large the copy is 副本状态
    Status(StatusArgs),
    /// Tell what changed 变更事件
    Events(EventsArgs),
    /// Forward events to a receiver under development 本地转发事件
    Listen(ListenArgs),
    /// Tell how old lists will be, are, and may be 轮询规划
    Plan(PlanArgs),
    /// Tell all that is known of one appointment, with its evidence 单个预约的来龙去脉
    Explain(ExplainArgs),
    /// Decide about losses that are too large to be believed 异常消失的人工决定
    Held(HeldArgs),
    /// Hold the copy against the platform, row by row 逐行对账
    Reconcile(ReconcileArgs),
    /// Show and drop rows that could not be taken at their word 无法采信的记录
    Quarantine(QuarantineArgs),
    /// Set up the clinics' front desks: staff, devices, tokens 接种点前台
    Clinic(ClinicArgs),
    /// What the developer portal offers, without the portal 开发者门户的内容
    Portal(PortalArgs),
    /// Test any client against clinics that know the truth 用模拟世界检验客户端
    World(WorldArgs),
}

/// Laid out by hand: no line is longer than 80 columns.
const SETTINGS: &str = "\
Settings come from flags, over environment variables, over povline.toml:
  [platform] data, listen, admin, portal, portal_url, public_url, sign_ups,
             sheets_mebibytes, workers, app_calls_per_second,
             app_calls_per_day, method_calls_per_second, method_calls_per_day,
             tls_certificate, tls_key, trusted_proxies,
             connections_per_address, session_methods, log_mebibytes, log_days
  [caller]   url, app_key, secret_file, sign_method, wire_format,
             timeout_seconds
  [agent]    data, povs, first_day, last_day, calls_per_second, calls_per_day,
             today_seconds, other_days_seconds, promise_today_seconds,
             promise_other_seconds, today_weight, confirming_percent,
             confirm_after_seconds, workers, admin, events_days, events_max,
             names_days, dead_letters_max
  [[app]]    one of several apps of the agent: url, app_key, secret_file, povs
             and quotas
  [clinic]   listen, tls_certificate, tls_key, stale_today_seconds,
             stale_other_seconds
  [[sink]]   see docs/events.md
";

fn after_long_help() -> String {
    format!(
        "{}\nStart with:\n  povline demo --once\n\n{SETTINGS}",
        Exit::table()
    )
}

/// How rows are written for whoever reads them.
#[derive(Debug, clap::Args)]
pub(crate) struct FormatArgs {
    /// A table for people, or a format for machines
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}
