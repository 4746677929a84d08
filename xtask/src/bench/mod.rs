//! `cargo xtask bench`: what a thing costs, beside an anchor measured in the same run.
//!
//! A figure of its own says little about a program and much about the machine. So every figure
//! here is a pair: ours and an anchor, in alternating rounds, on the same core, driven by the same
//! load, in CPU time as the operating system accounts for it. What is compared is the ratio, and
//! most figures say what of it is due: a run in which that is missed anywhere fails.

mod abuse;
mod answer;
mod asks;
mod bars;
mod cpu;
mod figure;
mod flood;
mod http;
mod inside;
mod load;
mod machine;
mod memory;
mod nginx;
mod paced;
mod pages;
mod platform;
mod rows;
mod scratch;

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::commands::workspace_root;
use figure::Figure;

/// The figures, in the order in which they are taken.
const NAMES: [&str; 16] = [
    "serve.page200.json",
    "serve.page200.json.gzip",
    "serve.page200.xml",
    "serve.page137.json",
    "serve.page137.third.json",
    "serve.page20.json",
    abuse::NAME,
    "serve.memory",
    "serve.under-flood",
    inside::NAMES[0],
    inside::NAMES[1],
    inside::NAMES[2],
    inside::NAMES[3],
    inside::NAMES[4],
    inside::NAMES[5],
    inside::NAMES[6],
];

/// How long and how often is measured.
#[derive(Debug, Clone, Copy)]
struct Effort {
    rounds: usize,
    seconds: u64,
    /// Whether a figure that misses what is due fails the run.
    judges: bool,
}

/// Fewer rounds have no median worth the name.
const ROUNDS_MIN: usize = 5;

/// Takes the figures whose names begin with one of `names` (all of them if there is none), shows
/// them as a table, tells what is due of each, and leaves them in `target/bench.json`.
///
/// # Errors
/// If something is missing, if an answer is wrong, if a server fails, or, but for `--no-judge`, if a
/// figure is not what is due.
pub fn run(arguments: &[String]) -> Result<()> {
    let (names, effort) = parse(arguments)?;
    machine::check()?;
    let mut figures = Vec::new();
    let outside: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| !inside::NAMES.contains(name))
        .collect();
    if !outside.is_empty() {
        figures.extend(against_platform(&outside, effort)?);
    }
    for name in inside::NAMES {
        if names.contains(&name) {
            figures.push(inside::measure(name, effort)?);
        }
    }
    println!("\n{}", figure::table(&figures));
    println!("{}", bars::told(&figures));
    let folder = workspace_root().join("target");
    std::fs::create_dir_all(&folder).context("cannot make the folder target")?;
    let file = folder.join("bench.json");
    std::fs::write(&file, figure::json(&figures))
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("written to target/bench.json");
    match effort.judges {
        true => bars::judge(&figures),
        false => Ok(()),
    }
}

fn parse(arguments: &[String]) -> Result<(Vec<&'static str>, Effort)> {
    let mut effort = Effort {
        rounds: ROUNDS_MIN,
        seconds: 5,
        judges: true,
    };
    let mut wanted = Vec::new();
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let mut number = || -> Result<u64> {
            let value = rest.next().with_context(|| format!("{argument} what?"))?;
            value.parse().with_context(|| format!("{argument} {value}"))
        };
        match argument.as_str() {
            "--rounds" => effort.rounds = usize::try_from(number()?)?,
            "--seconds" => effort.seconds = number()?,
            "--no-judge" => effort.judges = false,
            other => wanted.push(other),
        }
    }
    ensure!(
        effort.rounds >= ROUNDS_MIN && effort.seconds >= 1,
        "at least {ROUNDS_MIN} rounds of at least one second"
    );
    for name in &wanted {
        if !NAMES.iter().any(|known| known.starts_with(name)) {
            bail!(
                "there is no figure {name:?}; there are {}",
                NAMES.join(", ")
            );
        }
    }
    let names = NAMES
        .into_iter()
        .filter(|name| wanted.is_empty() || wanted.iter().any(|wanted| name.starts_with(wanted)))
        .collect();
    Ok((names, effort))
}

/// The figures for which a platform is started and called from outside.
fn against_platform(names: &[&'static str], effort: Effort) -> Result<Vec<Figure>> {
    let scratch = scratch::Scratch::new()?;
    println!("building the platform");
    let binary = platform::build()?;
    println!("filling and starting the platform");
    let platform = platform::Platform::start(&binary, &scratch)?;
    let mut figures = Vec::new();
    for name in names {
        figures.push(match *name {
            "serve.memory" => memory::measure(&platform, &scratch)?,
            abuse::NAME => abuse::measure(&platform, effort)?,
            "serve.under-flood" => flood::measure(&platform, effort)?,
            page => pages::measure(page, &platform, &scratch, effort)?,
        });
    }
    Ok(figures)
}

/// Waits for a server to come up.
#[expect(
    clippy::disallowed_methods,
    reason = "a task has no runtime to wait with"
)]
fn pause(duration: Duration) {
    std::thread::sleep(duration);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(arguments: &[&str]) -> Result<usize> {
        let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
        parse(&arguments).map(|(names, _)| names.len())
    }

    #[test]
    fn names_choose_by_their_beginning_and_unknown_ones_are_refused() {
        assert_eq!(names(&[]).unwrap(), NAMES.len());
        assert_eq!(names(&["serve.page200"]).unwrap(), 3);
        assert_eq!(names(&["serve.page20.json", "--rounds", "7"]).unwrap(), 1);
        assert_eq!(names(&["serve.page137", "--no-judge"]).unwrap(), 2);
        assert!(names(&["serve.page2000"]).is_err());
        assert!(names(&["--rounds", "4"]).is_err());
        assert!(names(&["--rounds"]).is_err());
        let judges = |flags: &[String]| parse(flags).unwrap().1.judges;
        assert!(judges(&[]) && !judges(&["--no-judge".to_owned()]));
    }
}
