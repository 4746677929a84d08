//! How long good calls take while others try everything to keep them out.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::answer::Format;
use super::figure::Figure;
use super::machine::{LOAD_CORE, pinned};
use super::platform::{Platform, SignedCall};
use super::rows::POVS;
use super::scratch::Scratch;
use super::{Effort, inside, load};

/// What the figure is called.
pub(super) const NAME: &str = "serve.under-abuse";

/// Compares the time of good answers with and without bad callers beside them. Any answer to a good
/// call that is not status 200 fails the round.
pub(super) fn measure(platform: &Platform, scratch: &Scratch, effort: Effort) -> Result<Figure> {
    println!("{NAME}");
    let program = inside::build()?;
    let p99 = |seconds: u64| -> Result<f64> {
        // Signed anew for each round: a signed call is good for some minutes only.
        let mut calls: Vec<SignedCall> = Vec::new();
        for (pov, _) in POVS {
            calls.push(platform.sign(pov, 1, 200, Format::Json)?);
        }
        let seen = load::post_at_ease(platform.address, &calls, seconds, scratch)?;
        Ok(seen.p99_micros as f64)
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
        println!("  round {round}: p99 {abused} µs under abuse, {alone} µs without");
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
