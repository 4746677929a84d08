//! What an agent is doing, for whoever watches: a screen, metrics, a summary.

use std::collections::BTreeMap;

use povline_domain::{Change, ChangeKind, Day, OutPovId, UnixMillis};
use povline_protocol::catalogue::Bilingual;

use crate::alarms::AlarmKey;
use crate::timetable::TierAge;

/// What an agent has done since it began and what it has before it. A snapshot: the newest one
/// replaces all earlier ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// Lists (POV-days) that are tracked.
    pub lists: usize,
    /// Lists that a sweep has yet to read or, while polling, that are due or being read.
    pub lists_left: usize,
    /// Scans that were complete, those that found nothing changed included.
    pub complete: u64,
    /// Of these, scans recognised as unchanged without reading a row.
    pub unchanged: u64,
    /// Scans that proved nothing about absences: the list changed under them, or a call failed.
    pub incomplete: u64,
    /// Lists that failed when they were last read (in a sweep: for good). Every other list goes on.
    pub failed: usize,
    /// Rows read.
    pub rows: u64,
    /// Events told, by kind, in the order of [`ChangeKind::ALL`].
    pub events: [u64; 7],
    /// Rows that became suspected.
    pub suspected: u64,
    /// Suspected absences that still want confirming scans.
    pub suspects_left: usize,
    /// Of these, today's that wait because the share of confirming scans does not reach for them
    /// now.
    pub todays_suspects_waiting: usize,
    /// POV-days, and the fleet, of which no cancellation is told because too much vanished at once.
    pub held: usize,
    /// Rows that were put in quarantine.
    pub quarantined: u64,
    /// Calls made, retries included.
    pub calls: u64,
    /// Failed calls and scans, by class.
    pub failures: BTreeMap<&'static str, u64>,
    /// When the list that was not read for the longest time was last read whole; `None` while some
    /// list never was.
    pub oldest_check: Option<UnixMillis>,
    /// Lists that were never read whole.
    pub never_read: usize,
    /// How old the open lists are, the nearest days first.
    pub tiers: Vec<TierAge>,
    /// Rows in quarantine that their lists still show.
    pub quarantine: u64,
    /// Calls of today that were taken; those of earlier runs are among them.
    pub calls_taken: u64,
    /// Calls of today that are left; `None` if there is no limit.
    pub calls_left: Option<u64>,
    /// Whether far more is booked everywhere than was foreseen; `None` unless polls are planned.
    pub surge: Option<bool>,
    /// The alarms that stand.
    pub alarms: Vec<AlarmKey>,
    /// Whether it is a sweep, which ends, rather than polling.
    pub is_sweep: bool,
    /// When the run began.
    pub begun_at: Option<UnixMillis>,
    /// Until when the platform lets nothing through, if it has banned us.
    pub banned_until: Option<UnixMillis>,
    /// When the budget begins anew, if it is used up.
    pub budget_begins_at: Option<UnixMillis>,
}

impl Progress {
    pub(crate) fn count_failure(&mut self, class: &'static str) {
        *self.failures.entry(class).or_default() += 1;
    }

    pub(crate) fn count_events(&mut self, changes: &[Change]) {
        for change in changes {
            let place = ChangeKind::ALL.iter().position(|kind| *kind == change.kind);
            if let Some(count) = place.and_then(|place| self.events.get_mut(place)) {
                *count += 1;
            }
        }
    }
}

/// A list that was given up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedList {
    /// The POV.
    pub pov: OutPovId,
    /// The day.
    pub day: Day,
    /// The class of the failure.
    pub class: &'static str,
    /// What went wrong, without secrets and patients' data.
    pub cause: String,
    /// What to do about it, if the platform said why it refused and the tables know that.
    pub remedy: Option<Bilingual>,
}

/// What a sweep or a run came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// The counts at the end.
    pub progress: Progress,
    /// Lists that failed when they were last read, each with its last failure; at most
    /// [`FAILED_LISTS_MAX`] of them, and [`Progress::failed`] counts all.
    pub failed: Vec<FailedList>,
}

/// How many failed lists a summary names.
pub const FAILED_LISTS_MAX: usize = 100;
