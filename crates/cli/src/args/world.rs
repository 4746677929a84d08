//! `world`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world scenarios\n  povline world run town -- python3 client.py\n\n\
                  docs/test-your-own-client.md is a tour of five minutes. Nothing outside this \
                  machine is called, and nobody in a world is real."
)]
pub(crate) struct WorldArgs {
    #[command(subcommand)]
    pub(crate) command: WorldCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WorldCommand {
    /// List the scenarios, or print the file of one 场景列表
    Scenarios(WorldScenariosArgs),
    /// Serve a world to any client and grade it 运行场景并评分
    Run(WorldRunArgs),
    /// Grade a view after a run 事后评分
    Grade(WorldGradeArgs),
    /// Live through a scenario without any client 只运行世界
    Truth(WorldTruthArgs),
    /// Record what a real server answers, with nobody recognisable 录制真实服务
    Record(WorldRecordArgs),
    /// Play a recording again, as a world 重放录制
    Replay(WorldReplayArgs),
    /// Play Povline's own agent in a world 让 Povline 代理参加
    Agent(WorldAgentArgs),
    /// Compare the usual clients and Povline's agent 对比
    Compare(WorldCompareArgs),
    /// Compare polling policies on the same synthetic events 轮询策略比较
    PlanBench(super::PlanBenchArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world scenarios\n  povline world scenarios --show town > mine.toml"
)]
pub(crate) struct WorldScenariosArgs {
    /// Print the file of this scenario
    #[arg(long, value_name = "NAME")]
    pub(crate) show: Option<String>,

    #[command(flatten)]
    pub(crate) output: super::FormatArgs,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world run town --dir ./town\n  povline world run town -- python3 client.py\n  \
                  povline world run ./mine.toml --pace 60\n\nThe client finds URL, APP_KEY, SECRET and \
                  ADMIN in its environment. The run ends when the client does, when somebody POSTs \
                  to /finish on the admin address, or on Ctrl-C."
)]
pub(crate) struct WorldRunArgs {
    /// The name of a scenario, or a file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: String,

    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    #[command(flatten)]
    pub(crate) play: WorldPlayArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
                  povline world record --upstream https://eco.taobao.com/router/rest \\\n    \
                  --out clinic.recording\n\n\
                  Let a client that reads whole lists call the address that is printed instead of \
                  the server's, for an hour or a day, then stop with Ctrl-C. Calls go on as they \
                  come. Names, pick codes, appointments, POVs and the app are exchanged before \
                  anything is written; days, periods and instants are kept.")]
pub(crate) struct WorldRecordArgs {
    /// The server's address; calls are passed on to it, as they are
    #[arg(long, value_name = "URL")]
    pub(crate) upstream: String,

    /// The file of the recording; it must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,

    /// Where the client calls
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7103")]
    pub(crate) listen: SocketAddr,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world replay clinic.recording -- python3 client.py\n  \
                  povline world replay clinic.recording --pace real\n  \
                  povline world replay clinic.recording --write clinic.toml\n\nThe world follows the \
                  lists as they were read, answers as fast and fails as often as the server did, and \
                  grades whoever plays, like `world run`."
)]
pub(crate) struct WorldReplayArgs {
    /// A recording that `world record` made
    #[arg(value_name = "RECORDING")]
    pub(crate) recording: PathBuf,

    /// Write the scenario to this file and play nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = ["client", "dir"])]
    pub(crate) write: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) play: WorldPlayArgs,
}

/// How a world is played.
#[derive(Debug, Args)]
pub(crate) struct WorldPlayArgs {
    /// A client to run; its standard output goes to standard error
    #[arg(last = true, value_name = "COMMAND")]
    pub(crate) client: Vec<String>,

    /// Where the record and the report of the run go; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// How time passes: `stepped` (only by calls and when advanced), `frozen` (only when
    /// advanced), `real`, or how many times as fast as real time
    #[arg(long, value_name = "PACE", default_value = "stepped", value_parser = parse_pace)]
    pub(crate) pace: PaceArg,

    /// Where clients call
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7101")]
    pub(crate) listen: SocketAddr,

    /// Where the clock is set, views are handed in and reports are read
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7102")]
    pub(crate) admin: SocketAddr,

