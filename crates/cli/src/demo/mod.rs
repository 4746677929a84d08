//! `demo`: a platform with synthetic clinics, and an agent that keeps a copy of them over real
//! HTTP, in one process.

mod agent;
mod compare;
mod curl;
mod desk;
mod living;
mod platform;
mod summary;
mod switch;

use std::path::{Path, PathBuf};
use std::time::Duration;

use povline_domain::{Clock as _, Day};
use povline_sync::Summary;
use povline_world::Scenario;
use tokio_util::sync::CancellationToken;

use self::agent::DemoAgent;
use self::compare::Comparison;
use self::curl::Caller;
use self::desk::DemoDesk;
use self::living::Living;
use self::platform::Platform;
use crate::args::DemoArgs;
use crate::clock::{Stopwatch, SystemClock};
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::live::Live;
use crate::{random, shutdown};

/// How many days the clinics have appointments on: a week.
const DAYS: u16 = 7;

/// How many changes happen between the two sweeps of `--once`.
const BURST_CHANGES: usize = 600;

/// How often the display writes a line where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(5);

/// How often a fresh curl command is shown: each is good for ten minutes.
const CURL_EVERY: Duration = Duration::from_secs(9 * 60);

/// Runs the demo and compares both sides at its end.
pub(crate) async fn run(args: &DemoArgs) -> CliResult<()> {
    let watch = Stopwatch::start();
    let directory = directory(args.dir.as_deref())?;
    let stop = stop_when_asked();
    let today = Day::at(SystemClock.now());
    let scenario = Scenario::new(args.seed, usize::from(args.povs), today, DAYS);
    let mut platform = Platform::start(&directory, &scenario).await?;
    let agent = DemoAgent::new(&directory, &platform, &scenario)?;
    let caller = Caller::new(&platform, &directory)?;
    summary::heading(&directory, &platform, &caller)?;

    let world = platform.take_world()?;
    let summaries = match args.once {
        true => once(&platform, world, &agent, &stop).await?,
        false => {
            let minutes = args
                .minutes
                .map(|minutes| Duration::from_secs(minutes * 60));
            let desk = DemoDesk::start(&agent, &scenario).await?;
            let run =
                until_stopped(&platform, world, &agent, &stop, minutes, &caller, &desk).await?;
            desk.stop().await;
            run
        }
    };
    let comparison = Comparison::of(&platform, &summaries.world, agent.ledger()).await?;
    summary::tell(&summaries.all, &agent, &comparison, watch.elapsed()).await?;
    platform.stop().await;
    match (comparison.is_equal(), args.once && stop.is_cancelled()) {
        (true, false) => Ok(()),
        (true, true) => Err(CliError::silent(Exit::Incomplete)),
        (false, _) => Err(CliError::silent(Exit::Different)),
    }
}

/// What the agent did, and the world when it had come to rest.
struct Run {
    all: Vec<(&'static str, Summary)>,
    world: povline_world::World,
}

/// One sweep while people book and cancel, a burst of changes, and one more sweep that tells them.
async fn once(
    platform: &Platform,
    world: povline_world::World,
    agent: &DemoAgent,
    stop: &CancellationToken,
) -> CliResult<Run> {
    let living = Living::start(platform.book(), world);
    let first = agent.sweep("first sweep 首轮", LINE_EVERY, stop).await?;
    let mut world = living.stop().await?;
    living::burst(platform, &mut world, BURST_CHANGES).await?;
    let second = agent
        .sweep("second sweep, after changes 变更后次轮", LINE_EVERY, stop)
        .await?;
    Ok(Run {
        all: vec![("first sweep 首轮", first), ("second sweep 次轮", second)],
        world,
    })
}

/// Polls while people book and cancel, until Ctrl-C or the time is over; then one last sweep of a
/// world at rest.
async fn until_stopped(
    platform: &Platform,
    world: povline_world::World,
    agent: &DemoAgent,
    stop: &CancellationToken,
    time: Option<Duration>,
    caller: &Caller,
    desk: &DemoDesk,
) -> CliResult<Run> {
    let living = Living::start(platform.book(), world);
    let live = Live::start(agent.watched(), LINE_EVERY);
    live.say(&desk.lines());
    live.say("running until Ctrl-C 按 Ctrl-C 停止\n");
    let over = CancellationToken::new();
    let polling = agent.poll(over.clone());
    let waiting = async {
        let mut fresh = tokio::time::interval(CURL_EVERY);
        fresh.tick().await;
        let end = async {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        let mut end = std::pin::pin!(end);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = &mut end => break,
                _ = fresh.tick() => {
                    if let Ok(command) = caller.curl() {
                        live.say(&format!("a fresh curl, good for 10 minutes:\n{command}\n"));
                    }
                }
            }
        }
        over.cancel();
    };
    let (polled, ()) = tokio::join!(polling, waiting);
    live.stop();
    let polled = polled?;
    agent.switch.set_away(false);
    let mut world = living.stop().await?;
    living::burst(platform, &mut world, 0).await?;
    // A second Ctrl-C ends the process; this one is already spent.
    let last = agent
        .sweep(
            "last sweep, of a world at rest 末轮",
            LINE_EVERY,
            &CancellationToken::new(),
        )
        .await?;
    Ok(Run {
        all: vec![("polling 轮询", polled), ("last sweep 末轮", last)],
        world,
    })
}

fn stop_when_asked() -> CancellationToken {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    tokio::spawn(async move {
        shutdown::requested().await;
        asked.cancel();
        shutdown::requested().await;
        std::process::exit(130);
    });
    stop
}

/// A directory of the demo's own.
fn directory(named: Option<&Path>) -> CliResult<PathBuf> {
    let directory = match named {
        Some(named) => named.to_path_buf(),
        None => std::env::temp_dir().join(format!("povline-demo-{:08x}", random::seed()? >> 32)),
    };
    let fault = |error: &std::io::Error| {
        CliError::new(
            Exit::Failed,
            format!("cannot use the directory {}", directory.display()),
        )
        .caused_by(error)
        .remedy("name another one with --dir")
    };
    std::fs::create_dir_all(&directory).map_err(|error| fault(&error))?;
    let mut entries = std::fs::read_dir(&directory).map_err(|error| fault(&error))?;
    if entries.next().is_some() {
        let what = format!("the directory {} is not empty", directory.display());
        return Err(CliError::new(Exit::Usage, what)
            .remedy("name an empty one with --dir: the demo begins anew each time"));
    }
    Ok(directory)
}
