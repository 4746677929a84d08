//! Whether memory stays flat over a million requests.

use anyhow::Result;

use super::answer::Format;
use super::cpu::resident_mib;
use super::figure::Figure;
use super::load;
use super::platform::{Platform, SignedCall};
use super::rows::POVS;
use super::scratch::Scratch;

/// How many requests are made between the first look and the last.
const REQUESTS: u64 = 1_000_000;

/// Calls for every page of every POV in both formats and three sizes, and some that fail, until
/// there were a million, and compares resident memory at the end with that after the first
/// seconds.
pub(super) fn measure(platform: &Platform, scratch: &Scratch) -> Result<Figure> {
    println!("serve.memory: signing calls");
    let mut calls = mixed_calls(platform)?;
    load::post(platform.address, &calls, 10, scratch)?;
    let start = resident_mib(platform.pid())?;
    println!("  after the first seconds: {start:.1} MiB");
    let (mut requests, mut highest) = (0, start);
    while requests < REQUESTS {
        requests += load::post(platform.address, &calls, 10, scratch)?.requests;
        let now = resident_mib(platform.pid())?;
        highest = f64::max(highest, now);
        println!("  after {requests} requests: {now:.1} MiB");
        // A signed call is good for some minutes only.
        calls = mixed_calls(platform)?;
    }
    let end = resident_mib(platform.pid())?;
    println!("  start {start:.1} MiB, highest {highest:.1} MiB, end {end:.1} MiB");
    let anchor_name = "its own resident memory after the first seconds";
    Ok(Figure::of(
        "serve.memory",
        "MiB resident",
        anchor_name,
        &[(end, start)],
    ))
}

fn mixed_calls(platform: &Platform) -> Result<Vec<SignedCall>> {
    let mut calls = Vec::new();
    for (out_pov_id, count) in POVS {
        for (page_size, format) in [(200, Format::Json), (100, Format::Xml), (20, Format::Json)] {
            // The page past the end too, but no more than a few: each is signed by a process.
            for page_num in 1..=(count / page_size + 1).min(4) {
                calls.push(platform.sign(out_pov_id, page_num, page_size, format)?);
            }
        }
    }
    calls.push(platform.sign("no-such-pov", 1, 200, Format::Json)?);
    calls.push(platform.sign(POVS[0].0, 0, 200, Format::Xml)?);
    let mut forged = platform.sign(POVS[0].0, 1, 200, Format::Json)?;
    forged.body.push_str("&forged=1");
    calls.push(forged);
    Ok(calls)
}
