//! `world truth`: a scenario lived through without a client.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use povline_world::truth::Truth;

use super::scenarios;
use crate::args::WorldTruthArgs;
use crate::clock::Stopwatch;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("scenario", "Scenario 场景"),
    Column::new("seed", "Seed 种子"),
    Column::new("appointments", "Appointments 预约"),
    Column::new("changes", "Changes 变更"),
    Column::new("digest", "Digest 摘要"),
    Column::new("changes_per_minute", "Changes/min 每分钟变更"),
];

pub(super) fn run(args: &WorldTruthArgs) -> CliResult<()> {
    let (mut scenario, _) = scenarios::find(&args.scenario)?;
    scenario.seed = args.seed.unwrap_or(scenario.seed);
    let mut truth = Truth::begin(&scenario);
    let watch = Stopwatch::start();
    truth.advance(truth.ends_at());
    let elapsed = watch.elapsed();
    if let Some(path) = &args.out {
        let written = File::create(path).and_then(|file| {
            let mut out = BufWriter::new(file);
            truth.write_changes(&mut out)?;
            out.flush()
        });
        written.map_err(|error| {
            CliError::new(Exit::Failed, format!("cannot write {}", path.display()))
                .caused_by(&error)
        })?;
    }
    let per_minute = truth.changes() as f64 * 60.0 / elapsed.as_secs_f64().max(1e-6);
    let mut rows = RowWriter::new(std::io::stdout(), args.output.format, COLUMNS);
    rows.row(&[
        Cell::text(&scenario.name),
        Cell::count(scenario.seed),
        Cell::count(truth.biographies().len() as u64),
        Cell::count(truth.changes()),
        Cell::text(format!("{:032x}", truth.digest())),
        Cell::count(per_minute as u64),
    ])?;
    rows.finish()?;
    Ok(())
}
