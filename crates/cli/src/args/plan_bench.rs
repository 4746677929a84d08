//! `world plan-bench`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline world plan-bench S1 --seed 1 --html s1.html\n  povline \
                        world plan-bench S3 --scale 0.2 --format json\n  povline world plan-bench \
                        my-clinics.toml --seeds 3\n\nS1 an ordinary week; S2 many clinics; S3 a \
                        limit of a second alone; S4 mass sites; S5 an unannounced release; S6 \
                        clinics that change at noon; S7 failures and a ban. The same scenario and \
                        seed give the same figures. Ends with 1 if the planner made a call beyond \
                        its budget or broke a promise."
)]
pub(crate) struct PlanBenchArgs {
    /// S1 to S7, or a TOML file with a scenario
    #[arg(value_name = "SCENARIO")]
    pub(crate) scenario: String,

    /// Makes the world: equal seeds make equal worlds
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// How many seeds are tried, from the first on
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) seeds: u64,

    /// The part of the scenario's clinics and calls, such as 0.2
    #[arg(long, value_name = "F", default_value_t = 1.0, value_parser = scale)]
    pub(crate) scale: f64,

    /// Days that are simulated; the last one is graded [default: the scenario's, 4]
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=30))]
    pub(crate) days: Option<u32>,

    /// A table for people, or JSON with every figure
    #[arg(long, value_enum, default_value_t = BenchFormat::Table)]
    pub(crate) format: BenchFormat,

    /// Also write a page with the ages over the day of the first seed
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Also write the first seed's events, as CSV
    #[arg(long, value_name = "FILE")]
    pub(crate) events: Option<PathBuf>,
}

/// How the comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchFormat {
    /// For people
    Table,
    /// For machines
    Json,
}

fn scale(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|scale| (0.001..=100.0).contains(scale))
        .ok_or_else(|| "must be a number from 0.001 to 100".to_owned())
}
