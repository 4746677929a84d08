//! What is measured inside one process: things that cannot be seen from outside, each beside an
//! anchor in alternating rounds.
//!
//! `cargo xtask bench` runs it and reads its last line, which is JSON: `name`, `unit`,
//! `anchor_name`, `rounds`, each a pair of ours and the anchor, and `bars`, each with what it is of,
//! its value and the most that it may be. Whoever runs it judges; here nothing fails but what was
//! not measured rightly.

#![expect(clippy::print_stdout, reason = "the figure is printed")]

mod abuse;
mod bare;
mod call;
mod changed;
mod cold;
mod fanout;
mod fixed;
mod memory;
mod meter;
mod raw_book;
mod sample;
mod unchanged;
mod while_writing;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

/// What is measured allocates as the product does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What was measured.
struct Rounds {
    unit: &'static str,
    anchor_name: &'static str,
    /// Ours and the anchor.
    pairs: Vec<(f64, f64)>,
    /// What is due beside the ratio: what of, its value, and the most that it may be.
    bars: Vec<(&'static str, f64, f64)>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [helper] if helper == fixed::ARGUMENT => return fixed::run(),
        [helper, address] if helper == cold::ARGUMENT => return cold::run_caller(address),
        [helper, address, path, body] if helper == abuse::ARGUMENT => {
            return abuse::run(address, path, body);
        }
        [helper, book, last] if helper == while_writing::ARGUMENT => {
            return while_writing::run_writer(book, last);
        }
        _ => {}
    }
    let [name, flag, rounds] = arguments.as_slice() else {
        bail!("usage: povline-bench NAME --rounds N");
    };
    ensure!(flag == "--rounds", "--rounds, not {flag}");
    let count: usize = rounds.parse().context("--rounds")?;
    let rounds = match name.as_str() {
        "serve.cold" => cold::measure(count, cold::ROWS)?,
        "serve.cold.20" => cold::measure(count, cold::FEW_ROWS)?,
        "serve.while-writing" => while_writing::measure(count)?,
        "sync.unchanged.page" => unchanged::measure(count)?,
        "sync.changed.row" => changed::measure(count)?,
        "clinic.fanout" => fanout::measure(count)?,
        "sync.memory" => memory::measure()?,
        other => bail!("there is no figure {other:?} here"),
    };
    println!(
        "{}",
        json!({
            "name": name,
            "unit": rounds.unit,
            "anchor_name": rounds.anchor_name,
            "rounds": rounds.pairs,
            "bars": rounds.bars,
        })
    );
    Ok(())
}
