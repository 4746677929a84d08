//! CPU time of this process, by the scheduler's account, in nanoseconds.

use std::fs;

use anyhow::{Context, Result, ensure};

/// What all threads that are alive have cost so far, in microseconds. What is measured must end
/// no thread meanwhile: its cost would go with it.
pub(crate) fn process_micros() -> Result<f64> {
    let mut nanos = 0_u64;
    for thread in fs::read_dir("/proc/self/task").context("the bench needs Linux's /proc")? {
        let account = fs::read_to_string(thread?.path().join("schedstat"))
            .context("the kernel keeps no schedstat")?;
        let spent = account
            .split(' ')
            .next()
            .and_then(|spent| spent.parse().ok());
        nanos += spent.unwrap_or(0_u64);
    }
    ensure!(nanos > 0, "the kernel's schedstat does not count");
    Ok(nanos as f64 / 1e3)
}

/// What `work` costs, in microseconds.
pub(crate) fn cost(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let before = process_micros()?;
    work()?;
    Ok(process_micros()? - before)
}
