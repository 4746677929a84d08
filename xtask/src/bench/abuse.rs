//! How long good calls take while others try everything to keep them out.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::answer::Format;
use super::asks::Ask;
use super::figure::Figure;
use super::machine::{LOAD_CORE, pinned};
use super::paced::{Load, OnLoadCore, p99_of_right};
use super::platform::Platform;
use super::rows::POVS;
use super::{Effort, inside};

/// What the figure is called.
pub(super) const NAME: &str = "serve.under-abuse";

/// The good callers, and what they call together: the server has time to spare, since what is looked
/// at is how long answers take.
const CONNECTIONS: u32 = 64;
const CALLS_PER_SECOND: u32 = 1_600;

/// Compares the time of good answers with and without bad callers beside them. Every answer to a
/// good call is compared with the right one: any other, a refusal too, fails the round.
pub(super) fn measure(platform: &Platform, effort: Effort) -> Result<Figure> {
    println!("{NAME}");
    let program = inside::build()?;
    let _held = OnLoadCore::hold()?;
    let p99 = |seconds: u64| -> Result<f64> {
        // Signed anew for each round: a signed call is good for some minutes only.
        let asks = POVS.iter().map(|pov| Ask::of(platform, *pov, 200));
        let load = Load {
            address: platform.address,
            asks: asks.collect::<Result<_>>()?,
            connections: CONNECTIONS,
            calls_per_second: CALLS_PER_SECOND,
            time: Duration::from_secs(seconds),
        };
        p99_of_right(&load.send()?, load.planned())
    };
    p99(1)?;
    let mut rounds = Vec::new();
    for round in 1..=effort.rounds {
        let alone = p99(effort.seconds)?;
        let mut abusers = Abusers::start(&program, platform)?;
        // Until every one of them has taken its place.
        super::pause(Duration::from_secs(1));
        let abused = p99(effort.seconds)?;
        ensure!(abusers.are_running()?, "the abusers have given up");
        println!("  round {round}: p99 {abused:.0} µs under abuse, {alone:.0} µs without");
        rounds.push((abused, alone));
    }
    let anchor_name = "the same calls with nobody else";
    Ok(Figure::of(NAME, "µs p99", anchor_name, &rounds))
}

/// A process of bad callers; it ends with this value.
struct Abusers(Child);

impl Abusers {
    fn start(program: &Path, platform: &Platform) -> Result<Self> {
        let replayed = platform.sign(POVS[0].0, 1, 200, Format::Json)?;
        let child = pinned(LOAD_CORE, program)
            .arg("abuse")
            .arg(platform.address.to_string())
            .args([replayed.path, replayed.body])
            .stdin(Stdio::null())
            .spawn();
        child.map(Self).context("cannot start the abusers")
    }

    fn are_running(&mut self) -> Result<bool> {
        Ok(self.0.try_wait()?.is_none())
    }
}

impl Drop for Abusers {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
