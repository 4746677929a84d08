//! What a process has cost, by the operating system's account.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::commands::output;

/// Reads the CPU time of processes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Meter {
    ticks_per_second: f64,
}

impl Meter {
    pub(super) fn new() -> Result<Self> {
        let ticks = output(Command::new("getconf").arg("CLK_TCK"))?;
        Ok(Self {
            ticks_per_second: ticks.trim().parse().context("getconf CLK_TCK")?,
        })
    }

    /// User and system time of a process, all its threads and all its children, in microseconds.
    pub(super) fn micros(self, pid: u32) -> Result<f64> {
        let mut family = vec![pid];
        let stats = all_stats()?;
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            family.extend(stats.iter().filter(|s| s.parent == parent).map(|s| s.pid));
            next += 1;
        }
        let ticks: u64 = stats
            .iter()
            .filter(|stat| family.contains(&stat.pid))
            .map(|stat| stat.ticks)
            .sum();
        Ok(ticks as f64 / self.ticks_per_second * 1e6)
    }
}

/// Resident memory of a process in MiB.
pub(super) fn resident_mib(pid: u32) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))
        .with_context(|| format!("process {pid} is gone"))?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|number| number.parse::<f64>().ok())
        .context("the system does not tell resident memory")?;
    Ok(kib / 1024.0)
}

struct Stat {
    pid: u32,
    parent: u32,
    /// utime + stime.
    ticks: u64,
}

fn all_stats() -> Result<Vec<Stat>> {
    let entries = fs::read_dir("/proc").context("the bench needs Linux's /proc")?;
    // A process may end between being listed and being read.
    Ok(entries
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter_map(|pid| parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?))
        .collect())
}

/// `pid (name) state ppid …`, where the name may hold spaces and parentheses.
fn parse(stat: &str) -> Option<Stat> {
    let (pid, _) = stat.split_once(' ')?;
    let (_, rest) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u64>().ok();
    Some(Stat {
        pid: pid.parse().ok()?,
        parent: u32::try_from(field(4)?).ok()?,
        ticks: field(14)? + field(15)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_whatever_the_program_is_called() {
        let line = "77 (a) b (c)) S 5 77 77 0 -1 4194560 1 0 0 0 120 30 9 9 20 0 1 0 1 1 1";
        let stat = parse(line).unwrap();
        assert_eq!((stat.pid, stat.parent, stat.ticks), (77, 5, 150));
    }

    #[test]
    fn this_process_has_memory_and_is_found() {
        let me = std::process::id();
        assert!(resident_mib(me).unwrap() > 0.1);
        assert!(all_stats().unwrap().iter().any(|stat| stat.pid == me));
    }
}
