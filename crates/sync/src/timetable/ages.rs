//! How old what is known of the open lists is, by their distance from today.

use povline_domain::{Day, UnixMillis};

use super::{ListKey, Timetable};
use crate::plan::{ENTERED_SECONDS, ListId};

/// The lists of one distance from today.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TierAge {
    /// How many days ahead of today, 0 being today.
    pub days_ahead: i32,
    /// The lists.
    pub lists: usize,
    /// Of these, those that were never read whole.
    pub never_read: usize,
    /// Of these, those of a day that has come into the horizon at midnight and has the time yet
    /// over which such days are first read.
    pub entering: usize,
    /// Of the lists, those that are older than was promised. One that was never read is as old as
    /// the agent has known of it.
    pub overdue: usize,
    /// Of the list that was not proved for the longest time: the instant of which its rows are
    /// known to be true.
    pub oldest_checked: Option<UnixMillis>,
    /// Of the list that was not tried for the longest time since the agent began: when it was.
    pub oldest_tried: Option<UnixMillis>,
}

/// How many intervals of a fixed tier a list may be old: it may have to wait behind others.
const INTERVALS_ALLOWED: i64 = 2;
/// And by how much more, because scans take their time.
const ALLOWED_MILLIS: i64 = 60_000;
/// The first reads of everything take so long at least, when an agent begins; those of today are
/// planned within their promise.
const FIRST_MILLIS: i64 = 900_000;

impl Timetable {
    /// How old the open lists are at this instant, the nearest days first.
    #[must_use]
    pub fn ages(&self, now: UnixMillis) -> Vec<TierAge> {
        let ahead = self.config.first_day..=self.config.last_day;
        let tiers = ahead.zip(self.open_days(now));
        tiers
            .map(|(ahead, day)| self.age_of(ahead, day, now))
            .collect()
    }

    fn age_of(&self, days_ahead: i32, day: Day, now: UnixMillis) -> TierAge {
        let mut age = TierAge {
            days_ahead,
            lists: self.config.povs.len(),
            ..TierAge::default()
        };
        let oldest = |known: Option<UnixMillis>, at: UnixMillis| {
            Some(known.map_or(at, |known| known.min(at)))
        };
        let allowed = INTERVALS_ALLOWED * self.config.tiers.interval_millis(day, now);
        let entered_at = day
            .plus_days(-self.config.last_day)
            .map_or(self.begun_at, Day::begins_at);
        let has_entered = entered_at > self.begun_at;
        let known_since = entered_at.max(self.begun_at);
        let first_reads_take = match (&self.config.plan, has_entered) {
            (Some(_), true) => (ENTERED_SECONDS * 1_000.0) as i64 + ALLOWED_MILLIS,
            (None, true) => allowed + ALLOWED_MILLIS,
            // The planner reads today's before all others, within their promise.
            (Some(_), false) if days_ahead == 0 => 0,
            (_, false) => FIRST_MILLIS + ALLOWED_MILLIS,
        };
        let first_read_by = known_since.plus_millis(first_reads_take);
        for (pov, _) in (0_u32..).zip(&self.config.povs) {
            let list = ListKey { pov, day };
            let known = self.known.get(&list).copied().unwrap_or_default();
            if let Some(at) = known.tried_at {
                age.oldest_tried = oldest(age.oldest_tried, at);
            }
            let breaks_at = |at: UnixMillis| match &self.config.plan {
                Some(plan) => {
                    let day = day.number();
                    plan.promise.breaks_at(ListId { pov, day }, at)
                }
                None => at.plus_millis(allowed + ALLOWED_MILLIS),
            };
            let late_from = match known.complete_at {
                Some(at) => {
                    age.oldest_checked = oldest(age.oldest_checked, at);
                    breaks_at(at)
                }
                None => {
                    age.never_read += 1;
                    age.entering += usize::from(has_entered && now < first_read_by);
                    breaks_at(known_since).max(first_read_by)
                }
            };
            age.overdue += usize::from(late_from < now);
        }
        age
    }
}
