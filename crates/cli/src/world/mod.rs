//! `world`: synthetic clinics that know the truth.

mod plan_bench;

use crate::args::WorldCommand;
use crate::error::CliResult;

pub(crate) fn run(command: &WorldCommand) -> CliResult<()> {
    match command {
        WorldCommand::PlanBench(args) => plan_bench::run(args),
    }
}
