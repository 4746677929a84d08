//! `world`: scenarios, runs and grades.

mod client;
mod grade;
mod run;
mod scenarios;
mod summary;

use crate::args::WorldCommand;
use crate::error::CliResult;

/// Does what the command says.
pub(crate) async fn run(command: &WorldCommand) -> CliResult<()> {
    match command {
        WorldCommand::Scenarios(args) => scenarios::run(args),
        WorldCommand::Run(args) => run::run(args).await,
        WorldCommand::Grade(args) => grade::run(args),
    }
}
