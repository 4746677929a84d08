//! Running other programs, and finding where the workspace stands.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io::{BufRead, BufReader, Write, pipe, stdout};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// The root of the workspace that this task was built in.
#[must_use]
pub fn workspace_root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_path_buf()
}

/// The folder into which cargo builds.
#[must_use]
pub fn target_folder() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace_root().join("target"), PathBuf::from)
}

/// A cargo command in the workspace: the very cargo that runs this task, if it was started by one.
///
/// What that cargo tells this task about its own package is not handed on. Build scripts look at it:
/// they would be run anew, and all that is built on them, whenever a person's cargo and this one take
/// turns.
#[must_use]
pub fn cargo(arguments: &[&str]) -> Command {
    let program = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(program);
    command.args(arguments).current_dir(workspace_root());
    for (name, _) in std::env::vars_os() {
        if is_of_a_package(&name.to_string_lossy()) {
            command.env_remove(name);
        }
    }
    command
}

/// Whether cargo sets this variable for the package that it builds or runs.
fn is_of_a_package(name: &str) -> bool {
    name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
}

/// Whether a program starts and ends well.
#[must_use]
pub fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Runs a program with its output shown.
///
/// # Errors
/// If it cannot be started or ends badly.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` ended with {status}");
    }
    Ok(())
}

/// How a program ended whose output was shown.
#[derive(Debug)]
pub struct Ended {
    /// Whether it ended well.
    pub well: bool,
    /// The last lines of what it printed, complaints among them.
    pub printed: String,
}

/// Runs a program with its output shown, and keeps the last lines of that.
///
/// # Errors
/// If it cannot be started or its output cannot be read.
pub fn run_and_keep(mut command: Command, lines_max: usize) -> Result<Ended> {
    let shown = shown(&command);
    let (printed, both) = pipe().context("cannot make a pipe")?;
    command
        .stdin(Stdio::null())
        .stdout(both.try_clone().context("cannot make a pipe")?)
        .stderr(both);
    let started = command.spawn();
    let mut child = started.with_context(|| format!("cannot start `{shown}`"))?;
    // It holds the ends of the pipe that are written to, of which the last closes it.
    drop(command);
    let mut printed = BufReader::new(printed);
    let mut last = VecDeque::new();
    loop {
        let mut line = Vec::new();
        let read = printed.read_until(b'\n', &mut line);
        if read.with_context(|| format!("cannot read what `{shown}` prints"))? == 0 {
            break;
        }
        let mut out = stdout().lock();
        let written = out.write_all(&line).and_then(|()| out.flush());
        written.context("cannot print")?;
        if last.len() == lines_max {
            last.pop_front();
        }
        last.push_back(line);
    }
    let status = child.wait();
    let status = status.with_context(|| format!("`{shown}` is gone"))?;
    Ok(Ended {
        well: status.success(),
        printed: String::from_utf8_lossy(&last.into_iter().flatten().collect::<Vec<_>>())
            .into_owned(),
    })
}

/// Runs a program and takes what it prints; what it complains of is shown.
///
/// # Errors
/// If it cannot be started or ends badly.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = shown(command);
    let output = command
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` ended with {}", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("`{shown}` printed no UTF-8"))
}

/// A command as a person would type it.
fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Ended {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run_and_keep(command, 2).unwrap()
    }

    #[test]
    fn the_last_lines_are_kept_in_their_order_complaints_among_them() {
        let ended = shell("echo one; echo two >&2; echo three; exit 1");
        assert!(!ended.well);
        assert_eq!(ended.printed, "two\nthree\n");
    }

    #[test]
    fn little_output_and_a_last_line_without_an_end_are_kept_whole() {
        let ended = shell("printf one");
        assert!(ended.well);
        assert_eq!(ended.printed, "one");
        assert_eq!(shell("").printed, "");
    }
}
