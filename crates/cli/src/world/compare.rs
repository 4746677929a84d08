//! `world compare`: the usual ways of doing it, and Povline's agent, in the same worlds.

mod measure;
mod players;
mod table;

use std::io::Write as _;

use povline_world::grade::Report;

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

#[expect(clippy::print_stderr, reason = "how far it is goes to standard error")]
pub(super) async fn run(args: &WorldCompareArgs) -> CliResult<()> {
    let directory = std::env::temp_dir().join(format!("povline-compare-{:016x}", random::seed()?));
    let players = players::all(&directory, &args.python)?;
    let chosen = |player: &&Player| {
        args.players.is_empty() || args.players.iter().any(|name| name == player.name)
    };
    let mut outcomes = Vec::new();
    for scenario in &args.scenarios {
        for player in players.iter().filter(chosen) {
            eprintln!("{scenario}: {}", player.title);
            outcomes.push(measure::play(scenario, player).await?);
        }
    }
    // Only scripts lay there.
    let _ = std::fs::remove_dir_all(&directory);
    let versions = players::versions(&args.python).await;
    let text = table::markdown(&outcomes, &versions);
    match &args.out {
        Some(path) => std::fs::write(path, text).map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
                .caused_by(&error)
        }),
        None => Ok(std::io::stdout().write_all(text.as_bytes())?),
    }
}
