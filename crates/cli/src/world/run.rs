//! `world run`: a world on loopback, and the grade of whoever played in it.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use povline_domain::{AppKey, Clock as _};
use povline_protocol::Secret;
use povline_world::clock::{Pace, WorldClock};
use povline_world::grade::{Grader, Report, html_page};
use povline_world::scenarios::ScenarioFile;
use povline_world::server::{Identity, Stage, WorldServer, WorldServerConfig, write_run};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{client, scenarios, summary};
use crate::args::{PaceArg, WorldPlayArgs, WorldRunArgs};
use crate::clock::SystemClock;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::shutdown;

/// A world has one app, and everybody may know it: nobody in it is real.
pub(super) const APP_KEY: &str = "12345678";
pub(super) const SECRET: &str = "povline-world";

/// The files of a run's directory.
pub(super) const RECORD: &str = "run.ndjson";
const REPORT_JSON: &str = "report.json";
const REPORT_HTML: &str = "report.html";

pub(super) async fn run(args: &WorldRunArgs) -> CliResult<()> {
    let (mut scenario, text) = scenarios::find(&args.scenario)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    play(&scenario, &text, &args.play).await
}

/// Serves a scenario, of which `text` is the file, until its client is done, and grades it.
#[expect(clippy::print_stderr, reason = "how to call it goes to standard error")]
pub(super) async fn play(
    scenario: &ScenarioFile,
    text: &str,
    args: &WorldPlayArgs,
) -> CliResult<()> {
    let stage = Stage::new(scenario, identity()?);
    let begins_at = stage.read_truth().begins_at();
    let pace = match args.pace {
        PaceArg::Stepped => Pace::Stepped,
        PaceArg::Frozen => Pace::Frozen,
        PaceArg::Speed(speed) => Pace::Running(speed.saturating_mul(1_000)),
    };
    let clock = Arc::new(WorldClock::new(Arc::new(SystemClock), begins_at, pace));
    let clients = listen(args.listen).await?;
    let admin = listen(args.admin).await?;
    let place = Place {
        url: format!("http://{}/router/rest", told(&clients, args.listen)),
        admin: format!("http://{}", told(&admin, args.admin)),
        calls_per_second: scenario.budget.calls_per_second,
    };
    let config = WorldServerConfig::default();
    let server = WorldServer::new(stage, Grader::new(), Arc::clone(&clock), config)
        .await
        .map_err(|error| {
            CliError::new(Exit::Failed, "cannot start the world")
                .caused_by(&error)
                .remedy(
                    "look at the scenario (`povline world scenarios` tells those that ship), or \
                     give it another --seed 检查场景文件或更换--seed",
                )
        })?;

    let report_at = &place.admin;
    eprintln!("{} · {}", scenario.title.zh, scenario.title.en);
    eprintln!(
        "export URL={} APP_KEY={APP_KEY} SECRET={SECRET} ADMIN={report_at} CALLS_PER_SECOND={}",
        place.url, place.calls_per_second
    );
    eprintln!("report 报告: {report_at}/report.html   help 说明: {report_at}/");
    let stop = CancellationToken::new();
    let serving = server.serve(clients, admin, stop.cancelled());
    let playing = async {
        let ended = match args.client.split_first() {
            Some((program, arguments)) => client::play(program, arguments, &place).await,
            None => {
                eprintln!("Ctrl-C or POST {report_at}/finish ends the run 结束");
                tokio::select! {
                    () = shutdown::requested() => {}
                    () = server.finished() => {}
                }
                Ok(())
            }
        };
        stop.cancel();
        ended
    };
    let ((), played) = tokio::join!(serving, playing);
    let report = server.report();
    if let Some(directory) = &args.dir {
        keep(directory, text, &server, clock.now(), &report)?;
        eprintln!("record and report 记录与报告: {}", directory.display());
    }
    summary::tell(&report, args.format)?;
    played?;
    match report.is_clean() && (report.hand_ins > 0 || report.events > 0) {
        true => Ok(()),
        false => Err(CliError::silent(Exit::Different)),
    }
}

/// Where a client finds the world.
pub(super) struct Place {
    pub(super) url: String,
    pub(super) admin: String,
    /// What it may call; 0 is no limit.
    pub(super) calls_per_second: u32,
}

/// Who may call a world.
pub(super) fn identity() -> CliResult<Identity> {
    let key = AppKey::new(APP_KEY).map_err(|error| {
        CliError::new(Exit::Failed, "cannot name the world's app").caused_by(&error)
    })?;
    Ok(Identity {
        app_key: key,
        secret: Secret::new(SECRET),
    })
}

fn keep(
    directory: &Path,
    scenario: &str,
    server: &WorldServer,
    now: povline_domain::UnixMillis,
    report: &Report,
) -> CliResult<()> {
    let fault = |error: &std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot write to {}", directory.display()),
        )
        .caused_by(error)
        .remedy("name another directory with --dir")
    };
    let written = || -> std::io::Result<()> {
        std::fs::create_dir_all(directory)?;
        let mut record = BufWriter::new(File::create(directory.join(RECORD))?);
        server.with_stage(|stage| {
            write_run(&mut record, scenario, &stage.read_truth(), stage.log(), now)
        })?;
        record.flush()?;
        let json = serde_json::to_vec_pretty(report)?;
        std::fs::write(directory.join(REPORT_JSON), json)?;
        std::fs::write(directory.join(REPORT_HTML), html_page(report))
    };
    written().map_err(|error| fault(&error))
}

pub(super) async fn listen(address: SocketAddr) -> CliResult<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        CliError::new(Exit::Failed, format!("cannot listen on {address}"))
            .caused_by(&error)
            .remedy("name other addresses with --listen and --admin; port 0 is any free one")
    })
}

/// The address with the port that the system chose, if it was left to it.
pub(super) fn told(listener: &TcpListener, asked: SocketAddr) -> SocketAddr {
    listener.local_addr().unwrap_or(asked)
}
