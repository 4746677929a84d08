//! The disk under the ledger.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use super::finding::{Finding, Verdict};
use super::judge;
use crate::clock::Stopwatch;

/// How often a write is tried; the slowest but one counts, because the first is often slow.
const WRITES: usize = 5;

/// Looks at the ledger's directory, which nothing is left in.
pub(super) fn look(directory: &Path) -> Vec<Finding> {
    let of = directory.display().to_string();
    if !directory.is_dir() {
        let finding = Finding::ok("disk", &of, "there is no such directory yet 目录尚不存在");
        return vec![finding.but(
            Verdict::Warn,
            "`povline sync` makes it; look whether --data is what you mean 由sync创建,请核对--data",
        )];
    }
    let mut findings = Vec::new();
    if let Some(free) = free_bytes(directory) {
        findings.push(judge::room(&of, free));
    }
    findings.push(match write_time(directory) {
        Ok(took) => judge::sync_time(&of, took),
        Err(error) => Finding::ok("disk", &of, format!("cannot write there 不可写: {error}")).but(
            Verdict::Bad,
            "look at the rights of the directory and whether the disk is full 检查目录权限与磁盘空间",
        ),
    });
    findings
}

/// How long a page of a database takes until it is safe.
fn write_time(directory: &Path) -> io::Result<Duration> {
    let path = directory.join(".povline-doctor");
    let measured = measure(&path);
    let removed = std::fs::remove_file(&path);
    let took = measured?;
    removed?;
    Ok(took)
}

fn measure(path: &Path) -> io::Result<Duration> {
    let mut file = File::create(path)?;
    let mut times = Vec::with_capacity(WRITES);
    for _ in 0..WRITES {
        let watch = Stopwatch::start();
        file.write_all(&[0; 4_096])?;
        file.sync_data()?;
        times.push(watch.elapsed());
    }
    times.sort_unstable();
    Ok(times[WRITES - 2])
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let disk = rustix::fs::statvfs(directory).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}
