//! What the machine must have: two cores, `taskset`, nginx, wrk.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::commands::{run, succeeds};

/// The core of the server under test.
pub(super) const SERVER_CORE: &str = "0";
/// The core of the load generator.
pub(super) const LOAD_CORE: &str = "1";

/// Installs what is missing where it may, and else says what is.
pub(super) fn check() -> Result<()> {
    let cores = std::thread::available_parallelism()?.get();
    ensure!(
        cores >= 2,
        "one core for the server and one for the load are needed, and there is {cores}"
    );
    ensure!(
        exists("taskset"),
        "taskset is missing: `apt-get install -y util-linux`"
    );
    let missing: Vec<&str> = ["nginx", "wrk"]
        .into_iter()
        .filter(|p| !exists(p))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    if !is_root()? || !exists("apt-get") {
        bail!("{packages} missing: as root, `apt-get install -y {packages}`");
    }
    println!("installing {packages} from Debian's packages");
    let install = || {
        let mut command = Command::new("apt-get");
        command
            .args(["install", "-y", "--no-install-recommends"])
            .args(&missing);
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if run(&mut install()).is_err() {
        // The lists of a fresh machine may be empty or old.
        run(Command::new("apt-get").arg("update"))?;
        run(&mut install()).with_context(|| format!("{packages} could not be installed"))?;
    }
    Ok(())
}

/// Whether this runs as the superuser.
pub(super) fn is_root() -> Result<bool> {
    let me = fs::metadata("/proc/self").context("the bench needs Linux's /proc")?;
    Ok(me.uid() == 0)
}

/// A command held to one core.
pub(super) fn pinned(core: &str, program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("taskset");
    command.args(["-c", core]).arg(program);
    command
}

fn exists(program: &str) -> bool {
    succeeds(Command::new("sh").args(["-c", &format!("command -v {program}")]))
}
