//! The browser tests: every `e2e/*/*.mjs`, against the binary as it is built now, in Debian's
//! Chromium.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::commands::{
    cargo, output, run as run_command, run_and_keep, succeeds, target_folder, workspace_root,
};
pub use tries::Tries;

mod tries;

/// So many of the last lines that a script printed are repeated at the end if it fails.
const REPEATED_LINES_MAX: usize = 150;

/// The oldest Node.js that playwright-core and the scripts run on; Debian 12 has it.
const NODE_MAJOR: u32 = 18;

/// A program that the tests need.
struct Tool {
    program: &'static str,
    /// Debian's package that holds it.
    package: &'static str,
    why: &'static str,
}

const TOOLS: [Tool; 4] = [
    Tool {
        program: "node",
        package: "nodejs",
        why: "runs the browser tests",
    },
    Tool {
        program: "npm",
        package: "npm",
        why: "installs playwright-core and axe-core for them",
    },
    Tool {
        program: "chromium",
        package: "chromium",
        why: "is the browser",
    },
    Tool {
        program: "pdftotext",
        package: "poppler-utils",
        why: "reads what the browser prints",
    },
];

/// Runs the browser tests and no others.
///
/// # Errors
/// As [`run`], if a script fails twice, and if there was none to run.
pub fn alone(names: &[String]) -> Result<()> {
    let tries = run(names)?;
    if tries.scripts() == 0 {
        bail!("no browser test is named like {names:?}");
    }
    print!("{}", tries.printed());
    println!("\nbrowser scripts run: {}", tries.scripts());
    if let Some(flaky) = tries.flaky() {
        println!("{flaky}");
    }
    tries.passed()?;
    println!("all passed");
    Ok(())
}

/// Runs the scripts whose paths contain one of `names`, all of them without; those that fail, twice.
///
/// # Errors
/// If a tool is missing and cannot be installed, or something cannot be run.
pub fn run(names: &[String]) -> Result<Tries> {
    let root = workspace_root();
    let scripts = scripts(&root.join("e2e"), names)?;
    let mut tries = Tries::default();
    if scripts.is_empty() {
        return Ok(tries);
    }
    check_tools()?;
    let folder = root.join("e2e");
    run_command(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder),
    )
    .context("cannot install what e2e/package-lock.json names; is a registry of npm reachable?")?;
    // With the features of the whole, as the other tests have built it: nothing is built again.
    run_command(&mut cargo(&["build", "--workspace", "--bin", "povline"]))?;
    for script in &scripts {
        let shown = script.strip_prefix(&root).unwrap_or(script);
        println!("browser test {}", shown.display());
        tries.take(&shown.to_string_lossy(), || {
            let mut node = Command::new("node");
            node.args(["--test", "--test-reporter=spec"])
                .arg(script)
                .current_dir(&folder)
                .env("POVLINE", target_folder().join("debug/povline"))
                .env("CHROMIUM", chromium());
            run_and_keep(node, REPEATED_LINES_MAX)
        })?;
    }
    Ok(tries)
}

/// The browser that the environment names, or Debian's.
fn chromium() -> OsString {
    std::env::var_os("CHROMIUM").unwrap_or_else(|| {
        let found = output(Command::new("sh").args(["-c", "command -v chromium"]));
        found.map_or_else(|_| "chromium".into(), |path| path.trim().into())
    })
}

fn scripts(folder: &Path, names: &[String]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for part in listed(folder)? {
        // What npm has put there is nobody's test.
        if !part.is_dir() || part.ends_with("node_modules") {
            continue;
        }
        for file in listed(&part)? {
            let shown = file.strip_prefix(folder).unwrap_or(&file).to_string_lossy();
            let is_wanted = names.is_empty() || names.iter().any(|name| shown.contains(name));
            if is_wanted && file.extension().is_some_and(|ending| ending == "mjs") {
                found.push(file);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn listed(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder);
    let entries = entries.with_context(|| format!("cannot list {}", folder.display()))?;
    entries.map(|entry| Ok(entry?.path())).collect()
}

/// Looks for every tool and installs what is missing, where that is possible.
fn check_tools() -> Result<()> {
    let missing: Vec<&Tool> = TOOLS.iter().filter(|tool| !tool.works()).collect();
    if !missing.is_empty() {
        for tool in &missing {
            println!("{} is missing, which {}", tool.program, tool.why);
        }
        let packages: Vec<&str> = missing.iter().map(|tool| tool.package).collect();
        let by_hand = format!("apt-get install -y {}", packages.join(" "));
        let user = output(Command::new("id").arg("-u"));
        let is_root = user.is_ok_and(|user| user.trim() == "0");
        if !is_root || !succeeds(Command::new("apt-get").arg("--version")) {
            bail!("the browser tests cannot run; on Debian, as root: `{by_hand}`");
        }
        println!("installing {} from Debian's packages", packages.join(", "));
        run_command(Command::new("apt-get").args(["-q", "update"]))?;
        let mut install = Command::new("apt-get");
        install
            .args(["-q", "install", "-y", "--no-install-recommends"])
            .args(&packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run_command(&mut install)
            .with_context(|| format!("cannot install what the browser tests need: `{by_hand}`"))?;
        if let Some(tool) = missing.iter().find(|tool| !tool.works()) {
            bail!(
                "{} does not work although {} was installed",
                tool.program,
                tool.package
            );
        }
    }
    let version = output(Command::new("node").arg("--version"))?;
    match major(&version) {
        Some(major) if major >= NODE_MAJOR => Ok(()),
        _ => bail!(
            "Node.js {} is too old: the browser tests need {NODE_MAJOR} or newer",
            version.trim()
        ),
    }
}

/// The first number of a version such as `v20.1.0`.
fn major(version: &str) -> Option<u32> {
    let digits = version.trim().strip_prefix('v')?;
    digits.split('.').next()?.parse().ok()
}

impl Tool {
    fn works(&self) -> bool {
        match self.program {
            "chromium" => succeeds(Command::new(chromium()).arg("--version")),
            "pdftotext" => succeeds(Command::new("pdftotext").arg("-v")),
            program => succeeds(Command::new(program).arg("--version")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_version_decides() {
        assert_eq!(major("v18.20.4\n"), Some(18));
        assert_eq!(major("20"), None);
    }

    #[test]
    fn scripts_of_every_part_are_found_and_helpers_are_none() {
        let all = scripts(&workspace_root().join("e2e"), &[]).unwrap();
        assert!(
            all.iter()
                .any(|script| script.ends_with("portal/console.mjs"))
        );
        assert!(!all.iter().any(|script| script.ends_with("harness.mjs")));
        let none = scripts(&workspace_root().join("e2e"), &["no such test".to_owned()]);
        assert!(none.unwrap().is_empty());
    }
}
