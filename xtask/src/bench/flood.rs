//! Whether one app that calls at ten times its quota makes others wait.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::Effort;
use super::asks::Ask;
use super::bars::Bar;
use super::cpu::resident_mib;
use super::figure::Figure;
use super::paced::{Load, OnLoadCore, Taken, p99_of_right};
use super::platform::{Caller, Platform};
use super::rows::POVS;

/// What the flooding app may call within a second.
const QUOTA: u32 = 100;

/// How many times as much it calls, and over how many connections.
const TIMES: u32 = 10;
const FLOODERS: u32 = 64;

/// How long the flood lasts in which its calls are counted.
const COUNTED_SECONDS: u64 = 60;

/// What the others call.
const OTHERS_PER_SECOND: u32 = 400;
const OTHERS: u32 = 8;

/// Shorter rounds have too few calls of the others for a p99.
const SECONDS_MIN: u64 = 12;

/// By how many hundredths the accepted calls may differ from the quota.
const OFF_MAX: f64 = 1.0;

/// What memory may grow by from the first round of flood to the last, in MiB.
const GROWTH_MAX: f64 = 4.0;

/// The others' p99 while one app floods, beside that of the same calls alone. What is due beside it:
/// over a minute of flood the app gets its quota, and memory stays flat. Any answer that is neither
/// right nor, to the flood, code 7 fails the run.
pub(super) fn measure(platform: &Platform, effort: Effort) -> Result<Figure> {
    println!("serve.under-flood");
    let seconds = effort.seconds.max(SECONDS_MIN);
    let flooder = platform.make_app("flooder")?;
    platform.limit(&flooder, QUOTA)?;
    let _held = OnLoadCore::hold()?;
    let others = |seconds: u64| -> Result<Load> {
        Ok(Load {
            address: platform.address,
            asks: vec![Ask::of(platform, POVS[0], 20)?],
            connections: OTHERS,
            calls_per_second: OTHERS_PER_SECOND,
            time: Duration::from_secs(seconds),
        })
    };
    let alone = || -> Result<f64> {
        let others = others(seconds)?;
        p99_of_right(&others.send()?, others.planned())
    };
    let flooded = |seconds: u64| -> Result<Flooded> {
        let others = others(seconds)?;
        let flood = flood(platform, &flooder, seconds)?;
        let (flooding, taken) = std::thread::scope(|scope| {
            let flooding = scope.spawn(|| flood.send());
            let taken = others.send();
            (flooding.join(), taken)
        });
        let Ok(flooding) = flooding else {
            bail!("the flood panicked");
        };
        Ok(Flooded {
            p99: p99_of_right(&taken?, others.planned())?,
            off: off_quota(&flooding?, seconds)?,
        })
    };
    // It warms everything too.
    alone()?;
    let counted = flooded(COUNTED_SECONDS)?;
    let start = resident_mib(platform.pid())?;
    let mut rounds = Vec::new();
    let mut off = counted.off;
    for round in 1..=effort.rounds {
        let (flooded, alone) = if round % 2 == 1 {
            let ours = flooded(seconds)?;
            (ours, alone()?)
        } else {
            let anchor = alone()?;
            (flooded(seconds)?, anchor)
        };
        println!(
            "  round {round}: p99 under flood {:.0} µs, alone {alone:.0} µs",
            flooded.p99
        );
        off = off.max(flooded.off);
        rounds.push((flooded.p99, alone));
    }
    let end = resident_mib(platform.pid())?;
    println!("  resident memory: {start:.1} MiB before, {end:.1} MiB after");
    let figure = Figure::of(
        "serve.under-flood",
        "µs p99",
        "the same calls without the flood",
        &rounds,
    );
    Ok(figure
        .due(Bar::new("hundredths off the quota", off, OFF_MAX))
        .due(Bar::new("MiB grown", end - start, GROWTH_MAX)))
}

/// What came of a time of flood.
struct Flooded {
    /// Of the others.
    p99: f64,
    /// By how many hundredths the flood's accepted calls differ from its quota.
    off: f64,
}

fn flood(platform: &Platform, flooder: &Caller, seconds: u64) -> Result<Load> {
    Ok(Load {
        address: platform.address,
        asks: vec![Ask::of_app(platform, flooder, POVS[0], 20)?],
        connections: FLOODERS,
        calls_per_second: QUOTA * TIMES,
        time: Duration::from_secs(seconds),
    })
}

/// By how many hundredths the calls that were accepted differ from what the quota allows. Fails
/// unless so many were made as a flood of that time has.
fn off_quota(taken: &[Taken], seconds: u64) -> Result<f64> {
    let accepted = taken.iter().filter(|taken| taken.is_right).count() as f64;
    let quota = f64::from(QUOTA) * seconds as f64;
    println!(
        "  flood: {} calls by {FLOODERS} clients in {seconds} s, {accepted} accepted, {quota} allowed",
        taken.len()
    );
    let planned = quota * f64::from(TIMES);
    ensure!(
        taken.len() as f64 >= planned * 0.99,
        "{} calls are no flood: {planned} were to be made",
        taken.len()
    );
    Ok((accepted / quota - 1.0).abs() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_the_quota_is_told_and_fewer_calls_are_no_flood() {
        let taken = |calls: usize, accepted: usize| -> Vec<Taken> {
            let one = |is_right| Taken {
                micros: 1.0,
                is_right,
            };
            (0..calls).map(|place| one(place < accepted)).collect()
        };
        let off = |calls, accepted| off_quota(&taken(calls, accepted), 12);
        assert_eq!(off(12_000, 1_200).unwrap(), 0.0);
        assert!((off(12_000, 1_188).unwrap() - 1.0).abs() < 1e-9);
        assert!((off(11_880, 1_224).unwrap() - 2.0).abs() < 1e-9);
        assert!(off(11_879, 1_200).is_err());
    }
}
