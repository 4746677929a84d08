//! Figures that are taken inside one process, by `povline-bench`, which may use our crates.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};

use super::Effort;
use super::figure::Figure;
use super::machine::{SERVER_CORE, pinned};
use crate::commands::{cargo, output, run, target_folder};

/// What it measures.
pub(super) const NAMES: [&str; 7] = [
    "serve.cold",
    "serve.cold.20",
    "serve.while-writing",
    "sync.unchanged.page",
    "sync.changed.row",
    "clinic.fanout",
    "sync.memory",
];

/// Has it measure one.
pub(super) fn measure(name: &str, effort: Effort) -> Result<Figure> {
    println!("{name}");
    let printed =
        output(pinned(SERVER_CORE, build()?).args([name, "--rounds", &effort.rounds.to_string()]))?;
    let line = printed.lines().last().context("it printed nothing")?;
    for told in printed.lines().filter(|told| *told != line) {
        println!("  {told}");
    }
    let figure = Figure::parse(line).with_context(|| format!("povline-bench {name}"))?;
    ensure!(figure.name == name, "it measured {} instead", figure.name);
    Ok(figure)
}

/// Builds the program and tells where it is.
pub(super) fn build() -> Result<PathBuf> {
    run(&mut cargo(&[
        "build",
        "--release",
        "--locked",
        "--package",
        "povline-bench",
    ]))?;
    Ok(target_folder().join("release/povline-bench"))
}
