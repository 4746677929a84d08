//! `cargo xtask test`: every test, on a fresh machine too, or a plain word about what is missing.
//!
//! Nothing is skipped: a tool that is missing is installed or named, an ignored documentation test
//! counts as a failure, and a run that found no test at all has failed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::browser::{self, Tries};
use crate::commands::{cargo, run as run_command, succeeds, workspace_root};
use crate::toolchains;

/// Runs every test, or those whose names contain one of `names`.
///
/// # Errors
/// If a tool is missing and cannot be installed, if a test fails, or if there was none to run.
pub fn run(names: &[String]) -> Result<()> {
    println!("[1/6] tools");
    check_tools()?;

    println!("[2/6] toolchains of the samples, and servers");
    toolchains::check()?;

    println!("[3/6] unit and integration tests");
    let usual = nextest(&["--workspace", "--all-targets"], names)?;

    println!("[4/6] the sink `nats`, which the usual binary leaves out");
    let nats = [
        "--package",
        "povline-delivery",
        "--package",
        "povline-sync",
        "--features",
        "nats",
    ];
    let nats = nextest(&[&nats[..], &["-E", "test(nats)"]].concat(), names)?;
    let tests = usual.tests + nats.tests;

    println!("[5/6] documentation tests");
    let doc_tests = documentation_tests(names)?;

    println!("[6/6] browser tests");
    let in_browser = browser::run(names);
    let scripts = in_browser.as_ref().map_or(0, Tries::scripts) as u64;
    if let Ok(tries) = &in_browser {
        print!("{}", tries.printed());
    }

    let all = tests + doc_tests.passed + doc_tests.failed + scripts;
    println!(
        "\ntests run: {all} ({tests} unit and integration, {} documentation, {scripts} browser scripts)",
        doc_tests.passed + doc_tests.failed
    );
    if let Some(flaky) = in_browser.as_ref().ok().and_then(Tries::flaky) {
        println!("{flaky}");
    }
    usual.passed?;
    nats.passed?;
    if doc_tests.failed > 0 || !doc_tests.ended_well {
        bail!("documentation tests failed");
    }
    if doc_tests.ignored > 0 {
        bail!(
            "{} documentation tests are marked to be ignored; run them or write them as text",
            doc_tests.ignored
        );
    }
    in_browser?.passed()?;
    if all == 0 {
        bail!("no test is named like {names:?}");
    }
    println!("all passed");
    Ok(())
}

/// A run of nextest that has ended.
struct Ran {
    tests: u64,
    passed: Result<()>,
}

/// Runs the tests that `selection` and `names` select.
fn nextest(selection: &[&str], names: &[String]) -> Result<Ran> {
    let report = workspace_root().join("target/nextest/default/junit.xml");
    // A report of an earlier run must not be taken for one of this.
    if report.exists() {
        fs::remove_file(&report).context("cannot remove the last report")?;
    }
    let mut command = cargo(&["nextest", "run"]);
    command.args(selection);
    if !names.is_empty() {
        command.arg("--no-tests=pass").args(names);
    }
    let passed = run_command(&mut command);
    match fs::read_to_string(&report) {
        Ok(text) => Ok(Ran {
            tests: counted(&text)?,
            passed,
        }),
        Err(error) => {
            passed?;
            if names.is_empty() {
                bail!("nextest left no report at {}: {error}", report.display());
            }
            Ok(Ran {
                tests: 0,
                passed: Ok(()),
            })
        }
    }
}

fn check_tools() -> Result<()> {
    let compiler = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    if !succeeds(Command::new(&compiler).arg("--version")) {
        bail!(
            "there is no C compiler ({}), which SQLite is built with: install one, on Debian by `apt-get install -y gcc libc6-dev`",
            compiler.to_string_lossy()
        );
    }
    if !succeeds(&mut cargo(&["nextest", "--version"])) {
        println!("cargo-nextest is missing: installing it, which takes some minutes");
        run_command(&mut cargo(&["install", "cargo-nextest", "--locked"]))
            .context("cargo-nextest is missing and could not be installed; see https://nexte.st/docs/installation for other ways")?;
    }
    Ok(())
}

/// How many tests nextest's report tells of.
fn counted(report: &str) -> Result<u64> {
    let head = report
        .split_once("<testsuites ")
        .and_then(|(_, rest)| rest.split_once('>'))
        .map(|(head, _)| head)
        .context("nextest's report has no <testsuites>")?;
    head.split_once("tests=\"")
        .and_then(|(_, rest)| rest.split_once('"'))
        .and_then(|(count, _)| count.parse().ok())
        .context("nextest's report does not count its tests")
}

#[derive(Debug, Default, PartialEq, Eq)]
struct DocTests {
    passed: u64,
    failed: u64,
    ignored: u64,
    ended_well: bool,
}

fn documentation_tests(names: &[String]) -> Result<DocTests> {
    let mut command = cargo(&["test", "--doc", "--workspace", "--quiet", "--"]);
    command
        .args(names)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start cargo test --doc")?;
    let stdout = child.stdout.take().context("cargo test has no output")?;
    let mut tests = DocTests::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("cargo test printed no UTF-8")?;
        println!("{line}");
        tests.take(&line);
    }
    tests.ended_well = child.wait().context("cargo test is gone")?.success();
    Ok(tests)
}

impl DocTests {
    /// Adds what one `test result: ok. 3 passed; 0 failed; 0 ignored; …` tells.
    fn take(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let counts = result.split_once(". ").map_or(result, |(_, counts)| counts);
        for part in counts.split(';') {
            let mut words = part.split_whitespace();
            let (Some(count), Some(kind)) = (words.next(), words.next()) else {
                continue;
            };
            let Ok(count) = count.parse::<u64>() else {
                continue;
            };
            match kind {
                "passed" => self.passed += count,
                "failed" => self.failed += count,
                "ignored" => self.ignored += count,
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_is_counted_as_a_whole() {
        let report = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="nextest-run" tests="12" failures="1" errors="0" time="0.2">
    <testsuite name="povline-domain" tests="7" failures="0"></testsuite>
</testsuites>"#;
        assert_eq!(counted(report).unwrap(), 12);
        assert!(counted("<testsuites/>").is_err());
    }

    #[test]
    fn results_of_several_crates_add_up() {
        let mut tests = DocTests::default();
        for line in [
            "running 2 tests",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.3s",
            "test result: FAILED. 1 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out",
        ] {
            tests.take(line);
        }
        let expected = DocTests {
            passed: 3,
            failed: 3,
            ignored: 1,
            ended_well: false,
        };
        assert_eq!(tests, expected);
    }
}