    /// The grade: a summary for people, or the whole report for machines
    #[arg(long, value_enum, default_value_t = GradeFormat::Summary)]
    pub(crate) format: GradeFormat,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world grade view.ndjson --run ./town\n  \
                  povline world grade events.ndjson --events --run ./town --html grade.html\n  \
                  povline world grade client.db --run ./town \\\n    --query \"select appointment_id, \
                  out_pov_id, pick_status from appointments\""
)]
pub(crate) struct WorldGradeArgs {
    /// The client's view: rows as NDJSON or a JSON array (`-` is standard input), events with
    /// --events, or an SQLite database with --query
    #[arg(value_name = "VIEW")]
    pub(crate) view: PathBuf,

    /// The directory of the run, as given to `world run --dir`
    #[arg(long, value_name = "DIR")]
    pub(crate) run: PathBuf,

    /// The view is events
    #[arg(long, conflicts_with = "query")]
    pub(crate) events: bool,

    /// The view is an SQLite database, and this is what to ask it; its columns are named as the
    /// contract's fields
    #[arg(long, value_name = "SQL")]
    pub(crate) query: Option<String>,

    /// Write the report as a page to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// The grade: a summary for people, or the whole report for machines
    #[arg(long, value_enum, default_value_t = GradeFormat::Summary)]
    pub(crate) format: GradeFormat,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world truth town\n  povline world truth town --out truth.tsv\n\nThe same \
                  file and seed have the same digest on every machine."
)]
pub(crate) struct WorldTruthArgs {
    /// The name of a scenario, or a file
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: String,

    /// Another seed than the scenario's
    #[arg(long, value_name = "N")]
    pub(crate) seed: Option<u64>,

    /// Write everything that happens to this file, a line each
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) output: super::FormatArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  povline world run town -- povline world agent")]
pub(crate) struct WorldAgentArgs {
    /// Where the world takes calls
    #[arg(long, value_name = "URL", env = "URL")]
    pub(crate) url: String,

    /// The world's admin address
    #[arg(long, value_name = "URL", env = "ADMIN")]
    pub(crate) admin: String,

    /// The app's key
    #[arg(long, value_name = "KEY", env = "APP_KEY")]
    pub(crate) app_key: String,

    /// The app's secret, which is no secret in a world
    #[arg(long, value_name = "SECRET", env = "SECRET", hide_env_values = true)]
    pub(crate) secret: String,

    /// How many minutes of the world's time pass between two sweeps
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1_440))]
    pub(crate) minutes: u32,

    /// How many lists are read at once; where the world's time stands still, calls that are under
    /// way together add up, as if each took as long as all of them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) workers: u16,

    /// The most calls of a second of the world's time; 0 is no limit
    #[arg(long, value_name = "N", env = "CALLS_PER_SECOND")]
    pub(crate) calls_per_second: Option<u32>,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world compare --out docs/comparison.md\n  povline world compare \
                  --scenarios foreign-period --players naive,povline\n\ndlt and the Singer SDK take part \
                  if the Python that is named has them: pip install 'dlt[duckdb]' singer-sdk"
)]
pub(crate) struct WorldCompareArgs {
    /// The scenarios
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "village,foreign-period,foreign-newest,foreign-unstable,crush,faults,bans,emptied"
    )]
    pub(crate) scenarios: Vec<String>,

    /// The clients: naive, counted, backward, twice, dlt, singer, povline [default: all]
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) players: Vec<String>,

    /// The most seconds that one client may take for one scenario; whoever takes longer has failed
    #[arg(long, value_name = "N", default_value_t = 120, value_parser = clap::value_parser!(u16).range(1..=3_600))]
    pub(crate) seconds_max: u16,

    /// The Python that runs the clients that are written in it
    #[arg(long, value_name = "PROGRAM", default_value = "python3")]
    pub(crate) python: PathBuf,

    /// Write the document to this file instead of standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

/// How a grade is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum GradeFormat {
    /// A summary for people.
    Summary,
    /// The whole report.
    Json,
}

/// How time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PaceArg {
    Stepped,
    Frozen,
    Speed(u32),
}

fn parse_pace(text: &str) -> Result<PaceArg, String> {
    match text {
        "stepped" => Ok(PaceArg::Stepped),
        "frozen" => Ok(PaceArg::Frozen),
        "real" => Ok(PaceArg::Speed(1)),
        number => match number.parse() {
            Ok(speed @ 1..=100_000) => Ok(PaceArg::Speed(speed)),
            _ => Err("write stepped, frozen, real, or a number from 1 to 100000".to_owned()),
        },
    }
}
