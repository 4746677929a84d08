//! What the report's pictures show, and their drawing.

use povline_domain::UnixMillis;
use serde::Serialize;

use crate::server::{CallLog, Outcome};
use crate::truth::Truth;

/// Columns of the picture.
const COLUMNS: usize = 96;

/// What happened over the run, in equal slices of time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Timeline {
    /// How long a slice is, in seconds.
    pub slice_s: i64,
    /// Changes in the world.
    pub changes: Vec<u32>,
    /// Calls that brought a page.
    pub pages: Vec<u32>,
    /// Calls that a fault struck down, were refused, or met a ban.
    pub failed: Vec<u32>,
}

impl Timeline {
    pub(super) fn of(truth: &Truth, log: &CallLog, now: UnixMillis) -> Self {
        let begin = truth.begins_at();
        let length = now.millis_since(begin).max(60_000);
        let slice = (length / COLUMNS as i64).max(1_000);
        let mut timeline = Self {
            slice_s: slice / 1_000,
            changes: vec![0; COLUMNS],
            pages: vec![0; COLUMNS],
            failed: vec![0; COLUMNS],
        };
        let column = |at: UnixMillis| {
            let place = usize::try_from(at.millis_since(begin) / slice).ok()?;
            Some(place.min(COLUMNS - 1))
        };
        for row in truth.biographies() {
            let instants = row.states.iter().map(|state| state.from);
            for at in instants.chain(row.cancelled_at).filter(|at| *at >= begin) {
                if let Some(place) = column(at) {
                    timeline.changes[place] += 1;
                }
            }
        }
        for call in log.all() {
            let Some(place) = column(call.at) else {
                continue;
            };
            match call.outcome {
                Outcome::Page { .. } => timeline.pages[place] += 1,
                _ => timeline.failed[place] += 1,
            }
        }
        timeline
    }
}

/// Bars upwards and downwards from one line: what happened above, what was called below.
pub(super) fn timeline_svg(timeline: &Timeline) -> String {
    const WIDTH: f64 = 960.0;
    const HALF: f64 = 90.0;
    let most = |bars: &[u32]| f64::from(bars.iter().copied().max().unwrap_or(0).max(1));
    let calls: Vec<u32> = timeline
        .pages
        .iter()
        .zip(&timeline.failed)
        .map(|(pages, failed)| pages + failed)
        .collect();
    let (up, down) = (most(&timeline.changes), most(&calls));
    let step = WIDTH / COLUMNS as f64;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {}\" role=\"img\" aria-label=\"上：变更，下：调用 changes above, calls below\">",
        HALF * 2.0
    );
    let mut bar = |class: &str, place: usize, top: f64, height: f64| {
        if height > 0.0 {
            svg.push_str(&format!(
                "<rect class=\"{class}\" x=\"{:.1}\" y=\"{top:.1}\" width=\"{:.1}\" height=\"{height:.1}\"/>",
                place as f64 * step,
                step - 1.0
            ));
        }
    };
    for place in 0..timeline.changes.len() {
        let changes = f64::from(timeline.changes[place]) / up * (HALF - 4.0);
        bar("changes", place, HALF - 1.0 - changes, changes);
        let pages = f64::from(timeline.pages[place]) / down * (HALF - 4.0);
        bar("pages", place, HALF + 1.0, pages);
        let failed = f64::from(timeline.failed[place]) / down * (HALF - 4.0);
        bar("failed", place, HALF + 1.0 + pages, failed);
    }
    svg.push_str(&format!(
        "<line class=\"axis\" x1=\"0\" x2=\"{WIDTH}\" y1=\"{HALF}\" y2=\"{HALF}\"/></svg>"
    ));
    svg
}
