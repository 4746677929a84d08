//! `world`: scenarios, runs and grades.

mod admin;
mod agent;
mod client;
mod compare;
mod grade;
mod plan_bench;
mod record;
mod replay;
mod run;
mod scenarios;
mod summary;
mod truth;

use crate::args::WorldCommand;
use crate::error::CliResult;

/// Does what the command says.
pub(crate) async fn run(command: &WorldCommand) -> CliResult<()> {
    match command {
        WorldCommand::Scenarios(args) => scenarios::run(args),
        WorldCommand::Run(args) => run::run(args).await,
        WorldCommand::Record(args) => record::run(args).await,
        WorldCommand::Replay(args) => replay::run(args).await,
        WorldCommand::Grade(args) => grade::run(args),
        WorldCommand::Truth(args) => truth::run(args),
        WorldCommand::Agent(args) => agent::run(args).await,
        WorldCommand::Compare(args) => compare::run(args).await,
        WorldCommand::PlanBench(args) => plan_bench::run(args),
    }
}
