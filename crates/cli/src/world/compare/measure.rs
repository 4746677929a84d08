//! One client in one world, and what it costs.

use std::sync::Arc;
use std::time::Duration;

use povline_world::clock::{Pace, WorldClock};
use povline_world::grade::Grader;
use povline_world::server::{Stage, WorldServer, WorldServerConfig};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::Outcome;
use super::players::Player;
use crate::clock::{Stopwatch, SystemClock};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::world::run::{APP_KEY, Place, SECRET, identity};
use crate::world::scenarios;

/// How often the memory of a client is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What a client costs on this machine.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Measured {
    pub(super) elapsed: Duration,
    /// The most memory that it held, where the system tells.
    pub(super) peak_bytes: Option<u64>,
}

/// Plays a scenario with a client, which has failed if it takes longer than `time_max`.
pub(super) async fn play(name: &str, player: &Player, time_max: Duration) -> CliResult<Outcome> {
    let fault = |what: &str| CliError::new(Exit::Failed, what.to_owned());
    let (scenario, _) = scenarios::find(name)?;
    let stage = Stage::new(&scenario, identity()?);
    let begins_at = stage.read_truth().begins_at();
    let clock = WorldClock::new(Arc::new(SystemClock), begins_at, Pace::Stepped);
    let config = WorldServerConfig::default();
    let server = WorldServer::new(stage, Grader::new(), Arc::new(clock), config)
        .await
        .map_err(|error| fault("cannot start the world").caused_by(&error))?;
    let listen = || TcpListener::bind(("127.0.0.1", 0));
    let port = |error| fault("cannot listen on 127.0.0.1").caused_by(&error);
    let (clients, admin) = (listen().await.map_err(port)?, listen().await.map_err(port)?);
    let address = |listener: &TcpListener| listener.local_addr().map_err(port);
    let url = format!("http://{}/router/rest", address(&clients)?);
    let admin_url = format!("http://{}", address(&admin)?);

    let stop = CancellationToken::new();
    let serving = server.serve(clients, admin, stop.cancelled());
    let playing = async {
        let place = Place {
            url,
            admin: admin_url,
            calls_per_second: scenario.budget.calls_per_second,
        };
        let ended = run(player, &place, time_max).await;
        stop.cancel();
        ended
    };
    let ((), (measured, failure)) = tokio::join!(serving, playing);
    Ok(Outcome {
        scenario: name.to_owned(),
        player: player.title,
        failure,
        measured,
        report: server.report(),
    })
}

async fn run(player: &Player, place: &Place, time_max: Duration) -> (Measured, Option<String>) {
    let watch = Stopwatch::start();
    let mut measured = Measured::default();
    let child = Command::new(&player.program)
        .args(&player.arguments)
        .env("URL", &place.url)
        .env("ADMIN", &place.admin)
        .env("CALLS_PER_SECOND", place.calls_per_second.to_string())
        .env("APP_KEY", APP_KEY)
        .env("SECRET", SECRET)
        .stdin(std::process::Stdio::null())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .kill_on_drop(true)
        .spawn();
    let mut child = match child {
        Ok(child) => child,
        Err(error) => return (measured, Some(format!("cannot be run: {error}"))),
    };
    let process = child.id();
    let mut look = tokio::time::interval(LOOK_EVERY);
    let failure = loop {
        tokio::select! {
            ended = child.wait() => break match ended {
                Ok(status) if status.success() => None,
                Ok(status) => Some(format!("ended with {status}")),
                Err(error) => Some(error.to_string()),
            },
            _ = look.tick() => {
                measured.peak_bytes = process.and_then(peak_bytes).or(measured.peak_bytes);
                if watch.elapsed() > time_max {
                    break Some(format!("took longer than {} s", time_max.as_secs()));
                }
            }
        }
    };
    measured.elapsed = watch.elapsed();
    (measured, failure)
}

/// The high-water mark of a process's memory.
fn peak_bytes(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}
