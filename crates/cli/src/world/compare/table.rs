//! The comparison as a document.

use std::collections::BTreeSet;
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
was last shown. *Under limits*: false cancels that no client could avoid (see the README). *Declared
unknown*: rows on lists of which the client itself said that it had not proved them. *Rows/s*: rows
received for each second that the process lived, start included. The clients are in
[samples/world/compare](samples/world/compare): the loops read page after page; the count-checked
one believes a list whose count equals a constant `total` without repeats, and otherwise keeps the
one before; the two-pass one believes two equal readings, of six at most; dlt merges with `scd2` and
a merge key of POV and day, as its documentation recommends for partitions that are read whole; the
Singer tap syncs full tables.
";

pub(super) fn markdown(outcomes: &[Outcome], versions: &[(&'static str, String)]) -> String {
    let mut text = HEAD.to_owned();
    let _ = write!(text, "{}", Day::at(SystemClock.now()));
    for (name, version) in versions {
        let _ = write!(text, " · {name} {version}");
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let _ = writeln!(
        text,
        " · {} {}, {cores} cores. Again: `povline world compare --out docs/comparison.md`.",
        std::env::consts::OS,
        std::env::consts::ARCH,
    );
    let scenarios: BTreeSet<&str> = outcomes
        .iter()
        .map(|outcome| outcome.scenario.as_str())
        .collect();
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
