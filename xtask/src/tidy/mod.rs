//! `cargo xtask tidy`: the walls and the house rules that no compiler knows.

mod files;
pub mod walls;

use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::commands::{cargo, output, workspace_root};

/// Checks everything and says what is wrong.
///
/// # Errors
/// If anything is.
pub fn run() -> Result<()> {
    let faults = faults(&workspace_root())?;
    for fault in &faults {
        println!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} faults", faults.len());
    }
    println!("tidy: walls and house rules hold");
    Ok(())
}

/// What is wrong in a workspace; empty if nothing is.
///
/// # Errors
/// If it cannot be read.
pub fn faults(root: &Path) -> Result<Vec<String>> {
    let architecture = std::fs::read_to_string(root.join("ARCHITECTURE.md"))
        .context("cannot read ARCHITECTURE.md")?;
    let table = walls::Table::parse(&architecture)?;
    let mut faults = walls::differences(&table, &walls::Graph::parse(&metadata(root)?)?);
    faults.extend(files::faults(root)?);
    Ok(faults)
}

/// What cargo knows of the workspace, for this machine's platform alone: the packages of others
/// need not be here.
fn metadata(root: &Path) -> Result<String> {
    let version = output(std::process::Command::new("rustc").arg("-vV"))?;
    let host = version
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .context("rustc does not say which platform this is")?;
    output(
        cargo(&["metadata", "--format-version=1", "--locked"])
            .args(["--filter-platform", host])
            .current_dir(root),
    )
}
