//! What a read came to, and what that says about the platform as a whole.

use povline_domain::{ChangeKind, PickStatus, UnixMillis};
use povline_store::ledger::{Observation, Observed, Settled};

use super::looks::Refusal;
use super::read::{Read, Stopped};
use crate::timetable::Shown;

/// What remains of a read once its observation is on its way to the ledger.
pub(super) struct ReadResult {
    pub(super) complete_begun_at: Option<UnixMillis>,
    pub(super) stopped: Option<Stopped>,
    pub(super) verdict: &'static str,
    pub(super) unchanged: bool,
    pub(super) rows: u64,
    unpicked: u64,
    calls: u64,
    failed_calls: u64,
}

impl ReadResult {
    pub(super) fn of(read: Read) -> (Observation, Self) {
        let certificate = &read.observation.certificate;
        let (rows, unpicked) = match &read.observation.observed {
            Observed::Unchanged => (None, 0),
            Observed::Rows(rows) => {
                let waits = rows
                    .iter()
                    .filter(|row| row.appointment.pick_status == PickStatus::NotPicked);
                (Some(rows.len() as u64), waits.count() as u64)
            }
        };
        let failures: u64 = read.failures.values().sum();
        let result = Self {
            complete_begun_at: certificate.begun_at().filter(|_| certificate.is_complete()),
            stopped: read.stopped,
            verdict: certificate.verdict.code(),
            unchanged: rows.is_none(),
            rows: rows.unwrap_or(0),
            unpicked,
            calls: certificate.windows.len() as u64 + failures,
            failed_calls: failures,
        };
        (read.observation, result)
    }

    /// What the planner learns from it.
    pub(super) fn shown(&self, settled: &Settled) -> Shown {
        let of = |kinds: &[ChangeKind]| {
            let changes = settled.changes.iter();
            let changes = changes.filter(|change| kinds.contains(&change.kind));
            u32::try_from(changes.count()).unwrap_or(u32::MAX)
        };
        let whole = |count: u64| u32::try_from(count).unwrap_or(u32::MAX);
        Shown {
            calls: whole(self.calls),
            new: of(&[
                ChangeKind::Booked,
                ChangeKind::Rescheduled,
                ChangeKind::Restored,
            ]),
            gone: settled.suspected,
            picked: of(&[ChangeKind::Picked]),
            rows: (!self.unchanged).then(|| (whole(self.rows), whole(self.unpicked))),
        }
    }
}

/// Whether the platform answers at all.
///
/// If one list after another fails and none succeeds between them, the lists are not the cause: an
/// address, a secret or the platform is. Going on as if nothing were would only cost calls, and
/// failed ones count against the app.
///
/// A sweep, which gives every list up then, counts lists. Polling, which only pauses, counts calls: it
/// puts off lists that fail, so that so many lists would fail late, at five calls each, the later the
/// fewer are due.
#[derive(Debug)]
pub(super) struct Health {
    counts_calls: bool,
    failures_in_a_row: u32,
    failures_max: u32,
    /// The last refusal of the app, if nothing has succeeded since.
    refusal: Option<Refusal>,
}

impl Health {
    pub(super) fn new(workers: usize, is_polling: bool) -> Self {
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        Self {
            counts_calls: is_polling,
            failures_in_a_row: 0,
            failures_max: workers.saturating_mul(4).max(40),
            refusal: None,
        }
    }

    /// Takes note of how a read ended. A closed gate says nothing about the platform's health, and
    /// neither does a list that changed under its scan: the platform answered.
    pub(super) fn note(&mut self, result: &ReadResult) {
        match &result.stopped {
            None => {
                self.failures_in_a_row = 0;
                self.refusal = None;
            }
            Some(stopped @ Stopped::Failed(_)) if stopped.is_refusal_of_the_app() => {
                // Every list would be refused alike; a few show that it is no hiccup.
                self.add(self.failures_max.div_ceil(4));
                self.refusal = stopped.refusal();
            }
            Some(Stopped::Failed(_)) if self.counts_calls => {
                self.add(u32::try_from(result.failed_calls).unwrap_or(u32::MAX));
            }
            Some(Stopped::Failed(_)) => self.add(1),
            Some(Stopped::Closed(_)) => {}
        }
    }

    fn add(&mut self, failures: u32) {
        self.failures_in_a_row = self.failures_in_a_row.saturating_add(failures);
    }

    /// Why the platform refuses the app, if it does.
    pub(super) fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    pub(super) fn is_down(&self) -> bool {
        self.failures_in_a_row >= self.failures_max
    }
}
