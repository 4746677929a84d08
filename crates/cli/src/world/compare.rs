//! `world compare`: the usual ways of doing it, and Povline's agent, in the same worlds.

mod measure;
mod players;
mod table;

use std::io::Write as _;
use std::time::Duration;

use povline_world::grade::{FindingKind, Report};

use crate::args::WorldCompareArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::random;
use measure::Measured;
use players::Player;

/// What one client came to in one world.
pub(super) struct Outcome {
    scenario: String,
    player: &'static str,
    /// Why there is no report, if there is none.
    failure: Option<String>,
    measured: Measured,
    report: Report,
}

impl Outcome {
    fn in_short(&self) -> String {
        let seconds = self.measured.elapsed.as_secs_f64();
        match &self.failure {
            Some(failure) => format!("{seconds:.1} s, {failure}"),
            None => format!(
                "{seconds:.1} s, {} missed, {} false cancels",
                self.report.count(FindingKind::Missed),
                self.report.count(FindingKind::FalseCancel)
            ),
        }
    }
}

/// How many processes have wanted to run in the last minute, where the system tells.
fn load_of_machine() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

#[expect(clippy::print_stderr, reason = "how far it is goes to standard error")]
pub(super) async fn run(args: &WorldCompareArgs) -> CliResult<()> {
    let directory = std::env::temp_dir().join(format!("povline-compare-{:016x}", random::seed()?));
    let players = players::all(&directory, &args.python)?;
    let chosen = |player: &&Player| {
        args.players.is_empty() || args.players.iter().any(|name| name == player.name)
    };
    let time_max = Duration::from_secs(u64::from(args.seconds_max));
    let load = load_of_machine();
    let plays = args.scenarios.len() * players.iter().filter(chosen).count();
    let mut outcomes: Vec<Outcome> = Vec::with_capacity(plays);
    for scenario in &args.scenarios {
        for player in players.iter().filter(chosen) {
            let number = outcomes.len() + 1;
            eprint!("[{number}/{plays}] {scenario}: {} … ", player.title);
            let outcome = measure::play(scenario, player, time_max).await?;
            eprintln!("{}", outcome.in_short());
            outcomes.push(outcome);
        }
    }
    // Only scripts lay there.
    let _ = std::fs::remove_dir_all(&directory);
    let versions = players::versions(&args.python).await;
    let text = table::markdown(&outcomes, &versions, load);
    match &args.out {
        Some(path) => std::fs::write(path, text).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
                .caused_by(&error)
        }),
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}
