//! Whether one app that calls at ten times its quota makes others wait.

use std::time::Duration;

use anyhow::{Result, bail, ensure};

use super::Effort;
use super::answer::Format;
use super::cpu::resident_mib;
use super::figure::Figure;
use super::paced::{Load, OnLoadCore, Taken, percentile};
use super::platform::{Caller, Platform};
use super::rows::POVS;

/// What the flooding app may call within a second.
const QUOTA: u32 = 100;

/// How many times as much it calls, and over how many connections.
const TIMES: u32 = 10;
const FLOODERS: u32 = 64;

/// What the others call.
const OTHERS_PER_SECOND: u32 = 400;
const OTHERS: u32 = 8;

/// Shorter rounds would not make a minute of flood together.
const SECONDS_MIN: u64 = 12;

/// What memory may grow by from the first round of flood to the last, in MiB.
const GROWTH_MAX: f64 = 4.0;

/// The others' p99 while one app floods, beside that of the same calls alone. Fails unless the
/// flooding app gets its quota to within one in a hundred, the others get everything, and memory
/// stays flat.
pub(super) fn measure(platform: &Platform, effort: Effort) -> Result<Figure> {
    let seconds = effort.seconds.max(SECONDS_MIN);
    let flooder = platform.make_app("flooder")?;
    platform.limit(&flooder, QUOTA)?;
    let _held = OnLoadCore::hold()?;
    let others = || -> Result<Load> {
        Ok(Load {
            address: platform.address,
            call: platform.sign(POVS[0].0, 1, 20, Format::Json)?,
            connections: OTHERS,
            calls_per_second: OTHERS_PER_SECOND,
            time: Duration::from_secs(seconds),
        })
    };
    let alone = || -> Result<f64> { p99(&others()?.send()?) };
    let flooded = || -> Result<f64> {
        let others = others()?;
        let flood = flood(platform, &flooder, seconds)?;
        let (flooding, taken) = std::thread::scope(|scope| {
            let flooding = scope.spawn(|| flood.send());
            let taken = others.send();
            (flooding.join(), taken)
        });
        let Ok(flooding) = flooding else {
            bail!("the flood panicked");
        };
        kept_to_quota(&flooding?, seconds)?;
        p99(&taken?)
    };
    alone()?;
    flooded()?;
    let start = resident_mib(platform.pid())?;
    let mut rounds = Vec::new();
    for round in 1..=effort.rounds {
        let pair = if round % 2 == 1 {
            let ours = flooded()?;
            (ours, alone()?)
        } else {
            let anchor = alone()?;
            (flooded()?, anchor)
        };
        println!(
            "  round {round}: p99 under flood {:.0} µs, alone {:.0} µs",
            pair.0, pair.1
        );
        rounds.push(pair);
    }
    let end = resident_mib(platform.pid())?;
    println!("  resident memory: {start:.1} MiB before, {end:.1} MiB after");
    ensure!(
        end - start <= GROWTH_MAX,
        "memory grew from {start:.1} to {end:.1} MiB under flood"
    );
    Ok(Figure::of(
        "serve.under-flood",
        "µs p99",
        "the same calls without the flood",
        &rounds,
    ))
}

fn flood(platform: &Platform, flooder: &Caller, seconds: u64) -> Result<Load> {
    Ok(Load {
        address: platform.address,
        call: platform.sign_as(flooder, POVS[0].0, 1, 20, Format::Json)?,
        connections: FLOODERS,
        calls_per_second: QUOTA * TIMES,
        time: Duration::from_secs(seconds),
    })
}

/// The others get everything that they ask for.
fn p99(taken: &[Taken]) -> Result<f64> {
    let refused = taken.iter().filter(|taken| !taken.answered).count();
    ensure!(refused == 0, "{refused} of the others' calls were refused");
    Ok(percentile(taken, 99))
}

/// The flooding app gets its quota to within one in a hundred.
fn kept_to_quota(taken: &[Taken], seconds: u64) -> Result<()> {
    let accepted = taken.iter().filter(|taken| taken.answered).count() as f64;
    let quota = f64::from(QUOTA) * seconds as f64;
    println!(
        "  flood: {} calls in {seconds} s, {accepted} accepted, {quota} allowed",
        taken.len()
    );
    ensure!(
        (accepted / quota - 1.0).abs() <= 0.01,
        "{accepted} calls were accepted where {quota} are allowed"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_or_fewer_than_the_quota_fail() {
        let taken = |accepted: usize| -> Vec<Taken> {
            let one = |answered| Taken {
                micros: 1.0,
                answered,
            };
            (0..12_000).map(|place| one(place < accepted)).collect()
        };
        kept_to_quota(&taken(1_200), 12).unwrap();
        kept_to_quota(&taken(1_189), 12).unwrap();
        assert!(kept_to_quota(&taken(1_187), 12).is_err());
        assert!(kept_to_quota(&taken(1_213), 12).is_err());
        assert!(p99(&taken(11_999)).is_err());
        assert!(p99(&taken(12_000)).is_ok());
    }
}
