//! One list read by the scan, and held against the truth.

use povline_domain::{AppointmentId, Window};
use povline_store::ledger::Observed;
use povline_sync::scan::{self, Answer, DecodedPage, Outcome, ScanPolicy, Step};

use crate::settle::support::pov;

use super::server::Server;
use super::truth::{DayNumber, RowNumber, Truth};

/// What the last complete reading of a list left: its windows and, for each seam, the anchors.
#[derive(Debug, Clone)]
pub struct Standing {
    pub windows: Vec<Window>,
    pub anchors: Vec<Vec<AppointmentId>>,
}

/// A scan and what it lost.
#[derive(Debug)]
pub struct Reading {
    pub outcome: Outcome,
    /// The rows that it shows, each with when the page was requested that did.
    pub shown: Vec<(RowNumber, i64)>,
    /// Rows that were there throughout and did not move, but that a complete certificate does not
    /// show.
    pub lost: Vec<RowNumber>,
    /// Whether a seam was without a single anchor that had not moved: the stated limit.
    pub anchors_moved: bool,
}

/// Reads a day by the overlap chain.
pub fn read(
    server: &mut Server,
    day: DayNumber,
    standing: Option<&Standing>,
    policy: ScanPolicy,
) -> Reading {
    let echoes = server.manner.echoes;
    // Which rows were served since the scan began; only of use while no chain was begun anew.
    let mut served_rows = Vec::new();
    let windows = standing.map(|standing| standing.windows.clone());
    let mut step = scan::begin(policy, pov(), Truth::day(day), windows);
    let outcome = loop {
        step = match step {
            Step::Fetch(fetch) => match server.serve(day, fetch.request()) {
                None => fetch.failed(),
                Some(served) => {
                    let at = served.requested_at.0;
                    served_rows.extend(served.rows.iter().map(|(row, _)| (*row, at)));
                    fetch.answered(Answer {
                        digest: served.digest,
                        requested_at: served.requested_at,
                        answered_at: served.answered_at,
                        body: served,
                    })
                }
            },
            Step::Decode(decode) => {
                let page = decode.body().page(echoes);
                decode.decoded(DecodedPage {
                    page,
                    unreadable: Vec::new(),
                    unknown_fields: Vec::new(),
                    unknown_of_rows: Vec::new(),
                })
            }
            Step::Done(outcome) => break outcome,
        };
    };
    let shown = match &outcome.observed {
        Observed::Unchanged => served_rows,
        Observed::Rows(rows) => rows
            .iter()
            .map(|row| {
                let window = outcome.certificate.windows[usize::from(row.window)];
                let number = server.truth.row_of(&row.appointment.appointment_id);
                (number, window.requested_at.0)
            })
            .collect(),
    };
    let mut reading = Reading {
        lost: Vec::new(),
        anchors_moved: false,
        shown,
        outcome,
    };
    if let Some(begun_at) = reading.outcome.certificate.begun_at()
        && reading.outcome.certificate.is_complete()
    {
        let begun_at = begun_at.0 - server.manner.stale_ms;
        reading.lost = lost_rows(&server.truth, day, begun_at, reading.rows());
        reading.anchors_moved = reading.any_anchors_moved(server, standing);
    }
    reading
}

/// The rows that stood on a day since before `begun_at` without moving, and are not among those
/// shown.
pub fn lost_rows(
    truth: &Truth,
    day: DayNumber,
    begun_at: i64,
    shown: impl IntoIterator<Item = RowNumber>,
) -> Vec<RowNumber> {
    let mut is_shown = vec![false; truth.rows.len()];
    for row in shown {
        is_shown[row] = true;
    }
    let stayed = |row: &&RowNumber| truth.touched_at(**row) < begun_at;
    let list = truth.lists[day].iter().filter(stayed);
    list.filter(|row| !is_shown[**row]).copied().collect()
}

impl Reading {
    fn rows(&self) -> impl Iterator<Item = RowNumber> {
        self.shown.iter().map(|(row, _)| *row)
    }

    fn any_anchors_moved(&self, server: &Server, standing: Option<&Standing>) -> bool {
        let certificate = &self.outcome.certificate;
        let anchors = match (&self.outcome.observed, standing) {
            (Observed::Unchanged, Some(standing)) => &standing.anchors,
            _ => &certificate.anchors,
        };
        let mut seams = certificate.windows.windows(2).zip(anchors);
        seams.any(|(windows, anchors)| {
            let since = windows[0].requested_at.0 - server.manner.stale_ms;
            let during = since..=windows[1].answered_at.0;
            let moved = |id: &AppointmentId| {
                let row = &server.truth.rows[server.truth.row_of(id)];
                row.past.iter().any(|past| during.contains(&past.at))
            };
            anchors.iter().all(moved)
        })
    }
}
