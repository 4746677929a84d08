//! The comparison as a document.

use std::fmt::Write as _;

use povline_domain::{Clock as _, Day};
use povline_world::grade::FindingKind;

use super::Outcome;
use crate::clock::SystemClock;

const HEAD: &str = "# Comparison

What becomes of one and the same scenario in the hands of the usual clients and of Povline's agent.
Every client plays over real HTTP in a process of its own, reads every list, hands in what it
believes, and lets five minutes of the world's time pass; the world's clock moves only with its
calls, so that all of them see the same changes. The errors are counted by the rules of
[test-your-own-client.md](test-your-own-client.md).

";

const FOOT: &str = "
*Missed*: rows that stood on their list during the whole of a reading and were never known. *False
cancels*: live rows that were given up. *Wrong*: values that a row did not have at any time since it
was last shown. *Under limits*: what falls under the
limits that [test-your-own-client.md](test-your-own-client.md) states. *Declared unknown*: rows on lists of which the client itself said that it had not proved them. *Rows/s*: rows
received for each second that the process lived, start included. The clients are in
[samples/world/compare](samples/world/compare): the loops read page after page; the count-checked
one believes a list whose count equals a constant `total` without repeats, and otherwise keeps the
one before; the two-pass one believes two equal readings, of six at most; dlt merges with `scd2` and
a merge key of POV and day, as its documentation recommends for partitions that are read whole; the
Singer tap syncs full tables. Where a scenario allows so many calls a second, each of them waits for
the next second after so many. Povline's agent also tells events, and each counts; the others hand
in rows alone. After each call it asks what time the world has: its *rows/s* pay for that.
";

/// `load` is how many processes wanted to run when it began.
pub(super) fn markdown(
    outcomes: &[Outcome],
    versions: &[(&'static str, String)],
    load: Option<f64>,
) -> String {
    let mut text = HEAD.to_owned();
    let _ = write!(text, "{}", Day::at(SystemClock.now()));
    for (name, version) in versions {
        let _ = write!(text, " · {name} {version}");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let build = match cfg!(debug_assertions) {
        true => "development",
        false => "release",
    };
    let _ = writeln!(
        text,
        " · {build} build · {} {}, {cores} cores.\n\nAgain: `povline world compare --python PYTHON --out \
         docs/comparison.md`, with a Python that has dlt and the Singer SDK.",
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    if let Some(load) = load.filter(|load| *load > 0.5) {
        let _ = writeln!(
            text,
            "\nThe machine was busy with other work (load {load:.0} on {cores} cores): *rows/s* are \
             orders of magnitude. The errors do not depend on it."
        );
    }
    let mut scenarios: Vec<&str> = outcomes
        .iter()
        .map(|outcome| outcome.scenario.as_str())
        .collect();
    scenarios.dedup();
    for scenario in scenarios {
        let of = |outcome: &&Outcome| outcome.scenario == scenario;
        let _ = write!(text, "\n## {scenario}\n\n");
        if let Some(first) = outcomes.iter().find(of) {
            let _ = writeln!(text, "{}\n", first.report.title_en);
        }
        text.push_str(
            "| client | missed | false cancels | phantoms | wrong | under limits | declared unknown | \
             calls | rows/s | memory | points |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
        );
        for outcome in outcomes.iter().filter(of) {
            row(&mut text, outcome);
        }
    }
    text.push_str(FOOT);
    text
}

fn row(text: &mut String, outcome: &Outcome) {
    let Outcome {
        player,
        failure,
        measured,
        report,
        ..
    } = outcome;
    if let Some(failure) = failure {
        let _ = writeln!(
            text,
            "| {player} | {failure} | | | | | | {} | | | |",
            report.calls.made
        );
        return;
    }
    let count = |kind| report.count(kind);
    let rows = report.calls.rows as f64 / measured.elapsed.as_secs_f64().max(0.001);
    let memory = measured.peak_bytes.map_or("–".to_owned(), |bytes| {
        format!("{} MB", bytes / 1_000_000)
    });
    let _ = writeln!(
        text,
        "| {player} | {} | {} | {} | {} | {} | {} | {} | {rows:.0} | {memory} | {:.1} |",
        count(FindingKind::Missed),
        count(FindingKind::FalseCancel),
        count(FindingKind::Phantom),
        count(FindingKind::WrongField),
        report.limits.values().sum::<u64>(),
        report.rows_unknown,
        report.calls.made,
        report.score.points,
    );
}
