//! `world scenarios`, and finding a scenario by name or file.

use std::io::Write as _;
use std::path::Path;

use povline_world::scenarios::{ScenarioError, ScenarioFile, shipped, shipped_named};

use crate::args::WorldScenariosArgs;
use crate::error::{CliError, CliResult};
use crate::exit::Exit;
use crate::output::{Cell, Column, RowWriter};

const COLUMNS: &[Column] = &[
    Column::new("name", "Scenario 场景"),
    Column::new("povs", "POVs 接种点"),
    Column::new("minutes", "Minutes 分钟"),
    Column::new("faults", "Faults 故障"),
    Column::new("title_zh", "标题"),
    Column::new("title_en", "Title"),
];

pub(super) fn run(args: &WorldScenariosArgs) -> CliResult<()> {
    if let Some(name) = &args.show {
        let shipped = shipped_named(name).ok_or_else(|| unknown(name))?;
        std::io::stdout().write_all(shipped.text.as_bytes())?;
        return Ok(());
    }
    let mut rows = RowWriter::new(std::io::stdout(), args.output.format, COLUMNS);
    for shipped in shipped() {
        let file = shipped
            .read()
            .map_err(|error| unreadable(shipped.name, &error))?;
        let povs: u32 = file
            .clinics
            .iter()
            .map(|group| u32::from(group.count))
            .sum();
        rows.row(&[
            Cell::text(shipped.name),
            Cell::count(u64::from(povs)),
            Cell::count(u64::from(file.runs_minutes)),
            Cell::count(file.faults.len() as u64),
            Cell::text(&file.title.zh),
            Cell::text(&file.title.en),
        ])?;
    }
    rows.finish()?;
    Ok(())
}

/// A scenario and its text: a shipped one of this name, or a file.
pub(super) fn find(name: &str) -> CliResult<(ScenarioFile, String)> {
    let text = match shipped_named(name) {
        Some(shipped) => shipped.text.to_owned(),
        None if name.ends_with(".toml") || Path::new(name).is_file() => {
            std::fs::read_to_string(name).map_err(|error| {
                CliError::new(Exit::Failed, format!("cannot read {name}")).caused_by(&error)
            })?
        }
        None => return Err(unknown(name)),
    };
    let file = ScenarioFile::parse(&text).map_err(|error| unreadable(name, &error))?;
    Ok((file, text))
}

fn unknown(name: &str) -> CliError {
    CliError::new(Exit::Usage, format!("there is no scenario {name:?}"))
        .remedy("`povline world scenarios` lists them; a file's name ends with .toml")
}

fn unreadable(name: &str, error: &ScenarioError) -> CliError {
    CliError::new(Exit::Usage, format!("{name} is no scenario"))
        .caused_by(error)
        .remedy("docs/scenario-files.md explains every key")
}
