//! `demo`.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  povline demo\n  povline demo --once\n\nNothing outside this \
                        machine is called, and nobody in it is real."
)]
pub(crate) struct DemoArgs {
    /// Stop after two certified sweeps with changes between them, and compare both sides
    #[arg(long)]
    pub(crate) once: bool,

    /// Where the data goes; it must be empty or not there [default: a new directory for temporary
    /// files]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,

    /// Decides everything that chance decides
    #[arg(long, value_name = "N", default_value_t = 20_210_118)]
    pub(crate) seed: u64,

    /// How many clinics there are
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u16).range(1..=2_000))]
    pub(crate) povs: u16,

    /// Stop after this many minutes [default: only on Ctrl-C]
    #[arg(long, value_name = "N", conflicts_with = "once")]
    pub(crate) minutes: Option<u64>,
}
