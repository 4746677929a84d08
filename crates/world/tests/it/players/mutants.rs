//! The agent broken in one place at a time. Each must be caught by a shipped scenario in which the
//! whole agent is blameless: otherwise neither the scenarios nor the grade are worth anything.

use povline_world::grade::{FindingKind, Report};
use povline_world::scenarios::{ScenarioFile, shipped, shipped_named};

use super::agent::play;
use super::parallel::play_all;

/// What is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutant {
    /// Windows do not overlap: page after page of 200.
    NoOverlap,
    /// Pages without overlap, held for whole if their number of rows is `total`.
    CountIsProof,
    /// The last page first, as the platform advises for its trades.
    LastPageFirst,
    /// As many pages as `total` makes.
    TotalEndsTheList,
    /// A page of fewer than 200 rows ends the list, whatever page size the server told.
    ShortPageOfTwoHundred,
    /// If page 1 is as it was, the list is.
    FirstPageSaysUnchanged,
    /// A chain whose rows moved or repeated is held for whole.
    NoOrderCheck,
    /// An incomplete scan makes rows absent.
    IncompleteProves,
    /// `success=false` is a list without rows.
    SuccessIgnored,
    /// An error document and an unreadable body are lists without rows.
    ErrorIsEmpty,
    /// A row without a pick status was picked (0).
    MissingStatusIsPicked,
    /// The day changes at midnight of UTC.
    DayOfUtc,
    /// The days that are polled are those of the day on which the agent was started.
    DaysNeverMoveOn,
    /// Whatever is settled last is newest.
    LastSettledWins,
    /// A row that is not shown once is cancelled.
    AbsentIsCancelled,
    /// Absences are never confirmed, so nothing is ever cancelled.
    NoSecondLook,
    /// A move is told as a cancellation and a booking.
    MoveIsCancellation,
    /// Code 7 is an error like any other.
    BanIgnored,
}

fn scenario(name: &str) -> ScenarioFile {
    shipped_named(name).unwrap().read().unwrap()
}

/// What is wrong with a client, in one line; nothing if nothing is.
fn blame(report: &Report) -> String {
    let mut blame = String::new();
    for kind in FindingKind::ALL {
        if report.count(kind) > 0 {
            blame.push_str(&format!("{} {}; ", report.count(kind), kind.word()));
        }
    }
    let never: u64 = report.delays.iter().map(|delays| delays.never).sum();
    if never > 0 {
        blame.push_str(&format!("{never} never detected; "));
    }
    if report.calls.within_bans > 0 {
        blame.push_str(&format!("{} calls within bans; ", report.calls.within_bans));
    }
    if report.neglected_lists > 0 {
        blame.push_str(&format!("{} lists neglected; ", report.neglected_lists));
    }
    if report.false_doubts > 0 {
        blame.push_str(&format!("{} live rows doubted; ", report.false_doubts));
    }
    blame
}

/// Whether the server shows lists that are not so: who believes its eyes must doubt live rows.
fn lies(name: &str) -> bool {
    name == "stale"
}

type Play = (Option<Mutant>, &'static str);

fn report((mutant, name): &Play) -> (Play, Report) {
    ((*mutant, name), play(&scenario(name), *mutant))
}

/// Scenarios in which nothing can be proved or known, by their own description.
fn is_provable(name: &str) -> bool {
    name != "foreign-unstable"
}

/// The scenario that only a brake sees through, which the ledger of these plays does not keep: it
/// is played by the real agent, in `real`.
fn needs_a_brake(name: &str) -> bool {
    name == "emptied"
}

#[test]
fn the_whole_agent_is_blameless_in_every_scenario() {
    let mut blames = String::new();
    let plays: Vec<Play> = shipped()
        .iter()
        .filter(|shipped| !needs_a_brake(shipped.name))
        .map(|shipped| (None, shipped.name))
        .collect();
    for ((_, name), report) in play_all(&plays, report) {
        let told = blame(&report);
        let limits = format!("{:?}", report.limits);
        println!(
            "{}: {} changes, {} calls, limits {limits}, {} rows unknown; {told}",
            name, report.changes, report.calls.made, report.rows_unknown
        );
        let blamed = match (is_provable(name), lies(name)) {
            (true, false) => !told.is_empty(),
            (true, true) => FindingKind::ALL.iter().any(|kind| report.count(*kind) > 0),
            (false, _) => report.count(FindingKind::FalseCancel) > 0,
        };
        if blamed {
            let story = report.stories.first().map(|story| &story.lines);
            blames.push_str(&format!("{name}: {told} {story:#?}\n"));
        }
    }
    assert!(blames.is_empty(), "{blames}");
}

#[test]
fn every_mutant_is_caught() {
    let caught_by = [
        (Mutant::NoOverlap, "foreign-period"),
        (Mutant::CountIsProof, "crush"),
        (Mutant::LastPageFirst, "foreign-period"),
        (Mutant::TotalEndsTheList, "faults"),
        (Mutant::ShortPageOfTwoHundred, "foreign-small-pages"),
        (Mutant::FirstPageSaysUnchanged, "release"),
        (Mutant::NoOrderCheck, "crush"),
        (Mutant::IncompleteProves, "faults"),
        (Mutant::SuccessIgnored, "faults"),
        (Mutant::ErrorIsEmpty, "faults"),
        (Mutant::MissingStatusIsPicked, "faults"),
        (Mutant::DayOfUtc, "midnight"),
        (Mutant::DaysNeverMoveOn, "midnight"),
        (Mutant::LastSettledWins, "crush"),
        (Mutant::AbsentIsCancelled, "storm"),
        (Mutant::NoSecondLook, "village"),
        (Mutant::MoveIsCancellation, "storm"),
        (Mutant::BanIgnored, "bans"),
    ];
    let mut missed = Vec::new();
    let plays = caught_by.map(|(mutant, name)| (Some(mutant), name));
    for ((mutant, name), report) in play_all(&plays, report) {
        let told = blame(&report);
        println!("{mutant:?} in {name}: {told}");
        if told.is_empty() {
            missed.push((mutant, name));
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}
