//! The score: a hundred points, and what each error costs.

use serde::Serialize;

use super::finding::FindingKind;
use super::report::Report;

/// A score and how it came about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// Points left of a hundred.
    pub points: f64,
    /// What was taken off.
    pub lines: Vec<ScoreLine>,
}

/// Points that were taken off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreLine {
    /// For what.
    pub what: &'static str,
    /// How many there were.
    pub count: f64,
    /// The points.
    pub points: f64,
}

/// What one error costs, and what all of its kind cost at most.
const COSTS: [(FindingKind, f64, f64); 4] = [
    (FindingKind::FalseCancel, 5.0, 50.0),
    (FindingKind::Missed, 3.0, 30.0),
    (FindingKind::Phantom, 1.0, 15.0),
    (FindingKind::WrongField, 1.0, 15.0),
];

/// A list that was not asked for within an hour.
const NEGLECT_COST: (f64, f64) = (0.5, 10.0);

/// A call during a ban that was told, and a ban that was provoked.
const BAN_COST: (f64, f64) = (0.5, 10.0);

/// Of a hundred changes of a kind that stand at the end undetected, so many points each percent.
const NEVER_COST: (f64, f64) = (0.5, 20.0);

/// The 99th percentile of delays may be half an hour; each ten minutes more cost a point.
const LATE_FREE_S: f64 = 1_800.0;
const LATE_COST: (f64, f64) = (1.0 / 600.0, 10.0);

/// A client that hands in nothing has shown nothing.
pub(super) fn score(report: &Report) -> Score {
    if report.hand_ins == 0 && report.events == 0 {
        return Score {
            points: 0.0,
            lines: vec![ScoreLine {
                what: "nothing-handed-in",
                count: 1.0,
                points: 100.0,
            }],
        };
    }
    let mut lines = Vec::new();
    for (kind, each, most) in COSTS {
        lines.push(line(kind.word(), report.count(kind) as f64, each, most));
    }
    let neglected = report.neglected_lists as f64;
    lines.push(line(
        "neglected-lists",
        neglected,
        NEGLECT_COST.0,
        NEGLECT_COST.1,
    ));
    let bans = report.calls.bans_provoked + report.calls.within_bans;
    lines.push(line("bans", bans as f64, BAN_COST.0, BAN_COST.1));
    let (never, detected) = report
        .delays
        .iter()
        .fold((0, 0), |(never, detected), delays| {
            (never + delays.never, detected + delays.detected)
        });
    if report.at_rest {
        let percent = 100.0 * never as f64 / ((never + detected) as f64).max(1.0);
        lines.push(line(
            "undetected-percent",
            percent,
            NEVER_COST.0,
            NEVER_COST.1,
        ));
    }
    let p99 = report
        .delays
        .iter()
        .map(|delays| delays.p99_s)
        .fold(0.0, f64::max);
    let late = (p99 - LATE_FREE_S).max(0.0);
    lines.push(line(
        "late-p99-seconds-over",
        late,
        LATE_COST.0,
        LATE_COST.1,
    ));
    lines.retain(|line| line.points > 0.0);
    let taken: f64 = lines.iter().map(|line| line.points).sum();
    Score {
        points: ((100.0 - taken).max(0.0) * 10.0).round() / 10.0,
        lines,
    }
}

fn line(what: &'static str, count: f64, each: f64, most: f64) -> ScoreLine {
    ScoreLine {
        what,
        count: (count * 10.0).round() / 10.0,
        points: ((count * each).min(most) * 10.0).round() / 10.0,
    }
}
